"""Records on the ledger and their row in the index."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from salus.kernel.eip712 import digest, domain_separator, struct_hash, word
from salus.kernel.ids import NOBODY, Address, Digest, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger import Block, Call, DecodedEvent
from salus.platform.work import Node
from salus.rights.identity.ledger import View, intent, signed, view
from salus.rights.records import pending
from salus.rights.records.model import Version
from salus.rights.records.tables import RecordRow
from salus.rights.records.tokens import PROJECTIONS as TOKEN_PROJECTIONS
from salus.rights.records.versions import record_root_of

SOURCE_BPS, HOST_BPS, SUBJECT_BPS = 1_000, 0, 1_000  # parts of income in 1/10,000


class OnLedger(NamedTuple):
    """A record as RecordRegistry keeps it, in the order of its ABI; zeros when it has none."""

    subject: Address
    version: int
    sections: int
    detached: int
    key_epoch: int
    pending_epoch: int
    source: Address
    source_bps: int
    host_bps: int
    subject_bps: int
    anchored_at: int
    host: Address
    root: Digest


def root_of(record: Sequence[Any]) -> Digest:
    """The root in an answer of `recordOf`; zeros when the record is not registered."""
    return Digest(OnLedger(*record).root)


def on_ledger(node: Node, record: RecordId) -> OnLedger:
    return OnLedger(*view(node, "RecordRegistry", "recordOf", record))


def root_on_ledger(node: Node, record: RecordId) -> Digest:
    return Digest(on_ledger(node, record).root)


def token_of(record: RecordId, section: int = 0) -> int:
    """The token of a whole record, or that of a section while it is detached."""
    return record << 8 | section


class TokenState(NamedTuple):
    """A token as RecordRegistry keeps it, in the order of its ABI.

    `rekey`: 0 nothing, 1 a sale waits for new keys, 2 new keys are asked for; `rekey_deadline` of
    a sale in seconds.
    """

    locker: Address
    key_epoch: int
    pending_epoch: int
    rekey: int
    rekey_deadline: int


def token_state(ask: View, token: int, *, at: Block) -> TokenState | None:
    """The state of a token at a block, None when there is no such token."""
    is_record = token & 0xFF == 0
    if is_record and ask("RecordRegistry", "sourceOf", token >> 8, at=at) == NOBODY:
        return None
    if ask("RecordRegistry", "controllerOf", token, at=at) != token:
        return None
    return TokenState(*ask("RecordRegistry", "tokenStateOf", token, at=at))


def sections_of(ask: View, token: int, *, at: Block) -> int:
    """A bit for each section that a token controls."""
    return int(ask("RecordRegistry", "sectionsOf", token, at=at))


def is_registered(node: Node, record: RecordId) -> bool:
    return bool(view(node, "RecordRegistry", "sourceOf", record) != NOBODY)


def register(
    node: Node, record: RecordId, account: Address, *, controller: SigningKey, by: SigningKey
) -> Call:
    """The call that mints the record: the source attests, the subject's account accepts."""
    contract = node.contracts["RecordRegistry"]
    registration = (record, by.address, account, by.address, SOURCE_BPS, HOST_BPS, SUBJECT_BPS)
    accepted = intent(
        node,
        contract,
        "register",
        (registration,),
        by=controller,
        signer=account,
        primary="AcceptRegistration",
    )
    own = intent(node, contract, "register", (registration,), by=by)
    return contract.call("register", registration, accepted.as_abi(), own.as_actor())


Step = tuple[RecordId, int, Digest, Digest, int, int]
"""A version in the order of the ABI: record, number, previous root, root, sections, epoch."""


def step(version: Version, epoch: int = 0, sections: int = 0) -> Step:
    """What moves a record to a version.

    `epoch`: how often all keys of the record were changed. It tells every section that the record
    ever had: those that the ledger knows as bits, though some may be erased, and those of its
    objects.
    """
    header = version.header
    sections |= sum({1 << leaf.section for leaf in version.objects})
    root = record_root_of(version)
    return (header.record, header.version, header.previous, root, sections, epoch)


def advance(node: Node, steps: Sequence[Step], *, by: SigningKey) -> Call:
    """The call that moves records to their next versions, several in one."""
    return signed(node, "RecordRegistry", "advance", list(steps), by=by, actor=True)


def key_epoch(session: Session, record: RecordId) -> int:
    """How often all keys of a record were changed, as the index knows."""
    row = session.get(RecordRow, record_text(record))
    return row.epoch if row else 0


def next_step(session: Session, version: Version) -> Step:
    """The same for what the index knows of the record."""
    row = session.get(RecordRow, record_text(version.header.record))
    return step(version, row.epoch, row.sections) if row else step(version)


def _registered(session: Session, event: DecodedEvent) -> None:
    values = event.values
    session.add(
        RecordRow(
            record=record_text(values["recordId"]),
            source=values["source"],
            subject=values["subject"],
            version=0,
            root=bytes(32),
            sections=0,
            epoch=0,
            block=event.block.number,
        )
    )


def _advanced(session: Session, event: DecodedEvent) -> None:
    row = session.get_one(RecordRow, record_text(event.values["recordId"]))
    row.version = event.values["version"]
    row.root = event.values["root"]
    row.sections = event.values["sections"]
    row.block = event.block.number


def rotate(node: Node, token: int, *, by: SigningKey) -> Call:
    """The call that asks for new keys for all that a token controls: by a key of the source."""
    return signed(node, "RecordRegistry", "rotate", token, by=by, actor=True)


class Rekey(NamedTuple):
    """A change of all keys of a record, in the order of the ABI; its custodians sign it.

    `deadline` in seconds. `sealed_key_hash` binds the dealings of the new epoch.
    """

    token_id: int
    epoch: int
    old_root: Digest
    new_root: Digest
    receiver: Address
    receiver_key_hash: Digest
    sealed_key_hash: Digest
    deadline: int


REKEY_TYPE = keccak256(
    b"Rekey(uint256 tokenId,uint24 epoch,bytes32 oldRoot,bytes32 newRoot,address receiver,"
    b"bytes32 receiverKeyHash,bytes32 sealedKeyHash,uint64 deadline)"
)


def domain_of_records(node: Node) -> bytes:
    """The EIP-712 domain of what is signed for RecordRegistry."""
    address = node.contracts["RecordRegistry"].address
    return domain_separator("RecordRegistry", node.ledger.chain_id, address)


def rekey_digest(domain: bytes, rekey: Rekey) -> Digest:
    """What custodians sign of a change of all keys."""
    return Digest(digest(domain, struct_hash(REKEY_TYPE, *(word(each) for each in rekey))))


def complete_rekey(node: Node, rekey: Rekey, signatures: Sequence[bytes]) -> Call:
    """The call that puts new keys in force: by anybody who has the signatures."""
    contract = node.contracts["RecordRegistry"]
    return contract.call("completeRekey", rekey, list(signatures))


def _rekeyed(session: Session, event: DecodedEvent) -> None:
    token = event.values["tokenId"]
    row = session.get_one(RecordRow, record_text(RecordId(token >> 8)))
    if token & 0xFF == 0:
        row.epoch = event.values["epoch"]
    row.root = event.values["root"]
    row.block = event.block.number
    pending.over(session, event)


PROJECTIONS = (
    TOKEN_PROJECTIONS
    | pending.PROJECTIONS
    | {
        ("RecordRegistry", "Rekeyed"): _rekeyed,
        ("RecordRegistry", "RecordRegistered"): _registered,
        ("RecordRegistry", "VersionAdvanced"): _advanced,
    }
)
