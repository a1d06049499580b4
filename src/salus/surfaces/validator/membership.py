"""Who votes on blocks: what genesis says, changed by what the governors decided.

The set is a function of the founders and of the state after a block, and nothing else; so every
validator finds the same, also when CometBFT plays old blocks again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest
from salus.platform.ledger import Contract, Interface
from salus.surfaces.validator.errors import MembershipUnreadable
from salus.surfaces.validator.execution import Execution
from salus.surfaces.validator.model import Head, Powers

_VERB = "validators"


def voting(founders: Powers, decided: Powers) -> Powers:
    """Keys with a vote. A decision about a key stands above genesis.

    When nobody would be left, the founders vote: a network without a vote could never decide
    again who has one.
    """
    powers = {key: power for key, power in {**founders, **decided}.items() if power}
    return powers or founders


def changes(before: Powers, after: Powers) -> Mapping[bytes, int]:
    """What CometBFT must be told, in the order of the keys; a power of 0 takes the vote."""
    return dict(sorted(_differing(before, after)))


def _differing(before: Powers, after: Powers) -> Iterator[tuple[bytes, int]]:
    for key in before.keys() | after.keys():
        if before.get(key, 0) != after.get(key, 0):
            yield key, after.get(key, 0)


@dataclass(slots=True)
class Membership:
    """The decisions of one contract; `contract` is None where there is none."""

    execution: Execution
    contract: Contract | None
    _known: dict[Digest, Powers] = field(default_factory=dict)

    @classmethod
    def at(cls, address: str, execution: Execution) -> "Membership":
        """`address`: lower-case hex, or nothing."""
        if not address:
            return cls(execution, None)
        interface = Interface.of("salus.rights.identity", "Organizations")
        return cls(execution, interface.at(Address(bytes.fromhex(address.removeprefix("0x")))))

    async def updates(self, founders: Powers, before: Head, after: Head) -> Mapping[bytes, int]:
        """What changed from one head to the next. Raises MembershipUnreadable."""
        if self.contract is None or before == after:
            return {}
        earlier, later = await self._decided(before), await self._decided(after)
        self._known = {after.hash: later}
        return changes(voting(founders, earlier), voting(founders, later))

    async def _decided(self, head: Head) -> Powers:
        assert self.contract is not None, "it was looked at before"
        if head.hash in self._known:
            return self._known[head.hash]
        call = self.contract.call(_VERB)
        answer = await self.execution.view(self.contract.address, call.input, at=head.hash)
        if answer is None:
            raise MembershipUnreadable
        return {} if not answer else self._read(answer)

    def _read(self, answer: bytes) -> Powers:
        assert self.contract is not None, "it was looked at before"
        try:
            found = self.contract.result(_VERB, answer)
            return {bytes(key): int(power) for key, _, power in found}
        except (SalusError, TypeError, ValueError):
            raise MembershipUnreadable from None
