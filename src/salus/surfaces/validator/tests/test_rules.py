"""Each rule refuses one thing under a name of its own."""

from typing import Any

import pytest

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest
from salus.surfaces.validator.errors import (
    ForeignParent,
    FutureDated,
    HasBlobs,
    HasWithdrawals,
    NothingInside,
    PastDated,
    Refused,
    WrongGasLimit,
    WrongMix,
    WrongNumber,
    WrongRecipient,
)
from salus.surfaces.validator.model import Head
from salus.surfaces.validator.payload import Payload, read
from salus.surfaces.validator.rules import RULES, Terms, beacon_root, check, mix, not_ahead
from salus.surfaces.validator.tests.pretended import GAS_LIMIT, payload_on

HEAD = Head(7, Digest(bytes.fromhex("22" * 32)), 1_000)
TERMS = Terms(HEAD, 1_005, Address(bytes(19) + b"\x01"), GAS_LIMIT)
PARENT = {"number": "0x7", "hash": to_hex(HEAD.hash), "timestamp": hex(HEAD.time)}
BROKEN: list[tuple[type[Refused], dict[str, Any]]] = [
    (ForeignParent, {"parentHash": "0x" + "33" * 32}),
    (WrongNumber, {"blockNumber": "0x9"}),
    (WrongNumber, {"blockNumber": "0x7"}),
    (WrongRecipient, {"feeRecipient": "0x" + "44" * 20}),
    (WrongMix, {"prevRandao": "0x" + "55" * 32}),
    (WrongGasLimit, {"gasLimit": hex(GAS_LIMIT + 1)}),
    (HasWithdrawals, {"withdrawals": [{"index": "0x0"}]}),
    (HasBlobs, {"blobGasUsed": "0x20000"}),
    (NothingInside, {"transactions": []}),
    (PastDated, {"timestamp": hex(1_004)}),
]


def payload(**members: Any) -> Payload:
    good = {"timestamp": hex(1_005), "prevRandao": to_hex(mix(HEAD))}
    return read(payload_on(PARENT, **(good | members)))


def test_a_payload_that_follows_the_last_head_obeys() -> None:
    check(payload(), TERMS)


@pytest.mark.parametrize(("refusal", "members"), BROKEN, ids=[kind.__name__ for kind, _ in BROKEN])
def test_a_broken_rule_is_refused_by_its_name(
    refusal: type[Refused], members: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        check(payload(**members), TERMS)

    assert refusal is type(refused.value)


def test_every_rule_is_broken_by_one_of_the_cases_alone() -> None:
    for rule in RULES:
        broken = []
        for _, members in BROKEN:
            try:
                rule(payload(**members), TERMS)
            except Refused as refused:
                broken.append(type(refused))
        assert len(set(broken)) == 1, rule.__name__


def test_a_block_comes_a_second_after_its_parent_even_if_consensus_lags() -> None:
    terms = Terms(HEAD, 900, TERMS.fee_recipient, GAS_LIMIT)

    check(payload(timestamp=hex(1_001)), terms)
    with pytest.raises(PastDated):
        check(payload(timestamp=hex(1_000)), terms)


def test_the_future_begins_after_what_clocks_may_differ() -> None:
    not_ahead(payload(timestamp=hex(1_005)), 1_005.0)
    with pytest.raises(FutureDated):
        not_ahead(payload(timestamp=hex(1_006)), 1_005.9)


def test_nobody_can_choose_the_mix_and_no_two_blocks_share_it() -> None:
    other = Head(7, Digest(bytes(32)), 1_000)

    assert mix(HEAD) != mix(other)
    assert mix(HEAD) != beacon_root(HEAD.hash)
    assert len(mix(HEAD)) == 32
