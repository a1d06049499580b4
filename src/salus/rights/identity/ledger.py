"""Signing intents, sending them, and what Organizations says."""

from collections.abc import Callable, Sequence
from typing import Any

from salus.kernel.clock import seconds
from salus.kernel.eip712 import word
from salus.kernel.errors import SalusError
from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import (
    GAS,
    Block,
    Call,
    Contract,
    Receipt,
    at_final,
    remembered,
    settled,
    typed_digest,
)
from salus.platform.work import Node
from salus.rights.identity.model import Intent, KeyUse, NewKey, Roles, as_key
from salus.rights.identity.nonces import NONCES

VALID = 600  # seconds that a signature may wait for its block


def intent(
    node: Node,
    contract: Contract,
    verb: str,
    arguments: Sequence[Any],
    *,
    by: SigningKey,
    signer: Address | None = None,
    primary: str | None = None,
    valid: int = VALID,
) -> Intent:
    """Sign one verb, for `valid` seconds. `signer` is the account that `by` signs for, when it is
    not its own.
    """
    nonce = NONCES.draw(signer or by.address)
    deadline = seconds(node.clock.now()) + valid
    digest = typed_digest(
        contract,
        verb,
        arguments,
        nonce=nonce,
        deadline=deadline,
        chain_id=node.ledger.chain_id,
        primary=primary,
    )
    return Intent(signer or by.address, nonce, deadline, by.sign(digest))


def signed(
    node: Node, contract: str, verb: str, *arguments: Any, by: SigningKey, actor: bool = False
) -> Call:
    """The call of a verb that one party signs."""
    target = node.contracts[contract]
    own = intent(node, target, verb, arguments, by=by)
    return target.call(verb, *arguments, own.as_actor() if actor else own.as_abi())


def cancel_nonces(node: Node, contract: str, nonce: int) -> Call:
    """Make a signature unusable that was not used yet: the key that gave it sends this itself."""
    return node.contracts[contract].call("cancelNonces", nonce >> 8, 1 << (nonce & 0xFF))


def add_key(node: Node, added: NewKey, *, owner: SigningKey | None, by: SigningKey) -> Call:
    """The call that adds a key; `owner` is the key itself, None for one that never signs."""
    target = node.contracts["Organizations"]
    agreed = Intent.nobodys()
    if owner is not None:
        agreed = intent(node, target, "addKey", added, by=owner, primary="AcceptKey")
    own = intent(node, target, "addKey", added, by=by)
    return target.call("addKey", *added, agreed.as_abi(), own.as_abi())


def send(node: Node, *calls: Call, by: SigningKey | None = None) -> list[Receipt]:
    """Send calls and wait for them, from the relayer or from a key of one's own.

    Raises the error of the first that the ledger refused.
    """
    found = []
    receipts = settled(node.ledger, node.ledger.submit(calls, by=by))
    for call, receipt in zip(calls, receipts, strict=True):
        if not receipt.ok:
            raise _refusal(node, call, receipt.revert)
        found.append(receipt)
    return found


def _refusal(node: Node, call: Call, revert: bytes) -> SalusError:
    """The error of the contract that was called, or of one that it called in turn."""
    own = next(each for each in node.contracts.values() if each.address == call.to)
    knowing = (each for each in node.contracts.values() if revert[:4] in each.interface.errors)
    return (own if revert[:4] in own.interface.errors else next(knowing, own)).error(revert)


def view(node: Node, contract: str, name: str, *arguments: Any, at: Block | None = None) -> Any:
    """The answer of one view at a final block, the last unless it is said."""
    target, known = node.contracts[contract], remembered(node.ledger)

    def ask(block: Block) -> Any:
        return target.result(name, node.ledger.call([target.call(name, *arguments)], at=block)[0])

    def seen(block: Block) -> Any:
        return known.take(block, (target.address, name, arguments), lambda: ask(block))

    return seen(at) if at else at_final(node.ledger, seen)


class Views:
    """Answers of views, kept for as long as they are true: until the block changes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._block: Block | None = None
        self._known: dict[tuple[Any, ...], Any] = {}

    def __call__(self, contract: str, name: str, *arguments: Any, at: Block) -> Any:
        if self._block != at:
            self._block, self._known = at, {}
        key = (contract, name, *arguments)
        if key not in self._known:
            self._known[key] = view(self._node, contract, name, *arguments, at=at)
        return self._known[key]


View = Callable[..., Any]
_IS_VALID = bytes.fromhex("1626ba7e")  # ERC-1271 isValidSignature(bytes32,bytes), and its yes


def account_agrees(
    node: Node, account: Address, digest: bytes, signature: bytes, *, at: Block
) -> bool:
    """Whether a contract says that a signature is its own (ERC-1271)."""
    padding = bytes(-len(signature) % 32)
    data = _IS_VALID + digest + word(64) + word(len(signature)) + signature + padding
    try:
        answer = node.ledger.call([Call(account, data, GAS)], at=at)[0]
    except SalusError:
        return False
    return answer == _IS_VALID + bytes(28)


def organization_of(
    ask: View, signer: Address, use: KeyUse, role: Roles, at: Block
) -> Address | None:
    """The active organization with that role for which a key acts at a block."""
    org: Address = ask("Organizations", "orgOf", as_key(signer), use, at.time, at=at)
    if org == NOBODY or not ask("Organizations", "hasRole", org, role, at.time, at=at):
        return None
    return org


def key_hash_of(ask: View, org: Address, at: Block) -> Digest:
    """The hash of the key that things are sealed to for an organization."""
    return Digest(ask("Organizations", "keyHashOf", org, KeyUse.READER, at=at))
