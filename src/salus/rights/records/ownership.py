"""Verbs of owners: divide a record, recombine it, give tokens away; and who earns which share."""

from collections.abc import Sequence
from dataclasses import dataclass

from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.identity.ledger import send, view
from salus.rights.records import tokens
from salus.rights.records.errors import NotDetached, UnknownSection
from salus.rights.records.ledger import on_ledger, token_of
from salus.rights.records.sections import SECTIONS
from salus.rights.records.tokens import Hand, Payee, owner_of

WHOLE = ""


@dataclass(frozen=True, slots=True)
class Owned:
    """A token by its record and section; the section is `WHOLE` for that of the record."""

    record: RecordId
    section: str = WHOLE

    @property
    def token(self) -> int:
        """Raises UnknownSection."""
        return token_of(self.record, code_of(self.section) if self.section else 0)


def code_of(section: str) -> int:
    """The number of a section. Raises UnknownSection."""
    for code, name in SECTIONS.items():
        if name == section:
            return code
    raise UnknownSection(section=section[:40], known=", ".join(SECTIONS.values()))


def mask_of(sections: Sequence[str]) -> int:
    """A bit for each section. Raises UnknownSection."""
    return sum({1 << code_of(name) for name in sections})


def owner(node: Node, owned: Owned) -> Address:
    """Who owns a token now. Raises NotDetached where a section has none of its own."""
    token = owned.token
    if view(node, tokens.CONTRACT, "controllerOf", token) != token:
        raise NotDetached(mask=1 << (token & 0xFF))
    return owner_of(node, token)


def detach(node: Node, *, record: RecordId, sections: Sequence[str], by: SigningKey) -> None:
    """Make tokens of sections, which can be sold, rented and pledged apart.

    Raises UnknownSection, SectionMissing, NotOwner, Locked, RekeyPending.
    """
    mask = mask_of(sections)
    send(node, tokens.detach(node, record, mask, by=_owner(node, record, by)))


def attach(node: Node, *, record: RecordId, sections: Sequence[str], by: SigningKey) -> None:
    """Put sections back into their record, whose keys are to be changed then.

    Raises UnknownSection, NotDetached, NotOwner, Locked, RekeyPending.
    """
    mask = mask_of(sections)
    send(node, tokens.attach(node, record, mask, by=_owner(node, record, by)))


def transfer(node: Node, *, owned: Owned, to: Address, by: SigningKey) -> None:
    """Give a token away: its income is the receiver's from now on, its keys are to be changed.

    Raises UnknownSection, NotOwner, Locked, RekeyPending.
    """
    call = tokens.transfer(node, owned.token, to, by=_owner(node, owned.record, by, owned))
    send(node, call)


def lower_share(node: Node, *, record: RecordId, payee: Payee, bps: int, by: SigningKey) -> None:
    """Lower one's share of income for good, in 1/10,000.

    Raises UnknownRecord, NotPayee, ShareRaised, BadShares.
    """
    account = on_ledger(node, record).subject if payee is Payee.SUBJECT else None
    send(node, tokens.lower_share(node, record, payee, bps, by=Hand(by, account)))


def set_host(node: Node, *, record: RecordId, host: Address, by: SigningKey) -> None:
    """Name who keeps the encrypted objects; by the key that controls the record.

    Raises UnknownRecord, BadSignature.
    """
    account = on_ledger(node, record).subject
    send(node, tokens.set_host(node, record, host, by=Hand(by, account)))


def _owner(node: Node, record: RecordId, by: SigningKey, owned: Owned | None = None) -> Hand:
    """The patient's key signs for the account that is the subject, while that is the owner."""
    holder, subject = owner(node, owned or Owned(record)), on_ledger(node, record).subject
    return Hand(by, subject if holder == subject else None)
