"""Reporting a receipt, and giving out one's own."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass

from sqlalchemy import select

from salus.kernel.documents import parse
from salus.kernel.ids import NOBODY, Address, RecordId
from salus.kernel.secp256k1 import recover
from salus.platform.ledger import Block
from salus.platform.work import Node
from salus.rights.consent.authority.ledger import erased_at
from salus.rights.consent.gathering import on_ledger
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NoFault, NotHolder
from salus.rights.custody.evidence.model import NO_GRANT, Evidence, Fault, Grounds, fault_of
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import domain_of, unit_state
from salus.rights.custody.tables import LogLeaf
from salus.rights.identity.ledger import View, Views, send
from salus.rights.identity.model import KeyUse, as_key

_USES = {m.Role.CUSTODIAN: KeyUse.CUSTODY, m.Role.GATEWAY: KeyUse.GATEWAY}


@dataclass(frozen=True, slots=True)
class Conviction:
    """Who signed what, and what that proves. `record` is 0 when the receipt names no grant."""

    holder: Address
    fault: Fault
    record: RecordId


def convict(node: Node, evidence: Evidence) -> Conviction:
    """Report a receipt to the ledger. Raises NotHolder, NoFault and AlreadyReported."""
    found = judged(node, evidence)
    if found.fault is Fault.NONE:
        raise NoFault
    contract = node.contracts["CustodyRegistry"]
    call = contract.call("reportMisbehavior", astuple(evidence.receipt), evidence.signature)
    send(node, call)
    return found


def judged(node: Node, evidence: Evidence) -> Conviction:
    """What a receipt proves at the last final block; the ledger is not told. Raises NotHolder."""
    ask, at = Views(node), node.ledger.final()
    holder = _holder(node, ask, evidence, at)
    grounds = grounds_of(ask, evidence.receipt, at=at)
    return Conviction(holder, fault_of(evidence.receipt, grounds), RecordId(grounds.record))


def _holder(node: Node, ask: View, evidence: Evidence, at: Block) -> Address:
    """The organization whose key signed, as of the time that the receipt says itself."""
    receipt = evidence.receipt
    signer = recover(m.receipt_digest(domain_of(node), receipt), evidence.signature)
    if signer is None or receipt.role not in set(m.Role):
        raise NotHolder(signer=signer or NOBODY)
    use = _USES[m.Role(receipt.role)]
    holder = Address(ask("Organizations", "orgOf", as_key(signer), use, receipt.own_time, at=at))
    if holder == NOBODY:
        raise NotHolder(signer=signer)
    return holder


def grounds_of(ask: View, receipt: m.Receipt, *, at: Block) -> Grounds:
    """What the ledger says at a block of what a receipt names.

    The hash of the block is left to the ledger, which alone knows how far its engine looks back.
    """
    grant = on_ledger(ask, receipt.basis_id, at=at) if receipt.basis_id != NO_GRANT else None
    if grant is None or not grant.record:
        return Grounds(at.number, at.time, None, 0, 0, 0, 0)
    return Grounds(
        number=at.number,
        time=at.time,
        block_hash=None,
        record=grant.record,
        record_erased_at=erased_at(ask, grant.record, at=at),
        unit_erased_at=unit_state(ask, grant.record, receipt.unit, at=at).erased_at,
        grant_ended_at=grant.ended_at,
    )


def receipts_of(keeper: Keeper, *, last: int) -> Iterator[Evidence]:
    """The newest receipts that a keeper has given, oldest first, signed again."""
    kept = select(LogLeaf.receipt).where(LogLeaf.receipt != b"")  # an erasure takes receipts
    rows = kept.order_by(LogLeaf.position.desc()).limit(last)
    with keeper.sessions() as session:
        found = list(session.scalars(rows))
    for raw in reversed(found):
        receipt = parse(m.Receipt, raw)
        digest = m.receipt_digest(keeper.ledger.domain, receipt)
        yield Evidence(receipt, keeper.party.signing.sign(digest))
