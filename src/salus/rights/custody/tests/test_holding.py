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
from salus.rights.custody.dealing import OpenUnit, Part, open_units, parcel
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
        (opened,) = open_units(
            stage.node,
            session,
            record=record,
            units=[unit],
            keepers=stage.keepers,
            storage_key=bytes(32),
            by=by or stage.consortium.hospital.signing,
        )
    return opened


def own_part(keeper: Keeper, unit: OpenUnit) -> Part:
    return unit.parts[0 if keeper.role is m.Role.GATEWAY else 1]


def sealed_to(keeper: Keeper, *parts: Part) -> m.Hold:
    members = {each.name: each.member for each in scene().keepers.all()}
    return parcel(members[keeper.party.name], parts)


def resigned(given: m.Hold, by: SigningKey, **members: Any) -> m.Hold:
    """A parcel whose last dealing says something else, signed by somebody."""
    *others, deal = given.deals
    dealing = replace(deal.dealing, **members)
    signed = m.dealing_digest(scene().c1.ledger.domain, dealing.id())
    changed = replace(deal, dealing=dealing, signature=by.sign(signed))
    return replace(given, deals=(*others, changed))


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
    part = own_part(keeper, dealt(scene()))
    (signature,) = hold(keeper, sealed_to(keeper, part)).signatures
    deal, dealing = part.deal, part.deal.dealing
    commit = dealing.commit_of(deal.index)
    signed = m.held_digest(keeper.ledger.domain, dealing.id(), deal.index, commit)

    assert keeper.party.address == recover(signed, signature)


def test_the_same_parcel_twice_is_one(keeper: Keeper) -> None:
    given = sealed_to(keeper, own_part(keeper, dealt(scene())), own_part(keeper, dealt(scene())))
    first, size = hold(keeper, given), kept(keeper)

    assert first == hold(keeper, given)
    assert size == kept(keeper)


def test_who_signed_the_dealing_must_be_the_dealer(keeper: Keeper) -> None:
    given = sealed_to(keeper, own_part(keeper, dealt(scene())))
    torn = replace(given.deals[0], signature=bytes(65))

    assert refusal(keeper, resigned(given, scene().clinic.signing)) == "bad-signature"
    assert refusal(keeper, replace(given, deals=(torn,))) == "bad-signature"


@pytest.mark.parametrize("name", ["clinic", "c1", "stranger"])
def test_only_a_source_deals(keeper: Keeper, name: str) -> None:
    parties = {each.name: each.signing for each in scene().consortium.all()}
    unit = dealt(scene(), by=parties.get(name, SigningKey.generate()))

    assert refusal(keeper, sealed_to(keeper, own_part(keeper, unit))) == "not-a-source"


def test_a_part_for_another_holder_is_refused(keeper: Keeper) -> None:
    given = sealed_to(scene().keeper("c2"), dealt(scene()).parts[2])
    mine = replace(given, deals=(replace(given.deals[0], index=1),))

    assert refusal(keeper, given) == "not-for-me"
    assert refusal(keeper, mine) == "not-for-me"


@pytest.mark.parametrize("index", [0, 2, 6, 255])
def test_a_share_under_another_number_is_refused(index: int) -> None:
    keeper, part = scene().c1, dealt(scene()).parts[1]
    given = sealed_to(keeper, part)
    other = replace(part.deal, index=index)

    assert refusal(keeper, replace(given, deals=(other,))) == "not-for-me"
    assert refusal(keeper, sealed_to(keeper, replace(part, deal=other))) == "bad-share"


def test_a_part_that_was_tampered_with_is_refused(keeper: Keeper) -> None:
    given = sealed_to(keeper, own_part(keeper, dealt(scene())))
    torn = given.sealed[:-1] + bytes([given.sealed[-1] ^ 1])

    assert refusal(keeper, replace(given, sealed=torn)) == "not-for-me"
    assert refusal(keeper, replace(given, sealed=b"")) == "not-for-me"


def test_a_parcel_opens_only_whole_and_in_its_order(keeper: Keeper) -> None:
    parts = [own_part(keeper, dealt(scene())) for _ in range(3)]
    given = sealed_to(keeper, *parts)
    first, second, third = given.deals

    for deals in ((second, first, third), (first, second), (first, second, third, third)):
        assert refusal(keeper, replace(given, deals=deals)) == "not-for-me"


def test_parts_of_another_length_are_refused(keeper: Keeper) -> None:
    part = own_part(keeper, dealt(scene()))
    for message in (part.message[:-1], part.message + b"\0", part.message * 2, b""):
        given = sealed_to(keeper, replace(part, message=message))

        assert refusal(keeper, given) == "bad-share"


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
    part = dealt(scene()).parts[1]
    source = scene().consortium.hospital.signing
    bad = resigned(sealed_to(scene().c1, part), source, **change(part.deal.dealing))

    assert refusal(scene().c1, bad) in {"bad-dealing", "bad-commitment", "not-for-me"}


def test_a_half_that_does_not_fit_its_dealing_is_refused() -> None:
    part, stage = dealt(scene()).parts[0], scene()
    given = sealed_to(stage.gateway, part)
    bad = resigned(given, stage.consortium.hospital.signing, gate_commit=Digest(bytes(32)))

    assert refusal(stage.gateway, bad) == "bad-commitment"


def test_a_message_that_is_no_part_of_a_key_is_refused(keeper: Keeper) -> None:
    other = scene().gateway if keeper is scene().c1 else scene().c1
    part = own_part(other, dealt(scene()))

    assert refusal(keeper, sealed_to(other, part)) == "not-for-me"
    assert refusal(keeper, sealed_to(keeper, part)) == "bad-share"


def test_a_unit_is_dealt_once(keeper: Keeper) -> None:
    stage = scene()
    unit, other = dealt(stage), dealt(stage)
    hold(keeper, sealed_to(keeper, own_part(keeper, unit)))
    with stage.node.reading() as session:
        (again,) = open_units(
            stage.node,
            session,
            record=unit.dealing.record,
            units=[KnownUnit(unit.dealing.unit, PLACE, unit.dealing.salt, 0)],
            keepers=stage.keepers,
            storage_key=bytes(32),
            by=stage.consortium.hospital.signing,
        )
    bad = sealed_to(keeper, own_part(keeper, other), own_part(keeper, again))

    assert refusal(keeper, bad) == "already-dealt"


def test_a_parcel_with_one_bad_part_is_refused_whole(keeper: Keeper) -> None:
    good, bad = own_part(keeper, dealt(scene())), own_part(keeper, dealt(scene()))
    stranger = resigned(sealed_to(keeper, good, bad), SigningKey.generate())

    assert refusal(keeper, stranger) == "bad-signature"


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
        hold_and_open(keeper, part)
        for keeper, part in zip(
            [stage.gateway, *map(stage.keeper, ("c1", "c2", "c3", "c4", "c5"))],
            unit.parts,
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


def hold_and_open(keeper: Keeper, part: Part) -> bytes:
    hold(keeper, sealed_to(keeper, part))
    dealing = part.deal.dealing
    with keeper.reading() as session:
        (found,) = keeper.kept.held(session, UnitId(dealing.unit), dealing.epoch)
    return found.open(keeper.storage_key)


def test_a_store_holds_no_part_in_plain(keeper: Keeper) -> None:
    part = own_part(keeper, dealt(scene()))
    plain, dealing = hold_and_open(keeper, part), part.deal.dealing
    with keeper.reading() as session:
        row = session.get_one(HeldSecret, (dealing.unit, dealing.epoch, 0))

    assert plain == part.message
    assert plain[-32:] not in row.sealed
    assert plain.hex() not in repr(part)
    assert canonical_bytes(dealing) == row.dealing
