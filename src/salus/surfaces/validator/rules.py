"""What a payload must obey beyond what the execution client checks itself.

All but `not_ahead` give every validator the same answer at every time. That one looks at the own
clock, and only gets easier with time; so it is asked of proposals and never of what was decided.
"""

from dataclasses import dataclass
from hashlib import sha256

from salus.kernel.encoding import TAG
from salus.kernel.ids import Address
from salus.surfaces.validator.errors import (
    ForeignParent,
    FutureDated,
    HasBlobs,
    HasWithdrawals,
    NothingInside,
    PastDated,
    WrongGasLimit,
    WrongMix,
    WrongNumber,
    WrongRecipient,
)
from salus.surfaces.validator.model import Head
from salus.surfaces.validator.payload import Payload


@dataclass(frozen=True, slots=True)
class Terms:
    """What a payload must follow: the last head, the time of consensus in seconds, the network."""

    head: Head
    consensus_time: int
    fee_recipient: Address
    gas_limit: int

    @property
    def earliest(self) -> int:
        return max(self.head.time + 1, self.consensus_time)


def mix(head: Head) -> bytes:
    """`prevRandao` of the next block: known to everybody, so no contract may gamble on it."""
    return sha256(TAG("salus/randao") + head.hash).digest()


def beacon_root(parent: bytes) -> bytes:
    """What stands for the root of a beacon chain, which there is not."""
    return sha256(TAG("salus/beacon") + parent).digest()


def follows(payload: Payload, terms: Terms) -> None:
    if payload.parent != terms.head.hash:
        raise ForeignParent(block=terms.head.number)


def is_next(payload: Payload, terms: Terms) -> None:
    if payload.number != terms.head.number + 1:
        raise WrongNumber(found=payload.number, expected=terms.head.number + 1)


def pays_nobody(payload: Payload, terms: Terms) -> None:
    if payload.recipient != terms.fee_recipient:
        raise WrongRecipient


def is_mixed(payload: Payload, terms: Terms) -> None:
    if payload.mix != mix(terms.head):
        raise WrongMix


def has_gas_limit(payload: Payload, terms: Terms) -> None:
    if payload.gas_limit != terms.gas_limit:
        raise WrongGasLimit(found=payload.gas_limit, expected=terms.gas_limit)


def withdraws_nothing(payload: Payload, _terms: Terms) -> None:
    if payload.withdrawals:
        raise HasWithdrawals


def has_no_blobs(payload: Payload, _terms: Terms) -> None:
    if payload.blob_gas:
        raise HasBlobs


def holds_something(payload: Payload, _terms: Terms) -> None:
    if not payload.transactions:
        raise NothingInside


def is_not_past(payload: Payload, terms: Terms) -> None:
    if payload.time < terms.earliest:
        raise PastDated(found=payload.time, earliest=terms.earliest)


RULES = (
    follows,
    is_next,
    pays_nobody,
    is_mixed,
    has_gas_limit,
    withdraws_nothing,
    has_no_blobs,
    holds_something,
    is_not_past,
)


def check(payload: Payload, terms: Terms) -> None:
    """Raises the refusal of the first rule that is broken."""
    for rule in RULES:
        rule(payload, terms)


def not_ahead(payload: Payload, latest: float) -> None:
    """`latest`: seconds of the own clock and what another may be ahead of it."""
    if payload.time > latest:
        raise FutureDated(found=payload.time, latest=int(latest))
