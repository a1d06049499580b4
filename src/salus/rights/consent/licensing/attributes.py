"""What the governors attest of a licensee, in the one word that the ledger keeps of it. Pure.

The layout is that of `attributesOf` in IOfferBook.sol.
"""

from dataclasses import dataclass

from salus.rights.consent.licensing.model import Region


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the governors attest of a licensee: where it is, what it is, and until when (seconds,
    exclusive) an ethics board has approved its project; 0 for never.
    """

    regions: Region
    is_non_profit: bool
    ethics_until: int


def attributes_of(word: int) -> Attributes:
    """`attributesOf` of Organizations, as a number: bits 0 to 15 regions, bit 16 not for profit,
    bits 24 to 63 the end of the ethics approval. The other bits mean nothing here.
    """
    return Attributes(Region(word & 0xFFFF), bool(word >> 16 & 1), word >> 24 & 0xFF_FFFF_FFFF)


def attributes_word(attributes: Attributes) -> int:
    """The inverse of `attributes_of`."""
    flag = int(attributes.is_non_profit) << 16
    return attributes.ethics_until << 24 | flag | int(attributes.regions)
