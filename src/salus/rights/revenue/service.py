"""What is done with money: divide what was earned, pay out, allow, issue."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from salus.kernel.ids import Address, RecordId, record_from_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import settled
from salus.platform.settings import read
from salus.platform.work import Node, Work, count_waiting, enqueue, is_waiting
from salus.rights.consent.ledger import account_of
from salus.rights.identity.ledger import send, view
from salus.rights.records.ledger import token_of
from salus.rights.revenue import ledger
from salus.rights.revenue.errors import CreditTooLow, NothingOwed, SettleFirst
from salus.rights.revenue.ledger import ROUTER
from salus.rights.revenue.settings import RevenueSettings
from salus.rights.revenue.tables import PrepaymentRow

SETTLE = "revenue.settle"
"""The job that divides the income of every token; it comes back."""
MOST_WALKS = 1_024  # of 64 days each: more days than a stream can count
_AT_ONCE = 256  # tokens whose income is divided in one batch


def settle(node: Node, token: int) -> None:
    """Divide what the sections of a token have earned, however long it was left alone."""
    for _ in range(MOST_WALKS):
        try:
            send(node, ledger.settle(node, token))
        except SettleFirst as late:
            send(node, ledger.accrue(node, int(str(late.details["section"]))))
        else:
            break
    node.follow()


def settle_record(node: Node, record: RecordId) -> None:
    """Divide what a record earned under all of its tokens."""
    for token in tokens_of(node, record):
        settle(node, token)


def settle_all(node: Node) -> int:
    """Divide the income of every token that was ever licensed here; how many there are.

    Twice is once: what was divided is not there a second time.
    """
    node.follow()
    with node.reading() as session:
        found = session.scalars(select(PrepaymentRow.record).distinct()).all()
    tokens = [token for text in found for token in tokens_of(node, record_from_text(text))]
    for first in range(0, len(tokens), _AT_ONCE):
        _settle_batch(node, tokens[first : first + _AT_ONCE])
    node.follow()
    return len(tokens)


def _settle_batch(node: Node, tokens: Sequence[int]) -> None:
    """One that is refused stops no other: it is settled by itself."""
    calls = [ledger.settle(node, token) for token in tokens]
    receipts = settled(node.ledger, node.ledger.submit(calls))
    for token, receipt in zip(tokens, receipts, strict=True):
        if not receipt.ok:
            settle(node, token)


def tokens_of(node: Node, record: RecordId) -> list[int]:
    """The token of a record, and those of its detached sections."""
    detached = int(view(node, "RecordRegistry", "recordOf", record)[3])
    sections = [code for code in range(1, 16) if detached >> code & 1]
    return [token_of(record, code) for code in (0, *sections)]


def keep_settling(work: Work) -> None:
    """See to it that income is divided before long, and again and again."""
    if not is_waiting(work, SETTLE):
        enqueue(work, SETTLE, run_at=work.node.clock.now() + every())


def come_back(work: Work) -> None:
    """From the job itself: once more after the usual time."""
    if count_waiting(work, SETTLE) <= 1:  # this one
        enqueue(work, SETTLE, run_at=work.node.clock.now() + every())


def every() -> timedelta:
    """The time between two settlements."""
    return timedelta(hours=read(RevenueSettings).settle_hours)


def withdraw(
    node: Node,
    *,
    account: Address,
    to: Address,
    amount: int | None,
    by: SigningKey,
) -> int:
    """Pay out a credit, all of it where no amount is given (units); what was paid.

    `by` is the account's own key, an acting key of the organization that the account is, or the
    key that controls the subject account. Raises NothingOwed and CreditTooLow.
    """
    owed = ledger.credit_of(node, account)
    units = owed if amount is None else amount
    if not owed:
        raise NothingOwed(account=account)
    if units > owed:
        raise CreditTooLow(account=account, asked=units)
    send(node, ledger.withdraw(node, to, units, by=by, account=_contract(node, account, by)))
    node.follow()
    return units


def _contract(node: Node, account: Address, by: SigningKey) -> Address | None:
    """The subject account that a key signs for; an organization's key signs as itself."""
    is_org = view(node, "Organizations", "isActive", account)
    return None if is_org or account == by.address else account


def subject_account(node: Node, record: RecordId) -> Address:
    """Where a patient's share of the income of a record is credited."""
    return account_of(node, record)


def allow(node: Node, amount: int, *, by: SigningKey) -> None:
    """Let the router pull up to `amount` units for what its holder buys (EIP-2612)."""
    send(node, ledger.permit_payer(node, amount, by=by))


def issue(node: Node, *, to: Address, amount: int, by: SigningKey) -> None:
    """Issue settlement tokens (units) against a deposit; by the platform. Raises NotIssuer."""
    send(node, ledger.issue(node, to, amount, by=by))


def set_blocked(node: Node, account: Address, *, is_blocked: bool, by: SigningKey) -> None:
    """Stop an account in the settlement token, or let it again; by the platform.

    Raises NotIssuer.
    """
    send(node, ledger.set_blocked(node, account, is_blocked=is_blocked, by=by))


def redeem(node: Node, amount: int, *, by: SigningKey) -> None:
    """Give settlement tokens (units) back to the issuer; by their holder."""
    send(node, ledger.redeem(node, amount, by=by))


def platform_of(node: Node) -> Address:
    """The organization that runs the platform; NOBODY when governors have named none."""
    return Address(view(node, "Organizations", "platform"))


def router_of(node: Node) -> Address:
    """Where the money of all is."""
    return node.contracts[ROUTER].address
