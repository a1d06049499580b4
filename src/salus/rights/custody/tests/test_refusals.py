"""Every rule by which a custodian or the gateway refuses, asked of both."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from salus.kernel.clock import ManualClock, moment
from salus.kernel.errors import SalusError
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Digest, UnitId, new_grant_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent import ledger as consent_ledger
from salus.rights.consent.model import Purpose, Terms, new_salt
from salus.rights.consent.service import revoke
from salus.rights.custody import messages as m
from salus.rights.custody.errors import (
    Expired,
    ForkSeen,
    NotPermitted,
    Replayed,
    StaleHead,
    TooManyReads,
)
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.ledger import CustodyLedger
from salus.rights.custody.release import release
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.ledger import send
from tests.support.scene import Asking, keeper_of, new_keeper, scene

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["c1", "gateway"])
def keeper(request: pytest.FixtureRequest) -> Keeper:
    """Both kinds decide by the same rules."""
    found = {each.name: keeper_of(each) for each in scene().keepers.all()}
    return found[request.param]


def answer(keeper: Keeper, ask: m.Ask) -> SalusError | None:
    """The refusal, or None when something was released."""
    try:
        release(keeper, ask)
    except SalusError as error:
        return error
    return None


def rules(keeper: Keeper, asking: Asking) -> list[str]:
    """Why requests were refused, as the patient is told."""
    looks = asking.scene.looks(keeper, asking.record)
    return [look.rule for look in looks if look.outcome == "refused"]


def is_refused(keeper: Keeper, asking: Asking, ask: m.Ask, rule: str) -> bool:
    """The reader learns nothing; the patient learns the rule."""
    error = answer(keeper, ask)
    return (
        type(error) is NotPermitted and error.details == {} and rules(keeper, asking)[-1:] == [rule]
    )


def test_a_request_by_a_live_grant_passes(keeper: Keeper) -> None:
    asking = scene().asking()

    assert answer(keeper, asking.ask) is None
    assert [] == rules(keeper, asking)


def test_a_signature_over_something_else_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    request = replace(asking.ask.request, nonce=Digest(secrets.token_bytes(32)))

    assert is_refused(keeper, asking, replace(asking.ask, request=request), "not-the-reader")


@pytest.mark.parametrize("signature", [b"", bytes(65), b"\xff" * 65], ids=len)
def test_a_signature_that_is_none_is_refused(keeper: Keeper, signature: bytes) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, replace(asking.ask, signature=signature), "not-the-reader")


def test_a_signature_with_a_high_s_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s, v = asking.ask.signature[:32], asking.ask.signature[32:64], asking.ask.signature[64]
    high = (order - int.from_bytes(s, "big")).to_bytes(32, "big")
    twin = r + high + bytes([55 - v])

    assert is_refused(keeper, asking, replace(asking.ask, signature=twin), "not-the-reader")


def test_another_reader_cannot_use_a_grant(keeper: Keeper) -> None:
    asking, other = scene().asking(), scene().research
    public = other.sealing.public()
    hashed = m.reader_key_hash(public)
    stolen = asking.changed(signed_by=other.signing, reader_key_hash=hashed)
    honest = replace(stolen, reader=other.address, reader_key=public)

    assert is_refused(keeper, asking, replace(stolen, reader_key=public), "not-the-reader")
    assert is_refused(keeper, asking, honest, "another-reader")


def test_an_organization_key_of_nobody_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()

    ask = asking.changed(signed_by=SigningKey.generate())

    assert is_refused(keeper, asking, ask, "not-the-reader")


def test_another_reader_key_is_refused(keeper: Keeper) -> None:
    asking, other = scene().asking(), ReaderKey.generate().public()
    swapped = replace(asking.ask, reader_key=other)
    signed = replace(asking.changed(reader_key_hash=m.reader_key_hash(other)), reader_key=other)

    assert is_refused(keeper, asking, swapped, "another-reader-key")
    assert is_refused(keeper, asking, signed, "another-reader-key")


def test_whoever_saw_a_request_cannot_have_its_answer_sealed_to_another_key(
    keeper: Keeper,
) -> None:
    asking = scene().asking()
    release(keeper, asking.ask)
    stolen = replace(asking.ask, reader_key=ReaderKey.generate().public())

    assert is_refused(keeper, asking, stolen, "another-reader-key")


def test_an_unknown_grant_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()

    assert is_refused(
        keeper, asking, asking.changed(basis_id=Digest(new_grant_id())), "unknown-grant"
    )
    assert is_refused(keeper, asking, asking.changed(basis_id=Digest(bytes(32))), "unknown-grant")


def test_a_grant_of_another_record_is_refused(keeper: Keeper) -> None:
    asking, other = scene().asking(), scene().asking()
    theirs = other.ask.request
    foreign = replace(asking.changed(basis_id=theirs.basis_id), opening=other.ask.opening)

    assert is_refused(keeper, asking, foreign, "unknown-grant")


@pytest.mark.parametrize("basis", [1, 3, 4, 5, 255])
def test_a_basis_that_is_not_served_is_refused(keeper: Keeper, basis: int) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, asking.changed(basis=basis), "no-grant")


def test_a_request_without_its_terms_is_refused(keeper: Keeper) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, replace(asking.changed(), opening=()), "no-grant")


def test_a_revoked_grant_is_refused(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    granted = stage.granted(asking)
    revoke(stage.node, granted, by=stage.wallet(asking.record))

    assert is_refused(keeper, asking, asking.ask, "grant-not-live")


def test_terms_that_do_not_fit_the_commitment_are_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    (opening,) = asking.ask.opening
    longer = replace(opening.terms, not_after=opening.terms.not_after + SECOND)
    forged = replace(asking.changed(), opening=(replace(opening, terms=longer),))
    salted = replace(asking.changed(), opening=(replace(opening, salt=new_salt()),))

    assert is_refused(keeper, asking, forged, "terms-do-not-match")
    assert is_refused(keeper, asking, salted, "terms-do-not-match")


def test_another_section_of_the_record_is_refused(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    (allergies,) = stage.units(asking.record, "allergies")
    items = (*asking.ask.request.items, m.Item(allergies.id, 0, m.ALL_OBJECTS))

    assert is_refused(keeper, asking, asking.changed(items=items[1:]), "another-section")
    assert is_refused(keeper, asking, asking.changed(items=items), "another-section")


def test_units_of_two_records_in_one_request_are_refused(keeper: Keeper) -> None:
    asking, other = scene().asking(), scene().asking()
    items = asking.ask.request.items + other.ask.request.items

    assert is_refused(keeper, asking, asking.changed(items=items), "several-records")


@pytest.mark.parametrize("purpose", [Purpose.HRESCH, Purpose.BTG, 99])
def test_another_purpose_is_refused(keeper: Keeper, purpose: int) -> None:
    asking = scene().asking()

    assert is_refused(keeper, asking, asking.changed(purpose=int(purpose)), "another-purpose")


def opened_later(lasting: timedelta) -> Asking:
    """A request by a grant whose terms begin in a minute; on the ledger its days have begun."""
    stage = scene()
    record = stage.record()
    begins = (stage.now() + timedelta(minutes=1)).replace(microsecond=0)
    units = tuple(unit.id for unit in stage.units(record))
    wording = Digest(bytes(32))
    reader = (stage.clinic.address,)
    terms = Terms(record, reader, units, ("TREAT",), ("read",), begins, begins + lasting, wording)
    grant, salt, by = new_grant_id(), new_salt(), stage.wallet(record)
    send(stage.node, consent_ledger.propose(stage.node, grant, terms, salt, by=by))
    asking = stage.asking(record)
    opening = (m.Opening(terms, salt),)
    request = replace(asking.ask.request, basis_id=Digest(grant))
    return replace(asking, ask=replace(asking.ask, request=request, opening=opening))


@pytest.mark.parametrize(
    ("after", "is_inside"), [(-SECOND, False), (0 * SECOND, True), (4 * SECOND, True)]
)
def test_a_window_begins_to_the_second(
    keeper: Keeper, after: timedelta, *, is_inside: bool
) -> None:
    asking = opened_later(5 * SECOND)
    begins = asking.ask.opening[0].terms.not_before
    at = replace(keeper, clock=ManualClock(begins + after))

    assert is_inside is (answer(at, asking.changed()) is None)
    assert is_inside is (rules(keeper, asking) == [])


def test_a_window_ends_to_the_second(keeper: Keeper) -> None:
    asking = opened_later(5 * SECOND)
    at = replace(keeper, clock=ManualClock(asking.ask.opening[0].terms.not_after - 0 * SECOND))

    assert is_refused(at, asking, asking.changed(), "outside-window")


def test_a_grant_whose_days_are_over_is_refused(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()
    granted = stage.grant(record, lasting=timedelta(hours=1))
    stage.clock.move(timedelta(days=2))
    asking = stage.asking(record, by=stage.reader(granted))

    assert is_refused(keeper, asking, asking.ask, "grant-not-live")


def test_the_patient_reads_without_a_grant(keeper: Keeper) -> None:
    stage = scene()
    record = stage.record()

    assert answer(keeper, stage.asking(record, by=stage.subject(record)).ask) is None


def test_another_key_is_not_the_patient(keeper: Keeper) -> None:
    stage = scene()
    record, other = stage.record(), stage.record()
    asking = stage.asking(record, by=stage.subject(record))
    other_key = stage.wallet(other)
    stranger = replace(asking.changed(signed_by=other_key), reader=other_key.address)

    assert is_refused(keeper, asking, asking.changed(signed_by=other_key), "not-the-subject")
    assert is_refused(keeper, asking, stranger, "not-the-subject")


@pytest.mark.parametrize("left", [-1, 0, 331])
def test_a_deadline_that_is_past_or_too_far_is_an_error(keeper: Keeper, left: int) -> None:
    asking = scene().asking()
    deadline = asking.scene.now() + timedelta(seconds=left)

    assert type(answer(keeper, asking.changed(deadline=deadline))) is Expired


@pytest.mark.parametrize("left", [1, 330])
def test_a_deadline_may_be_as_far_as_a_request_lives_with_two_clocks(
    keeper: Keeper, left: int
) -> None:
    asking = scene().asking()

    assert answer(keeper, asking.changed(deadline=asking.scene.now() + left * SECOND)) is None


def test_a_nonce_is_good_for_one_request(keeper: Keeper) -> None:
    asking = scene().asking()
    release(keeper, asking.ask)
    other = replace(asking.ask.request, purpose=int(Purpose.ETREAT))

    assert type(answer(keeper, asking.signed(other, asking.by))) is Replayed


class Stopped:
    """A node that does not hear of new blocks."""

    def __init__(self, node: Node) -> None:
        self._ledger = node.ledger

    def advance(self) -> None:
        """No block comes."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)


def on_stopped(keeper: Keeper, later: timedelta) -> Keeper:
    """A keeper whose ledger stands still while its clock goes on."""
    node = scene().node
    stopped = CustodyLedger(replace(node, ledger=Stopped(node)))  # type: ignore[arg-type]
    head = moment(node.ledger.head().time)
    return replace(keeper, ledger=stopped, clock=ManualClock(head + later))


@pytest.mark.parametrize(("age", "kind"), [(120, type(None)), (121, StaleHead)])
def test_a_keeper_decides_on_a_block_of_the_last_two_minutes(
    keeper: Keeper, age: int, kind: type[object]
) -> None:
    asking = scene().asking()
    late = on_stopped(keeper, timedelta(seconds=age))
    ask = asking.changed(deadline=late.clock.now() + SECOND)

    assert type(answer(late, ask)) is kind


def test_an_idle_embedded_chain_is_brought_up_to_date(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking()
    before = stage.node.ledger.head().number
    stage.clock.move(timedelta(seconds=121))

    assert answer(keeper, asking.ask) is None
    assert before < stage.node.ledger.head().number


def test_a_keeper_behind_its_reader_does_not_decide(keeper: Keeper) -> None:
    asking = scene().asking()
    ahead = asking.changed(seen_block=asking.ask.request.seen_block + 100)

    assert type(answer(keeper, ahead)) is StaleHead


def test_a_reader_on_another_fork_is_told(keeper: Keeper) -> None:
    asking = scene().asking()
    error = answer(keeper, asking.changed(seen_block_hash=Digest(b"\x01" * 32)))

    assert type(error) is ForkSeen
    assert {"block": asking.ask.request.seen_block} == error.details


def test_a_flood_of_one_reader_is_stopped_for_a_minute(keeper: Keeper) -> None:
    asking = scene().asking()
    strict = replace(keeper, settings=CustodySettings(reads_per_minute=2), _asked={})
    answers = [answer(strict, asking.changed()) for _ in range(3)]
    later = replace(strict, clock=ManualClock(asking.scene.now() + timedelta(seconds=60)))

    assert [None, None] == answers[:2]
    assert type(answers[2]) is TooManyReads
    assert answer(later, asking.changed()) is None


def test_nobody_uses_up_the_reads_of_another(keeper: Keeper) -> None:
    asking = scene().asking()
    strict = replace(keeper, settings=CustodySettings(reads_per_minute=1), _asked={})
    forged = [asking.changed(signed_by=SigningKey.generate()) for _ in range(3)]

    assert {NotPermitted} == {type(answer(strict, each)) for each in forged}
    assert answer(strict, asking.changed()) is None


def test_who_is_not_in_the_set_of_the_record_is_no_holder() -> None:
    stage = scene()
    asking = stage.asking()
    stranger = replace(stage.c1, party=stage.research)

    assert is_refused(stranger, asking, asking.ask, "not-a-holder")


def test_more_units_than_one_request_may_name_are_refused(keeper: Keeper) -> None:
    asking = scene().asking()
    (one,) = asking.ask.request.items

    assert answer(keeper, asking.changed(items=(one,) * 64)) is None
    assert type(answer(keeper, asking.changed(items=(one,) * 65))) is NotPermitted
    assert type(answer(keeper, asking.changed(items=()))) is NotPermitted


def test_a_unit_that_is_not_held_is_refused_alike(keeper: Keeper) -> None:
    asking = scene().asking()
    (one,) = asking.ask.request.items
    unknown = replace(one, unit=UnitId(secrets.token_bytes(32)))
    other_epoch = replace(one, epoch=1)
    errors = [answer(keeper, asking.changed(items=(each,))) for each in (unknown, other_epoch)]
    empty = new_keeper(asking.scene.node, keeper.party, m.Role(keeper.role))

    assert [(NotPermitted, {})] * 2 == [(type(each), each.details) for each in errors if each]
    assert type(answer(empty, asking.ask)) is NotPermitted


def test_every_refusal_says_the_same(keeper: Keeper) -> None:
    said: list[Callable[[Asking], m.Ask]] = [
        lambda asking: replace(asking.ask, signature=bytes(65)),
        lambda asking: asking.changed(purpose=int(Purpose.HMARKT)),
        lambda asking: asking.changed(basis_id=Digest(new_grant_id())),
        lambda asking: asking.changed(items=()),
    ]
    errors = [answer(keeper, each(scene().asking())) for each in said]

    assert {("Not permitted.", 403)} == {(str(each), each.status) for each in errors if each}
    assert all(errors)
