"""What custody reads of the ledger, and the sets it writes."""

from collections.abc import Sequence
from datetime import datetime

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, Call
from salus.platform.work import Node
from salus.rights.consent.ledger import stated
from salus.rights.custody.decision import Facts, GrantFacts
from salus.rights.custody.messages import Ask, Basis
from salus.rights.identity.ledger import Views, key_hash_of, organization_of, signed, view
from salus.rights.identity.model import KeyUse, Roles
from salus.rights.records.ledger import root_of
from salus.rights.records.versions import signing_domain

NOBODY = Address(bytes(20))


def domain_of(node: Node) -> bytes:
    """The EIP-712 domain of what is signed about keys and records on this network."""
    return signing_domain(node.ledger.chain_id, node.contracts["CustodyRegistry"].address)


class CustodyLedger:
    """The views that one custodian or the gateway asks, on its own connection."""

    def __init__(self, node: Node) -> None:
        self._node, self._ask = node, Views(node)
        self.domain = domain_of(node)

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

    def controller(self, record: RecordId, *, at: Block | None = None) -> Address:
        return Address(self._ask("Authority", "controllerOf", record, at=at or self.final()))

    def facts(self, ask: Ask, record: RecordId, *, signer: Address | None, at: Block) -> Facts:
        """Everything a decision needs, at one block."""
        _, (custodians, gateway, _) = self._ask("CustodyRegistry", "setOf", record, at=at)
        organization, hashed = None, Digest(bytes(32))
        if signer is not None and ask.request.basis != Basis.SUBJECT:
            organization = organization_of(self._ask, signer, KeyUse.ACT, Roles(0), at)
            hashed = key_hash_of(self._ask, organization, at) if organization else hashed
        return Facts(
            signer=signer,
            controller=self.controller(record, at=at),
            organization=organization,
            reader_key_hash=hashed,
            grant=self._grant(ask, at),
            holders=(*custodians, gateway),
            root=root_of(self._ask("RecordRegistry", "recordOf", record, at=at)),
        )

    def _grant(self, ask: Ask, at: Block) -> GrantFacts | None:
        if ask.request.basis != Basis.GRANT or ask.request.basis_id == bytes(32):
            return None
        found, is_live = stated(self._ask, ask.request.basis_id, at=at)
        return GrantFacts(found.record, found.commitment, is_live)


def define_set(
    node: Node,
    set_id: bytes,
    custodians: Sequence[Address],
    gateway: Address,
    k: int,
    *,
    by: SigningKey,
) -> Call:
    arguments = (set_id, list(custodians), gateway, k)
    return signed(node, "CustodyRegistry", "defineSet", *arguments, by=by, actor=True)


def assign(node: Node, record: RecordId, set_id: bytes, *, by: SigningKey) -> Call:
    return signed(node, "CustodyRegistry", "assign", record, set_id, by=by, actor=True)


def set_of(node: Node, record: RecordId) -> bytes:
    """The set of a record, zeros when none is assigned."""
    return bytes(view(node, "CustodyRegistry", "setOf", record)[0])
