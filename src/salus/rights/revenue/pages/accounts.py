"""The money of an organization: what it has here, what it is owed, and how that is taken out."""

from salus.platform.i18n import translate
from salus.platform.web.portal import FormInvalid, Nav, Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
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
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party
from salus.rights.revenue import service
from salus.rights.revenue.currency import shown
from salus.rights.revenue.ledger import is_blocked
from salus.rights.revenue.naming import amount, currency, typed_amount
from salus.rights.revenue.reading import Balance, balance_of

MONEY = f"{ROOT}/money"
HOLDERS = (Role.LICENSEE, Role.LENDER)
pages = Pages("revenue", nav=tuple(Nav(role, "Money", MONEY, 60) for role in HOLDERS))


def party_of(visit: Visit) -> Party:
    """The organization for which somebody acts. Raises UnknownParty where it lives elsewhere."""
    return of_home(visit.home).party(visit.who.party)


def _balance(visit: Visit, party: Party) -> Balance:
    with visit.node.reading() as session:
        return balance_of(visit.node, session, party.address)


@pages.get("/money", *HOLDERS)
def money(visit: Visit) -> Answer:
    party = party_of(visit)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, typed_amount(visit.form, "amount")))
    return Page(
        "revenue/money.html",
        {
            "balance": _balance(visit, party),
            "is_blocked": is_blocked(visit.node, party.address),
            "money": amount,
            "plain": shown,
            "currency": currency(),
        },
    )


def _review(visit: Visit, units: int) -> Review:
    said = translate(
        "{party} takes {amount} of what it is owed out into its account.",
        party=visit.who.party,
        amount=amount(units),
    )
    return Review(said, MONEY, translate("Sign and take it out"), kept=kept(visit.form))


@pages.post("/money", *HOLDERS, again=money, signs=True)
def withdraw(visit: Visit) -> Answer:
    form, party = visit.form, party_of(visit)
    if step(form) == CHANGE:
        return money(visit)
    owed, units = _balance(visit, party).owed, typed_amount(form, "amount")
    form.check()
    if units > owed:
        form.faults["amount"] = translate("There are {owed} to be taken out.", owed=amount(owed))
        raise FormInvalid
    if step(form) != SIGN:
        return _review(visit, units).page()
    confirm(visit)
    paid = service.withdraw(
        visit.node, account=party.address, to=party.address, amount=units, by=party.signing
    )
    return Redirect(MONEY, said=translate("{amount} were taken out.", amount=amount(paid)))
