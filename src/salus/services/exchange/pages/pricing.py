"""A patient says what a license of each part costs, or takes an offer back."""

from dataclasses import dataclass
from datetime import timedelta

from salus.kernel.ids import RecordId
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import day
from salus.rights.consent.licensing.model import PERMISSIONS, Duo, Policy
from salus.rights.consent.licensing.reading import known_gates, known_policy
from salus.rights.consent.licensing.wording import region_names, term_names, use_names
from salus.rights.consent.pages.mine import Mine, mine, one_of
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
from salus.rights.records.ledger import on_ledger
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.model.waterfall import PLATFORM_BPS
from salus.rights.revenue.naming import amount, currency, typed_amount
from salus.services.exchange import offering
from salus.services.exchange.errors import NotOwner
from salus.services.exchange.model import MOST_DAYS, Kind
from salus.services.exchange.offering import Wished
from salus.services.exchange.pages.running import LICENSES, hand_of
from salus.services.exchange.pages.words import found_offer, kind_word

pages = Pages("exchange")
PRICE = f"{ROOT}/earn/price"
KINDS = {
    "subscription": Kind.SUBSCRIPTION,
    "rental": Kind.EXCLUSIVE,
    "perpetual": Kind.PERPETUAL,
    "sale": Kind.SALE,
}
LONGEST = timedelta(days=3_650)
BPS = 10_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed, and whose record it is about."""

    of: Mine
    wished: Wished
    policy: Policy


@pages.get("/earn/price", Role.PATIENT)
def price(visit: Visit) -> Answer:
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, _typed(visit)))
    with visit.node.reading() as session:
        records = mine(visit, session)
        policies = [known_policy(session, of.record)[0] for of in records]
        needs_disease = any(Duo.DS in policy.duo for policy in policies)
        open_ = {code for of in records for code in _open(visit, of)}
    return Page(
        "exchange/price.html",
        {
            "records": [(of.text, of.summary.patient) for of in records],
            "sections": [(SECTIONS[code], section_name(code)) for code in sorted(open_)],
            "kinds": [(name, kind_word(kind)) for name, kind in KINDS.items()],
            "usual": (visit.node.clock.now() + timedelta(days=365)).date().isoformat(),
            "currency": currency(),
            "needs_disease": needs_disease,
        },
    )


def _open(visit: Visit, of: Mine) -> list[int]:
    """Sections that the patient lets be licensed and has not closed."""
    with visit.node.reading() as session:
        allowed, _ = known_policy(session, of.record)
        closed = {gate.section for gate in known_gates(session, of.record) if gate.closed_at}
    return [code for code in allowed.sections if code not in closed]


def _typed(visit: Visit) -> _Asked:
    """Raises FormInvalid."""
    form = visit.form
    with visit.node.reading() as session:
        record = form.choice("record", [each.text for each in mine(visit, session)])
        form.check()
        of = one_of(visit, session, record)
        policy, _ = known_policy(session, of.record)
    kind = KINDS.get(form.choice("kind", list(KINDS)), Kind.SUBSCRIPTION)
    prices = _whole(visit) if kind is Kind.SALE else _priced(visit, of)
    least = form.whole("least", least=1, most=MOST_DAYS)
    most = form.whole("most", least=max(1, least), most=MOST_DAYS)
    until = form.day("until", after=visit.node.clock.now(), within=LONGEST)
    share = form.whole("share", most=100) if form.typed("share") and kind is not Kind.SALE else 0
    disease = form.text("disease", required=Duo.DS in policy.duo)
    form.check()
    permission = sorted(policy.duo & PERMISSIONS)[:1]
    wished = Wished(
        kind,
        prices,
        until,
        duo=frozenset(permission),
        min_days=least,
        max_days=most,
        disease=disease,
        sublicense_depth=int(share > 0),
        sublicense_bps=share * BPS // 100,
    )
    return _Asked(of, wished, policy)


def _whole(visit: Visit) -> tuple[tuple[int, int], ...]:
    return ((0, typed_amount(visit.form, "whole")),)


def _priced(visit: Visit, of: Mine) -> tuple[tuple[int, int], ...]:
    """Each section with a price a day; one without a price is not offered."""
    form = visit.form
    found = [
        (code, typed_amount(form, SECTIONS[code], required=False)) for code in _open(visit, of)
    ]
    priced = tuple((code, units) for code, units in found if units)
    if not priced and not form.faults:
        first = next((SECTIONS[code] for code, _ in found), "kind")
        form.faults[first] = translate("Say a price for one part at least.")
    return priced


def _review(visit: Visit, asked: _Asked) -> Review:
    """In words, once all is checked that the ledger checks. Raises what `prepared` raises."""
    wished = asked.wished
    hand = hand_of(visit, asked.of)
    offer = offering.prepared(visit.node, record=asked.of.record, wished=wished, by=hand)
    facts = (
        *_prices(wished),
        (translate("Terms"), ", ".join(term_names(t for t in Duo if offer.duo >> t & 1))),
        (translate("Which uses"), ", ".join(use_names(offer.uses))),
        (translate("Where"), ", ".join(region_names(offer.regions))),
        *_split(visit, asked.of),
    )
    return Review(
        _sentence(wished),
        PRICE,
        translate("Sign and offer it"),
        facts=facts,
        notes=_notes(wished),
        kept=kept(visit.form),
    )


def _sentence(wished: Wished) -> str:
    until = day(wished.until)
    if wished.kind is Kind.SALE:
        return translate(
            "I offer the ownership of my record for {price}, once, until {until}.",
            price=amount(wished.prices[0][1]),
            until=until,
        )
    sections = ", ".join(section_name(code) for code, _ in wished.prices)
    if wished.kind is Kind.PERPETUAL:
        return translate(
            "I offer licenses for ever of {sections} of my record, as it is when they are bought,"
            " until {until}.",
            sections=sections,
            until=until,
        )
    return translate(
        "I offer to rent {sections} of my record to one at a time, for {least} to {most} days,"
        " until {until}."
        if wished.kind is Kind.EXCLUSIVE
        else "I offer subscriptions to {sections} of my record, for {least} to {most} days each,"
        " until {until}.",
        sections=sections,
        least=wished.min_days,
        most=wished.max_days,
        until=until,
    )


def _prices(wished: Wished) -> list[tuple[str, object]]:
    if wished.kind is Kind.SALE:
        return []
    return [
        (section_name(code), translate("{price} a day", price=amount(units)))
        for code, units in wished.prices
    ]


def _split(visit: Visit, of: Mine) -> list[tuple[str, object]]:
    """Who gets which part of each 100 that is paid."""
    known = on_ledger(visit.node, of.record)
    shares = (known.subject_bps, known.source_bps, known.host_bps, PLATFORM_BPS)
    rest = BPS - sum(shares)
    words = (
        translate("You, as the patient"),
        translate("The hospital that wrote it"),
        translate("Who keeps it"),
        translate("The platform"),
        translate("You, as the owner, after a lender"),
    )
    return [
        (word, f"{bps / 100:g} %") for word, bps in zip(words, (*shares, rest), strict=True) if bps
    ]


def _notes(wished: Wished) -> tuple[str, ...]:
    always = (
        translate(
            "You go on reading your record. You can refuse, close a part, end a license or"
            " erase the record at any time, whatever was sold."
        ),
        translate("What somebody has read by then stays read."),
    )
    if wished.kind is not Kind.SALE:
        back = translate("You can take the offer back; what was bought goes on.")
        return (*_giving(wished), back, *always)
    return (
        translate(
            "Who buys decides from then on what is licensed, within what you allow, and gets"
            " the income of the owner. You keep your part as the patient."
        ),
        translate(
            "The price is yours once the new keys are made, within 72 hours; else it goes back."
        ),
        *always,
    )


def _giving(wished: Wished) -> tuple[str, ...]:
    """Whether who has a license may give parts of it on, and for what."""
    if not wished.sublicense_depth:
        return ()
    return (
        translate(
            "Who has a license may give parts of it on to another organization that fits your"
            " terms, and pays {share} of the price more for that.",
            share=f"{wished.sublicense_bps / 100:g} %",
        ),
    )


@pages.post("/earn/price", Role.PATIENT, again=price, signs=True)
def offer(visit: Visit) -> Answer:
    if step(visit.form) == CHANGE:
        return price(visit)
    asked = _typed(visit)
    if step(visit.form) != SIGN:
        return _review(visit, asked).page()
    confirm(visit)
    hand = hand_of(visit, asked.of)
    offering.post_offer(visit.node, record=asked.of.record, wished=asked.wished, by=hand)
    return Redirect(LICENSES, said=translate("Signed: {said}", said=_sentence(asked.wished)))


@pages.post("/earn/offers/{number}/close", Role.PATIENT, signs=True)
def close(visit: Visit, number: str) -> Answer:
    with visit.node.reading() as session:
        known = found_offer(session, number)
        record = RecordId(known.offer.record)
        of = next((each for each in mine(visit, session) if each.record == record), None)
    if of is None:
        raise PageMissing
    try:
        offering.close_offer(visit.node, known, by=hand_of(visit, of))
    except NotOwner:
        raise PageMissing from None
    return Redirect(LICENSES, said=translate("It is offered no more. What was bought goes on."))
