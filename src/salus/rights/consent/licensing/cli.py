"""`salus licensing`: what of a record may be licensed, and what stops now."""

from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.cli.words import PATIENT, Record, Signer, listed, signer_of
from salus.rights.consent.licensing import service
from salus.rights.consent.licensing.model import (
    NOTHING,
    USUAL,
    Policy,
    Region,
    duo_of,
    names_of,
    policy_for,
    regions_of,
    section_codes,
    uses_of,
)
from salus.rights.consent.licensing.reading import KnownGate, known_gates, known_policy
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import find_record

app = Commands()
licensing = Commands(help="What of a record may be licensed at all, by the word of its patient.")
app.add_typer(licensing, name="licensing", help="What of a record may be licensed at all.")

_Sections = Annotated[str, typer.Option(help="Sections, separated by commas.")]
_Duo = Annotated[
    str, typer.Option(help="Terms of the Data Use Ontology, such as `GRU,IRB`; one must permit.")
]
_Uses = Annotated[
    str,
    typer.Option(help="Uses, such as `academic,drug`; all but the three that are off by default."),
]
_Regions = Annotated[str, typer.Option(help="Where a licensee may be, such as `EU,CH`.")]
_None = Annotated[bool, typer.Option("--none", help="Let nothing be licensed from now on.")]


@licensing.command(name="set")
def set_(
    console: Console,
    record: Record,
    *,
    sections: _Sections = "",
    duo: _Duo = "",
    uses: _Uses = "",
    regions: _Regions = "any",
    none: _None = False,
    signer: Signer = PATIENT,
) -> None:
    """Say what may be licensed from now on, for which uses and where. Running licenses go on.

    AI training, the design of insurance and marketing are off unless they are named.

    Example: salus licensing set 5a10 --sections laboratory,medications --duo GRU,IRB
    """
    allowed = NOTHING if none else _policy(sections, duo, uses, regions)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = signer_of(session, console.home, found, signer)
        service.set_policy(node, record=found, policy=allowed, by=key)
        _show(console, node, found)


def _policy(sections: str, duo: str, uses: str, regions: str) -> Policy:
    return policy_for(
        section_codes(listed(sections)),
        duo_of(listed(duo)),
        uses_of(listed(uses)) if uses else USUAL,
        regions_of(listed(regions)),
    )


@licensing.command()
def show(console: Console, record: Record) -> None:
    """Show what may be licensed, and which sections are closed.

    Example: salus licensing show 5a10
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        _show(console, node, found)


@licensing.command()
def close(
    console: Console, record: Record, *, sections: _Sections, signer: Signer = PATIENT
) -> None:
    """Stop every license of sections, this second. Care is not concerned: grants live on.

    Example: salus licensing close 5a10 --sections genomics
    """
    _turn(console, record, sections, signer, is_open=False)


@licensing.command()
def reopen(
    console: Console, record: Record, *, sections: _Sections, signer: Signer = PATIENT
) -> None:
    """Open closed sections again, for new licenses only; at most 255 times.

    Example: salus licensing reopen 5a10 --sections genomics
    """
    _turn(console, record, sections, signer, is_open=True)


def _turn(console: Console, record: str, sections: str, signer: str, *, is_open: bool) -> None:
    verb = service.reopen if is_open else service.close
    codes = section_codes(listed(sections) or [sections])
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = signer_of(session, console.home, found, signer)
        verb(node, record=found, sections=codes, by=key)
        _show(console, node, found)


def _show(console: Console, node: Node, record: RecordId) -> None:
    with node.reading() as session:
        (allowed, seq), gates = known_policy(session, record), known_gates(session, record)
    rows = [_row(allowed, gate) for gate in gates]
    said = {
        "duo": sorted(term.name for term in allowed.duo),
        "uses": names_of(allowed.uses),
        "regions": names_of(allowed.regions),
    }
    console.answer({"record": record_text(record), "changes": seq, **said, "sections": rows})
    if not allowed.sections:
        console.say("Nothing of this record may be licensed.")
    else:
        _say_what(console, allowed)
    shown = [row for row in rows if row["allowed"] or row["closed"] or row["generation"]]
    if not shown:
        return
    console.table(
        ("section", "licensed", "closed", "generation"),
        [
            (row["section"], "x" if row["licensed"] else "", row["closed"] or "", row["generation"])
            for row in shown
        ],
    )


def _say_what(console: Console, allowed: Policy) -> None:
    console.say("Terms: {terms}.", terms=", ".join(sorted(term.name for term in allowed.duo)))
    console.say("Uses: {uses}.", uses=", ".join(names_of(allowed.uses)))
    if Region.ANY in allowed.regions:
        console.say("A licensee may be anywhere.")
    else:
        where = ", ".join(names_of(allowed.regions))
        console.say("A licensee must be in one of {regions}.", regions=where)


def _row(allowed: Policy, gate: KnownGate) -> dict[str, object]:
    """What may be licensed of one section: it is allowed, and it is open."""
    return {
        "section": SECTIONS[gate.section],
        "allowed": gate.section in allowed.sections,
        "licensed": gate.section in allowed.sections and not gate.closed_at,
        "closed": stamp(moment(gate.closed_at)) if gate.closed_at else None,
        "generation": gate.generation,
    }
