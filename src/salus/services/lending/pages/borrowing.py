"""Loans of a patient: what is offered, and how one is taken."""

from sqlalchemy.orm import Session

from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.ledger import account_of
from salus.rights.consent.pages.mine import Mine, mine
from salus.rights.consent.pages.signing import Review
from salus.rights.identity.accounts.pages import confirm
from salus.rights.records.tokens import Hand
from salus.rights.revenue.naming import amount
from salus.services.lending import service
from salus.services.lending.model import TERMINAL, State
from salus.services.lending.notices import tell
from salus.services.lending.offers import Fate, SignedOffer, fate_of, offers
from salus.services.lending.pages.words import (
    CURES,
    debt_of,
    found_offer,
    offered,
    part_of,
    spoken,
    standing_now,
    triggers_of,
    who,
)
from salus.services.lending.reading import KnownLoan, loans
from salus.services.lending.words import percent

pages = Pages("lending")
LOANS = f"{ROOT}/loans"


@pages.get("/loans", Role.PATIENT)
def all_loans(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
        known = borrowed(visit, session, records)
        open_ = open_offers(visit, session, records)
    found = [debt_of(visit, standing_now(visit.node, each.number)) for each in known]
    pledged = {each.token: each.number for each in known if each.state not in TERMINAL}
    return Page(
        "lending/loans.html",
        {
            "loans": [each for each in found if not each.is_over],
            "past": [each for each in found if each.is_over],
            "offers": [(offered(visit, each), pledged.get(each.token)) for each in open_],
        },
    )


def borrowed(visit: Visit, session: Session, records: list[Mine]) -> list[KnownLoan]:
    """Loans that the patient took on records of his own."""
    accounts = {of.record: account_of(visit.node, of.record) for of in records}
    return [each for each in loans(session) if accounts.get(each.record) == each.borrower]


def open_offers(visit: Visit, session: Session, records: list[Mine]) -> list[SignedOffer]:
    """What lenders offer on records of the patient, and can be taken."""
    own = {of.record for of in records}
    found = [each for each in offers(session) if each.record in own]
    return [each for each in found if fate_of(visit.node, each) is Fate.OPEN]


def _mine(visit: Visit, text: str) -> tuple[Mine, SignedOffer]:
    """An offer on a record of the visitor that can be taken. Raises PageMissing."""
    with visit.node.reading() as session:
        found = found_offer(session, text)
        of = next((each for each in mine(visit, session) if each.record == found.record), None)
    if of is None or fate_of(visit.node, found) is not Fate.OPEN:
        raise PageMissing
    return of, found


@pages.get("/loans/offers/{offer}", Role.PATIENT)
def offer_page(visit: Visit, offer: str) -> Answer:
    _, found = _mine(visit, offer)
    return _review(visit, offer, found).page()


def _review(visit: Visit, text: str, found: SignedOffer) -> Review:
    said = translate(
        "I pledge {part} of mine to {lender} and borrow {principal} for {days} days, at {interest}"
        " interest a year.",
        part=part_of(found.token),
        lender=who(visit, found.lender),
        principal=amount(found.principal),
        days=found.term_days,
        interest=percent(found.apr_bps),
    )
    notes = (
        offered(visit, found).income,
        *triggers_of(found.warn_bps, found.liquidation_bps, found.covenant_rate_per_day),
        translate(
            "You can lose: the right to decide about licenses of it, and the income of its"
            " owner. You owe nothing beyond that."
        ),
        translate(
            "You cannot lose: reading it, refusing, closing parts, erasing it, and your part"
            " of the income as the patient."
        ),
    )
    act = translate("Sign and borrow")
    return Review(
        said,
        f"{LOANS}/offers/{text}",
        act,
        LOANS,
        notes=notes,
        text=spoken(found.agreement),
        is_danger=True,
    )


@pages.post("/loans/offers/{offer}", Role.PATIENT, again=offer_page, signs=True)
def borrow(visit: Visit, offer: str) -> Answer:
    of, found = _mine(visit, offer)
    confirm(visit)
    hand = Hand(of.key, account_of(visit.node, of.record))
    number = service.borrow(visit.node, found, by=hand)
    tell(visit.node)
    said = translate(
        "{principal} were lent to you. Take them out under What I earn.",
        principal=amount(found.principal),
    )
    return Redirect(f"{LOANS}/{number}", said=said)


@pages.card(Role.PATIENT, order=15)
def must_be_cured(visit: Visit) -> Card | None:
    """Loans on which something has to be done soon."""
    with visit.node.reading() as session:
        known = borrowed(visit, session, mine(visit, session))
    urgent = [each for each in known if each.state in {*CURES, State.AUCTION}]
    if not urgent:
        return None
    found = [debt_of(visit, standing_now(visit.node, each.number)) for each in urgent]
    return Card("lending/must_be_cured.html", {"loans": found}, urgent=True)
