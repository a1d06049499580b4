"""Records on the ledger and their row in the index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call, DecodedEvent
from salus.platform.work import Node
from salus.rights.identity.ledger import intent, signed, view
from salus.rights.records.model import Version
from salus.rights.records.tables import RecordRow
from salus.rights.records.versions import record_root_of

SOURCE_BPS, HOST_BPS, SUBJECT_BPS = 1_000, 0, 1_000  # parts of income in 1/10,000
_ROOT = 9  # where the answer of `recordOf` has it


def root_of(record: Sequence[Any]) -> Digest:
    """The root in an answer of `recordOf`; zeros when the record is not registered."""
    return Digest(record[_ROOT])


def root_on_ledger(node: Node, record: RecordId) -> Digest:
    return root_of(view(node, "RecordRegistry", "recordOf", record))


def is_registered(node: Node, record: RecordId) -> bool:
    return bool(view(node, "RecordRegistry", "sourceOf", record) != bytes(20))


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


def step(version: Version) -> Step:
    """What moves a record to a version: its objects tell every section it ever had."""
    header = version.header
    sections = sum({1 << leaf.section for leaf in version.objects})
    root = record_root_of(version)
    return (header.record, header.version, header.previous, root, sections, 0)


def advance(node: Node, steps: Sequence[Step], *, by: SigningKey) -> Call:
    """The call that moves records to their next versions, several in one."""
    return signed(node, "RecordRegistry", "advance", list(steps), by=by, actor=True)


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
            block=event.block.number,
        )
    )


def _advanced(session: Session, event: DecodedEvent) -> None:
    row = session.get_one(RecordRow, record_text(event.values["recordId"]))
    row.version = event.values["version"]
    row.root = event.values["root"]
    row.sections = event.values["sections"]
    row.block = event.block.number


PROJECTIONS = {
    ("RecordRegistry", "RecordRegistered"): _registered,
    ("RecordRegistry", "VersionAdvanced"): _advanced,
}
