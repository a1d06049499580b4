"""`salus delegate`, `salus delegates`, `salus dismiss`."""

from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent.authority import reading, service
from salus.rights.consent.authority.cli.people import address_of, named
from salus.rights.consent.authority.model import delegation, names_of, powers_of
from salus.rights.consent.cli.words import parse_until
from salus.rights.consent.service import controller
from salus.rights.records.service import find_record

app = Commands()

_Record = Annotated[str, typer.Argument(help="The record, or a beginning of it.")]


@app.command()
def delegate(
    console: Console,
    record: _Record,
    *,
    to: Annotated[str, typer.Option(help="Who acts: a name of this home, or an address.")],
    powers: Annotated[
        str, typer.Option(help="Of read, grant, revoke, approve, notify, separated by commas.")
    ],
    until: Annotated[str, typer.Option(help="The last day, such as 2027-12-31.")],
) -> None:
    """Let somebody act for the patient, with some powers and until a day.

    Example: salus delegate 5a10 --to brother --powers read,notify --until 2027-12-31
    """
    wanted, end = powers_of(powers), parse_until(until)
    with open_node(console.home) as node:
        given = delegation(wanted, now=node.clock.now(), until=end)
        with node.reading() as session:
            found = find_record(session, record)
            key, address = controller(session, found), address_of(session, console.home, to)
            name = named(session, console.home, address)
        service.appoint(node, record=found, delegate=address, delegation=given, by=key)
        node.follow()
    last = stamp(moment(given.not_after))
    console.answer(
        {
            "record": record_text(found),
            "delegate": name,
            "powers": names_of(wanted),
            "until": last,
        }
    )
    console.say(
        "{name} may act for the patient until {until}: {powers}.",
        name=name,
        until=last,
        powers=", ".join(names_of(wanted)),
    )


@app.command()
def delegates(console: Console, record: _Record) -> None:
    """List who acts for the patient of a record.

    Example: salus delegates 5a10
    """
    with open_node(console.home) as node, node.reading() as session:
        found = reading.delegates(session, find_record(session, record))
        now = node.clock.now()
        rows = [
            {
                "delegate": named(session, console.home, each.address),
                "powers": names_of(each.delegation.powers),
                "until": stamp(moment(each.delegation.not_after)),
                "active": each.delegation.is_within(now),
            }
            for each in found
        ]
    console.answer(rows)
    if not rows:
        console.say("Nobody acts for the patient.")
        return
    console.table(
        ("delegate", "powers", "until"),
        [
            (row["delegate"], ", ".join(names_of(each.delegation.powers)), row["until"])
            for row, each in zip(rows, found, strict=True)
        ],
    )


@app.command()
def dismiss(
    console: Console,
    record: _Record,
    name: Annotated[str, typer.Argument(help="The delegate.")],
) -> None:
    """End a delegation, at once.

    Example: salus dismiss 5a10 brother
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key, address = controller(session, found), address_of(session, console.home, name)
        service.dismiss(node, record=found, delegate=address, by=key)
        node.follow()
    console.answer({"record": record_text(found), "dismissed": name})
    console.say("{name} does not act for the patient any more.", name=name)
