"""`salus grant`, `salus grants`, `salus revoke`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from salus.kernel.clock import stamp
from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent import service
from salus.rights.consent.errors import BadWindow, OnlyRestricted
from salus.rights.consent.model import GrantState, end_of
from salus.rights.identity.errors import NotReader
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Member, Roles
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import KnownUnit, find_record, plain_units, units_of

app = Commands()


@app.command()
def grant(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    sections: Annotated[str, typer.Option(help="Sections, separated by commas.")],
    to: Annotated[str, typer.Option(help="Who may read: `clinic`, `research`, an address.")],
    until: Annotated[str, typer.Option(help="The last day, such as 2027-12-31.")],
    purpose: Annotated[str, typer.Option(help="What for.")] = "TREAT",
    restricted: Annotated[
        bool, typer.Option(help="Also what is labeled restricted in these sections.")
    ] = False,
) -> None:
    """Allow somebody to read sections of a record."""
    end = parse_until(until)
    with open_node(console.home) as node:
        reader = _reader(console, to)
        with node.reading() as session:
            found = find_record(session, record)
            names = list(dict.fromkeys(name.strip() for name in sections.split(",")))
            units = units_of(session, found, names)
            key = service.controller(session, found)
        granted = service.grant(
            node,
            record=found,
            units=[unit.id for unit in (units if restricted else _plain(units))],
            readers=[reader.address],
            purpose=purpose,
            until=end,
            by=key,
            labels=("R", "V") if restricted else (),
        )
        node.follow()
    shown = to_hex(granted.id)
    console.answer({"grant": shown, "state": granted.state.name.lower(), "until": stamp(end)})
    console.say(
        "{reader} may read {sections} until {until}. The grant is {grant}.",
        reader=reader.name,
        sections=", ".join(names),
        until=stamp(end),
        grant=shown,
    )


def _reader(console: Console, name: str) -> Member:
    """Raises UnknownParty and NotReader."""
    member = of_home(console.home).member(name)
    if not member.roles & Roles.READER:
        raise NotReader(name=member.name)
    return member


def _plain(units: list[KnownUnit]) -> list[KnownUnit]:
    """Without what is labeled restricted. Raises OnlyRestricted when that leaves no section."""
    plain = plain_units(units)
    left = {unit.place.section for unit in plain}
    for unit in units:
        if unit.place.section not in left:
            raise OnlyRestricted(section=SECTIONS[unit.place.section])
    return plain


def parse_until(text: str) -> datetime:
    """A day means its end; a moment is taken as it is. Raises BadWindow."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadWindow from None
    if len(text) == len("2027-12-31"):
        return end_of(moment)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)


@app.command()
def grants(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
) -> None:
    """List who may read a record, and who might once."""
    keyring = of_home(console.home)
    with open_node(console.home) as node, node.reading() as session:
        found = service.grants(session, find_record(session, record))
    rows = [
        {
            "grant": to_hex(each.id),
            "state": each.state.name.lower(),
            "readers": [keyring.name_of(reader) for reader in each.terms.clause.readers],
            "purpose": ", ".join(each.terms.clause.purposes),
            "until": stamp(each.terms.not_after),
        }
        for each in found
    ]
    console.answer(rows)
    if not rows:
        console.say("Nobody may read this record but its patient.")
        return
    console.table(
        ("grant", "state", "readers", "purpose", "until"),
        [
            (row["grant"], row["state"], ", ".join(row["readers"]), row["purpose"], row["until"])
            for row in rows
        ],
    )


@app.command()
def revoke(
    console: Console,
    grant: Annotated[str, typer.Argument(help="The grant, or a beginning of it.")],
) -> None:
    """End a grant, for ever. What was read stays read."""
    with open_node(console.home) as node:
        with node.reading() as session:
            granted = service.find_grant(session, grant)
            key = service.controller(session, granted.terms.record)
        service.revoke(node, granted, by=key)
        node.follow()
    state = GrantState.ENDED.name.lower()
    console.answer({"grant": to_hex(granted.id), "state": state})
    console.say("The grant has ended. Nobody can open anything with it from now on.")
