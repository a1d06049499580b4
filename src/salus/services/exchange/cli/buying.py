"""`salus subscribe`, `rent`, `acquire`, `renew`, `cancel`, `sublicense`."""

from typing import Annotated

import typer

from salus.kernel.clock import moment, seconds, stamp
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.identity.keyring import of_home
from salus.rights.revenue.currency import shown
from salus.services.exchange import service
from salus.services.exchange.cli.words import (
    Days,
    ForUse,
    License,
    MaxPrice,
    OfferNumber,
    Payer,
    Sections,
    buyer_of,
    described_license,
    mask_of,
    names,
    one_use,
    parse_limit,
)
from salus.services.exchange.model import Kind
from salus.services.exchange.reading import KnownLicense, find_license, offer_of
from salus.services.exchange.service import Choice

app = Commands()
_Asked = tuple[int, str, int, str, str, str]


@app.command()
def subscribe(
    console: Console,
    offer: OfferNumber,
    *,
    sections: Sections,
    days: Days,
    use: ForUse,
    payer: Payer,
    max_price: MaxPrice = "",
) -> None:
    """Subscribe to sections: every version until a midnight, beside others.

    Signing accepts the agreement of the offer. What is paid ahead comes back for a section that
    the patient closes.

    Example: salus subscribe 3 --sections laboratory --days 90 --use academic --as institute
    """
    _buy(console, Kind.SUBSCRIPTION, (offer, sections, days, use, payer, max_price))


@app.command()
def rent(
    console: Console,
    offer: OfferNumber,
    *,
    sections: Sections,
    days: Days,
    use: ForUse,
    payer: Payer,
    max_price: MaxPrice = "",
) -> None:
    """Rent sections alone: every version until a midnight, and nobody else buys meanwhile.

    Example: salus rent 4 --sections demographics-and-social --days 30 --use quality --as acme
    """
    _buy(console, Kind.EXCLUSIVE, (offer, sections, days, use, payer, max_price))


@app.command()
def acquire(
    console: Console,
    offer: OfferNumber,
    *,
    sections: Sections,
    use: ForUse,
    payer: Payer,
    max_price: MaxPrice = "",
) -> None:
    """Buy the versions of sections up to the present one, for ever.

    Example: salus acquire 5 --sections laboratory --use academic --as institute
    """
    _buy(console, Kind.PERPETUAL, (offer, sections, 0, use, payer, max_price))


def _buy(console: Console, kind: Kind, asked: _Asked) -> None:
    offer, sections, days, use, payer, most = asked
    choice = Choice(mask_of(sections), days, one_use(use))
    limit, buyer = parse_limit(most), buyer_of(console.home, payer)
    with open_node(console.home) as node:
        with node.reading() as session:
            known = offer_of(session, offer)
        bought = service.purchase(node, known, choice, by=buyer, kind=kind, most=limit)
        _show(console, node, bought)
    _say_bought(console, payer, bought)


def _show(console: Console, node: Node, license_: KnownLicense) -> None:
    with node.reading() as session:
        now = seconds(node.clock.now())
        console.answer(described_license(session, console, license_, now))


def _say_bought(console: Console, licensee: str, bought: KnownLicense) -> None:
    said = {
        "licensee": licensee,
        "sections": ", ".join(names(bought.mask)),
        "price": shown(bought.paid),
        "license": license_text(bought.id),
    }
    if bought.kind is Kind.PERPETUAL:
        console.say(
            "{licensee} may use {sections} up to version {version} for ever. It cost {price}. The"
            " license is {license}.",
            version=bought.version_max,
            **said,
        )
        return
    console.say(
        "{licensee} may use {sections} until {end}. It cost {price}. The license is {license}.",
        end=stamp(moment(bought.end)),
        **said,
    )


@app.command()
def renew(
    console: Console,
    license_: License,
    *,
    days: Days,
    payer: Payer,
    max_price: MaxPrice = "",
) -> None:
    """Add days to a license while its offer is open. Time that was paid for is never lost.

    Example: salus renew 7f3a --days 90 --as institute
    """
    limit, buyer = parse_limit(max_price), buyer_of(console.home, payer)
    with open_node(console.home) as node:
        with node.reading() as session:
            known = find_license(session, license_)
        renewed = service.renew(node, known, days=days, by=buyer, most=limit)
        _show(console, node, renewed)
    console.say(
        "The license ends at {end} now. It cost {price}.",
        end=stamp(moment(renewed.end)),
        price=shown(renewed.paid - known.paid),
    )


@app.command()
def cancel(console: Console, license_: License, *, payer: Payer) -> None:
    """End a license at the next midnight, or when its shortest term is over.

    What was paid ahead for later is credited; take it out with `salus withdraw`.

    Example: salus cancel 7f3a --as institute
    """
    buyer = buyer_of(console.home, payer)
    with open_node(console.home) as node:
        with node.reading() as session:
            known = find_license(session, license_)
        canceled = service.cancel(node, known, by=buyer.key)
        _show(console, node, canceled)
    console.say(
        "The license ends at {end}. {refund} was credited to {payer}.",
        end=stamp(moment(canceled.end)),
        refund=shown(canceled.refunded - known.refunded),
        payer=payer,
    )


@app.command()
def sublicense(
    console: Console,
    license_: License,
    *,
    to: Annotated[str, typer.Option(help="Who gets it: a name or an address.")],
    sections: Sections,
    days: Days,
    payer: Payer,
    max_price: MaxPrice = "",
) -> None:
    """Give a part of one's own license on, for the price that the offer says. It dies with its own.

    Example: salus sublicense 7f3a --to research --sections laboratory --days 30 --as institute
    """
    limit, buyer = parse_limit(max_price), buyer_of(console.home, payer)
    licensee = of_home(console.home).member(to)
    with open_node(console.home) as node:
        with node.reading() as session:
            known = find_license(session, license_)
        given = service.give_on(
            node,
            known,
            licensee=licensee.address,
            mask=mask_of(sections),
            days=days,
            by=buyer,
            most=limit,
        )
        _show(console, node, given)
    _say_bought(console, licensee.name, given)
