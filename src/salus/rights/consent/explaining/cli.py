"""`salus explain`."""

from typing import Annotated

import typer

from salus.kernel.ids import RecordId
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.cli.words import parse_until
from salus.rights.consent.errors import UnknownPurpose
from salus.rights.consent.explaining.service import Asked, Explained, explain, own_outcome
from salus.rights.consent.licensing.licenses import license_from_text
from salus.rights.consent.model import Purpose
from salus.rights.identity.keyring import of_home
from salus.rights.records.service import KnownUnit, all_units, find_record, units_of

app = Commands()


@app.command("explain")
def explain_(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    reader: Annotated[str, typer.Option(help="Whose read: `clinic`, `research`, an address.")],
    purpose: Annotated[str, typer.Option(help="What for.")] = "TREAT",
    sections: Annotated[str, typer.Option(help="Sections, separated by commas.")] = "",
    at: Annotated[str, typer.Option(help="A day or a moment; now when left out.")] = "",
    license_: Annotated[
        str, typer.Option("--license", help="A license that the reader has, by its number.")
    ] = "",
    as_reader: Annotated[
        bool, typer.Option(help="What the reader is told: their own outcome and nothing else.")
    ] = False,
) -> None:
    """Explain why somebody may read a record, or may not.

    Example: salus explain 4f --reader clinic --sections laboratory
    """
    if purpose not in Purpose.__members__:
        raise UnknownPurpose(purpose=purpose[:32])
    who = of_home(console.home).member(reader)
    with open_node(console.home) as node:
        found, units = _units(node, record, sections)
        moment = parse_until(at) if at else node.clock.now()
        number = license_from_text(license_) if license_ else None
        asked = Asked(found, who.address, Purpose[purpose], moment, number)
        if as_reader:
            _tell_reader(console, own_outcome(node, asked, units))
        else:
            _tell_subject(console, explain(node, asked, units))


def _units(node: Node, record: str, sections: str) -> tuple[RecordId, list[KnownUnit]]:
    with node.reading() as session:
        found = find_record(session, record)
        if not sections:
            return found, all_units(session, found)
        return found, units_of(session, found, [name.strip() for name in sections.split(",")])


def _tell_reader(console: Console, outcomes: dict[str, str]) -> None:
    console.answer(outcomes)
    console.table(("section", "outcome"), list(outcomes.items()))


def _tell_subject(console: Console, found: list[Explained]) -> None:
    console.answer(
        [
            {
                "section": each.section,
                "restricted": each.is_restricted,
                "outcome": each.outcome,
                "rule": each.rule,
                "documents": [
                    {"id": step.document, "effect": step.effect, "fell_out": step.fell_out}
                    for step in each.steps
                ],
            }
            for each in found
        ]
    )
    console.table(
        ("section", "outcome", "rule", "documents"),
        [
            (
                f"{each.section} (R)" if each.is_restricted else each.section,
                each.outcome,
                each.rule,
                "\n".join(
                    f"{step.effect} {step.document[:8]}: {step.fell_out or '*'}"
                    for step in each.steps
                ),
            )
            for each in found
        ],
    )
