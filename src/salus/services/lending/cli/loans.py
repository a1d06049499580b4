"""`salus borrow`, `salus loans`, `salus repay`, `salus refinance`."""

from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.platform.i18n import translate
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.cli.words import PATIENT
from salus.rights.identity.keyring import of_home
from salus.rights.revenue.currency import parse_amount, shown
from salus.services.lending import service
from salus.services.lending.cli.words import (
    LoanNumber,
    Record,
    at,
    hand_of,
    payer_of,
    shown_token,
    token_of,
    who,
)
from salus.services.lending.errors import FileOfAnother, OfferUnnamed
from salus.services.lending.model import Breach
from salus.services.lending.offers import find_offer
from salus.services.lending.reading import Standing, loan_number, loans, standing, to_now
from salus.services.lending.words import parse_percent, percent

app = Commands()
_Offer = Annotated[str, typer.Option(help="The offer, a beginning of it, or its file.")]


@app.command()
def borrow(console: Console, record: Record, *, offer: _Offer) -> None:
    """Pledge a record for a loan, on an offer that a lender has signed.

    The patient goes on reading, refusing and erasing, and owes nothing beyond the record.

    Example: salus borrow 5a10 --offer offer.json
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            token, signed = token_of(session, record), find_offer(session, offer)
            if token != signed.token:
                raise FileOfAnother(record=shown_token(signed.token))
            hand = hand_of(node, session, console, token)
        number = service.borrow(node, signed, by=hand)
        found = standing(node, number)
        console.answer(_described(console, node, found))
    console.say(
        "{principal} was lent on {record}; the loan is {loan}, and due at {due}.",
        principal=shown(signed.principal),
        record=shown_token(token),
        loan=number,
        due=at(found.loan.due),
    )
    console.say(
        "Take the money out with `salus withdraw --record {record}`. The income pays the lender"
        " first.",
        record=shown_token(token)[:8],
    )


@app.command(name="loans")
def loans_(console: Console) -> None:
    """List the loans: what is owed to whom, and how each of them stands.

    Example: salus loans
    """
    with open_node(console.home) as node:
        to_now(node)
        with node.reading() as session:
            known = loans(session)
        found = [standing(node, each.number) for each in known]
        rows = [_described(console, node, each) for each in found]
    console.answer(rows)
    if not found:
        console.say("There are no loans.")
        return
    columns = ("loan", "record", "borrower", "paid to", "state", "owed", "of value", "due")
    console.table(columns, [_row(each, row) for each, row in zip(found, rows, strict=True)])
    for each in found:
        _remark(console, each)


def _row(found: Standing, row: dict[str, object]) -> tuple[object, ...]:
    value = found.reading.value
    share = percent(found.debt * 10_000 // value) if value and found.reading.is_fresh else ""
    shared = ("" if found.is_over else shown(found.debt), "" if found.is_over else share)
    names = tuple(translate(str(row[each])) for each in ("borrower", "holder", "state"))
    return found.loan.id, row["record"], *names, *shared, at(found.loan.due)


def _described(console: Console, node: Node, found: Standing) -> dict[str, object]:
    """Money in units, parts in basis points."""
    loan = found.loan
    return {
        "loan": loan.id,
        "record": shown_token(loan.token),
        "borrower": who(node, console, loan.token, loan.borrower),
        "holder": who(node, console, loan.token, found.creditor),
        "state": loan.state.name.lower(),
        "breach": loan.breach.name.lower(),
        "mode": loan.mode.name.lower(),
        "owed": found.debt,
        "principal": loan.principal,
        "pending_income": found.pending,
        "apr_bps": loan.apr_bps,
        "value": found.reading.value,
        "value_is_fresh": found.reading.is_fresh,
        "rate_per_day": found.reading.rate_per_day,
        "warn_bps": loan.warn_bps,
        "liquidation_bps": loan.liquidation_bps,
        "due": at(loan.due),
        "since": at(loan.since),
        "round": loan.round,
        "asked": found.asked,
    }


def _remark(console: Console, found: Standing) -> None:
    loan = found.loan
    if found.asked:
        console.say(
            "The record of the loan {loan} is for sale at {price}.",
            loan=loan.id,
            price=shown(found.asked),
        )
    if loan.breach is not Breach.NONE:
        console.say(
            "The loan {loan} was found in breach once; a second time it must be cured.",
            loan=loan.id,
        )
    elif loan.state.name.startswith("CURE"):
        console.say(
            "The loan {loan} must be cured: repay some of it, or an auction may start.",
            loan=loan.id,
        )


@app.command()
def repay(
    console: Console,
    loan: LoanNumber,
    amount: Annotated[str, typer.Argument(help="In currency units; with `--all` none.")] = "",
    *,
    whole: Annotated[bool, typer.Option("--all", help="Pay all that is owed.")] = False,
    name: Annotated[str, typer.Option("--as", help="Who pays: `patient`, or a name.")] = PATIENT,
) -> None:
    """Pay a loan down, interest first; anybody may, from his own money.

    Example: salus repay 1 --all
    """
    number = loan_number(loan)
    units = None if whole else parse_amount(amount)
    with open_node(console.home) as node:
        found = standing(node, number)
        with node.reading() as session:
            key = payer_of(session, console, found.loan.token, name)
        done = service.repay(node, number, units, by=key)
    console.answer({"loan": number, "paid": done.paid, "left": done.left})
    console.say("{amount} was paid.", amount=shown(done.paid))
    if done.left:
        console.say("{left} is still owed.", left=shown(done.left))
    else:
        console.say(
            "Nothing is owed any more. {record} is its owner's again.",
            record=shown_token(found.loan.token),
        )


@app.command()
def refinance(
    console: Console,
    loan: LoanNumber,
    *,
    offer: _Offer = "",
    better: Annotated[str, typer.Option("--as", help="A lender who comes unasked.")] = "",
    apr: Annotated[str, typer.Option(help="Its interest in percent a year.")] = "",
    days: Annotated[int, typer.Option(min=0, max=1_095, help="Its days; no earlier end.")] = 0,
) -> None:
    """Replace the lender of a loan: as the borrower by an offer, or as a lender on better terms.

    Example: salus refinance 1 --offer better.json
    """
    number = loan_number(loan)
    if not (offer or (better and apr)):
        raise OfferUnnamed
    with open_node(console.home) as node:
        if better:
            party = of_home(console.home).party(better)
            bps = parse_percent(apr, "--apr")
            service.refinance_better(node, number, bps, days or None, by=party)
        else:
            with node.reading() as session:
                signed = find_offer(session, offer)
                hand = hand_of(node, session, console, standing(node, number).loan.token)
            service.refinance(node, number, signed, by=hand)
        found = standing(node, number)
        row = _described(console, node, found)
    console.answer(row)
    console.say(
        "The loan {loan} is paid to {holder} now, at {apr} a year.",
        loan=number,
        holder=row["holder"],
        apr=percent(found.loan.apr_bps),
    )
