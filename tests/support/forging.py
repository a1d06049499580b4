"""Every way in which an intent may be wrong, made from the ABI of its verb."""

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from salus.kernel.errors import SalusError
from salus.kernel.ids import NOBODY, Address
from salus.kernel.secp256k1 import ORDER, SigningKey
from salus.platform.ledger import Contract, typed_digest
from salus.platform.ledger.contracts import Interface, Json
from salus.platform.ledger.errors import TransactionRefused
from salus.platform.work import Node
from salus.rights.identity.errors import BadSignature, Expired, NotAdmin
from salus.rights.identity.ledger import VALID
from salus.rights.identity.model import Intent
from salus.rights.records.errors import NotSource
from salus.services.care.errors import NotSender
from tests.support.deeds import Account, Deed, Signer

STRANGER = SigningKey.generate()
RELAYER = Address(b"\x99" * 20)
# What anybody may do whoever he is, so that the word of another account is as good.
_ANYBODY = {"LoanBook.repay", "LoanAuction.startAuction"}
_AUTHORITY = {"struct Intent", "struct Actor"}

# What the other signs over too, and the contract finds wrong before it looks at that signature.
_EARLIER: dict[str, type[SalusError]] = {
    "org": NotAdmin,
    "registration.source": NotSource,
    "sending.sender": NotSender,
    "postOffer: offer.tokenId": TransactionRefused,
}


@dataclass(frozen=True, slots=True)
class Forgery:
    """A deed with intents of which one is wrong, and the error that must come of it, or its kind.

    Without `error` it must happen. `SalusError` is any that is named and no fault of an intent.
    """

    name: str
    arguments: tuple[Any, ...]
    intents: dict[str, Intent]
    error: SalusError | type[SalusError] | None
    sender: Address = RELAYER


def authorities(interface: Interface, verb: str) -> dict[str, bool]:
    """The names of what is signed for a verb, and whether it is an Actor."""
    return {
        entry["name"]: entry["internalType"] == "struct Actor"
        for entry in interface.functions[verb].entry["inputs"]
        if entry.get("internalType") in _AUTHORITY
    }


@dataclass(frozen=True, slots=True)
class Forger:
    """Signs one deed rightly, and then wrongly in every way."""

    node: Node
    deed: Deed
    account: Account
    nonce: int = field(default_factory=lambda: secrets.randbits(255))

    @property
    def target(self) -> Contract:
        return self.node.contracts[self.deed.contract]

    @property
    def inputs(self) -> list[Json]:
        found: list[Json] = self.target.interface.functions[self.deed.verb].entry["inputs"]
        return found

    def signed(self, who: str) -> list[Json]:
        """What of the arguments somebody signs over: all, or the last that another verb takes."""
        verb = self.signers[who].over or self.deed.verb
        found: list[Json] = self.target.interface.functions[verb].entry["inputs"]
        return [entry for entry in found if entry.get("internalType") not in _AUTHORITY]

    @property
    def signers(self) -> dict[str, Signer]:
        """`by`, whom each contract asks first, and who else must agree."""
        known = {"by": self.deed.by}
        for name in authorities(self.target.interface, self.deed.verb):
            if name != "by" and self.deed.other is not None:
                known[name] = self.deed.other
        return known

    def sign(
        self,
        who: str,
        arguments: Sequence[Any] | None = None,
        *,
        key: SigningKey | None = None,
        domain: Contract | None = None,
        chain: int | None = None,
        primary: str | None = None,
        deadline: int | None = None,
    ) -> Intent:
        """The intent of one signer, with what is told of it changed."""
        signer = self.signers[who]
        until = self.node.ledger.head().time + VALID if deadline is None else deadline
        contract = domain or self.target
        chosen = self.deed.arguments if arguments is None else arguments
        digest = typed_digest(
            Contract(replace(self.target.interface, name=contract.name), contract.address),
            signer.over or self.deed.verb,
            chosen[len(self.inputs) - len(self.signers) - len(self.signed(who)) :],
            nonce=self.nonce,
            deadline=until,
            chain_id=chain or self.node.ledger.chain_id,
            primary=primary or signer.primary,
        )
        return Intent(signer.address, self.nonce, until, (key or signer.key).sign(digest))

    def right(self) -> dict[str, Intent]:
        return {who: self.sign(who) for who in self.signers}

    def forgeries(self) -> Iterator[Forgery]:
        for who in self.signers:
            yield from self._times(who)
            yield from self._domains(who)
            yield from self._members(who)
            yield from self._signatures(who)
            yield from self._strangers(who)
            yield from self._accounts(who)
            yield from self._senders(who)
            yield from self._arguments(who)

    def _wrong(
        self, who: str, name: str, intent: Intent, error: SalusError | None = None
    ) -> Forgery:
        error = error or BadSignature(signer=intent.signer)
        intents = self.right() | {who: intent}
        return Forgery(f"{who}: {name}", self.deed.arguments, intents, error)

    def _times(self, who: str) -> Iterator[Forgery]:
        now = self.node.ledger.head().time
        past = self.sign(who, deadline=now - 1)
        yield self._wrong(who, "expired", past, Expired(deadline=now - 1))
        last = self.sign(who, deadline=now)
        yield replace(self._wrong(who, "in its last second", last), error=None)

    def _domains(self, who: str) -> Iterator[Forgery]:
        other = self.sign(who, chain=self.node.ledger.chain_id + 1)
        yield self._wrong(who, "for another chain", other)
        for name, contract in self.node.contracts.items():
            if name == self.deed.contract:
                continue
            elsewhere = Contract(self.target.interface, contract.address)
            renamed = Contract(contract.interface, self.target.address)
            for domain in (contract, elsewhere, renamed):
                yield self._wrong(who, f"for {name}", self.sign(who, domain=domain))

    def _members(self, who: str) -> Iterator[Forgery]:
        right = self.sign(who)
        own = _primary(self.deed.verb, self.signers[who])
        for primary in primaries(self.target) - {own}:
            yield self._wrong(who, f"as {primary}", self.sign(who, primary=primary))
        nonce = replace(right, nonce=right.nonce + 1)
        yield self._wrong(who, "another nonce", nonce)
        yield self._wrong(who, "a later deadline", replace(right, deadline=right.deadline + 1))

    def _signatures(self, who: str) -> Iterator[Forgery]:
        right = self.sign(who)
        for name, forged in BYTES.items():
            intent = replace(right, signature=forged(right.signature))
            yield self._wrong(who, name, intent)

    def _strangers(self, who: str) -> Iterator[Forgery]:
        right, named = self.sign(who), self.node.contracts["Anchors"].address
        yield self._wrong(who, "by another key", self.sign(who, key=STRANGER))
        for name, signer in {
            "a stranger's": STRANGER.address,
            "nobody's": NOBODY,
            "a contract's that signs nothing": named,
        }.items():
            yield self._wrong(who, name, replace(right, signer=signer))
        zeros = replace(right, signer=NOBODY, signature=bytes(64) + b"\x1b")
        yield self._wrong(who, "nobody's, of zeros", zeros)

    def _accounts(self, who: str) -> Iterator[Forgery]:
        """Of another signer, which is a contract: what it agrees with is no bad signature."""
        account = self.account
        right = replace(self.sign(who, key=account.present), signer=account.address)
        verb = f"{self.deed.contract}.{self.deed.verb}"
        error = None if verb in _ANYBODY else SalusError
        yield replace(self._wrong(who, "an account's", right), error=error)
        former = replace(self.sign(who, key=account.former), signer=account.address)
        yield self._wrong(who, "a former controller's", former)
        for name, forged in BYTES.items():
            intent = replace(right, signature=forged(right.signature))
            yield self._wrong(who, f"an account's, {name}", intent)

    def _senders(self, who: str) -> Iterator[Forgery]:
        """Who sends his own verb need not sign it. A contract sends no transaction (EIP-3607)."""
        if self.signers[who].account is not None:
            return
        right = replace(self.sign(who), signature=b"")
        own = replace(self._wrong(who, "sent by the signer", right), sender=right.signer)
        yield replace(own, error=None)
        foreign = replace(self.sign(who), signature=bytes(65))
        sent = self._wrong(who, "sent by the signer with a bad signature", foreign)
        yield replace(sent, sender=foreign.signer)

    def _arguments(self, who: str) -> Iterator[Forgery]:
        inputs = [entry for entry in self.inputs if entry["name"] not in self.signers]
        stale, signed = self.sign(who), {entry["name"] for entry in self.signed(who)}
        for path, arguments in _members_changed(inputs, self.deed.arguments):
            if re.split(r"[.[ ]", path)[0] not in signed:
                continue
            fresh = {each: self.sign(each, arguments) for each in self.signers}
            known = _EARLIER.get(path) or _EARLIER.get(f"{self.deed.verb}: {path}")
            found = None if who == "by" else known
            error = found or BadSignature(signer=stale.signer)
            yield Forgery(f"{who}: {path} changed", arguments, fresh | {who: stale}, error)


def primaries(contract: Contract) -> set[str]:
    """The types of all that is signed for a contract."""
    own = {
        verb[0].upper() + verb[1:]
        for verb in contract.interface.functions
        if "(" not in verb and authorities(contract.interface, verb)
    }
    return own | {"AcceptKey", "AcceptRegistration", "AgreeReferral", "OfferLoan"}


def _primary(verb: str, signer: Signer) -> str:
    return signer.primary or verb[0].upper() + verb[1:]


"""BYTES OF SIGNATURES: r, s and v of the right one, changed"""


def _flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda right: right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :]


def _high(right: bytes) -> bytes:
    """The other signature of the same digest by the same key: n - s, and the other point."""
    s = ORDER - int.from_bytes(right[32:64], "big")
    return right[:32] + s.to_bytes(32, "big") + bytes([55 - right[64]])


def _compact(right: bytes) -> bytes:
    """ERC-2098: the parity is the highest bit of s."""
    return right[:32] + bytes([right[32] | (right[64] - 27) << 7]) + right[33:64]


BYTES: dict[str, Callable[[bytes], bytes]] = {
    "r changed": _flipped(31),
    "s changed": _flipped(63),
    "v changed": lambda right: right[:64] + bytes([55 - right[64]]),
    "v from zero": lambda right: right[:64] + bytes([right[64] - 27]),
    "high s": _high,
    "s of zero": lambda right: right[:32] + bytes(32) + right[64:],
    "compact": _compact,
    "a byte less": lambda right: right[:64],
    "a byte more": lambda right: right + b"\0",
    "twice": lambda right: right + right,
    "none": lambda _: b"",
}


"""ARGUMENTS: each member of each, one at a time"""


def _members_changed(
    inputs: Sequence[Json], values: Sequence[Any]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for at, entry in enumerate(inputs):
        for path, changed in _changed(entry, entry["type"], values[at]):
            name = f"{entry['name']}{path}"
            yield name, (*values[:at], changed, *values[at + 1 :])


def _changed(entry: Json, kind: str, value: Any) -> Iterator[tuple[str, Any]]:
    if kind.endswith("[]"):
        yield from _list_changed(entry, kind[:-2], value)
    elif kind == "tuple":
        for path, members in _members_changed(entry["components"], value):
            yield f".{path}", members
    elif kind == "bool":
        yield "", not value
    elif kind.startswith(("bytes", "address")):
        yield "", value[:-1] + bytes([value[-1] ^ 1])
    else:
        yield "", value ^ 1  # the enumerations have two members or more


def _list_changed(entry: Json, kind: str, value: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for at, one in enumerate(value):
        for path, changed in _changed(entry, kind, one):
            yield f"[{at}]{path}", [*value[:at], changed, *value[at + 1 :]]
        yield f"[{at}] left out", [*value[:at], *value[at + 1 :]]
        yield f"[{at}] twice", [*value[: at + 1], *value[at:]]
    if len(value) > 1:
        yield " turned round", list(reversed(value))
