"""What a record earns and earned, from the ledger and its index."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, RecordId, record_text
from salus.platform.ledger import at_final
from salus.platform.work import Node
from salus.rights.records.ledger import on_ledger
from salus.rights.revenue import ledger
from salus.rights.revenue.model import DAY
from salus.rights.revenue.tables import CreditRow, IncomeRow, LienRow


@dataclass(frozen=True, slots=True)
class SectionIncome:
    """A section now: `rate` units a day, `pending` units earned and not yet divided.

    `is_own` when it is a token of its own; `is_pledged` when a lender comes before its owner.
    """

    section: int
    rate: int
    pending: int
    is_own: bool
    is_pledged: bool


_INCOME = select(IncomeRow).where(IncomeRow.record == bindparam("of")).order_by(IncomeRow.day)
_PLEDGED = select(LienRow.section).where(LienRow.record == bindparam("of"))
"""Put together once: every first page asks."""


@dataclass(frozen=True, slots=True)
class Divided:
    """Units that were divided, by whose they became."""

    subject: int
    source: int
    host: int
    platform: int
    lender: int
    owner: int

    @property
    def total(self) -> int:
        return self.subject + self.source + self.host + self.platform + self.lender + self.owner


@dataclass(frozen=True, slots=True)
class Income:
    """`days` are pairs of a day since 1970 and the units that were divided on it, ascending."""

    record: RecordId
    sections: tuple[SectionIncome, ...]
    divided: Divided
    days: tuple[tuple[int, int], ...]

    @property
    def rate(self) -> int:
        return sum(each.rate for each in self.sections)

    @property
    def pending(self) -> int:
        return sum(each.pending for each in self.sections)


def income_of(node: Node, session: Session, record: RecordId) -> Income:
    """What a record earns at the last final block, and what was divided as the index knows."""
    rows = list(session.scalars(_INCOME, {"of": record_text(record)}))
    return Income(record, _sections(node, session, record), _divided(rows), _days(rows))


def _sections(node: Node, session: Session, record: RecordId) -> tuple[SectionIncome, ...]:
    known = on_ledger(node, record)
    codes = [code for code in range(1, 16) if known.sections >> code & 1]
    ids = [ledger.section_id(record, code) for code in codes]
    streams = at_final(node.ledger, lambda block: ledger.streams(node, ids, at=block))
    pledged = set(session.scalars(_PLEDGED, {"of": record_text(record)}))
    found = []
    for code, stream in zip(codes, streams, strict=True):
        is_own = bool(known.detached >> code & 1)
        is_pledged = (code if is_own else 0) in pledged
        earned = stream.accrued // DAY
        found.append(SectionIncome(code, stream.rate_per_day, earned, is_own, is_pledged))
    return tuple(found)


def _divided(rows: Iterable[IncomeRow]) -> Divided:
    sums = [0] * 6
    for row in rows:
        parts = (row.subject, row.source, row.host, row.platform, row.lender, row.owner)
        sums = [before + part for before, part in zip(sums, parts, strict=True)]
    return Divided(*sums)


def _days(rows: Iterable[IncomeRow]) -> tuple[tuple[int, int], ...]:
    by_day: dict[int, int] = {}
    for row in rows:
        by_day[row.day] = by_day.get(row.day, 0) + _divided([row]).total
    return tuple(by_day.items())


@dataclass(frozen=True, slots=True)
class Balance:
    """Units: `held` in the token, `owed` by the router, `allowed` to it, `paid` out in all."""

    held: int
    owed: int
    allowed: int
    paid: int


def balance_of(node: Node, session: Session, account: Address) -> Balance:
    """What an account has, at the last final block."""
    row = session.get(CreditRow, account)
    return Balance(
        ledger.balance_of(node, account),
        ledger.credit_of(node, account),
        ledger.allowance_of(node, account),
        row.paid if row else 0,
    )
