"""Loans, offers and triggers as pages say them, and whose they are."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.encoding import to_hex
from salus.kernel.ids import NOBODY, Address, RecordId, record_text
from salus.platform.i18n import language, translate
from salus.platform.web.portal import Form, PageMissing, Visit
from salus.platform.work import Node
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party
from salus.rights.records.naming import section_name
from salus.rights.revenue.naming import amount
from salus.services.lending.agreement import Agreement
from salus.services.lending.errors import BadTerm, UnknownLoan, UnknownOffer
from salus.services.lending.model import Mode, State, accrue_interest, debt
from salus.services.lending.model.states import CURE_FOR, GRACE
from salus.services.lending.offers import SignedOffer, find_offer, name_of
from salus.services.lending.reading import Standing, loan_number, standing
from salus.services.lending.telling import STATES
from salus.services.lending.wording import MODES
from salus.services.lending.words import parse_percent, percent

CURES = frozenset(CURE_FOR)


@dataclass(frozen=True, slots=True)
class Debt:
    """A loan in words; `of_value` is empty where the value is not known of late."""

    number: int
    record: str
    part: str
    state: str
    owed: str
    holder: str
    due: object
    interest: str
    income: str
    pending: str
    value: str
    of_value: str
    is_stale: bool
    triggers: list[str]
    warning: str
    is_over: bool
    is_cure: bool
    is_auction: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A signed offer in words."""

    id: str
    record: str
    part: str
    lender: str
    principal: str
    interest: str
    days: int
    income: str
    triggers: list[str]
    until: object


def party_of(visit: Visit) -> Party:
    """The organization for which somebody acts. Raises UnknownParty where it lives elsewhere."""
    return of_home(visit.home).party(visit.who.party)


def who(visit: Visit, address: Address) -> str:
    names = {each.address: each.name for each in of_home(visit.home).members()}
    return names.get(address) or ("" if address == NOBODY else to_hex(address)[:10] + "…")


def part_of(token: int) -> str:
    """The section of a token of its own, else the whole record."""
    code = token & 0xFF
    return section_name(code) if code else translate("the whole record")


def standing_now(node: Node, number: int) -> Standing:
    """A loan with its interest up to now; an idle ledger is a little behind. Raises UnknownLoan."""
    found = standing(node, number)
    now = max(seconds(node.clock.now()), found.loan.accrued_at)
    loan = accrue_interest(found.loan, now)
    return replace(found, loan=loan, debt=debt(loan))


def debt_of(visit: Visit, found: Standing) -> Debt:
    loan, value = found.loan, found.reading.value
    is_fresh = found.reading.is_fresh and value > 0
    return Debt(
        number=loan.id,
        record=record_text(RecordId(loan.token >> 8))[:8],
        part=part_of(loan.token),
        state=translate(STATES[loan.state.name.lower()]),
        owed=amount(0 if found.is_over else found.debt),
        holder=who(visit, found.creditor),
        due=moment(loan.due),
        interest=percent(loan.apr_bps),
        income=translate(MODES[loan.mode], split=percent(loan.split_bps)),
        pending=amount(found.pending),
        value=amount(value),
        of_value=percent(found.debt * 10_000 // value) if is_fresh else "",
        is_stale=not found.reading.is_fresh and loan.liquidation_bps > 0,
        triggers=triggers_of(loan.warn_bps, loan.liquidation_bps, loan.covenant_rate_per_day),
        warning=_warning(found),
        is_over=found.is_over,
        is_cure=loan.state in CURES,
        is_auction=loan.state is State.AUCTION,
    )


def triggers_of(warn: int, liquidation: int, covenant: int) -> list[str]:
    """What may set an auction off, each as a sentence."""
    found = [
        translate("When it is not paid 72 hours after it is due, the record may be auctioned.")
    ]
    if liquidation:
        found.append(
            translate(
                "When the debt is above {most} of the value, read twice and six hours apart, there"
                " are 24 hours to bring it to {least} or less.",
                most=percent(liquidation),
                least=percent(warn),
            )
        )
    if covenant:
        found.append(
            translate(
                "When the record earns less than {least} a day, read twice and seven days apart,"
                " there are seven days to bring the income back.",
                least=amount(covenant),
            )
        )
    return found


def _warning(found: Standing) -> str:
    """What has to happen, and until when."""
    loan = found.loan
    if loan.state in CURES:
        until = moment(loan.since + CURE_FOR[loan.state])
        return translate(
            "It must become healthy until {until}: pay some of it back. Else an auction may start.",
            until=_time(until),
        )
    if loan.state is State.AUCTION:
        return translate("The record is in its auction. Paying everything back ends it.")
    if found.is_over:
        return ""
    if loan.breach:
        return translate("It was found unhealthy once. A second time it must be made healthy.")
    return ""


def overdue_at(found: Standing) -> int:
    """From when on an auction may start because nothing was paid (seconds)."""
    return found.loan.due + GRACE + 1


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def offered(visit: Visit, offer: SignedOffer) -> Offered:
    return Offered(
        id=name_of(offer).removeprefix("0x"),
        record=record_text(offer.record)[:8],
        part=part_of(offer.token),
        lender=who(visit, offer.lender),
        principal=amount(offer.principal),
        interest=percent(offer.apr_bps),
        days=offer.term_days,
        income=translate(MODES[Mode(offer.mode)], split=percent(offer.split_bps)),
        triggers=triggers_of(offer.warn_bps, offer.liquidation_bps, offer.covenant_rate_per_day),
        until=moment(offer.deadline),
    )


def typed_percent(form: Form, name: str, *, required: bool = False) -> int:
    """Basis points, 0 where nothing was typed; a bad one is blamed on its field."""
    text = form.text(name, required=required, longest=10)
    try:
        return parse_percent(text or "0", name)
    except BadTerm as error:
        form.blame(name, error)
        return 0


def spoken(agreement: Agreement) -> str:
    return agreement.chinese if language() == "zh-Hans" else agreement.english


def found_loan(visit: Visit, text: str) -> Standing:
    """Raises PageMissing."""
    try:
        return standing_now(visit.node, loan_number(text))
    except UnknownLoan:
        raise PageMissing from None


def found_offer(session: Session, text: str) -> SignedOffer:
    """By all of its digits. Raises PageMissing."""
    if len(text) != 64 or not text.isalnum():
        raise PageMissing
    try:
        return find_offer(session, text)
    except UnknownOffer:
        raise PageMissing from None
