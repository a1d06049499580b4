"""A better loan in the place of another: taken by its borrower, or given by a lender unasked."""

from dataclasses import dataclass

from salus.kernel.clock import moment, seconds
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import day
from salus.rights.consent.ledger import account_of
from salus.rights.consent.pages.mine import Mine
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
from salus.rights.records.tokens import Hand
from salus.rights.revenue.currency import UNIT
from salus.rights.revenue.model import BPS, mul_div_down
from salus.rights.revenue.naming import amount
from salus.services.lending import service
from salus.services.lending.errors import UnknownLoan
from salus.services.lending.model import LoanOffer, term_end
from salus.services.lending.model.offer import TERM_DAYS
from salus.services.lending.notices import tell
from salus.services.lending.offers import Fate, SignedOffer, fate_of
from salus.services.lending.pages.owing import own_loan
from salus.services.lending.pages.words import (
    found_offer,
    offered,
    part_of,
    party_of,
    spoken,
    triggers_of,
    typed_percent,
    who,
)
from salus.services.lending.reading import Standing, loan_number, standing
from salus.services.lending.words import percent

pages = Pages("lending")
LOANS, LENDING = f"{ROOT}/loans", f"{ROOT}/lending"
BETTER = f"{LENDING}/better"
CENT: int = UNIT // 100


@dataclass(frozen=True, slots=True)
class _Change:
    """A loan, and what there would be of it; money in units, times in seconds."""

    found: Standing
    apr_bps: int
    principal: int
    due: int

    def facts(self) -> tuple[tuple[str, object], ...]:
        """What changes, before and after."""
        loan = self.found.loan
        pairs = (
            (translate("Interest a year"), percent(loan.apr_bps), percent(self.apr_bps)),
            (translate("Owed"), amount(self.found.debt), amount(self.principal)),
            (translate("Due"), day(moment(loan.due)), day(moment(self.due))),
        )
        return tuple(
            (name, translate("{before} now, {after} then", before=before, after=after))
            for name, before, after in pairs
        )

    def yearly(self) -> int:
        """How much less interest a year there is on what is owed now, negative for more.

        In units, down to whole hundredths of the currency.
        """
        less = self.found.loan.apr_bps - self.apr_bps
        a_year = mul_div_down(self.found.debt, abs(less), BPS)
        whole = a_year // CENT * CENT
        return whole if less > 0 else -whole


# THE BORROWER


def _mine(visit: Visit, number: str, text: str) -> tuple[Mine, Standing, SignedOffer]:
    """A live loan of the visitor, and an offer on what is pledged. Raises PageMissing."""
    of, found = own_loan(visit, number)
    with visit.node.reading() as session:
        signed = found_offer(session, text)
    is_open = fate_of(visit.node, signed) is Fate.OPEN
    if found.is_over or signed.token != found.loan.token or not is_open:
        raise PageMissing
    return of, found, signed


@pages.get("/loans/{number}/refinance/{offer}", Role.PATIENT)
def replacing(visit: Visit, number: str, offer: str) -> Answer:
    """Raises WrongState and DebtNotCovered, where the offer cannot pay the loan off."""
    _, found, signed = _mine(visit, number, offer)
    service.check_replaced(found, signed, has_money=False)
    return _review(visit, found, signed, offer).page()


def _review(visit: Visit, found: Standing, signed: SignedOffer, text: str) -> Review:
    due = term_end(seconds(visit.node.clock.now()), signed.term_days)
    change = _Change(found, signed.apr_bps, signed.principal, due)
    said = translate(
        "I pay the loan {loan} back with {principal} that {lender} lends me on {part} for {days}"
        " days, at {after} interest a year instead of {before}.",
        loan=found.loan.id,
        principal=amount(signed.principal),
        lender=who(visit, signed.lender),
        part=part_of(signed.token),
        days=signed.term_days,
        after=percent(signed.apr_bps),
        before=percent(found.loan.apr_bps),
    )
    left = (translate("Left over for you"), amount(signed.principal - found.debt))
    notes = (
        _gain(change),
        offered(visit, signed).income,
        *triggers_of(signed.warn_bps, signed.liquidation_bps, signed.covenant_rate_per_day),
        translate(
            "You can lose: the right to decide about licenses of it, and the income of its"
            " owner. You owe nothing beyond that."
        ),
        translate(
            "You cannot lose: reading it, refusing, closing parts, erasing it, and your part"
            " of the income as the patient."
        ),
    )
    return Review(
        said,
        f"{LOANS}/{found.loan.id}/refinance/{text}",
        translate("Sign and change the loan"),
        f"{LOANS}/{found.loan.id}",
        facts=(*change.facts(), left),
        notes=notes,
        text=spoken(signed.agreement),
        is_danger=True,
    )


def _gain(change: _Change) -> str:
    """What the borrower gains, or loses, in words."""
    yearly = change.yearly()
    if not yearly:
        return translate("The interest stays the same.")
    return translate(
        "You pay {units} less interest a year on what you owe now."
        if yearly > 0
        else "You would pay {units} more interest a year on what you owe now.",
        units=amount(abs(yearly)),
    )


@pages.post("/loans/{number}/refinance/{offer}", Role.PATIENT, again=replacing, signs=True)
def replace_(visit: Visit, number: str, offer: str) -> Answer:
    of, found, signed = _mine(visit, number, offer)
    confirm(visit)
    hand = Hand(of.key, account_of(visit.node, of.record))
    service.refinance(visit.node, found.loan.id, signed, by=hand)
    tell(visit.node)
    said = translate(
        "The loan is paid to {lender} now, at {interest} a year.",
        lender=who(visit, signed.lender),
        interest=percent(signed.apr_bps),
    )
    return Redirect(f"{LOANS}/{number}", said=said)


# ANOTHER LENDER


@pages.get("/lending/better", Role.LENDER)
def bettering(visit: Visit) -> Answer:
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _better_review(visit, *_typed(visit)))
    return Page("lending/better.html", {"least": TERM_DAYS[0], "most": TERM_DAYS[1]})


def _typed(visit: Visit) -> tuple[Standing, LoanOffer]:
    """A loan, and the better terms for it. Raises FormInvalid and what the verb raises."""
    form = visit.form
    number = _number(visit)
    apr = typed_percent(form, "apr", required=True)
    least, most = TERM_DAYS
    days = form.whole("days", least=least, most=most) if form.typed("days") else None
    form.check()
    by = party_of(visit).address
    return service.better_checked(visit.node, number, apr, days, by=by)


def _number(visit: Visit) -> int:
    """The loan that was named; one that is not there is blamed on its field."""
    text = visit.form.text("loan", longest=30)
    try:
        number = loan_number(text) if text else 0
        if number:
            standing(visit.node, number)
    except UnknownLoan as error:
        visit.form.blame("loan", error)
        return 0
    return number


def _better_review(visit: Visit, found: Standing, terms: LoanOffer) -> Review:
    due = term_end(seconds(visit.node.clock.now()), terms.term_days)
    change = _Change(found, terms.apr_bps, found.debt, due)
    collected = (translate("Collected from your account, at most"), amount(terms.principal))
    notes = (
        translate(
            "The borrower pays {units} less interest a year, and is not asked: no term gets worse.",
            units=amount(change.yearly()),
        ),
        translate("The agreement stays as it was signed, but for the interest and the end."),
        translate("The borrower owes nothing beyond the record. What is missing is your loss."),
    )
    before = tuple(pair for pair in kept(visit.form) if pair[0] != "days")
    return Review(
        _better_sentence(visit, found, terms),
        BETTER,
        translate("Sign and pay"),
        facts=(*change.facts(), collected),
        notes=notes,
        kept=(*before, ("days", str(terms.term_days))),
    )


def _better_sentence(visit: Visit, found: Standing, terms: LoanOffer) -> str:
    return translate(
        "{party} pays what is owed for the loan {loan} to {holder} and takes its place, at {after}"
        " interest a year instead of {before}.",
        party=visit.who.party,
        loan=found.loan.id,
        holder=who(visit, found.creditor),
        after=percent(terms.apr_bps),
        before=percent(found.loan.apr_bps),
    )


@pages.post("/lending/better", Role.LENDER, again=bettering, signs=True)
def take_place(visit: Visit) -> Answer:
    if step(visit.form) == CHANGE:
        return bettering(visit)
    found, terms = _typed(visit)
    if step(visit.form) != SIGN:
        return _better_review(visit, found, terms).page()
    confirm(visit)
    number, party = found.loan.id, party_of(visit)
    service.refinance_better(visit.node, number, terms.apr_bps, terms.term_days, by=party)
    tell(visit.node)
    said = translate("The loan {loan} is paid to you now.", loan=number)
    return Redirect(f"{LENDING}/loans/{number}", said=said)
