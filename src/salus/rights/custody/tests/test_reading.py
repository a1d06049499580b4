"""What a reader believes of what custodians and the gateway answer: nothing without a proof."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from salus.kernel.crypt4gh.errors import BodyDamaged
from salus.kernel.errors import SalusError
from salus.kernel.hpke import NotForThisKey, seal
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import KeyDamaged
from salus.platform.web.errors import PeerUnreachable
from salus.rights.custody import messages as m
from salus.rights.custody.errors import (
    BadDealing,
    NotPermitted,
    StaleHead,
    TooFewShares,
    VersionMismatch,
)
from salus.rights.custody.model import info_release_gate, info_release_share
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import Opened, read
from salus.rights.records.errors import BodyDoesNotMatch
from tests.support.scene import Beside, Tamper, chart, new_patient, scene, shared

NAMES = ("c1", "c2", "c3", "c4", "c5")


def opened(keepers: Keepers, record: RecordId | None = None) -> Opened:
    stage, record = scene(), record or shared()
    reader = stage.reader(stage.grant(record))
    return read(stage.node, keepers, reader, record, stage.units(record))


def failure(record: RecordId | None = None, /, **tampers: Tamper) -> SalusError:
    with pytest.raises(SalusError) as raised:
        opened(scene().with_tampering(**tampers), record)
    return raised.value


def unreachable(_: Any) -> Any:
    raise PeerUnreachable(name="somebody")


def behind(_: Any) -> Any:
    raise StaleHead(age=500)


def refusing(_: Any) -> Any:
    raise NotPermitted


def share(change: Callable[[m.ReleasedShare], m.ReleasedShare]) -> Tamper:
    """A custodian that changes what it releases."""
    return lambda shares: m.Shares(tuple(map(change, shares.released)))


def half(change: Callable[[m.ReleasedHalf], m.ReleasedHalf]) -> Tamper:
    """A gateway that changes its halves and leaves bodies alone."""

    def tamper(answer: Any) -> Any:
        if not isinstance(answer, m.Gate):
            return answer
        return replace(answer, released=tuple(map(change, answer.released)))

    return tamper


def objects(change: Callable[[m.WrappedObject], m.WrappedObject]) -> Tamper:
    return half(lambda each: replace(each, objects=tuple(map(change, each.objects))))


def bodies(change: Callable[[bytes], bytes]) -> Tamper:
    return lambda answer: change(answer) if isinstance(answer, bytes) else answer


def with_nothing_in_it(part: m.ReleasedShare) -> m.ReleasedShare:
    info = info_release_share(part.dealing, part.index, part.receipt.request)
    return replace(part, sealed=seal(scene().clinic.sealing.public(), info, b""))


def with_no_half_in_it(part: m.ReleasedHalf) -> m.ReleasedHalf:
    info = info_release_gate(part.dealing, part.receipt.request)
    return replace(part, sealed=seal(scene().clinic.sealing.public(), info, b""))


def redealt(part: m.ReleasedHalf, **members: Any) -> m.ReleasedHalf:
    return replace(part, dealing=replace(part.dealing, **members))


def flipped(content: bytes, at: int = -1) -> bytes:
    turned = bytearray(content)
    turned[at] ^= 1
    return bytes(turned)


def test_everybody_honest_gives_the_original_bytes_and_a_receipt_from_each() -> None:
    given = opened(scene().keepers)
    (unit,) = given.units

    assert b'"valueString": "12.0 g/dL"' in unit.resources["Observation/o1"]
    assert ((), ()) == (given.missing, given.liars)
    assert [0, 0, 0, 0, 0, 1] == sorted(receipt.role for receipt in given.receipts)


LIES: dict[str, Tamper] = {
    "sealed part of nobody": share(lambda part: replace(part, sealed=flipped(part.sealed))),
    "no sealed part": share(lambda part: replace(part, sealed=b"")),
    "nothing sealed": share(with_nothing_in_it),
    "another number": share(lambda part: replace(part, index=part.index % 5 + 1)),
    "number beyond all": share(lambda part: replace(part, index=200)),
    "number beyond a byte": share(lambda part: replace(part, index=2**40)),
    "unsigned receipt": share(lambda part: replace(part, signature=bytes(65))),
    "receipt of another request": share(
        lambda part: replace(part, receipt=replace(part.receipt, request=Digest(bytes(32))))
    ),
    "receipt of another time": share(
        lambda part: replace(part, receipt=replace(part.receipt, own_time=0))
    ),
    "nothing released": lambda _: m.Shares(()),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_bad_share_is_dropped_and_its_custodian_named(lie: Tamper) -> None:
    given = opened(scene().with_tampering(c2=lie))

    assert ("c2",) == given.liars
    assert given.units[0].resources


def test_a_share_of_another_unit_is_dropped() -> None:
    stage = scene()
    other = stage.asking(stage.record())
    theirs = stage.keepers.custodians[1].shares(other.ask)
    given = opened(stage.with_tampering(c2=lambda _: theirs))

    assert ("c2",) == given.liars


def test_a_share_that_two_custodians_give_counts_once() -> None:
    stage = scene()
    first, second, *others = stage.keepers.custodians
    assert isinstance(second, Beside)
    copying = replace(stage.c1, party=second.keeper.party)
    custodians = (first, replace(second, keeper=copying), *others)
    given = opened(replace(stage.keepers, custodians=custodians))

    assert ("c2",) == given.liars
    assert given.units[0].resources


def test_two_who_do_not_answer_are_named_and_not_needed() -> None:
    given = opened(scene().with_tampering(c2=unreachable, c4=behind))

    assert ("c2", "c4") == given.missing
    assert given.units[0].resources


def test_one_liar_and_one_who_is_away_do_not_stop_a_read() -> None:
    given = opened(scene().with_tampering(c1=LIES["nothing released"], c5=unreachable))

    assert (("c1",), ("c5",)) == (given.liars, given.missing)


@pytest.mark.parametrize("tamper", [unreachable, behind], ids=["away", "behind"])
def test_too_few_shares_name_who_is_missing(tamper: Tamper) -> None:
    error = failure(c1=tamper, c3=tamper, c4=tamper)

    assert type(error) is TooFewShares
    assert {"answered": 3, "needed": 4, "missing": "c1, c3, c4"} == error.details


def test_too_many_lies_name_the_liars() -> None:
    error = failure(**dict.fromkeys(("c1", "c3", "c4"), LIES["nothing released"]))

    assert type(error) is TooFewShares
    assert error.details["missing"] == "c1, c3, c4"


def test_without_the_gateway_nothing_opens() -> None:
    error = failure(gateway=unreachable)

    assert type(error) is TooFewShares
    assert error.details["missing"] == "gateway"


def test_a_refusal_goes_before_a_lack() -> None:
    assert type(failure(gateway=refusing, c1=unreachable)) is NotPermitted
    assert type(failure(**dict.fromkeys(NAMES[:3], refusing))) is NotPermitted


def test_two_who_refuse_do_not_stop_the_others() -> None:
    assert opened(scene().with_tampering(c1=refusing, c2=refusing)).units[0].resources


"""THE GATEWAY"""


def test_a_version_that_the_ledger_does_not_name_is_refused() -> None:
    stage, patient = scene(), new_patient()
    record = stage.record(patient)
    old = stage.keepers.gateway.gate(stage.asking(record).ask).version
    stage.take(chart(patient, "13.5 g/dL"))
    stage.announce()

    assert type(failure(record, gateway=as_version(old))) is VersionMismatch


def as_version(version: Any) -> Tamper:
    def tamper(answer: Any) -> Any:
        return replace(answer, version=version) if isinstance(answer, m.Gate) else answer

    return tamper


NOTHING = Digest(bytes(32))
GATES: dict[str, tuple[Tamper, type[SalusError]]] = {
    "half of nobody": (
        half(lambda each: replace(each, sealed=flipped(each.sealed))),
        NotForThisKey,
    ),
    "half of nothing": (half(with_no_half_in_it), BadDealing),
    "no halves": (
        lambda answer: replace(answer, released=()) if isinstance(answer, m.Gate) else answer,
        BodyDoesNotMatch,
    ),
    "another dealing": (half(lambda each: redealt(each, salt=bytes(16))), BodyDoesNotMatch),
    "another unit": (half(lambda each: redealt(each, unit=NOTHING)), BodyDoesNotMatch),
    "another check": (half(lambda each: redealt(each, kek_check=NOTHING)), BadDealing),
    "another commitment": (half(lambda each: redealt(each, gate_commit=NOTHING)), BadDealing),
    "no commitments": (half(lambda each: redealt(each, share_commits=())), BodyDoesNotMatch),
    "no threshold": (half(lambda each: redealt(each, k=0)), BodyDoesNotMatch),
    "another threshold": (half(lambda each: redealt(each, k=2)), BadDealing),
    "an epoch beyond all": (half(lambda each: redealt(each, epoch=2**40)), BodyDoesNotMatch),
    "an object left out": (half(lambda each: replace(each, objects=())), BodyDoesNotMatch),
    "a wrap of another key": (
        objects(lambda each: replace(each, wrap=flipped(each.wrap))),
        KeyDamaged,
    ),
    "a manifest unsigned": (
        objects(lambda each: replace(each, signature=bytes(65))),
        BodyDoesNotMatch,
    ),
    "a manifest that another signed": (
        objects(lambda each: replace(each, signature=SigningKey.generate().sign(each.object_id()))),
        BodyDoesNotMatch,
    ),
    "another manifest": (
        objects(lambda each: replace(each, manifest=replace(each.manifest, plain_size=1))),
        BodyDoesNotMatch,
    ),
    "a body flipped": (bodies(flipped), BodyDamaged),
    "a body cut": (bodies(lambda body: body[:-1]), BodyDamaged),
    "no body": (bodies(lambda _: b""), BodyDamaged),
    "a body twice": (bodies(lambda body: body * 2), BodyDamaged),
}


@pytest.mark.parametrize(("tamper", "kind"), GATES.values(), ids=GATES.keys())
def test_whatever_the_gateway_changes_has_a_name(tamper: Tamper, kind: type[SalusError]) -> None:
    assert isinstance(failure(gateway=tamper), kind)


def test_bodies_of_two_objects_cannot_be_swapped() -> None:
    stage = scene()
    other = stage.keepers.gateway.gate(stage.asking(stage.record()).ask)
    (wrapped,) = other.released[0].objects
    foreign = stage.node.vault.get(wrapped.manifest.segment_root)

    assert isinstance(failure(gateway=bodies(lambda _: foreign)), BodyDamaged)
    assert type(failure(gateway=objects(lambda _: wrapped))) is BodyDoesNotMatch
