"""What holders refuse when keys move, and what a drill finds."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from salus.kernel import hpke
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.rights.custody import messages as m
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.resharing import handing, service
from salus.rights.custody.resharing.errors import (
    NotOrdered,
)
from salus.rights.custody.resharing.giving import holdings, split
from salus.rights.custody.resharing.messages import (
    Adopt,
    AskHoldings,
    AskSplit,
    Join,
    Spread,
    ToSplit,
    holdings_digest,
    order_digest,
    split_digest,
)
from salus.rights.custody.resharing.model import (
    SubShare,
    info_reshare,
)
from salus.rights.custody.resharing.move import Move, order
from salus.rights.custody.resharing.stages import Stage
from salus.rights.custody.resharing.taking import adopt
from salus.rights.custody.resharing.taking import join as join_parts
from salus.rights.custody.resharing.tests.moving import reason, until
from tests.support.scene import keeper_of, scene
from tests.support.typed import general


def asked_to_split(move: Move, *, by: SigningKey | None = None, **changed: Any) -> AskSplit:
    """An order to the first of the present holders, all in order unless something is changed."""
    units = [unit.id for unit in scene().units(move.record)]
    takers = tuple(each.member.sealing for each in move.coming.custodians)
    keys = tuple(ToSplit(unit, 0, (1, 2, 3)) for unit in units)
    signed = order(move.node, move.record, move.set, by=by or move.controller)
    return replace(AskSplit(signed, takers, keys), **changed)


"""ORDERS"""


@pytest.mark.parametrize("who", ["source", "clinic", "stranger"])
def test_only_who_controls_a_record_moves_its_keys(move: Move, who: str) -> None:
    stage = scene()
    keys = {"source": stage.desk.source.signing, "clinic": stage.clinic.signing}
    by = keys.get(who, SigningKey.generate())

    with pytest.raises(NotOrdered):
        split(stage.c1, asked_to_split(move, by=by))


def test_an_order_that_is_too_old_or_for_another_set_moves_nothing(move: Move) -> None:
    stage, good = scene(), asked_to_split(move)
    late = replace(good.order, deadline=good.order.deadline - 1_000)
    other = replace(good.order, set=Digest(bytes(32)))
    for bad in (late, other, replace(good.order, record=RecordId(7))):
        with pytest.raises(NotOrdered):
            split(stage.c1, replace(good, order=bad))


def test_an_order_to_a_set_that_nobody_defined_moves_nothing(move: Move) -> None:
    unknown = order(move.node, move.record, Digest(b"\x01" * 32), by=move.controller)

    assert reason(split, scene().c1, asked_to_split(move, order=unknown)) == "unknown-set"


def test_the_messages_are_hashed_as_their_types_say(move: Move) -> None:
    stage = scene()
    domain, chain = stage.c1.ledger.domain, stage.node.ledger.chain_id
    registry = stage.node.contracts["CustodyRegistry"].address

    def typed(kind: str, **values: Any) -> bytes:
        return general("Salus Custody", chain, registry, kind, values)

    assert order_digest(domain, move.record, move.set, 9) == typed(
        "Reshare(uint128 record,bytes32 set,uint64 deadline)",
        record=move.record,
        set=move.set,
        deadline=9,
    )
    assert holdings_digest(domain, move.record, 9) == typed(
        "Holdings(uint128 record,uint64 deadline)", record=move.record, deadline=9
    )
    dealing = Digest(b"\x02" * 32)
    assert split_digest(
        domain, dealing, move.set, giver=1, givers=(1, 2), commits=(dealing,)
    ) == typed(
        "Split(bytes32 dealing,bytes32 set,uint8 giver,bytes32 givers,bytes32 commits)",
        dealing=dealing,
        set=move.set,
        giver=1,
        givers=sha256(b"\x01\x02").digest(),
        commits=sha256(dealing).digest(),
    )


def test_what_is_held_of_a_record_is_told_to_its_controller_and_its_source_only(
    move: Move,
) -> None:
    stage = scene()

    def asked(by: SigningKey) -> AskHoldings:
        deadline = int(stage.now().timestamp()) + 60
        signed = by.sign(holdings_digest(stage.c1.ledger.domain, move.record, deadline))
        return AskHoldings(move.record, deadline, signed)

    told = holdings(stage.c1, asked(move.controller))

    assert told == holdings(stage.c1, asked(stage.desk.source.signing))
    assert len(told.deals) == 4
    for by in (stage.clinic.signing, SigningKey.generate()):
        with pytest.raises(NotOrdered):
            holdings(stage.c1, asked(by))


"""GIVERS"""


def test_a_giver_seals_to_nobody_but_those_whom_the_ledger_names(move: Move) -> None:
    stranger = scene().clinic.sealing.public()
    good = asked_to_split(move)
    swapped = (stranger, *good.takers[1:])

    assert reason(split, scene().c1, replace(good, takers=swapped)) == "another-taker"
    assert reason(split, scene().c1, replace(good, takers=good.takers[:-1])) == "another-taker"


@pytest.mark.parametrize(
    "givers", [(), (1,), (1, 2), (2, 3, 4), (1, 2, 2), (1, 2, 6), (0, 1, 2), (1, 2, 3, 4)]
)
def test_a_giver_splits_together_with_as_many_as_open_the_key(
    move: Move, givers: tuple[int, ...]
) -> None:
    good = asked_to_split(move)
    keys = tuple(replace(key, givers=givers) for key in good.keys)

    assert reason(split, scene().c1, replace(good, keys=keys)) == "bad-givers"


def test_a_giver_has_nothing_of_another_record_and_no_half(move: Move) -> None:
    stage = scene()
    (other,) = stage.units(stage.record())
    foreign = asked_to_split(move, keys=(ToSplit(other.id, 0, (1, 2, 3)),))

    assert reason(split, stage.c1, foreign) == "not-held"
    assert reason(split, stage.gateway, asked_to_split(move)) == "not-held"


def test_the_patient_sees_that_keys_moved(move: Move) -> None:
    stage = scene()
    service.pursue(move)
    rule = f"reshare {move.set.hex()}"
    for keeper in (stage.c1, stage.gateway):
        rules = [look.rule for look in stage.looks(keeper, move.record)]
        assert rule in rules


"""TAKERS"""


def spread(move: Move) -> Spread:
    return handing.split_all(move)


def joins(move: Move, taker: int = 0) -> tuple[Keeper, Join]:
    """What the taker at a place is asked, all in order."""
    keys = tuple(handing._taken(key, taker) for key in spread(move).keys)
    return keeper_of(move.coming.custodians[taker]), Join(move.order(), keys)


def test_the_same_parts_twice_give_the_same_share(move: Move) -> None:
    keeper, ask = joins(move)

    assert join_parts(keeper, ask) == join_parts(keeper, ask)
    _, other = joins(move)
    assert join_parts(keeper, other) != join_parts(keeper, ask)


def changed(ask: Join, change: Callable[[Any], Any]) -> Join:
    """The first key of an order with something else in what its first giver gave."""
    first, *rest = ask.keys
    given, *others = first.given
    return replace(ask, keys=(replace(first, given=(change(given), *others)), *rest))


GIVEN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another signature": (lambda one: replace(one, signature=bytes(65)), "bad-signature"),
    "another giver": (lambda one: replace(one, giver=one.giver % 5 + 4), "bad-signature"),
    "another commitment": (
        lambda one: replace(one, commits=(Digest(bytes(32)), *one.commits[1:])),
        "bad-signature",
    ),
    "nothing sealed": (lambda one: replace(one, sealed=b""), "not-for-me"),
    "a giver beyond all": (lambda one: replace(one, giver=200), "bad-signature"),
}


@pytest.mark.parametrize(("change", "why"), GIVEN.values(), ids=GIVEN.keys())
def test_a_taker_refuses_what_a_giver_did_not_sign(
    move: Move, change: Callable[[Any], Any], why: str
) -> None:
    keeper, ask = joins(move)
    expected = {why} | ({"bad-givers"} if "giver" in str(why) or why == "bad-signature" else set())

    assert reason(join_parts, keeper, changed(ask, change)) in expected


def test_a_taker_refuses_a_part_that_is_not_what_its_giver_committed_to(move: Move) -> None:
    """A giver that signs for one thing and seals another."""
    keeper, ask = joins(move)
    first = ask.keys[0]
    info = info_reshare(first.dealing, first.given[0].giver, 1, keeper.party.address)
    lie = SubShare(first.given[0].giver, 1, bytes(16), 7)
    sealed = hpke.seal(keeper.party.sealing.public(), info, lie.message())

    bad = changed(ask, lambda one: replace(one, sealed=sealed))
    assert reason(join_parts, keeper, bad) == "bad-commitment"


def test_a_taker_refuses_parts_of_another_place_and_too_few(move: Move) -> None:
    keeper, ask = joins(move)
    other, _ = joins(move, 1)
    fewer = replace(ask, keys=(replace(ask.keys[0], given=ask.keys[0].given[:-1]),))
    twice = replace(
        ask, keys=(replace(ask.keys[0], given=(*ask.keys[0].given[:-1], ask.keys[0].given[0])),)
    )

    assert reason(join_parts, other, ask) == "not-for-me"
    assert reason(join_parts, keeper, fewer) == "bad-givers"
    assert reason(join_parts, keeper, twice) == "bad-givers"
    assert reason(join_parts, scene().keeper("c1"), ask) == "not-a-holder"
    assert reason(join_parts, scene().gateway, ask) == "bad-givers"


def test_a_taker_refuses_a_dealing_that_the_source_did_not_sign(move: Move) -> None:
    keeper, ask = joins(move)
    first, *rest = ask.keys
    weaker = replace(first.dealing, k=1)
    bad = replace(ask, keys=(replace(first, dealing=weaker), *rest))
    unsigned = replace(ask, keys=(replace(first, dealt=bytes(65)), *rest))

    assert reason(join_parts, keeper, bad) == "bad-dealing"
    assert reason(join_parts, keeper, unsigned) == "bad-dealing"


"""THE NEW DEALINGS"""


def adoption(move: Move) -> tuple[Keeper, Adopt]:
    """What the first taker is asked to keep, all in order."""
    until(move, Stage.JOINED)
    dealt = service._dealt(move)
    deals = tuple(m.Deal(each.dealing, each.signature, 1) for each in dealt.deals)
    return keeper_of(move.coming.custodians[0]), Adopt(move.order(), deals)


def signed_again(deal: m.Deal, **members: Any) -> m.Deal:
    dealing = replace(deal.dealing, **members)
    by, domain = scene().desk.source.signing, scene().c1.ledger.domain
    return replace(deal, dealing=dealing, signature=by.sign(m.dealing_digest(domain, dealing.id())))


def test_a_part_is_kept_once_and_only_under_the_dealing_that_fits_it(move: Move) -> None:
    keeper, ask = adoption(move)
    first = ask.deals[0]
    commits = (Digest(bytes(32)), *first.dealing.share_commits[1:])
    other = replace(ask, deals=(signed_again(first, share_commits=commits),))
    elsewhere = replace(ask, deals=(signed_again(first, set=Digest(bytes(32))),))
    place = replace(ask, deals=(replace(first, index=2),))
    unsigned = replace(ask, deals=(replace(first, signature=bytes(65)),))

    assert reason(adopt, keeper, other) == "bad-commitment"
    assert reason(adopt, keeper, elsewhere) == "another-place"
    assert reason(adopt, keeper, place) == "another-place"
    assert reason(adopt, keeper, unsigned) == "bad-dealing"
    assert adopt(keeper, ask) == adopt(keeper, ask)
    again = replace(ask, deals=(signed_again(first, k=1),))
    assert reason(adopt, keeper, again) == "already-dealt"


def test_the_gateway_keeps_no_dealing_of_another_key(move: Move) -> None:
    _, ask = adoption(move)
    first = replace(ask.deals[0], index=0)
    for members in (
        {"kek_check": Digest(bytes(32))},
        {"gate_commit": Digest(bytes(32))},
        {"salt": bytes(16)},
    ):
        bad = replace(ask, deals=(signed_again(first, **members),))
        assert reason(adopt, scene().gateway, bad) == "not-held"
