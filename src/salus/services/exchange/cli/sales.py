"""`salus buy` and `salus sales`: whole records and divided sections change their owner."""

from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.errors import SalusError
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.custody.household import source_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.currency import shown
from salus.services.exchange import selling
from salus.services.exchange.cli.words import MaxPrice, OfferNumber, Payer, buyer_of, parse_limit
from salus.services.exchange.jobs import desks
from salus.services.exchange.model import SaleState
from salus.services.exchange.reading import KnownSale, find_sale, offer_of
from salus.services.exchange.reading import sales as known_sales

app = Commands()


@app.command()
def buy(
    console: Console,
    offer: OfferNumber,
    *,
    payer: Payer,
    receiver: Annotated[
        str, typer.Option("--for", help="Who becomes the owner; who pays, without.")
    ] = "",
    max_price: MaxPrice = "",
) -> None:
    """Buy a record or a divided section: control of its licensing, and its income.

    The price waits until the source has made new keys, within 72 hours; else it comes back. The
    patient stays the patient, and running licenses go on.

    Example: salus buy 6 --as acme
    """
    limit, buyer = parse_limit(max_price), buyer_of(console.home, payer)
    to = of_home(console.home).member(receiver).address if receiver else None
    with open_node(console.home) as node:
        with node.reading() as session:
            known = offer_of(session, offer)
        sale = selling.buy(node, known, by=buyer, receiver=to, most=limit)
        late = _complete(node, console, sale)
        with node.reading() as session:
            sale = find_sale(session, license_text(sale.id))
        console.answer(_described(console, sale))
    if sale.state is SaleState.COMPLETED:
        console.say("It is {owner}'s now. It cost {price}.", **_said(console, sale))
    else:
        console.say(
            "{price} waits for the new keys, until {deadline}. Then it comes back.",
            deadline=stamp(moment(sale.deadline)),
            **_said(console, sale),
        )
    if late is not None:
        console.warn("The new keys could not be made yet. It is tried again by itself.")


def _complete(node: Node, console: Console, sale: KnownSale) -> SalusError | None:
    """Where the source lives here, it makes the keys at once; what is in the way is its affair."""
    try:
        source_of(console.home)
    except UnknownParty:
        return None
    try:
        with console.progress("Making new keys"):
            selling.complete(node, sale, desks(node))
    except SalusError as error:
        return error
    return None


def _said(console: Console, sale: KnownSale) -> dict[str, object]:
    owner = of_home(console.home).name_of(sale.receiver)
    return {"owner": owner, "price": shown(sale.price)}


@app.command()
def sales(console: Console) -> None:
    """List sales of records and divided sections, and how far they are.

    Example: salus sales
    """
    with open_node(console.home) as node, node.reading() as session:
        found = known_sales(session)
    console.answer([_described(console, each) for each in found])
    if not found:
        console.say("Nothing was sold.")
        return
    ring = of_home(console.home)
    console.table(
        ("sale", "what", "buyer", "owner to be", "price", "state", "keys until"),
        [
            (
                license_text(each.id)[:12],
                _what(each),
                ring.name_of(each.buyer),
                ring.name_of(each.receiver),
                shown(each.price),
                each.state.name.lower(),
                stamp(moment(each.deadline)),
            )
            for each in found
        ],
    )


@app.command(name="abort-sale")
def abort_sale(
    console: Console, sale: Annotated[str, typer.Argument(help="The sale, or a beginning of it.")]
) -> None:
    """Give the price of a sale back, once the time for its new keys is over. Anybody may.

    Example: salus abort-sale 7f3a
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_sale(session, sale)
        aborted = selling.abort(node, found)
    console.answer(_described(console, aborted))
    console.say(
        "{price} was credited to {buyer}.",
        price=shown(aborted.price),
        buyer=of_home(console.home).name_of(aborted.buyer),
    )


def _what(sale: KnownSale) -> str:
    text = record_text(sale.record)[:12]
    return f"{text}/{SECTIONS[sale.section]}" if sale.section else text


def _described(console: Console, sale: KnownSale) -> dict[str, object]:
    """Amounts are integers of units."""
    ring = of_home(console.home)
    return {
        "sale": license_text(sale.id),
        "record": record_text(sale.record),
        "section": SECTIONS[sale.section] if sale.section else None,
        "offer": sale.offer,
        "buyer": ring.name_of(sale.buyer),
        "receiver": ring.name_of(sale.receiver),
        "price": sale.price,
        "state": sale.state.name.lower(),
        "deadline": stamp(moment(sale.deadline)),
    }
