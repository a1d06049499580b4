"""Dealing a key and holding its parts: what a holder refuses, and what the source requires."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from salus.kernel.documents import canonical_bytes
from salus.kernel.ids import Digest, RecordId, UnitId
from salus.kernel.secp256k1 import SigningKey, recover
from salus.rights.custody import messages as m
from salus.rights.custody.dealing import OpenUnit, open_unit
from salus.rights.custody.errors import BadHold, HolderFailed
from salus.rights.custody.keeper import Keeper, hold
from salus.rights.custody.model import Dealing, GateHalf, Share, join
from salus.rights.custody.peers import Keepers
from salus.rights.custody.tables import HeldSecret, StoredObject, StoredVersion
from salus.rights.records.model import Place, new_unit_salt, unit_id
from salus.rights.records.service import KnownUnit
from tests.support.scene import Scene, chart, new_patient, scene

PLACE = Place(7, 0)


def dealt(stage: Scene, *, by: SigningKey | None = None) -> OpenUnit:
    """The key of a new unit with a part for every keeper of the scene."""
    record, salt = RecordId(secrets.randbits(128)), new_unit_salt()
    unit = KnownUnit(unit_id(salt, record, PLACE), PLACE, salt, 0)
    with stage.node.reading() as session:
        return open_unit(
            stage.node,
            session,
            record=record,
            unit=unit,
            keepers=stage.keepers,
            storage_key=bytes(32),
            by=by or stage.consortium.hospital.signing,
        )


def own_part(keeper: Keeper, unit: OpenUnit) -> m.Deal:
    return unit.deals[0 if keeper.role is m.Role.GATEWAY else 1]


def parcel(*deals: m.Deal) -> m.Hold:
    return m.Hold(deals, (), ())


def resigned(deal: m.Deal, by: SigningKey, **members: Any) -> m.Deal:
    """A deal whose dealing says something else, signed by somebody."""
    dealing = replace(deal.dealing, **members)
    signed = m.dealing_digest(scene().c1.ledger.domain, dealing.id())
    return replace(deal, dealing=dealing, signature=by.sign(signed))


def kept(keeper: Keeper) -> list[int | None]:
    """How much lies in a store."""
    with keeper.reading() as session:
        tables = (HeldSecret, StoredObject, StoredVersion)
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def refusal(keeper: Keeper, bad: m.Hold) -> str | None:
    """Why a holder refuses; it must keep nothing then."""
    before = kept(keeper)
    with pytest.raises(BadHold) as raised:
        hold(keeper, bad)

    assert before == kept(keeper)
    assert raised.value.details["holder"] == keeper.party.name
    return str(raised.value.details["reason"])


def test_a_holder_signs_for_what_it_holds(keeper: Keeper) -> None:
    deal = own_part(keeper, dealt(scene()))
    (signature,) = hold(keeper, parcel(deal)).signatures
    dealing = deal.dealing
    commit = dealing.share_commits[0] if deal.index else dealing.gate_commit
    signed = m.held_digest(keeper.ledger.domain, dealing.id(), deal.index, commit)

    assert keeper.party.address == recover(signed, signature)


def test_the_same_parcel_twice_is_one(keeper: Keeper) -> None:
    given = parcel(own_part(keeper, dealt(scene())))
    first, size = hold(keeper, given), kept(keeper)

    assert first == hold(keeper, given)
    assert size == kept(keeper)


def test_who_signed_the_dealing_must_be_the_dealer(keeper: Keeper) -> None:
    deal = own_part(keeper, dealt(scene()))
    torn = replace(deal, signature=bytes(65))

    assert refusal(keeper, parcel(resigned(deal, scene().clinic.signing))) == "bad-signature"
    assert refusal(keeper, parcel(torn)) == "bad-signature"


@pytest.mark.parametrize("name", ["clinic", "c1", "stranger"])
def test_only_a_source_deals(keeper: Keeper, name: str) -> None:
    parties = {each.name: each.signing for each in scene().consortium.all()}
    unit = dealt(scene(), by=parties.get(name, SigningKey.generate()))

    assert refusal(keeper, parcel(own_part(keeper, unit))) == "not-a-source"


def test_a_part_for_another_holder_is_refused(keeper: Keeper) -> None:
    unit = dealt(scene())

    assert refusal(keeper, parcel(unit.deals[2])) == "not-for-me"
    assert refusal(keeper, parcel(replace(unit.deals[2], index=1))) == "not-for-me"


@pytest.mark.parametrize("index", [0, 2, 6, 255])
def test_a_share_under_another_number_is_refused(index: int) -> None:
    deal = dealt(scene()).deals[1]

    assert refusal(scene().c1, parcel(replace(deal, index=index))) in {"not-for-me", "bad-share"}


def test_a_part_that_was_tampered_with_is_refused(keeper: Keeper) -> None:
    deal = own_part(keeper, dealt(scene()))
    torn = deal.sealed[:-1] + bytes([deal.sealed[-1] ^ 1])

    assert refusal(keeper, parcel(replace(deal, sealed=torn))) == "not-for-me"
    assert refusal(keeper, parcel(replace(deal, sealed=b""))) == "not-for-me"


@pytest.mark.parametrize(
    "change",
    [
        lambda dealing: {"share_commits": (Digest(bytes(32)), *dealing.share_commits[1:])},
        lambda _: {"share_commits": ()},
        lambda _: {"generation": 1},
        lambda _: {"n": 0},
        lambda _: {"k": 0},
        lambda _: {"epoch": 2**32},
    ],
    ids=["commitment", "no commitments", "generation", "no holders", "no threshold", "epoch"],
)
def test_a_share_that_does_not_fit_its_dealing_is_refused(
    change: Callable[[Dealing], dict[str, Any]],
) -> None:
    deal = dealt(scene()).deals[1]
    source = scene().consortium.hospital.signing
    bad = resigned(deal, source, **change(deal.dealing))

    assert refusal(scene().c1, parcel(bad)) in {"bad-dealing", "bad-commitment", "not-for-me"}


def test_a_half_that_does_not_fit_its_dealing_is_refused() -> None:
    deal, stage = dealt(scene()).deals[0], scene()
    bad = resigned(deal, stage.consortium.hospital.signing, gate_commit=Digest(bytes(32)))

    assert refusal(stage.gateway, parcel(bad)) == "bad-commitment"


def test_a_message_that_is_no_part_of_a_key_is_refused(keeper: Keeper) -> None:
    other = scene().gateway if keeper is scene().c1 else scene().c1
    deal = own_part(other, dealt(scene()))

    assert refusal(keeper, parcel(deal)) == "not-for-me"


def test_a_unit_is_dealt_once(keeper: Keeper) -> None:
    stage = scene()
    unit, other = dealt(stage), dealt(stage)
    hold(keeper, parcel(own_part(keeper, unit)))
    with stage.node.reading() as session:
        again = open_unit(
            stage.node,
            session,
            record=unit.dealing.record,
            unit=KnownUnit(unit.dealing.unit, PLACE, unit.dealing.salt, 0),
            keepers=stage.keepers,
            storage_key=bytes(32),
            by=stage.consortium.hospital.signing,
        )
    bad = parcel(own_part(keeper, other), own_part(keeper, again))

    assert refusal(keeper, bad) == "already-dealt"


def test_a_parcel_with_one_bad_part_is_refused_whole(keeper: Keeper) -> None:
    good, bad = own_part(keeper, dealt(scene())), own_part(keeper, dealt(scene()))
    stranger = resigned(bad, SigningKey.generate())

    assert refusal(keeper, parcel(good, stranger)) == "bad-signature"


"""THE SOURCE"""


def silent(_: Any) -> m.Held:
    return m.Held(())


def forged(held: Any) -> m.Held:
    return m.Held(tuple(bytes(64) + b"\x1b" for _ in held.signatures))


def taking(keepers: Keepers) -> RecordId:
    desk = replace(scene().desk, keepers=keepers)
    return replace(scene(), desk=desk).take(chart(new_patient()))


@pytest.mark.parametrize("tamper", [silent, forged], ids=["silent", "forged"])
def test_a_source_goes_on_with_one_holder_too_few(tamper: Callable[[Any], m.Held]) -> None:
    record = taking(scene().with_tampering(c5=tamper))
    scene().announce()

    assert scene().units(record)


@pytest.mark.parametrize("lacking", [("c4", "c5"), ("gateway",)], ids=len)
@pytest.mark.parametrize("tamper", [silent, forged], ids=["silent", "forged"])
def test_a_source_keeps_nothing_when_too_few_hold(
    lacking: tuple[str, ...], tamper: Callable[[Any], m.Held]
) -> None:
    stage, patient = scene(), new_patient()
    keepers = stage.with_tampering(**dict.fromkeys(lacking, tamper))
    with pytest.raises(HolderFailed) as raised:
        replace(stage, desk=replace(stage.desk, keepers=keepers)).take(chart(patient))

    assert {"held": 6 - len(lacking), "needed": 5} == raised.value.details
    assert not stage.knows(patient)


def test_any_k_shares_with_the_half_give_the_key_and_fewer_do_not() -> None:
    stage, unit = scene(), dealt(scene())
    parts = [
        hold_and_open(keeper, deal)
        for keeper, deal in zip(
            [stage.gateway, *map(stage.keeper, ("c1", "c2", "c3", "c4", "c5"))],
            unit.deals,
            strict=True,
        )
    ]
    half, shares = GateHalf.parse(parts[0]), [Share.parse(each) for each in parts[1:]]
    other = GateHalf(half.salt, secrets.token_bytes(32))

    for first in range(5):
        chosen = [shares[(first + step) % 5] for step in (0, 1, 3)]
        assert unit.kek == join(unit.dealing, chosen, half)
        assert join(unit.dealing, chosen[:2], half) is None
        assert join(unit.dealing, chosen, other) is None


def hold_and_open(keeper: Keeper, deal: m.Deal) -> bytes:
    hold(keeper, parcel(deal))
    with keeper.reading() as session:
        found = keeper.held(session, UnitId(deal.dealing.unit), deal.dealing.epoch)
    assert found is not None
    return found.open(keeper.storage_key)


def test_a_store_holds_no_part_in_plain(keeper: Keeper) -> None:
    deal = own_part(keeper, dealt(scene()))
    plain = hold_and_open(keeper, deal)
    with keeper.reading() as session:
        row = session.get_one(HeldSecret, (deal.dealing.unit, deal.dealing.epoch))

    assert plain[-32:] not in row.sealed
    assert canonical_bytes(deal.dealing) == row.dealing
