"""What orders may be accepted for a patient while he is away, as he said it once. Pure.

Source: exchange-and-lending, section 8. The ledger has a salted commitment to these bytes.
"""

from dataclasses import dataclass

from salus.kernel.documents import BadDocument, canonical_bytes, parse
from salus.kernel.ids import RecordId

MOST_ORDERS = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """`mask` and `uses` are bits, `least_price` units for each order, `until` seconds (exclusive).

    `most_orders` is how many may be accepted within 30 days.
    """

    record: RecordId
    mask: int
    uses: int
    least_price: int
    most_orders: int
    until: int

    def document(self) -> bytes:
        return canonical_bytes(self)


def standing_of(document: bytes) -> Standing | None:
    """None for terms that were written in another way."""
    try:
        return parse(Standing, document)
    except BadDocument:
        return None
