"""`salus auction start`, `list`, `show`, `buy`; `salus foreclose`; `salus buyout`."""

from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.platform.i18n import translate
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.authority.cli.people import address_of
from salus.rights.identity.keyring import of_home
from salus.rights.revenue.currency import parse_amount, shown
from salus.services.lending import selling
from salus.services.lending.cli.words import (
    Buyer,
    LoanNumber,
    MaxPrice,
    at,
    hand_of,
    shown_token,
    who,
)
from salus.services.lending.errors import Closed, PriceMissing
from salus.services.lending.model import HALF_LIFE, LENGTH, price_at
from salus.services.lending.projections import AuctionState
from salus.services.lending.reading import (
    Auction,
    auction,
    auctions,
    loan_number,
    standing,
    to_now,
)
from salus.services.lending.selling import Outcome

app, sales = Commands(), Commands()
app.add_typer(sales, name="auction", help="Auctions of pledged records.")
_BAR = 40  # characters


@sales.command()
def start(
    console: Console,
    loan: LoanNumber,
    *,
    name: Annotated[
        str, typer.Option("--as", help="Who starts it, and earns the bounty.")
    ] = "bank",
) -> None:
    """Start the auction of a pledge, after a cure that failed or 72 hours after the term.

    Example: salus auction start 1 --as bank
    """
    number = loan_number(loan)
    with open_node(console.home) as node:
        found = selling.start_auction(node, number, by=of_home(console.home).party(name).signing)
        row = _described(console, node, found)
    console.answer(row)
    console.say(
        "The auction of the loan {loan} begins at {price} and ends at {end}.",
        loan=number,
        price=shown(found.start_price),
        end=at(found.ends_at),
    )


@sales.command(name="list")
def list_(console: Console) -> None:
    """List the auctions with their present prices.

    Example: salus auction list
    """
    with open_node(console.home) as node:
        to_now(node)
        found = auctions(node)
        rows = [_described(console, node, each) for each in found]
    console.answer(rows)
    if not found:
        console.say("There are no auctions.")
        return
    console.table(
        ("loan", "record", "state", "price", "began at", "ends", "buyer"),
        [
            (
                each.loan,
                row["record"],
                translate(str(row["state"])),
                shown(each.sold.price if each.sold else each.price),
                shown(each.start_price),
                at(each.ends_at),
                row["buyer"],
            )
            for each, row in zip(found, rows, strict=True)
        ],
    )


@sales.command()
def show(console: Console, loan: LoanNumber) -> None:
    """Show an auction: its price now and later, and how it was divided when it is sold.

    Example: salus auction show 1
    """
    number = loan_number(loan)
    with open_node(console.home) as node:
        to_now(node)
        found = auction(node, number)
        if found is None:
            raise Closed(loan=number)
        row, now = _described(console, node, found), node.ledger.final().time
    console.answer(row)
    if found.sold is not None:
        _say_sold(console, Outcome.of(found.sold))
        return
    console.say("{record}: {price} now.", record=row["record"], price=shown(found.price))
    console.table(("at", "price", "compared", ""), _fall(found, now))


def _fall(found: Auction, now: int) -> list[tuple[str, ...]]:
    """The price every six hours, with bars; the line of now is marked."""
    step = HALF_LIFE // 2
    rows: list[tuple[str, ...]] = []
    for elapsed in range(0, LENGTH + 1, step):
        when, price = found.started_at + elapsed, price_at(found.start_price, 0, elapsed)
        bar = "█" * (_BAR * price // max(found.start_price, 1))
        mark = translate("now") if when <= now < when + step else ""
        rows.append((at(when), shown(price), bar, mark))
    return rows


def _described(console: Console, node: Node, found: Auction) -> dict[str, object]:
    """Money in units."""
    loan, sold = standing(node, found.loan).loan, found.sold
    return {
        "loan": found.loan,
        "record": shown_token(loan.token),
        "state": _state(node, found),
        "price": found.price,
        "start_price": found.start_price,
        "started_at": at(found.started_at),
        "ends_at": at(found.ends_at),
        "buyer": who(node, console, loan.token, sold.buyer if sold else None),
        "sold_for": sold.price if sold else None,
        "paid": sold.paid if sold else None,
        "surplus": sold.surplus if sold else None,
        "shortfall": sold.shortfall if sold else None,
    }


def _state(node: Node, found: Auction) -> str:
    """Unsold: the time is over, and the lender may take it."""
    if found.state is AuctionState.OPEN and node.ledger.final().time >= found.ends_at:
        return "unsold"
    return found.state.name.lower()


@sales.command()
def buy(
    console: Console,
    loan: LoanNumber,
    *,
    max_price: MaxPrice = "",
    credit_bid: Annotated[
        bool, typer.Option("--credit-bid", help="As the lender: pay with what is owed.")
    ] = False,
    name: Buyer = "acme",
) -> None:
    """Buy a pledge at the price of the moment. Its keys are changed next.

    Example: salus auction buy 1 --as acme --max-price 450
    """
    number, party = loan_number(loan), of_home(console.home).party(name)
    most = parse_amount(max_price) if max_price else None
    verb = selling.credit_bid if credit_bid else selling.buy
    with open_node(console.home) as node:
        done = verb(node, number, most, by=party)
    console.answer(done.described() | {"loan": number, "owner": name})
    console.say("{name} owns it now.", name=name)
    _say_sold(console, done)


def _say_sold(console: Console, done: Outcome) -> None:
    console.say(
        "Sold for {price}: {paid} to the lender, {surplus} through the shares to the borrower.",
        price=shown(done.price),
        paid=shown(done.paid),
        surplus=shown(done.surplus),
    )
    if done.shortfall:
        console.say("The lender lost {shortfall}; nobody owes it.", shortfall=shown(done.shortfall))


@app.command()
def foreclose(
    console: Console,
    loan: LoanNumber,
    *,
    to: Annotated[str, typer.Option(help="Who gets the record; the lender without.")] = "",
    name: Annotated[str, typer.Option("--as", help="Who holds the note.")] = "bank",
) -> None:
    """Take a pledge that nobody bought in its auction. The debt is written off.

    Example: salus foreclose 1 --as bank
    """
    number, party = loan_number(loan), of_home(console.home).party(name)
    with open_node(console.home) as node:
        with node.reading() as session:
            owner = address_of(session, console.home, to) if to else party.address
        selling.foreclose(node, number, owner, by=party.signing)
    console.answer({"loan": number, "owner": to or name})
    console.say("{name} owns it now, and nothing is owed any more.", name=to or name)


@app.command()
def buyout(
    console: Console,
    loan: LoanNumber,
    *,
    price: Annotated[
        str, typer.Option(help="As the borrower: what is asked; 0 takes it back.")
    ] = "",
    name: Annotated[str, typer.Option("--as", help="Who buys at that price.")] = "",
    max_price: MaxPrice = "",
) -> None:
    """Sell a pledged record whole at a price that pays the debt: the borrower asks, others buy.

    Example: salus buyout 1 --price 900
    """
    number = loan_number(loan)
    if bool(price) == bool(name):
        raise PriceMissing
    if name:
        _buy_out(console, number, name, max_price)
        return
    units = 0 if price.strip("0.") == "" else parse_amount(price)
    with open_node(console.home) as node:
        with node.reading() as session:
            hand = hand_of(node, session, console, standing(node, number).loan.token)
        selling.set_buyout(node, number, units, by=hand)
    console.answer({"loan": number, "asked": units})
    if units:
        console.say(
            "{price} is asked for the record of the loan {loan}.", price=shown(units), loan=number
        )
    else:
        console.say("Nothing is asked for the record of the loan {loan} any more.", loan=number)


def _buy_out(console: Console, number: int, name: str, max_price: str) -> None:
    most = parse_amount(max_price) if max_price else None
    with open_node(console.home) as node:
        done = selling.buy_out(node, number, most, by=of_home(console.home).party(name))
    console.answer(done.described() | {"loan": number, "owner": name})
    console.say("{name} owns it now.", name=name)
    _say_sold(console, done)
