"""What the SDK gives: plain values, which stay as they are when the ledger goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be licensed of a record. `prices` are units a day by section; of a sale, units for
    the whole under `all`. `days` are the shortest and the longest term, None where there is none.
    `sections` are those that the patient lets be licensed now.
    """

    number: int
    record: str
    kind: str
    prices: Mapping[str, int]
    sections: tuple[str, ...]
    days: tuple[int, int] | None
    terms: tuple[str, ...]
    uses: tuple[str, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class License:
    """What was bought; `paid` is in units. A perpetual license has no `until`."""

    number: str
    record: str
    sections: tuple[str, ...]
    until: datetime | None
    paid: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A section as its source wrote it: the bytes of each resource by `Type/id`.

    Each byte was checked against the root of `version` that the ledger has. `missing` are
    custodians who did not answer, `liars` those whose share was not the one they hold; others were
    enough.
    """

    version: int
    resources: Mapping[str, bytes] = field(repr=False)
    missing: tuple[str, ...] = ()
    liars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """What the income of a record is worth to a lender, and the most that may be lent on it."""

    record: str
    value: int
    limit: int
    read_at: datetime


@dataclass(frozen=True, slots=True)
class LoanOffer:
    """A signed offer to lend; `text` is the file that the owner of the record takes it with."""

    record: str
    principal: int
    until: datetime
    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as it stands: `owed` in units with the interest up to now, and its state in a word."""

    number: int
    record: str
    state: str
    owed: int
    due: datetime
