"""Licenses as consent asks for them at a final block; LicenseBook, which keeps them, sells them.

Source of what is asked: `IAccess.sol` in custody, and ILicenseBook.sol and IOfferBook.sol.
"""

from dataclasses import dataclass
from typing import NamedTuple

from salus.kernel.ids import Address, Digest, RecordId
from salus.platform.ledger import Block
from salus.platform.work import Node
from salus.rights.consent.facts import License
from salus.rights.consent.licensing.errors import UnknownLicense
from salus.rights.consent.licensing.model import PURPOSE_OF, Use
from salus.rights.consent.model import Purpose
from salus.rights.identity.ledger import View, Views
from salus.rights.records.ledger import OnLedger

BOOK, OFFERS = "LicenseBook", "OfferBook"
NEWEST = 2**24 - 1  # the last version of a license that follows its record
_UNKNOWN = 0  # the state of a license that was never issued
REFUSALS = {
    1: "another-licensee",
    2: "another-section",
    3: "section-closed",
    4: "another-use",
    5: "not-accredited",
    6: "license-ended",
    7: "another-version",
    8: "license-above-ended",
}
"""The rule behind each `Reason` of IAccess.sol."""


class OnBook(NamedTuple):
    """A license as LicenseBook keeps it, in the order of its ABI; `use` is the number of a bit."""

    offer: int
    version_max: int
    generations: int
    mask: int
    use: int
    kind: int
    state: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A license that somebody says is theirs, and the sections they want by it."""

    number: int
    licensee: Address
    sections: frozenset[int]


@dataclass(frozen=True, slots=True)
class KnownLicense:
    """What never changes of a license: its record, its use, and the last version that it opens."""

    number: int
    record: RecordId
    use: int
    version_max: int

    @property
    def id(self) -> Digest:
        return license_id(self.number)

    @property
    def purpose(self) -> Purpose | None:
        """What its use is for; None of a use that nobody knows."""
        return PURPOSE_OF.get(Use(1 << self.use))

    @property
    def follows(self) -> bool:
        """Whether it opens versions that come later."""
        return self.version_max >= NEWEST


def license_id(number: int) -> Digest:
    """The number of a license as 32 bytes, as requests name it."""
    return Digest(number.to_bytes(32, "big"))


def license_text(number: int) -> str:
    """32 hex digits, the form of a license in commands and answers."""
    return f"{number:032x}"


def license_from_text(text: str) -> int:
    """The inverse of `license_text`. Raises UnknownLicense."""
    try:
        number = int(text, 16)
        license_id(number)
    except (ValueError, OverflowError):
        raise UnknownLicense(license=text[:66]) from None
    return number


def license_at(ask: View, number: int, *, at: Block) -> KnownLicense | None:
    """A license at a block, None when it was never issued; ended ones are known for ever."""
    found = OnBook(*ask(BOOK, "licenseOf", number, at=at))
    if found.state == _UNKNOWN:
        return None
    token = ask(OFFERS, "tokenOf", found.offer, at=at)
    return KnownLicense(number, RecordId(token >> 8), found.use, found.version_max)


def find_license(node: Node, number: int) -> KnownLicense:
    """A license at the present final block. Raises UnknownLicense."""
    found = None
    if BOOK in node.contracts:
        found = license_at(Views(node), number, at=node.ledger.final())
    if found is None:
        raise UnknownLicense(license=license_text(number))
    return found


def claimed(ask: View, claim: Claim, *, at: Block) -> License | None:
    """What a license opens to who claims it, by what LicenseBook itself says at the block.

    One that does not follow its record is asked for the last version it was sold with.
    """
    found = license_at(ask, claim.number, at=at)
    if found is None:
        return None
    record = OnLedger(*ask("RecordRegistry", "recordOf", found.record, at=at))
    version = min(record.version, found.version_max)

    def refusal(section: int) -> str:
        asked = (claim.number, claim.licensee, section, version, found.use)
        is_open, reason = ask(BOOK, "checkAccess", *asked, at=at)
        return "" if is_open else REFUSALS.get(reason, "no-license")

    said = {section: refusal(section) for section in sorted(claim.sections)}
    closed = tuple((section, rule) for section, rule in said.items() if rule)
    open_ = frozenset(section for section, rule in said.items() if not rule)
    return License(found.id, found.record, found.purpose, open_, closed)
