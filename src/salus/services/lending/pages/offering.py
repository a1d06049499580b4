"""The desk of a lender: offers, loans with what they are worth, and what was told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from salus.kernel.clock import moment
from salus.kernel.ids import NOBODY, Digest, record_text
from salus.platform.i18n import translate
from salus.platform.settings import read
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import day
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
from salus.rights.records.errors import UnknownRecord, UnknownSection
from salus.rights.records.ownership import Owned
from salus.rights.records.service import find_record
from salus.rights.revenue.ledger import balance_of
from salus.rights.revenue.naming import amount, currency, typed_amount
from salus.services.lending import service
from salus.services.lending.appraising import read_value, value_of
from salus.services.lending.model import LoanOffer, Mode, limit
from salus.services.lending.model.offer import TERM_DAYS
from salus.services.lending.notices import Notified
from salus.services.lending.notices import notices as known_notices
from salus.services.lending.offers import Fate, fate_of, offers
from salus.services.lending.pages.words import (
    debt_of,
    found_offer,
    offered,
    part_of,
    party_of,
    standing_now,
    triggers_of,
    typed_percent,
)
from salus.services.lending.reading import auctions, loans
from salus.services.lending.settings import LendingSettings
from salus.services.lending.wording import DESK_MODES, step_word
from salus.services.lending.words import percent

LENDING = f"{ROOT}/lending"
pages = Pages(
    "lending",
    nav=(
        Nav(Role.LENDER, "Home", f"{ROOT}/home", 0),
        Nav(Role.LENDER, "Loans", LENDING, 10),
        Nav(Role.LENDER, "Auctions", f"{ROOT}/auctions", 20),
        Nav(Role.LICENSEE, "Auctions", f"{ROOT}/auctions", 30),
    ),
)
_NONE = Digest(bytes(32))
MODES = {mode.name.lower(): mode for mode in Mode}
PERCENTS = ("apr", "split", "warn", "liquidate")
LONGEST, LONGEST_HANDLE = timedelta(days=90), 60


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a lender typed: the terms, and the end of the offer."""

    terms: LoanOffer
    until: datetime


@pages.get("/lending", Role.LENDER)
def lending(visit: Visit) -> Answer:
    party = party_of(visit)
    with visit.node.reading() as session:
        known = [each for each in loans(session) if each.holder == party.address]
        made = [each for each in offers(session) if each.lender == party.address]
    found = [debt_of(visit, standing_now(visit.node, each.number)) for each in known]
    states = [(offered(visit, each), fate_of(visit.node, each)) for each in made]
    return Page(
        "lending/lending.html",
        {
            "loans": [each for each in found if not each.is_over],
            "past": [each for each in found if each.is_over],
            "offers": [each for each, fate in states if fate is Fate.OPEN],
            "budget": amount(balance_of(visit.node, party.address)),
        },
    )


# A NEW OFFER


@pages.get("/lending/offer", Role.LENDER)
def new_offer(visit: Visit) -> Answer:
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, _typed(visit)))
    return Page(
        "lending/offer.html",
        {
            "modes": [(name, translate(DESK_MODES[mode])) for name, mode in MODES.items()],
            "usual": _usual(visit),
            "currency": currency(),
        },
    )


def _usual(visit: Visit) -> str:
    lasting = timedelta(days=read(LendingSettings).offer_days)
    return (visit.node.clock.now() + lasting).date().isoformat()


def _typed(visit: Visit) -> _Asked:
    """The terms that were typed. Raises FormInvalid."""
    form = visit.form
    token, principal = _token(visit), typed_amount(form, "principal")
    bps = {name: typed_percent(form, name) for name in PERCENTS}
    days = form.whole("days", least=TERM_DAYS[0], most=TERM_DAYS[1])
    mode = MODES.get(form.choice("mode", list(MODES)), Mode.AMORTIZE)
    covenant = typed_amount(form, "covenant", required=False)
    until = form.day("until", after=visit.node.clock.now(), within=LONGEST)
    form.check()
    terms = LoanOffer(
        lender=NOBODY,
        token=token,
        fingerprint=_NONE,
        principal=principal,
        agreement_hash=_NONE,
        apr_bps=0 if mode is Mode.FRUITS else bps["apr"],
        term_days=days,
        mode=mode,
        split_bps=bps["split"] if mode is Mode.SWEEP else 0,
        warn_bps=bps["warn"] if bps["liquidate"] else 0,
        liquidation_bps=bps["liquidate"],
        covenant_rate_per_day=covenant,
    )
    return _Asked(terms, until)


def _token(visit: Visit) -> int:
    """The record that was named, or a divided section of it; a wrong one is blamed on its field."""
    text, _, section = visit.form.text("record", longest=LONGEST_HANDLE).partition("/")
    if not text:
        return 0
    try:
        with visit.node.reading() as session:
            return Owned(find_record(session, text), section).token
    except (UnknownRecord, UnknownSection) as error:
        visit.form.blame("record", error)
        return 0


def _review(visit: Visit, asked: _Asked) -> Review:
    """The value was read just before, so that the lender sees what it lends on."""
    wished = asked.terms
    found = value_of(visit.node, wished.token)
    value = found.appraisal.value
    facts: tuple[tuple[str, object], ...] = (
        (translate("Value, as read now"), amount(value)),
        (translate("Most that can be lent with a value trigger"), amount(_most(wished, value))),
        (translate("What the income does"), translate(DESK_MODES[wished.mode])),
    )
    notes = (
        *triggers_of(wished.warn_bps, wished.liquidation_bps, wished.covenant_rate_per_day),
        translate("The borrower owes nothing beyond the record. What is missing is your loss."),
        translate(
            "The patient reads, refuses, closes parts and erases at any time. The value may"
            " fall by that."
        ),
        translate(
            "Whoever owns the record may borrow on this offer while it lasts; then the money"
            " is collected from your account."
        ),
    )
    return Review(
        _sentence(visit, asked),
        f"{LENDING}/offer",
        translate("Sign and offer it"),
        facts=facts,
        notes=notes,
        kept=kept(visit.form),
    )


def _most(wished: LoanOffer, value: int) -> int:
    return limit(wished.liquidation_bps, value) if wished.liquidation_bps else 0


def _sentence(visit: Visit, asked: _Asked) -> str:
    wished = asked.terms
    return translate(
        "{party} offers to lend {principal} on {part} for {days} days, at {interest} interest a"
        " year, to who signs until {until}.",
        party=visit.who.party,
        principal=amount(wished.principal),
        part=part_of(wished.token),
        days=wished.term_days,
        interest=percent(wished.apr_bps),
        until=day(asked.until),
    )


@pages.post("/lending/offer", Role.LENDER, again=new_offer, signs=True)
def offer(visit: Visit) -> Answer:
    form = visit.form
    if step(form) == CHANGE:
        return new_offer(visit)
    asked = _typed(visit)
    if step(form) != SIGN:
        read_value(visit.node, asked.terms.token)
        return _review(visit, asked).page()
    confirm(visit)
    service.offer(visit.node, asked.terms, until=asked.until, lender=party_of(visit))
    said = translate("Signed: {said}", said=_sentence(visit, asked))
    return Redirect(LENDING, said=said)


@pages.get("/lending/offers/{offer_}/withdraw", Role.LENDER)
def withdrawing(visit: Visit, offer_: str) -> Answer:
    party = party_of(visit)
    with visit.node.reading() as session:
        found = found_offer(session, offer_)
    if found.lender != party.address or fate_of(visit.node, found) is not Fate.OPEN:
        raise PageMissing
    said = translate(
        "{party} takes back its offer to lend {principal}; nobody can borrow on it any more.",
        party=visit.who.party,
        principal=amount(found.principal),
    )
    way = f"{LENDING}/offers/{offer_}/withdraw"
    return Review(said, way, translate("Sign and take it back"), LENDING).page()


@pages.post("/lending/offers/{offer_}/withdraw", Role.LENDER, again=withdrawing, signs=True)
def withdraw(visit: Visit, offer_: str) -> Answer:
    party = party_of(visit)
    with visit.node.reading() as session:
        found = found_offer(session, offer_)
    if found.lender != party.address:
        raise PageMissing
    confirm(visit)
    service.withdraw_offer(visit.node, found, by=party)
    return Redirect(LENDING, said=translate("The offer was taken back."))


# WHAT WAS TOLD


@pages.get("/lending/notices", Role.LENDER)
def notices(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = known_notices(session, told=party_of(visit).address)
    return Page("lending/notices.html", {"rows": [_noticed(each) for each in found]})


def _noticed(each: Notified) -> tuple[object, ...]:
    until = moment(each.until) if each.until else None
    return moment(each.at), each.loan, record_text(each.record)[:8], step_word(each.step), until


@pages.card(Role.LENDER, order=10)
def lent(visit: Visit) -> Card | None:
    """How many loans run, and whether an auction is open."""
    party = party_of(visit)
    with visit.node.reading() as session:
        known = [each for each in loans(session, live_only=True) if each.holder == party.address]
    numbers = {each.number for each in known}
    open_ = [each for each in auctions(visit.node) if each.loan in numbers and each.sold is None]
    shows = {"count": len(known), "auctions": len(open_)}
    return Card("lending/lent.html", shows, urgent=bool(open_))
