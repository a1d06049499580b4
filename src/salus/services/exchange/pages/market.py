"""What may be bought now, what it costs, and how a licensee buys it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.platform.i18n import translate
from salus.platform.web.portal import Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import day
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.consent.licensing.model import Duo, Use
from salus.rights.consent.licensing.wording import region_names, term_names, use_name
from salus.rights.consent.pages.signing import (
    CHANGE,
    SIGN,
    Review,
    kept,
    lacks_password_only,
    once_more,
    step,
)
from salus.rights.identity.accounts.pages import confirm
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.naming import amount
from salus.services.exchange import selling, service
from salus.services.exchange.model import Kind, Offer, codes, has_term
from salus.services.exchange.pages.words import (
    buyer_of,
    found_offer,
    kind_word,
    last_day,
    prices_of,
    record_of,
    what_of,
)
from salus.services.exchange.reading import KnownOffer, on_sale, open_offers
from salus.services.exchange.service import Choice

MARKET, LIBRARY = f"{ROOT}/market", f"{ROOT}/library"
pages = Pages(
    "exchange",
    nav=(
        Nav(Role.LICENSEE, "Home", f"{ROOT}/home", 0),
        Nav(Role.LICENSEE, "Market", MARKET, 10),
        Nav(Role.LICENSEE, "Library", LIBRARY, 20),
    ),
)
KINDS = {kind.name.lower(): kind for kind in (Kind.SUBSCRIPTION, Kind.EXCLUSIVE, Kind.PERPETUAL)}
KINDS["sale"] = Kind.SALE
CODES = {name: code for code, name in SECTIONS.items()}
A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer in words; `mask` has what may be bought now."""

    number: int
    record: str
    what: str
    kind: str
    prices: list[tuple[str, str]]
    days: str
    until: object


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be bought, and what it costs (units) until when (seconds, 0 for ever)."""

    known: KnownOffer
    choice: Choice
    price: int
    end: int


@pages.get("/market", Role.LICENSEE)
def market(visit: Visit) -> Answer:
    """Open offers; how many there are stays untold, and a filter narrows them."""
    section, kind = visit.query.get("section", ""), visit.query.get("kind", "")
    number = visit.query.get("page", "1")
    first = (int(number) - 1) * A_PAGE if number.isdecimal() and 0 < len(number) < 6 else 0
    with visit.node.reading() as session:
        fitting = _fitting(visit, session, CODES.get(section, 0), KINDS.get(kind))
        found = list(islice(fitting, max(first, 0), max(first, 0) + A_PAGE + 1))
    return Page(
        "exchange/market.html",
        {
            "offers": [_shown(known) for known in found[:A_PAGE]],
            "section": section if section in CODES else "",
            "kind": kind if kind in KINDS else "",
            "before": first // A_PAGE,
            "after": first // A_PAGE + 2 if len(found) > A_PAGE else 0,
            "sections": [(name, section_name(each)) for name, each in CODES.items()],
            "kinds": [(name, kind_word(each)) for name, each in KINDS.items()],
        },
    )


def _fitting(visit: Visit, session: Session, code: int, kind: Kind | None) -> Iterator[KnownOffer]:
    """What may be bought now of a section, 0 for any, and of a kind."""
    for known in open_offers(session, seconds(visit.node.clock.now())):
        is_wanted = kind is None or known.offer.kind is kind
        is_part = not code or known.offer.mask >> code & 1
        if is_wanted and is_part and on_sale(session, known.offer):
            yield known


def _shown(known: KnownOffer) -> Shown:
    own = known.offer
    term = translate("{least} to {most} days", least=own.min_days, most=own.max_days)
    return Shown(
        own.id,
        record_of(own)[:8],
        what_of(own),
        kind_word(own.kind),
        prices_of(own),
        term if has_term(own.kind) else "",
        moment(own.until),
    )


@pages.get("/market/{number}", Role.LICENSEE)
def offer(visit: Visit, number: str) -> Answer:
    known, mask = _open(visit, number)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, _typed(visit, known, mask)))
    own = known.offer
    return Page(
        "exchange/offer.html",
        {
            "offer": _shown(known),
            "is_sale": own.kind is Kind.SALE,
            "has_term": has_term(own.kind),
            "sections": [(SECTIONS[code], section_name(code)) for code in codes(mask)],
            "uses": [(use.name, use_name(use)) for use in Use if use in own.uses],
            "terms": term_names(term for term in Duo if own.duo >> term & 1),
            "regions": region_names(own.regions),
            "least": own.min_days,
            "most": own.max_days,
        },
    )


def _open(visit: Visit, number: str) -> tuple[KnownOffer, int]:
    """An offer and what may be bought under it now. Raises PageMissing for nothing."""
    with visit.node.reading() as session:
        known = found_offer(session, number)
        mask = on_sale(session, known.offer)
    if not known.is_open(seconds(visit.node.clock.now())) or not mask:
        raise PageMissing
    return known, mask & known.offer.mask


def _typed(visit: Visit, known: KnownOffer, mask: int) -> _Asked:
    """What was chosen, with its price of now. Raises FormInvalid and what `quoted` raises."""
    form, own = visit.form, known.offer
    if own.kind is Kind.SALE:
        return _Asked(known, Choice(0, 0, Use.OTHER), own.prices[0], 0)
    names = form.choices("sections", [SECTIONS[code] for code in codes(mask)])
    use = form.choice("use", [str(use.name) for use in Use if use in own.uses])
    days = 0
    if has_term(own.kind):
        days = form.whole("days", least=own.min_days, most=own.max_days)
    form.check()
    choice = Choice(sum(1 << CODES[name] for name in names), days, Use[use])
    found = service.quoted(visit.node, known, choice, by=buyer_of(visit).account)
    return _Asked(known, choice, found.price, found.end if days else 0)


def _review(visit: Visit, asked: _Asked) -> Review:
    own = asked.known.offer
    price = ("price", str(asked.price))
    before = tuple(pair for pair in kept(visit.form) if pair[0] != "price")
    facts = (
        (translate("Price"), amount(asked.price)),
        (translate("Terms"), ", ".join(term_names(t for t in Duo if own.duo >> t & 1))),
        (translate("Where"), ", ".join(region_names(own.regions))),
    )
    return Review(
        _sentence(visit, asked),
        f"{MARKET}/{own.id}",
        translate("Sign and pay"),
        facts=facts,
        notes=_notes(own),
        kept=(*before, price),
    )


def _sentence(visit: Visit, asked: _Asked) -> str:
    own, buyer = asked.known.offer, visit.who.party
    if own.kind is Kind.SALE:
        return translate(
            "{party} buys the ownership of {what} for {price}.",
            party=buyer,
            what=what_of(own),
            price=amount(asked.price),
        )
    sections = ", ".join(section_name(code) for code in codes(asked.choice.mask))
    said = {
        "party": buyer,
        "sections": sections,
        "use": use_name(asked.choice.use),
        "price": amount(asked.price),
    }
    if not asked.end:
        return translate(
            "{party} pays {price} and may use {sections}, as it is now, for {use}, for ever.",
            **said,
        )
    return translate(
        "{party} pays {price} now and may use {sections} for {use} until {end}.",
        end=last_day(asked.end),
        **said,
    )


def _notes(own: Offer) -> tuple[str, ...]:
    if own.kind is Kind.SALE:
        return (
            translate(
                "The price waits until the new keys are made, within 72 hours; else it comes back."
            ),
            translate(
                "The patient goes on reading, may close a part or erase the record at any"
                " time. Running licenses go on."
            ),
        )
    return (
        translate(
            "The patient may close a part or end the license at any time. What was paid ahead"
            " and not earned then comes back."
        ),
        translate(
            "By signing, the agreement of the offer is accepted: nobody tries to find out who"
            " the patient is, and nothing is passed on."
        ),
        *_giving(own),
    )


def _giving(own: Offer) -> tuple[str, ...]:
    if not own.sublicense_depth:
        return ()
    return (
        translate(
            "You may give parts of the license on, each for {share} of the price more.",
            share=f"{own.sublicense_bps / 100:g} %",
        ),
    )


@pages.post("/market/{number}", Role.LICENSEE, again=offer, signs=True)
def buy(visit: Visit, number: str) -> Answer:
    form = visit.form
    if step(form) == CHANGE:
        return offer(visit, number)
    known, mask = _open(visit, number)
    asked = _typed(visit, known, mask)
    if step(form) != SIGN:
        return _review(visit, asked).page()
    most = form.whole("price", least=0, most=10**18)
    form.check()
    confirm(visit)
    buyer = buyer_of(visit)
    if known.offer.kind is Kind.SALE:
        sale = selling.buy(visit.node, known, by=buyer, most=most)
        said = translate(
            "{price} wait for the new keys, until {day}.",
            price=amount(sale.price),
            day=day(moment(sale.deadline)),
        )
        return Redirect(LIBRARY, said=said)
    bought = service.purchase(visit.node, known, asked.choice, by=buyer, most=most)
    return Redirect(f"{LIBRARY}/{license_text(bought.id)}", said=_sentence(visit, asked))
