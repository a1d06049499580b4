"""What lenders and owners do: offer, borrow, repay, refinance, and hand a note on."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from salus.kernel.clock import seconds, stamp
from salus.kernel.documents import text
from salus.kernel.ids import Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.files import write_atomic
from salus.platform.ledger import Receipt
from salus.platform.work import Node, Work
from salus.rights.identity.ledger import VALID, Views, cancel_nonces, send
from salus.rights.identity.model import Party
from salus.rights.records.tokens import Hand
from salus.rights.revenue import ledger as money
from salus.rights.revenue.errors import LienExists
from salus.services.lending import ledger
from salus.services.lending.agreement import Agreement, agreement_of
from salus.services.lending.errors import (
    CannotLend,
    DebtNotCovered,
    FingerprintChanged,
    OfferExpired,
    OfferOfAnother,
    WrongState,
)
from salus.services.lending.model import (
    Loan,
    LoanOffer,
    State,
    accrue_interest,
    check_better,
    check_collateral,
    check_offer,
    debt,
)
from salus.services.lending.offers import (
    SignedOffer,
    agreed,
    check_free,
    check_signed,
    digest_of,
    keep,
    unsigned,
)
from salus.services.lending.paying import check_payer, let_pull
from salus.services.lending.reading import Standing, reading_of, standing, to_now
from salus.services.lending.watching import keep_watching

_UNKNOWN_HASH = Digest(bytes(32))
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Paid:
    """What a repayment pulled, and what is left of the debt (units)."""

    paid: int
    left: int


"""OFFERS"""


def offer(
    node: Node, wished: LoanOffer, *, until: datetime, lender: Party, copy: Path | None = None
) -> SignedOffer:
    """Sign an offer on a token as it is now, and let the router pull its principal.

    `wished` says the terms; lender, fingerprint and agreement come from here. `copy` is written
    for the borrower.

    Raises CannotLend, OfferExpired, TermsOutOfBounds, IncomeTooLow, ValueStale, OverLtv and
    MoneyMissing.
    """
    to_now(node)
    ask, at = Views(node), node.ledger.final()
    if not ask("Organizations", "canLend", lender.address, at=at):
        raise CannotLend(signer=lender.address)
    if seconds(until) <= at.time:
        raise OfferExpired(until=stamp(until))
    check_offer(wished)
    check_collateral(wished, reading_of(ask, wished.token, at=at))
    seen = money.collateral_fingerprint(ask, wished.token, at=at)
    terms = replace(wished, lender=lender.address, fingerprint=seen)
    made = _sign(node, terms, seconds(until), lender)
    let_pull(node, terms.principal, by=lender.signing)
    with node.sessions() as session, session.begin():
        keep(Work(node, session), made)
        keep_watching(Work(node, session))
    if copy is not None:
        write_atomic(copy, text(made))
    return made


def _sign(node: Node, terms: LoanOffer, deadline: int, lender: Party) -> SignedOffer:
    agreement = agreement_of(terms, lender.name, Digest(secrets.token_bytes(32)))
    nonce = Digest(secrets.token_bytes(32))
    made = unsigned(terms, agreement, nonce, deadline)
    return replace(made, signature=lender.signing.sign(digest_of(node, made)))


def withdraw_offer(node: Node, signed: SignedOffer, *, by: Party) -> None:
    """Take an offer back, so that no loan comes of it, and let that much less be pulled.

    The key that signed it sends this itself. Raises OfferOfAnother, OfferWithdrawn, OfferTaken.
    """
    to_now(node)
    if signed.signer != by.address:
        raise OfferOfAnother(signer=signed.signer)
    check_free(node, signed)
    allowed = money.allowance_of(node, by.address)
    less = money.permit_payer(node, max(allowed - signed.principal, 0), by=by.signing)
    back = cancel_nonces(node, ledger.BOOK, int.from_bytes(signed.nonce, "big"))
    send(node, back, less, by=by.signing)
    node.follow()


"""BORROW AND REPAY"""


def borrow(node: Node, signed: SignedOffer, *, by: Hand) -> int:
    """Pledge a token on an offer; the number of the loan.

    The offer is kept here before the ledger is asked: the agreement must be found again.

    Raises OfferDamaged, OfferExpired, OfferWithdrawn, OfferTaken, LienExists, FingerprintChanged,
    MoneyMissing, and what the ledger refuses.
    """
    terms = _checked(node, signed)
    if ledger.loan_on(Views(node), terms.token, at=node.ledger.final()):
        raise LienExists(token=terms.token)
    call = ledger.borrow(node, terms, signed.intent(), by=by)
    _keep(node, signed)
    (receipt,) = send(node, call)
    node.follow()
    return _number_of(node, receipt)


def _checked(node: Node, signed: SignedOffer) -> LoanOffer:
    """The terms of an offer that the ledger can take now."""
    to_now(node)
    check_signed(node, signed)
    terms, ask, at = signed.terms(), Views(node), node.ledger.final()
    check_offer(terms)
    found = money.collateral_fingerprint(ask, terms.token, at=at)
    if found != terms.fingerprint:
        raise FingerprintChanged(expected=terms.fingerprint, found=found)
    check_collateral(terms, reading_of(ask, terms.token, at=at))
    check_payer(node, terms.lender, terms.principal)
    return terms


def _keep(node: Node, signed: SignedOffer) -> None:
    with node.sessions() as session, session.begin():
        keep(Work(node, session), signed)
        keep_watching(Work(node, session))


def _number_of(node: Node, receipt: Receipt) -> int:
    book = node.contracts[ledger.BOOK]
    events = (book.event(each) for each in receipt.events if each.address == book.address)
    return next(int(each.values["loanId"]) for each in events if each and each.name == "LoanOpened")


def repay(node: Node, number: int, amount: int | None, *, by: SigningKey) -> Paid:
    """Pay a debt down, all of it where no amount is given (units); by anybody, from his own money.

    Raises UnknownLoan, WrongState, MoneyMissing.
    """
    to_now(node)
    found = standing(node, number)
    if found.is_over:
        raise WrongState(loan=number, state=found.loan.state.name.lower())
    most = _most(found) if amount is None else min(amount, _most(found))
    before = money.balance_of(node, by.address)
    let_pull(node, most, least=min(most, found.debt), by=by)
    send(node, ledger.repay(node, number, most, by=by))
    node.follow()
    paid = before - money.balance_of(node, by.address)
    return Paid(paid, standing(node, number).debt)


def _most(found: Standing) -> int:
    """What is owed when the last block comes that can still take the signature."""
    return debt(accrue_interest(found.loan, found.loan.accrued_at + VALID))


"""REFINANCE"""


def refinance(node: Node, number: int, signed: SignedOffer, *, by: Hand) -> None:
    """Pay a loan off with another one; what is over is the borrower's.

    The difference to a smaller loan is pulled from who signs. A patient's account has no money of
    its own, so the new loan has to cover the debt there.

    Raises as `borrow` does, and WrongState, DebtNotCovered.
    """
    terms, found = _checked(node, signed), standing(node, number)
    check_replaced(found, signed, has_money=by.account is None)
    if found.debt > terms.principal:
        let_pull(node, found.debt - terms.principal, by=by.key)
    call = ledger.refinance(node, number, terms, signed.intent(), by=by)
    _keep(node, signed)
    send(node, call)
    node.follow()


def check_replaced(found: Standing, signed: SignedOffer, *, has_money: bool) -> None:
    """Whether an offer can pay a loan off, for who has money for the rest or has none.

    Raises WrongState, DebtNotCovered.
    """
    if found.is_over or found.loan.state is State.AUCTION:
        raise WrongState(loan=found.loan.id, state=found.loan.state.name.lower())
    if found.debt > signed.principal and not has_money:
        raise DebtNotCovered(debt=found.debt, principal=signed.principal)


def better(found: Standing, apr_bps: int, days: int | None, now: int) -> LoanOffer:
    """The terms of a loan with less interest; due no earlier, for as much as is owed.

    A day's interest more than the debt is offered, of which only the debt is pulled.
    """
    loan = found.loan
    tomorrow = accrue_interest(loan, loan.accrued_at + DAY)
    return LoanOffer(
        lender=loan.borrower,
        token=loan.token,
        fingerprint=_UNKNOWN_HASH,
        principal=debt(tomorrow),
        agreement_hash=found.agreement,
        apr_bps=apr_bps,
        term_days=_days_until(loan, now) if days is None else days,
        mode=loan.mode,
        split_bps=loan.split_bps,
        warn_bps=loan.warn_bps,
        liquidation_bps=loan.liquidation_bps,
        covenant_rate_per_day=loan.covenant_rate_per_day,
    )


def _days_until(loan: Loan, now: int) -> int:
    """The least whole days that end no earlier, within what an offer may say."""
    days = -(-(loan.due - now) // DAY)
    return max(days, 30)


def refinance_better(node: Node, number: int, apr_bps: int, days: int | None, *, by: Party) -> None:
    """Take the place of the lender at no more than nine tenths of its interest, unasked.

    The agreement stays; its interest and its end are those of this offer.

    Raises what `better_checked` raises, and MoneyMissing.
    """
    _, terms = better_checked(node, number, apr_bps, days, by=by.address)
    let_pull(node, terms.principal, by=by.signing)
    send(node, ledger.refinance_better(node, number, terms, by=by.signing))
    node.follow()


def better_checked(
    node: Node, number: int, apr_bps: int, days: int | None, *, by: Address
) -> tuple[Standing, LoanOffer]:
    """A loan as it is now, and the terms on which another lender may take the place of its own.

    Raises UnknownLoan, CannotLend, WrongState, TooEarly, NotBetter, and what `check_offer` and
    `check_collateral` raise.
    """
    to_now(node)
    ask, at = Views(node), node.ledger.final()
    found = standing(node, number)
    if found.is_over:
        raise WrongState(loan=number, state=found.loan.state.name.lower())
    if not ask("Organizations", "canLend", by, at=at):
        raise CannotLend(signer=by)
    wished = better(found, apr_bps, days, at.time)
    seen = money.collateral_fingerprint(ask, wished.token, at=at)
    terms = replace(wished, lender=by, fingerprint=seen)
    check_offer(terms)
    check_better(found.loan, found.agreement, terms, at.time)
    check_collateral(terms, found.reading)
    return found, terms


"""NOTES"""


def sell_note(node: Node, number: int, to: Address, *, by: SigningKey) -> None:
    """Hand the right to be paid on; what is paid for it is between the two.

    Raises UnknownLoan, WrongState, NotHolder.
    """
    found = standing(node, number)
    if found.is_over:
        raise WrongState(loan=number, state=found.loan.state.name.lower())
    send(node, ledger.transfer_note(node, number << 8 | found.loan.round, to, by=by))
    node.follow()


def agreement(node: Node, number: int) -> Agreement | None:
    """The agreement of a loan, where this home has its text."""
    found = standing(node, number).agreement
    with node.reading() as session:
        kept = agreed(session, found)
    return kept.agreement if kept else None
