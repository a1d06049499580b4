"""What custody reads of the ledger, and the sets it writes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from salus.kernel.clock import seconds
from salus.kernel.ids import NOBODY, Address, Digest, RecordId, UnitId
from salus.kernel.secp256k1 import SigningKey, recover
from salus.platform.ledger import Block, Call
from salus.platform.work import Node
from salus.rights.consent.authority.ledger import controller_at, erased_at
from salus.rights.consent.gathering import Named, document, gather
from salus.rights.consent.licensing.licenses import (
    BOOK,
    Claim,
    KnownLicense,
    claimed,
    license_at,
)
from salus.rights.custody import messages as m
from salus.rights.custody.errors import UnknownSet
from salus.rights.custody.model import Dealing, epochs
from salus.rights.custody.standing import Known, Signers, Standing, named
from salus.rights.identity.ledger import (
    View,
    Views,
    account_agrees,
    key_hash_of,
    organization_of,
    signed,
    view,
)
from salus.rights.identity.model import KeyUse, Roles
from salus.rights.records.ledger import (
    OnLedger,
    TokenState,
    domain_of_records,
    root_of,
    sections_of,
    token_of,
    token_state,
)
from salus.rights.records.versions import signing_domain


def domain_of(node: Node) -> bytes:
    """The EIP-712 domain of what is signed about keys and records on this network."""
    return signing_domain(node.ledger.chain_id, node.contracts["CustodyRegistry"].address)


class CustodyLedger:
    """The views that one custodian or the gateway asks, on its own connection."""

    def __init__(self, node: Node) -> None:
        self._node, self._ask = node, Views(node)
        self.domain, self.record_domain = domain_of(node), domain_of_records(node)

    def final(self) -> Block:
        return self._node.ledger.final()

    def fresh(self, now: datetime, oldest: int) -> Block:
        """The last final block; an idle embedded chain adds one when that is too old."""
        block = self.final()
        if seconds(now) - block.time > oldest:
            self._node.ledger.advance()
            block = self.final()
        return block

    def hash_at(self, number: int) -> bytes | None:
        block = self._node.ledger.block(number)
        return block.hash if block else None

    def is_source(self, signer: Address, *, at: Block) -> bool:
        return organization_of(self._ask, signer, KeyUse.ATTEST, Roles.SOURCE, at) is not None

    def is_opened(self, denial: m.Denial) -> bool:
        """Whether the terms are those of a grant on the ledger."""
        found = document(self._ask, denial.id, denial.opening, 0, at=self.final())
        return found.is_committed

    def root(self, record: RecordId, *, at: Block) -> Digest:
        """Of the version of a record; zeros when it has none."""
        return Digest(OnLedger(*self._ask("RecordRegistry", "recordOf", record, at=at)).root)

    def is_erased(self, record: RecordId, *, at: Block) -> bool:
        return erased_at(self._ask, record, at=at) != 0

    def is_unit_erased(self, record: RecordId, unit: UnitId, *, at: Block) -> bool:
        return unit_state(self._ask, record, unit, at=at).erased_at != 0

    def is_privacy_office(self, signer: Address, record: RecordId, *, at: Block) -> bool:
        """Whether a key acts for a privacy office that is linked to the source of a record."""
        office = organization_of(self._ask, signer, KeyUse.ACT, Roles.PRIVACY, at)
        source = self._ask("RecordRegistry", "sourceOf", record, at=at)
        return office is not None and bool(
            self._ask("Organizations", "areLinked", source, office, at=at)
        )

    def controller(self, record: RecordId, *, at: Block | None = None) -> Address:
        return controller_at(self._ask, record, at=at or self.final())

    def set_of(self, record: RecordId, *, at: Block) -> bytes:
        """The set of a record at a block, zeros when none is assigned."""
        return bytes(self._ask("CustodyRegistry", "setOf", record, at=at)[0])

    def set_by_id(self, set_id: bytes, *, at: Block) -> "KeeperSet | None":
        """Who is in a set, None when nobody defined it."""
        custodians, *others = self._ask("CustodyRegistry", "setById", set_id, at=at)
        return KeeperSet(tuple(custodians), *others) if custodians else None

    def key_hash(self, org: Address, *, at: Block) -> Digest:
        """The hash of the key that things are sealed to for an organization."""
        return key_hash_of(self._ask, org, at)

    def is_source_of(self, signer: Address, record: RecordId, *, at: Block) -> bool:
        """Whether a key attests for the source of a record."""
        source = self._ask("RecordRegistry", "sourceOf", record, at=at)
        return bool(organization_of(self._ask, signer, KeyUse.ATTEST, Roles.SOURCE, at) == source)

    def record(self, record: RecordId, *, at: Block) -> OnLedger:
        """A record as the ledger has it; zeros when it has none."""
        return OnLedger(*self._ask("RecordRegistry", "recordOf", record, at=at))

    def token(self, token: int, *, at: Block) -> TokenState | None:
        """The state of a token, None when there is none."""
        return token_state(self._ask, token, at=at)

    def sections(self, token: int, *, at: Block) -> int:
        """A bit for each section that a token controls."""
        return sections_of(self._ask, token, at=at)

    def receiver(self, token: int, *, at: Block) -> Address:
        """For whom new keys of a token are made: its buyer while it is being sold, or its owner."""
        return Address(self._ask("RecordRegistry", "receiverOf", token, at=at))

    def epochs(self, record: RecordId, dealing: Dealing, *, at: Block) -> range:
        """The epochs of a dealing's unit whose keys are in force at a block."""
        token = token_of(record, dealing.section)
        key_epoch: int = self._ask("RecordRegistry", "keyEpochOf", token, at=at)
        return epochs(key_epoch, unit_state(self._ask, record, dealing.unit, at=at).bumps)

    def signers(self, ask: m.Ask, digest: Digest, *, at: Block) -> Signers:
        """Who signed a request, and who of its approvers did."""
        return Signers(
            self._signer(digest, ask.reader, ask.signature, at),
            frozenset(
                each.approver
                for each in ask.cosignatures
                if self._signer(digest, each.approver, each.signature, at) == each.approver
            ),
        )

    def standing(
        self, ask: m.Ask, signers: Signers, dealings: Sequence[Dealing], known: Known, *, at: Block
    ) -> Standing:
        """Everything a decision needs, at one block."""
        record, signer = dealings[0].record, signers.reader
        organization, hashed = None, Digest(bytes(32))
        if signer is not None and ask.request.basis != m.Basis.SUBJECT:
            organization = organization_of(self._ask, signer, KeyUse.ACT, Roles(0), at)
            hashed = key_hash_of(self._ask, organization, at) if organization else hashed
        _, (custodians, gateway, *_) = self._ask("CustodyRegistry", "setOf", record, at=at)
        facts = gather(
            self._ask,
            record,
            [dealing.unit for dealing in dealings],
            signer=signer or NOBODY,
            named=self._named(ask, known, organization, dealings),
            denials=known.denial,
            at=at,
        )
        if ask.request.basis == m.Basis.LICENSE:  # who names one reads on no other ground
            facts = replace(facts, source=None, is_delegate=False)
        if any(self.is_unit_erased(record, dealing.unit, at=at) for dealing in dealings):
            facts = replace(facts, stops=(*facts.stops, "erased"))
        return Standing(
            signers=signers,
            organization=organization,
            reader_key_hash=hashed,
            holders=(*custodians, gateway),
            root=root_of(self._ask("RecordRegistry", "recordOf", record, at=at)),
            epochs=tuple(self.epochs(record, dealing, at=at) for dealing in dealings),
            facts=facts,
        )

    def _named(
        self,
        ask: m.Ask,
        known: Known,
        organization: Address | None,
        dealings: Sequence[Dealing],
    ) -> Named:
        """What a request rests on; a network without an exchange knows no license."""
        is_known = ask.request.basis != m.Basis.LICENSE or BOOK in self._node.contracts
        return named(ask, known, organization, dealings) if is_known else Named()

    def license(self, ask: m.Ask) -> KnownLicense | None:
        """The license that a request names, if any: what never changes of it."""
        if ask.request.basis != m.Basis.LICENSE or BOOK not in self._node.contracts:
            return None
        number = int.from_bytes(ask.request.basis_id, "big")
        return license_at(self._ask, number, at=self.final())

    def record_of_license(self, license_: Digest, *, at: Block) -> RecordId | None:
        """The record of a license at a block, None of one that was never issued."""
        if BOOK not in self._node.contracts:
            return None
        found = license_at(self._ask, int.from_bytes(license_, "big"), at=at)
        return found.record if found else None

    def open_sections(
        self, license_: Digest, signer: Address, sections: frozenset[int], *, at: Block
    ) -> frozenset[int]:
        """Which of these sections a license opens to the organization that a key acts for."""
        organization = organization_of(self._ask, signer, KeyUse.ACT, Roles(0), at)
        if organization is None:
            return frozenset()
        claim = Claim(int.from_bytes(license_, "big"), organization, sections)
        found = claimed(self._ask, claim, at=at)
        return found.sections if found else frozenset()

    def _signer(
        self, digest: Digest, account: Address, signature: bytes, at: Block
    ) -> Address | None:
        """The key that signed; the account itself where it is a contract that says so."""
        signer = recover(digest, signature)
        if signer == account or not account_agrees(self._node, account, digest, signature, at=at):
            return signer
        return account


class KeeperSet(NamedTuple):
    """Who keeps the keys of a record, in the order of the ABI.

    `k` custodians open a unit together with the gateway, `k_emergency` the one for emergencies.
    """

    custodians: tuple[Address, ...]
    gateway: Address
    k: int
    k_emergency: int


class UnitState(NamedTuple):
    """How often a unit was bumped, and when it was erased in seconds, 0 when it was not."""

    bumps: int
    erased_at: int


def define_set(node: Node, set_id: bytes, keepers: KeeperSet, *, by: SigningKey) -> Call:
    arguments = (set_id, list(keepers.custodians), *keepers[1:])
    return signed(node, "CustodyRegistry", "defineSet", *arguments, by=by, actor=True)


def assign(node: Node, record: RecordId, set_id: bytes, *, by: SigningKey) -> Call:
    return signed(node, "CustodyRegistry", "assign", record, set_id, by=by, actor=True)


def set_of(node: Node, record: RecordId) -> bytes:
    """The set of a record, zeros when none is assigned."""
    return bytes(view(node, "CustodyRegistry", "setOf", record)[0])


def set_by_id(node: Node, set_id: bytes) -> KeeperSet:
    """Who is in a set. Raises UnknownSet."""
    custodians, *others = view(node, "CustodyRegistry", "setById", set_id)
    if not custodians:
        raise UnknownSet(set=set_id)
    return KeeperSet(tuple(custodians), *others)


def is_set(node: Node, set_id: bytes) -> bool:
    """Whether somebody defined a set."""
    return bool(view(node, "CustodyRegistry", "setById", set_id)[0])


def keepers_of_record(ask: View, record: RecordId, *, at: Block) -> KeeperSet | None:
    """The keepers of a record at a block, None when it has no set."""
    set_id, (custodians, *others) = ask("CustodyRegistry", "setOf", record, at=at)
    return None if set_id == bytes(32) else KeeperSet(tuple(custodians), *others)


def epochs_of(
    node: Node,
    record: RecordId,
    units: Sequence[tuple[UnitId, int]],
    *,
    at: Block | None = None,
) -> list[range]:
    """The epochs of each unit whose keys are in force, at one final block, in one question.

    `units`: the id of each with its section. A detached section has an epoch of its own.
    """
    registry, custody = node.contracts["RecordRegistry"], node.contracts["CustodyRegistry"]
    sections = sorted({section for _, section in units})
    calls = [registry.call("keyEpochOf", token_of(record, each)) for each in sections]
    calls += [custody.call("unitState", record, unit) for unit, _ in units]
    found = node.ledger.call(calls, at=at or node.ledger.final())
    answers = (registry.result("keyEpochOf", raw) for raw in found[: len(sections)])
    key_epochs = dict(zip(sections, answers, strict=True))
    states = (UnitState(*custody.result("unitState", raw)) for raw in found[len(sections) :])
    return [
        epochs(key_epochs[section], state.bumps)
        for (_, section), state in zip(units, states, strict=True)
    ]


def bump(node: Node, record: RecordId, unit: UnitId, *, by: SigningKey) -> Call:
    """Begin the next epoch of a unit: by the source's key or the controller's."""
    return signed(node, "CustodyRegistry", "bump", record, unit, by=by, actor=True)


def erase_unit(node: Node, record: RecordId, unit: UnitId, *, by: SigningKey) -> Call:
    """Say for ever that nothing of a unit may be released: by the controller's key."""
    return signed(node, "CustodyRegistry", "eraseUnit", record, unit, by=by)


def unit_state(ask: View, record: RecordId, unit: UnitId, *, at: Block) -> UnitState:
    return UnitState(*ask("CustodyRegistry", "unitState", record, unit, at=at))
