"""Loans of a lender that go wrong, and the auctions where what was pledged is bought."""

from dataclasses import dataclass

from markupsafe import Markup

from salus.kernel.clock import moment, seconds
from salus.kernel.ids import RecordId, record_text
from salus.platform.i18n import translate
from salus.platform.web.portal import (
    Page,
    PageMissing,
    Pages,
    Redirect,
    Role,
    Visit,
    charts,
)
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.pages.signing import SIGN, Review, step
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles
from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.naming import amount, currency
from salus.services.lending import selling, service
from salus.services.lending.model import HALF_LIFE, LENGTH, State, price_at
from salus.services.lending.model.auction import CREDIT_BID_FROM
from salus.services.lending.notices import tell
from salus.services.lending.pages.words import (
    debt_of,
    found_loan,
    part_of,
    party_of,
    spoken,
)
from salus.services.lending.projections import AuctionState
from salus.services.lending.reading import Auction, Standing, auction, auctions, for_sale, loans

pages = Pages("lending")
LOANS, AUCTIONS = f"{ROOT}/lending/loans", f"{ROOT}/auctions"
BIDDERS = (Role.LENDER, Role.LICENSEE)


@dataclass(frozen=True, slots=True)
class Selling:
    """An auction now, in words; `is_open` while somebody can still buy."""

    loan: int
    record: str
    part: str
    price: str
    start: str
    began: object
    ends: object
    is_open: bool
    state: str


# A LOAN OF THE LENDER


def _mine(visit: Visit, text: str) -> Standing:
    """A loan whose note the visitor's organization holds. Raises PageMissing for any other."""
    party = party_of(visit)
    with visit.node.reading() as session:
        held = {str(each.number) for each in loans(session) if each.holder == party.address}
    if text not in held:
        raise PageMissing
    return found_loan(visit, text)


@pages.get("/lending/loans/{number}", Role.LENDER)
def loan(visit: Visit, number: str) -> Answer:
    found = _mine(visit, number)
    agreement = service.agreement(visit.node, found.loan.id)
    own = party_of(visit).name
    members = [each for each in of_home(visit.home).members() if each.roles & Roles.LENDER]
    return Page(
        "lending/lent_loan.html",
        {
            "loan": debt_of(visit, found),
            "agreement": spoken(agreement) if agreement else "",
            "is_active": found.loan.state is State.ACTIVE,
            "can_end": _can_foreclose(visit, found),
            "others": [(each.name, each.name) for each in members if each.name != own],
        },
    )


def _can_foreclose(visit: Visit, found: Standing) -> bool:
    is_auction = found.loan.state is State.AUCTION
    return is_auction and seconds(visit.node.clock.now()) >= found.loan.since + LENGTH


@pages.post("/lending/loans/{number}/warn", Role.LENDER, again=loan, signs=True)
def warn(visit: Visit, number: str) -> Answer:
    """Take a reading; two that are bad make it a loan to be cured."""
    found = _mine(visit, number)
    state = selling.flag(visit.node, found.loan.id)
    tell(visit.node)
    said = (
        translate("The loan is healthy, or this was the first bad reading. It is noted.")
        if state is State.ACTIVE
        else translate("The borrower was warned: the loan must be made healthy now.")
    )
    return Redirect(f"{LOANS}/{number}", said=said)


@pages.post("/lending/loans/{number}/cure", Role.LENDER, again=loan, signs=True)
def cure(visit: Visit, number: str) -> Answer:
    selling.cure(visit.node, _mine(visit, number).loan.id)
    tell(visit.node)
    return Redirect(f"{LOANS}/{number}", said=translate("The loan is healthy again."))


@pages.get("/lending/loans/{number}/auction", Role.LENDER)
def starting(visit: Visit, number: str) -> Answer:
    found = _mine(visit, number)
    said = translate(
        "{party} starts the auction of {part} that secures the loan {loan}. {owed} are owed.",
        party=visit.who.party,
        part=part_of(found.loan.token),
        loan=found.loan.id,
        owed=amount(found.debt),
    )
    notes = (
        translate("The price begins above the debt and halves every 12 hours, for three days."),
        translate("From now on there is no more interest. Paying everything back ends it."),
    )
    way, act = f"{LOANS}/{number}/auction", translate("Sign and start it")
    return Review(said, way, act, f"{LOANS}/{number}", notes=notes, is_danger=True).page()


@pages.post("/lending/loans/{number}/auction", Role.LENDER, again=starting, signs=True)
def start(visit: Visit, number: str) -> Answer:
    found = _mine(visit, number)
    confirm(visit)
    begun = selling.start_auction(visit.node, found.loan.id, by=party_of(visit).signing)
    tell(visit.node)
    said = translate("The auction begins at {price}.", price=amount(begun.start_price))
    return Redirect(f"{AUCTIONS}/{number}", said=said)


@pages.get("/lending/loans/{number}/take", Role.LENDER)
def taking(visit: Visit, number: str) -> Answer:
    found = _mine(visit, number)
    if not _can_foreclose(visit, found):
        raise PageMissing
    said = translate(
        "{party} takes {part} that nobody bought. {owed} are written off.",
        party=visit.who.party,
        part=part_of(found.loan.token),
        owed=amount(found.debt),
    )
    way, act = f"{LOANS}/{number}/take", translate("Sign and take it")
    return Review(said, way, act, f"{LOANS}/{number}", is_danger=True).page()


@pages.post("/lending/loans/{number}/take", Role.LENDER, again=taking, signs=True)
def take(visit: Visit, number: str) -> Answer:
    found, party = _mine(visit, number), party_of(visit)
    confirm(visit)
    selling.foreclose(visit.node, found.loan.id, party.address, by=party.signing)
    tell(visit.node)
    said = translate("It is yours now, and nothing is owed any more.")
    return Redirect(f"{ROOT}/lending", said=said)


@pages.post("/lending/loans/{number}/note", Role.LENDER, again=loan, signs=True)
def hand_on(visit: Visit, number: str) -> Answer:
    """The right to be paid, handed on after it was read as a sentence."""
    found, party, form = _mine(visit, number), party_of(visit), visit.form
    known = [each.name for each in of_home(visit.home).members() if each.roles & Roles.LENDER]
    name = form.choice("to", [each for each in known if each != party.name])
    form.check()
    if step(form) != SIGN:
        said = translate(
            "{party} hands the right to be paid for the loan {loan}, {owed} now, on to {to}.",
            party=party.name,
            loan=found.loan.id,
            owed=amount(found.debt),
            to=name,
        )
        notes = (translate("What is paid for it is between the two. It cannot be undone."),)
        way, act = f"{LOANS}/{number}/note", translate("Sign and hand it on")
        kept = (("to", name),)
        back = f"{LOANS}/{number}"
        return Review(said, way, act, back, notes=notes, kept=kept, is_danger=True).page()
    confirm(visit)
    to = of_home(visit.home).member(name).address
    service.sell_note(visit.node, found.loan.id, to, by=party.signing)
    tell(visit.node)
    return Redirect(f"{ROOT}/lending", said=translate("{to} is paid from now on.", to=name))


# AUCTIONS


@pages.get("/auctions", *BIDDERS)
def all_auctions(visit: Visit) -> Answer:
    found = [_selling(visit, each) for each in auctions(visit.node)]
    with visit.node.reading() as session:
        asked = for_sale(session)
    shows = {
        "asked": [
            (each.number, part_of(each.token), record_text(each.record)[:8], amount(price))
            for each, price in asked
        ],
        "open": [each for each in found if each.is_open],
        "past": [each for each in found if not each.is_open],
    }
    return Page("lending/auctions.html", shows)


def _price(visit: Visit, found: Auction) -> int:
    now = min(max(seconds(visit.node.clock.now()), found.started_at), found.ends_at)
    return price_at(found.start_price, found.started_at, now)


def _selling(visit: Visit, found: Auction) -> Selling:
    loan_ = found_loan(visit, str(found.loan)).loan
    is_timely = seconds(visit.node.clock.now()) < found.ends_at
    is_open = found.state is AuctionState.OPEN and is_timely
    price = found.sold.price if found.sold else _price(visit, found)
    return Selling(
        found.loan,
        record_text(RecordId(loan_.token >> 8))[:8],
        part_of(loan_.token),
        amount(price),
        amount(found.start_price),
        moment(found.started_at),
        moment(found.ends_at),
        is_open,
        translate(_state(found, is_timely=is_timely)),
    )


def _state(found: Auction, *, is_timely: bool) -> str:
    if found.state is AuctionState.OPEN and not is_timely:
        return "unsold"
    return found.state.name.lower()


def _auction(visit: Visit, text: str) -> Auction:
    """Raises PageMissing."""
    number = found_loan(visit, text).loan.id
    found = auction(visit.node, number)
    if found is None:
        raise PageMissing
    return found


@pages.get("/auctions/{number}", *BIDDERS)
def auction_page(visit: Visit, number: str) -> Answer:
    found = _auction(visit, number)
    rows = _fall(found)
    holder = found_loan(visit, number).creditor
    is_mine = holder == party_of(visit).address
    is_late = seconds(visit.node.clock.now()) >= found.started_at + CREDIT_BID_FROM
    return Page(
        "lending/auction.html",
        {
            "auction": _selling(visit, found),
            "rows": [(moment(at), amount(price)) for at, price in rows],
            "chart": _picture(rows),
            "can_bid_credit": is_mine and is_late,
            "is_mine": is_mine,
        },
    )


def _fall(found: Auction) -> list[tuple[int, int]]:
    """The price every six hours: seconds and units."""
    times = range(found.started_at, found.ends_at + 1, HALF_LIFE // 2)
    return [(at, price_at(found.start_price, found.started_at, at)) for at in times]


def _picture(rows: list[tuple[int, int]]) -> Markup:
    last = len(rows) - 1
    points = [
        charts.Point(place / last, f"{moment(at):%m-%d %H:%M}", price / UNIT)
        for place, (at, price) in enumerate(rows)
    ]
    said = translate(
        "The price falls from {first} to {last} within three days.",
        first=amount(rows[0][1]),
        last=amount(rows[-1][1]),
    )
    return charts.bars(translate("The price over time"), said, points, unit=currency())


@pages.get("/auctions/{number}/buy", *BIDDERS)
def buying(visit: Visit, number: str) -> Answer:
    return _review(visit, number, by_credit=False).page()


@pages.get("/auctions/{number}/credit", Role.LENDER)
def buying_by_credit(visit: Visit, number: str) -> Answer:
    _mine(visit, number)
    return _review(visit, number, by_credit=True).page()


def _review(visit: Visit, number: str, *, by_credit: bool) -> Review:
    found = _auction(visit, number)
    shown = _selling(visit, found)
    if not shown.is_open:
        raise PageMissing
    said = translate(
        "{party} buys {part} for {price}, paying with what is owed to it."
        if by_credit
        else "{party} buys {part} for {price} or less.",
        party=visit.who.party,
        part=shown.part,
        price=shown.price,
    )
    notes = (
        translate(
            "Bought are the right to decide about licenses, and the income of the owner. The"
            " patient reads, refuses, closes parts and erases as before."
        ),
        translate("It cannot be undone. New keys are made next."),
    )
    way = f"{AUCTIONS}/{number}/{'credit' if by_credit else 'buy'}"
    kept = (("price", str(_price(visit, found))),)
    act = translate("Sign and buy it")
    return Review(said, way, act, f"{AUCTIONS}/{number}", notes=notes, kept=kept, is_danger=True)


@pages.post("/auctions/{number}/buy", *BIDDERS, again=buying, signs=True)
def buy(visit: Visit, number: str) -> Answer:
    return _bought(visit, number, by_credit=False)


@pages.post("/auctions/{number}/credit", Role.LENDER, again=buying_by_credit, signs=True)
def buy_by_credit(visit: Visit, number: str) -> Answer:
    _mine(visit, number)
    return _bought(visit, number, by_credit=True)


def _bought(visit: Visit, number: str, *, by_credit: bool) -> Answer:
    found = _auction(visit, number)
    most = visit.form.whole("price", most=10**24)
    visit.form.check()
    confirm(visit)
    verb = selling.credit_bid if by_credit else selling.buy
    done = verb(visit.node, found.loan, most, by=party_of(visit))
    tell(visit.node)
    said = translate("It was bought for {price}.", price=amount(done.price))
    return Redirect(f"{AUCTIONS}/{number}", said=said)
