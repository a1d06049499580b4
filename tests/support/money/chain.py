"""Contracts on a bare engine, a call at a time: five thousand a second, where a node follows each.

Whoever acts sends his call himself, so that only subjects, whose accounts are contracts, sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger import Block, Contract, Deploy, Event, Interface, typed_digest
from salus.platform.ledger.contracts import DecodedEvent
from salus.platform.ledger.machine import VIEW_GAS, Machine, Outcome
from salus.platform.ledger.transactions import Transaction, created_address

CHAIN_ID = 7_254_881
FOREVER = 2**64 - 1
GAS = 30_000_000
NO_INTENT = (bytes(20), 0, 0, b"")
NO_MEMBERSHIP: tuple[Any, ...] = (bytes(32), 0, bytes(32), bytes(32), [])


@dataclass(frozen=True, slots=True)
class Actor:
    """A key, and the account it acts as: its own address, or that of a subject."""

    key: SigningKey
    account: Address


def actor(name: str) -> Actor:
    """The same for the same name, so that a seed tells everything."""
    key = SigningKey.from_bytes(keccak256(name.encode()))
    return Actor(key, key.address)


@dataclass(frozen=True, slots=True)
class Done:
    """How a call ended: as the error that Salus raises for it, or with events, in order."""

    error: SalusError | None
    events: tuple[DecodedEvent, ...]
    gas: int

    def named(self, name: str) -> dict[str, Any]:
        """The values of the only event of a name."""
        (found,) = (each.values for each in self.events if each.name == name)
        return found


class Chain:
    """`now` is the time of the block that every call is in."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.calls = 0
        self.contracts: dict[str, Contract] = {}
        self._machine = Machine(CHAIN_ID)
        self._numbers, self._nonces = count(1), count(1)
        self._by_address: dict[bytes, Contract] = {}
        self._words: dict[tuple[str, str, tuple[Any, ...]], bytes] = {}
        self.wait(0)

    def wait(self, time: int) -> None:
        self.now += time
        self._machine.begin(next(self._numbers), self.now)

    # DEPLOY

    def deploy(self, plan: Sequence[Deploy], relayer: Address) -> None:
        first = self._machine.nonce(relayer)
        places = {step.name: created_address(relayer, first + at) for at, step in enumerate(plan)}
        for step in plan:
            interface = Interface.of(step.package, step.name)
            made = self.create(relayer, interface.creation(*step.arguments(places)).input)
            self.contracts[step.name] = interface.at(made)
            self._by_address[bytes(made)] = self.contracts[step.name]

    def create(self, relayer: Address, code: bytes) -> Address:
        """A contract of bytes that run once and return what stays."""
        nonce = self._machine.nonce(relayer)
        outcome = self._execute(relayer, b"", code)
        assert outcome.ok, outcome.output.hex()
        return created_address(relayer, nonce)

    def next_address(self, relayer: Address, ahead: int = 0) -> Address:
        return created_address(relayer, self._machine.nonce(relayer) + ahead)

    # ACT

    def send(self, by: Actor, contract: str, verb: str, *arguments: Any) -> Done:
        """A verb without an intent, by its sender."""
        return self._sent(by.key.address, self.contracts[contract], verb, arguments)

    def act(self, by: Actor, contract: str, verb: str, *arguments: Any) -> Done:
        """A verb whose last argument is the intent of `by`."""
        intent = self.intent(by, contract, verb, arguments)
        return self.send(by, contract, verb, *arguments, intent)

    def intent(
        self,
        by: Actor,
        contract: str,
        verb: str,
        arguments: Sequence[Any],
        *,
        primary: str | None = None,
        is_signed: bool = False,
    ) -> tuple[Any, ...]:
        """Signed where `by` acts for an account, or is not who sends it."""
        nonce = next(self._nonces)
        if by.key.address == by.account and not is_signed:
            return (by.account, nonce, FOREVER, b"")
        digest = typed_digest(
            self.contracts[contract],
            verb,
            arguments,
            nonce=nonce,
            deadline=FOREVER,
            chain_id=CHAIN_ID,
            primary=primary,
        )
        return (by.account, nonce, FOREVER, by.key.sign(digest))

    def through(self, by: Actor, proxy: Address, contract: str, verb: str, *arguments: Any) -> Done:
        """A verb that a contract passes on, as its own."""
        target = self.contracts[contract]
        return self._finished(
            target, self._execute(by.key.address, proxy, target.call(verb, *arguments).input)
        )

    def poke(self, by: Actor, to: Address) -> None:
        """A call without anything."""
        assert self._execute(by.key.address, to, b"").ok

    def _sent(self, sender: Address, target: Contract, verb: str, arguments: Sequence[Any]) -> Done:
        call = target.call(verb, *arguments)
        return self._finished(target, self._execute(sender, call.to, call.input))

    def _execute(self, sender: Address, to: bytes, content: bytes) -> Outcome:
        self.calls += 1
        nonce = self._machine.nonce(sender)
        return self._machine.execute(Transaction(b"", sender, nonce, to, content, GAS))

    def _finished(self, target: Contract, outcome: Outcome) -> Done:
        if not outcome.ok:
            return Done(self._error(target, outcome.output), (), outcome.gas_used)
        block = Block(0, b"", self.now)
        raw = (Event(log.address, log.topics, log.body, block, b"", 0) for log in outcome.logs)
        known = ((self._by_address.get(bytes(each.address)), each) for each in raw)
        found = (contract.event(each) for contract, each in known if contract is not None)
        return Done(None, tuple(each for each in found if each is not None), outcome.gas_used)

    def _error(self, target: Contract, revert: bytes) -> SalusError:
        """By the contract that names it, which may be one that was called on the way."""
        for each in (target, *self.contracts.values()):
            if revert[:4] in each.interface.errors:
                return each.error(revert)
        return target.error(revert)

    # LOOK

    def would(self, by: Actor, contract: str, verb: str, *arguments: Any) -> SalusError | None:
        """What would be said to a verb whose last argument is the intent of `by`."""
        target, intent = self.contracts[contract], (by.account, 0, FOREVER, b"")
        content = target.call(verb, *arguments, intent).input
        outcome = self._machine.view(target.address, content, gas=VIEW_GAS, sender=by.key.address)
        return None if outcome.ok else self._error(target, outcome.output)

    def view(self, contract: str, view: str, *arguments: Any) -> Any:
        target = self.contracts[contract]
        key = (contract, view, arguments)
        if key not in self._words:
            self._words[key] = target.call(view, *arguments).input
        outcome = self._machine.view(target.address, self._words[key], gas=VIEW_GAS)
        assert outcome.ok, f"{contract}.{view}: {self._error(target, outcome.output)!r}"
        return target.result(view, outcome.output)
