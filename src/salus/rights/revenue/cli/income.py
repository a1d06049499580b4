"""`salus income`, `salus settle`, `salus withdraw`, `salus balance`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.i18n import translate
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.cli.words import Record
from salus.rights.records.listing import records
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import find_record
from salus.rights.revenue import service
from salus.rights.revenue.cli.words import Name, OfRecord, holder_of, receiver_of
from salus.rights.revenue.currency import parse_amount, shown
from salus.rights.revenue.ledger import is_blocked
from salus.rights.revenue.plot import date_of, plot
from salus.rights.revenue.reading import Income, balance_of, income_of

app = Commands()

_AnyRecord = Annotated[
    str, typer.Argument(help="The record, or a beginning of it; all of them without.")
]
_Plot = Annotated[Path | None, typer.Option(help="Draw the income over time into this SVG file.")]


@app.command()
def income(console: Console, record: _AnyRecord = "", *, plot: _Plot = None) -> None:
    """Show what each section earns now, and what was divided among whom.

    Example: salus income 5a10 --plot income.svg
    """
    with open_node(console.home) as node:
        node.ledger.advance()  # what is earned is counted up to the last block
        node.follow()
        with node.reading() as session:
            if record:
                chosen = [find_record(session, record)]
            else:
                chosen = [each.record for each in records(session)]
            found = [income_of(node, session, each) for each in chosen]
    console.answer([_described(each) for each in found])
    for each in found:
        _show(console, each)
    if not found:
        console.say("No records yet. Bring one in with `salus import FILE`.")
    if plot is not None:
        _draw(plot, found)
        console.say("The income over time is drawn in {file}.", file=str(plot))


def _described(found: Income) -> dict[str, object]:
    """Amounts are integers of units."""
    parts = found.divided
    return {
        "record": record_text(found.record),
        "rate_per_day": found.rate,
        "pending": found.pending,
        "sections": [
            {
                "section": SECTIONS[each.section],
                "rate_per_day": each.rate,
                "pending": each.pending,
                "own_token": each.is_own,
                "pledged": each.is_pledged,
            }
            for each in found.sections
        ],
        "divided": {
            "subject": parts.subject,
            "source": parts.source,
            "host": parts.host,
            "platform": parts.platform,
            "lender": parts.lender,
            "owner": parts.owner,
        },
        "days": [{"day": date_of(day), "units": units} for day, units in found.days],
    }


def _show(console: Console, found: Income) -> None:
    console.say(
        "The record {record} earns {rate} a day; {pending} is earned and not yet divided.",
        record=record_text(found.record),
        rate=shown(found.rate),
        pending=shown(found.pending),
    )
    console.table(
        ("section", "a day", "earned, not divided", "token", "pledged"),
        [
            (
                SECTIONS[each.section],
                shown(each.rate),
                shown(each.pending),
                translate("its own") if each.is_own else translate("the record's"),
                translate("yes") if each.is_pledged else translate("no"),
            )
            for each in found.sections
        ],
    )
    parts = found.divided
    if parts.total:
        legs = (parts.subject, parts.source, parts.host, parts.platform, parts.lender, parts.owner)
        console.say("Divided so far: {total}.", total=shown(parts.total))
        console.table(
            ("patient", "source", "host", "platform", "lender", "owner"),
            [tuple(shown(each) for each in legs)],
        )


def _draw(place: Path, found: list[Income]) -> None:
    by_day: dict[int, int] = {}
    for each in found:
        for day, units in each.days:
            by_day[day] = by_day.get(day, 0) + units
    days = sorted(by_day.items())
    total = shown(sum(units for _, units in days))
    drawing = plot(
        days,
        title=translate("Income divided until each day"),
        description=translate("{total} in all on {count} days.", total=total, count=len(days)),
    )
    write_atomic(place, drawing.encode())


@app.command()
def settle(console: Console, record: Record) -> None:
    """Divide what a record has earned until now. Anybody may, and it happens by itself once a day.

    Example: salus settle 5a10
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        before = _total(node, found)
        service.settle_record(node, found)
        divided = _total(node, found) - before
    console.answer({"record": record_text(found), "divided": divided})
    console.say("{amount} was divided.", amount=shown(divided))


def _total(node: Node, record: RecordId) -> int:
    with node.reading() as session:
        return income_of(node, session, record).divided.total


@app.command()
def withdraw(
    console: Console,
    *,
    amount: Annotated[str, typer.Option(help="In currency units; all of it without.")] = "",
    name: Name = "hospital",
    record: OfRecord = "",
    to: Annotated[str, typer.Option(help="A name or an address; one's own key without.")] = "",
) -> None:
    """Take out what is owed: to an organization, or to the patient of a record.

    Example: salus withdraw --as hospital --amount 25.50
    """
    units = parse_amount(amount) if amount else None
    with open_node(console.home) as node:
        with node.reading() as session:
            holder = holder_of(node, session, console, name, record)
            receiver = receiver_of(session, console, to, holder)
        paid = service.withdraw(
            node, account=holder.account, to=receiver, amount=units, by=holder.key
        )
    console.answer({"account": to_hex(holder.account), "to": to_hex(receiver), "units": paid})
    console.say("{amount} was paid to {to}.", amount=shown(paid), to=to_hex(receiver))


@app.command()
def balance(console: Console, *, name: Name = "hospital", record: OfRecord = "") -> None:
    """Show what an account holds, what it is owed, and what it lets the router pull.

    Example: salus balance --as research
    """
    with open_node(console.home) as node:
        node.follow()
        with node.reading() as session:
            holder = holder_of(node, session, console, name, record)
            found = balance_of(node, session, holder.account)
        blocked = is_blocked(node, holder.account)
    console.answer(
        {
            "account": to_hex(holder.account),
            "held": found.held,
            "owed": found.owed,
            "allowed": found.allowed,
            "paid": found.paid,
            "blocked": blocked,
        }
    )
    console.table(
        ("held", "owed, to be taken out", "allowed to be pulled", "taken out so far"),
        [tuple(shown(each) for each in (found.held, found.owed, found.allowed, found.paid))],
    )
    if blocked:
        console.say("The issuer has blocked this account; what is owed to it stays.")
