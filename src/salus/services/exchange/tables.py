"""Texts of agreements and notices (private); offers, licenses and sales (index)."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from salus.platform.database import IndexTable, PrivateTable
from salus.rights.revenue.tables import Units


class Agreement(PrivateTable):
    """The text behind the hash of an offer, in both languages, as canonical JSON.

    `asked_at`: when the ledger was asked for the offer, in seconds.
    """

    __tablename__ = "exchange_agreement"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    text: Mapped[bytes]
    asked_at: Mapped[int]


class Purchase(PrivateTable):
    """What somebody here asked for, before the ledger had it: the agreement that was accepted."""

    __tablename__ = "exchange_purchase"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    offer: Mapped[int]
    agreement: Mapped[bytes] = mapped_column(LargeBinary(32))
    asked_at: Mapped[int]


class Draft(PrivateTable):
    """An offer that waits for the word of a lender, by the salted hash of its agreement.

    The document has the text and the salt; `until` (seconds) is when the offer would end.
    """

    __tablename__ = "exchange_draft"

    agreement: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    until: Mapped[int]
    document: Mapped[bytes]


class LicenseNotice(PrivateTable):
    """Who was told of which step of a license or a sale; `at` in seconds."""

    __tablename__ = "exchange_notice"

    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    step: Mapped[str] = mapped_column(String(16), primary_key=True)
    told: Mapped[bytes] = mapped_column(LargeBinary(20), primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(16))


class OfferRow(IndexTable):
    """An offer with its prices (units, by ascending code, with commas); `until` is exclusive.

    `closed_at` (seconds) is 0 while nobody has closed it. `duo` has 8 bytes: its highest bit fits
    no number of a database.
    """

    __tablename__ = "exchange_offer"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record: Mapped[str] = mapped_column(String(32), index=True)
    section: Mapped[int]
    mask: Mapped[int]
    kind: Mapped[int]
    flags: Mapped[int]
    uses: Mapped[int]
    regions: Mapped[int]
    duo: Mapped[bytes] = mapped_column(LargeBinary(8))
    depth: Mapped[int]
    bps: Mapped[int]
    min_days: Mapped[int]
    max_days: Mapped[int]
    prices: Mapped[str] = mapped_column(String(400))
    seller: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    until: Mapped[int]
    agreement: Mapped[bytes] = mapped_column(LargeBinary(32))
    closed_at: Mapped[int]


class LicenseRow(IndexTable):
    """A license by its 32 hex digits; `parent` is empty for one that was bought.

    `end` (seconds, exclusive) of a perpetual license is when its price is earned. `paid` and
    `refunded` are units in all. `ended_at` is 0 while it was not ended before its time.
    """

    __tablename__ = "exchange_license"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    section: Mapped[int]
    offer: Mapped[int]
    parent: Mapped[str] = mapped_column(String(32))
    licensee: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    mask: Mapped[int]
    use: Mapped[int]
    kind: Mapped[int]
    version_max: Mapped[int]
    generations: Mapped[int] = mapped_column(Units)
    issued_at: Mapped[int]
    end: Mapped[int]
    paid: Mapped[int] = mapped_column(Units)
    refunded: Mapped[int] = mapped_column(Units)
    renewed_at: Mapped[int]
    canceled_at: Mapped[int]
    pruned_at: Mapped[int]
    ended_at: Mapped[int]
    reason: Mapped[int]


class SaleRow(IndexTable):
    """A sale of a whole token by its 32 hex digits; `deadline` in seconds, for its new keys."""

    __tablename__ = "exchange_sale"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record: Mapped[str] = mapped_column(String(32), index=True)
    section: Mapped[int]
    offer: Mapped[int]
    buyer: Mapped[bytes] = mapped_column(LargeBinary(20), index=True)
    receiver: Mapped[bytes] = mapped_column(LargeBinary(20))
    price: Mapped[int] = mapped_column(Units)
    deadline: Mapped[int]
    state: Mapped[int]
    opened_at: Mapped[int]
    closed_at: Mapped[int]
