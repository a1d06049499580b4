"""One loan of a patient: what is owed, and how it is paid back or made healthy."""

from salus.kernel.secp256k1 import SigningKey
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.pages.mine import Mine, mine
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
from salus.rights.revenue.ledger import balance_of
from salus.rights.revenue.naming import amount, currency, typed_amount
from salus.services.lending import selling, service
from salus.services.lending.notices import tell
from salus.services.lending.pages.borrowing import borrowed
from salus.services.lending.pages.words import debt_of, found_loan, spoken
from salus.services.lending.reading import Standing

pages = Pages("lending")
LOANS = f"{ROOT}/loans"


def own_loan(visit: Visit, text: str) -> tuple[Mine, Standing]:
    """A loan that the visitor took. Raises PageMissing, also for one of others."""
    with visit.node.reading() as session:
        records = mine(visit, session)
        known = {str(each.number): each.record for each in borrowed(visit, session, records)}
    for of in records:
        if known.get(text) == of.record:
            return of, found_loan(visit, text)
    raise PageMissing


@pages.get("/loans/{number}", Role.PATIENT)
def loan(visit: Visit, number: str) -> Answer:
    of, found = own_loan(visit, number)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, found, _typed(visit)))
    agreement = service.agreement(visit.node, found.loan.id)
    return Page(
        "lending/loan.html",
        {
            "loan": debt_of(visit, found),
            "currency": currency(),
            "asked": amount(found.asked) if found.asked else "",
            "held": amount(balance_of(visit.node, of.key.address)),
            "agreement": spoken(agreement) if agreement else "",
        },
    )


def _typed(visit: Visit) -> int | None:
    """How much is paid back (units), None for all of it. Raises FormInvalid."""
    is_all = visit.form.typed("whole") == "yes"
    units = None if is_all else typed_amount(visit.form, "amount")
    visit.form.check()
    return units


def _review(visit: Visit, found: Standing, units: int | None) -> Review:
    if units is None:
        said = translate(
            "I pay back all that I owe, {owed} now, and what comes until it is booked.",
            owed=amount(found.debt),
        )
    else:
        said = translate("I pay {amount} of what I owe back.", amount=amount(units))
    notes = (
        translate("It is paid from your wallet here; the interest is paid first."),
        translate("Once nothing is owed, the record is yours alone again."),
    )
    way = f"{LOANS}/{found.loan.id}/repay"
    return Review(said, way, translate("Sign and pay"), notes=notes, kept=kept(visit.form))


@pages.post("/loans/{number}/repay", Role.PATIENT, again=loan, signs=True)
def repay(visit: Visit, number: str) -> Answer:
    if step(visit.form) == CHANGE:
        return loan(visit, number)
    of, found = own_loan(visit, number)
    units = _typed(visit)
    if step(visit.form) != SIGN:
        return _review(visit, found, units).page()
    confirm(visit)
    return Redirect(f"{LOANS}/{number}", said=_paid(visit, found, units, of.key))


def _paid(visit: Visit, found: Standing, units: int | None, key: SigningKey) -> str:
    done = service.repay(visit.node, found.loan.id, units, by=key)
    tell(visit.node)
    if done.left:
        return translate(
            "{paid} were paid. {left} are still owed.",
            paid=amount(done.paid),
            left=amount(done.left),
        )
    return translate("{paid} were paid. Nothing is owed any more.", paid=amount(done.paid))


@pages.post("/loans/{number}/cure", Role.PATIENT, again=loan, signs=True)
def cure(visit: Visit, number: str) -> Answer:
    _, found = own_loan(visit, number)
    selling.cure(visit.node, found.loan.id)
    tell(visit.node)
    return Redirect(f"{LOANS}/{number}", said=translate("The loan is healthy again."))
