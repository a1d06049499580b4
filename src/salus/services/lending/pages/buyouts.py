"""A pledge that its borrower sells at a price that pays the debt, and how it is bought."""

from salus.platform.i18n import translate
from salus.platform.web.portal import Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.ledger import account_of
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
from salus.rights.revenue.naming import amount, currency, typed_amount
from salus.services.lending import selling
from salus.services.lending.notices import tell
from salus.services.lending.pages.owing import own_loan
from salus.services.lending.pages.words import debt_of, found_loan, part_of, party_of
from salus.services.lending.reading import Standing

pages = Pages("lending")
LOANS, PLEDGES, AUCTIONS = f"{ROOT}/loans", f"{ROOT}/pledges", f"{ROOT}/auctions"
BIDDERS = (Role.LENDER, Role.LICENSEE)


# THE BORROWER


@pages.get("/loans/{number}/sell", Role.PATIENT)
def asking(visit: Visit, number: str) -> Answer:
    found = _live(visit, number)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _asked_review(visit, found, _typed(visit)))
    return Page(
        "lending/sell.html",
        {
            "loan": debt_of(visit, found),
            "asked": amount(found.asked) if found.asked else "",
            "currency": currency(),
        },
    )


def _live(visit: Visit, number: str) -> Standing:
    """A loan of the visitor that is not over. Raises PageMissing."""
    _, found = own_loan(visit, number)
    if found.is_over:
        raise PageMissing
    return found


def _typed(visit: Visit) -> int:
    """The price that was typed (units), 0 for none any more. Raises FormInvalid."""
    is_back = visit.form.typed("nothing") == "yes"
    units = 0 if is_back else typed_amount(visit.form, "amount")
    visit.form.check()
    return units


def _asked_review(visit: Visit, found: Standing, units: int) -> Review:
    """Raises NothingOffered."""
    selling.check_asked(found, units)
    way, part = f"{LOANS}/{found.loan.id}/sell", part_of(found.loan.token)
    if not units:
        said = translate(
            "I ask nothing any more for {part} of mine. It stays pledged for the loan {loan}.",
            part=part,
            loan=found.loan.id,
        )
        return Review(said, way, translate("Sign and take it back"), kept=kept(visit.form))
    return Review(
        translate(
            "I sell {part} of mine to whoever pays {price}. The loan {loan} is paid back from it.",
            part=part,
            price=amount(units),
            loan=found.loan.id,
        ),
        way,
        translate("Sign and ask it"),
        facts=_division(found, units),
        notes=(
            translate(
                "Who buys decides from then on what is licensed, within what you allow, and gets"
                " the income of the owner. You keep your part as the patient."
            ),
            translate(
                "You cannot lose: reading it, refusing, closing parts, erasing it, and your part"
                " of the income as the patient."
            ),
            translate("You can take the price back until somebody has paid it."),
        ),
        kept=kept(visit.form),
        is_danger=True,
    )


def _division(found: Standing, units: int) -> tuple[tuple[str, object], ...]:
    """What of a price is for the lender now, and what is left."""
    left = max(units - found.debt, 0)
    return (
        (translate("Paid to the lender, as of now"), amount(found.debt)),
        (translate("Left, and divided as the income is"), amount(left)),
    )


@pages.post("/loans/{number}/sell", Role.PATIENT, again=asking, signs=True)
def ask(visit: Visit, number: str) -> Answer:
    if step(visit.form) == CHANGE:
        return asking(visit, number)
    (of, _), found = own_loan(visit, number), _live(visit, number)
    units = _typed(visit)
    if step(visit.form) != SIGN:
        return _asked_review(visit, found, units).page()
    confirm(visit)
    hand = Hand(of.key, account_of(visit.node, of.record))
    selling.set_buyout(visit.node, found.loan.id, units, by=hand)
    said = (
        translate("{price} is asked for it now.", price=amount(units))
        if units
        else translate("Nothing is asked for it any more.")
    )
    return Redirect(f"{LOANS}/{number}", said=said)


# WHO BUYS


@pages.get("/pledges/{number}", *BIDDERS)
def buying(visit: Visit, number: str) -> Answer:
    """What would be signed; where nothing is asked there is no page."""
    found = found_loan(visit, number)
    if not found.asked:
        raise PageMissing
    said = translate(
        "{party} buys {part} for {price}. The loan {loan} is paid back from it.",
        party=visit.who.party,
        part=part_of(found.loan.token),
        price=amount(found.asked),
        loan=found.loan.id,
    )
    notes = (
        translate(
            "Bought are the right to decide about licenses, and the income of the owner. The"
            " patient reads, refuses, closes parts and erases as before."
        ),
        translate("It cannot be undone. New keys are made next."),
    )
    return Review(
        said,
        f"{PLEDGES}/{number}",
        translate("Sign and buy it"),
        AUCTIONS,
        facts=_division(found, found.asked),
        notes=notes,
        kept=(("price", str(found.asked)),),
        is_danger=True,
    ).page()


@pages.post("/pledges/{number}", *BIDDERS, again=buying, signs=True)
def buy(visit: Visit, number: str) -> Answer:
    found = found_loan(visit, number)
    if not found.asked:
        raise PageMissing
    most = visit.form.whole("price", most=10**24)
    visit.form.check()
    confirm(visit)
    done = selling.buy_out(visit.node, found.loan.id, most, by=party_of(visit))
    tell(visit.node)
    said = translate("It was bought for {price}.", price=amount(done.price))
    return Redirect(AUCTIONS, said=said)
