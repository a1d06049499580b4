"""What a patient's records earn, how that is divided, and how it is taken out."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from markupsafe import Markup
from sqlalchemy.orm import Session

from salus.kernel.ids import Address
from salus.platform.i18n import translate
from salus.platform.web.portal import (
    Card,
    Download,
    FormInvalid,
    Nav,
    Page,
    PageMissing,
    Pages,
    Redirect,
    Role,
    Visit,
)
from salus.platform.web.portal.pages import ROOT, Answer
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
from salus.rights.identity.ledger import Views
from salus.rights.records.ledger import token_of, token_state
from salus.rights.records.naming import section_name
from salus.rights.revenue import service
from salus.rights.revenue.currency import shown
from salus.rights.revenue.naming import amount, currency, typed_amount
from salus.rights.revenue.pages.drawing import Row, picture, rows_of
from salus.rights.revenue.plot import date_of
from salus.rights.revenue.reading import Balance, Income, balance_of, income_of

pages = Pages("revenue", nav=(Nav(Role.PATIENT, "What I earn", f"{ROOT}/earn", 60),))
EARN = f"{ROOT}/earn"


@dataclass(frozen=True, slots=True)
class Earning:
    """What a record earns, as its patient sees it; texts of amounts have their currency."""

    record: str
    patient: str
    income: Income
    sections: list[tuple[str, str, str, str]]
    split: list[tuple[str, str]]
    rows: list[Row]
    chart: Markup | None
    owed: int
    held: int
    note: str


@pages.get("/earn", Role.PATIENT)
def earn(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = [_earning(visit, session, each) for each in _registered(visit, session)]
    return Page("revenue/earn.html", {"records": found, "money": amount})


def _registered(visit: Visit, session: Session) -> list[Mine]:
    """Those that the ledger knows already."""
    return [each for each in mine(visit, session) if each.summary.subject is not None]


def _earning(visit: Visit, session: Session, of: Mine) -> Earning:
    income = income_of(visit.node, session, of.record)
    balance, wallet = _balance(visit, session, of), _held(visit, session, of.key.address)
    return Earning(
        of.text,
        of.summary.patient,
        income,
        _sections(income),
        _split(of, income),
        rows_of(income.days),
        picture(income.days) if income.days else None,
        balance.owed,
        wallet.held,
        _note(visit, of),
    )


def _balance(visit: Visit, session: Session, of: Mine) -> Balance:
    account = service.subject_account(visit.node, of.record)
    return balance_of(visit.node, session, account)


def _held(visit: Visit, session: Session, address: Address) -> Balance:
    return balance_of(visit.node, session, address)


def _sections(income: Income) -> list[tuple[str, str, str, str]]:
    """What earns or has earned: its name, a day, not divided yet, and whether a lender is first."""
    return [
        (
            section_name(each.section),
            amount(each.rate),
            amount(each.pending),
            translate("a lender is paid first") if each.is_pledged else translate("no"),
        )
        for each in income.sections
        if each.rate or each.pending
    ]


def _split(of: Mine, income: Income) -> list[tuple[str, str]]:
    """Whose the divided income became."""
    parts = income.divided
    is_mine = of.summary.owners.get("") == of.summary.subject
    owner = translate("You, as the owner") if is_mine else translate("The owner, or who pledged it")
    return [
        (translate("You, as the patient"), amount(parts.subject)),
        (translate("The hospital that wrote it"), amount(parts.source)),
        (translate("Who keeps it"), amount(parts.host)),
        (translate("The platform"), amount(parts.platform)),
        (translate("A lender"), amount(parts.lender)),
        (owner, amount(parts.owner)),
    ]


def _note(visit: Visit, of: Mine) -> str:
    """What is going on with the keys of a record, empty when nothing is."""
    at = visit.node.ledger.final()
    state = token_state(Views(visit.node), token_of(of.record), at=at)
    if state is None or not state.rekey:
        return ""
    if state.rekey == 1:
        return translate("A sale is running: it waits for new keys, and nothing else starts.")
    return translate("New keys are being made; what is licensed goes on meanwhile.")


@pages.get("/earn/{record}/days", Role.PATIENT)
def days(visit: Visit, record: str) -> Answer:
    """Every day as a file; amounts are in currency units."""
    with visit.node.reading() as session:
        income = income_of(visit.node, session, one_of(visit, session, record).record)
    return Download("income.csv", _csv(income.days), "text/csv; charset=utf-8")


def _csv(found: Sequence[tuple[int, int]]) -> bytes:
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(("day", "earned"))
    rows.writerows((date_of(day), shown(units).replace(",", "")) for day, units in found)
    return text.getvalue().encode()


# TAKING OUT


@pages.get("/earn/{record}/withdraw", Role.PATIENT)
def withdrawing(visit: Visit, record: str) -> Answer:
    form = visit.form
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        owed = _balance(visit, session, of).owed
    if lacks_password_only(form):
        return once_more(form, lambda: _review(visit, record, typed_amount(form, "amount")))
    if not owed and step(form) != SIGN:
        raise PageMissing
    shows = {"record": record, "owed": owed, "money": amount, "usual": shown(owed)} | {
        "currency": currency()
    }
    return Page("revenue/withdraw.html", shows)


def _review(visit: Visit, record: str, units: int) -> Review:
    said = translate(
        "I take {amount} of what my record has earned out into my wallet here.",
        amount=amount(units),
    )
    note = translate("Your record, and who may read it, stay as they are.")
    return Review(
        said,
        f"{EARN}/{record}/withdraw",
        translate("Sign and take it out"),
        notes=(note,),
        kept=kept(visit.form),
    )


@pages.post("/earn/{record}/withdraw", Role.PATIENT, again=withdrawing, signs=True)
def withdraw(visit: Visit, record: str) -> Answer:
    form = visit.form
    if step(form) == CHANGE:
        return withdrawing(visit, record)
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        owed = _balance(visit, session, of).owed
    units = typed_amount(form, "amount")
    form.check()
    if units > owed:
        form.faults["amount"] = translate("There are {owed} to be taken out.", owed=amount(owed))
        raise FormInvalid
    if step(form) != SIGN:
        return _review(visit, record, units).page()
    confirm(visit)
    account = service.subject_account(visit.node, of.record)
    paid = service.withdraw(visit.node, account=account, to=of.key.address, amount=units, by=of.key)
    said = translate("{amount} are in your wallet now.", amount=amount(paid))
    return Redirect(EARN, said=said)


@pages.card(Role.PATIENT, order=50)
def earns(visit: Visit) -> Card | None:
    """What comes in each day, and what can be taken out."""
    with visit.node.reading() as session:
        found = _registered(visit, session)
        rate = sum(income_of(visit.node, session, each.record).rate for each in found)
        owed = sum(_balance(visit, session, each).owed for each in found)
    if not rate and not owed:
        return None
    return Card("revenue/earns.html", {"rate": amount(rate), "owed": amount(owed)})
