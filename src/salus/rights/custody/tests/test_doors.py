"""Bodies go to who holds a ticket, and looks to the patient."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from salus.kernel.clock import ManualClock, seconds
from salus.kernel.crypt4gh import segment_root
from salus.kernel.ids import RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.rights.custody import messages as m
from salus.rights.custody.errors import NotPermitted, TicketRefused
from salus.rights.custody.keeper import Keeper, body, looks
from salus.rights.custody.reading import read
from salus.rights.custody.release import release
from salus.rights.custody.service import looks as looks_of
from tests.support.refusing import answer
from tests.support.scene import scene, shared


def ticketed() -> m.WrappedObject:
    """An object with the ticket that a release gave for it."""
    given = release(scene().gateway, scene().asking().ask)
    assert isinstance(given, m.Gate)
    (wrapped,) = given.released[0].objects
    return wrapped


def test_a_ticket_opens_the_body_it_is_for() -> None:
    wrapped = ticketed()
    content = body(scene().gateway, wrapped.manifest.segment_root, wrapped.ticket)

    assert wrapped.manifest.body_size == len(content)
    assert wrapped.manifest.segment_root == segment_root(content)


def later(ticket: bytes) -> bytes:
    return (int.from_bytes(ticket[:8], "big") + 3600).to_bytes(8, "big") + ticket[8:]


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: b"",
        lambda _: bytes(40),
        later,
        lambda ticket: ticket[:-1],
        lambda ticket: ticket * 2,
    ],
    ids=["none", "zeros", "longer", "cut", "twice"],
)
def test_a_ticket_that_the_gateway_did_not_make_opens_nothing(
    forge: Callable[[bytes], bytes],
) -> None:
    wrapped = ticketed()
    with pytest.raises(TicketRefused):
        body(scene().gateway, wrapped.manifest.segment_root, forge(wrapped.ticket))


def test_a_ticket_is_for_one_body() -> None:
    wrapped = ticketed()
    other = release(scene().gateway, scene().asking(sections="allergies").ask)
    assert isinstance(other, m.Gate)
    foreign = other.released[0].objects[0].manifest.segment_root
    with pytest.raises(TicketRefused):
        body(scene().gateway, foreign, wrapped.ticket)


def test_a_ticket_ends_with_the_request() -> None:
    wrapped, gateway = ticketed(), scene().gateway
    end = int.from_bytes(wrapped.ticket[:8], "big")
    name = wrapped.manifest.segment_root
    last = scene().now() + timedelta(seconds=end - seconds(scene().now()))
    at_the_end = body(replace(gateway, clock=ManualClock(last)), name, wrapped.ticket)
    with pytest.raises(TicketRefused):
        body(replace(gateway, clock=ManualClock(last + timedelta(seconds=1))), name, wrapped.ticket)

    assert at_the_end


"""LOOKS"""


def asked(keeper: Keeper, record: RecordId, by: SigningKey, *, ahead: int = 60) -> m.AskLooks:
    deadline = seconds(scene().now()) + ahead
    return m.AskLooks(
        record, deadline, by.sign(m.looks_digest(keeper.ledger.domain, record, deadline))
    )


def test_only_the_patient_is_told_who_looked(keeper: Keeper) -> None:
    stage = scene()
    other = stage.record()
    for by in (stage.clinic.signing, SigningKey.generate(), stage.wallet(other)):
        with pytest.raises(NotPermitted):
            looks(keeper, asked(keeper, shared(), by))
    with pytest.raises(NotPermitted):
        looks(keeper, replace(asked(keeper, shared(), stage.wallet(shared())), record=other))

    assert looks(keeper, asked(keeper, other, stage.wallet(other))).looks == ()


@pytest.mark.parametrize("record", [RecordId(0), RecordId(2**127 + 5)])
def test_of_a_record_that_nobody_controls_nothing_is_told(keeper: Keeper, record: RecordId) -> None:
    for by in (SigningKey.generate(), scene().clinic.signing):
        with pytest.raises(NotPermitted):
            looks(keeper, asked(keeper, record, by))


def test_a_question_about_looks_ends_with_its_deadline(keeper: Keeper) -> None:
    wallet = scene().wallet(shared())
    with pytest.raises(NotPermitted):
        looks(keeper, asked(keeper, shared(), wallet, ahead=-1))


def test_looks_of_a_record_tell_nothing_of_another(keeper: Keeper) -> None:
    stage = scene()
    asking, other = stage.asking(stage.record()), stage.asking(stage.record())
    release(keeper, asking.ask)
    release(keeper, other.ask)
    (look,) = stage.looks(keeper, asking.record)

    assert m.request_digest(keeper.ledger.domain, asking.ask.request) == look.request
    assert stage.clinic.address == look.reader


def test_a_look_names_who_signed_and_not_who_was_claimed(keeper: Keeper) -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    answer(keeper, asking.changed(signed_by=stage.research.signing))
    (look,) = stage.looks(keeper, asking.record)

    assert stage.research.address == look.reader
    assert ("refused", "not-the-reader") == (look.outcome, look.rule)


def test_one_read_by_everybody_is_one_look_with_its_reason() -> None:
    stage = scene()
    record = stage.record()
    granted = stage.grant(record)
    read(stage.node, stage.keepers, stage.reader(granted), record, stage.units(record))
    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, stage.reader(None), record, stage.units(record))
    seen = looks_of(stage.node, stage.keepers, record, by=stage.wallet(record))

    assert [("permitted", f"grant {granted.id.hex()}"), ("refused", "no-grant")] == [
        (each.outcome, each.rule) for each in seen
    ]
    assert {("TREAT", "laboratory")} == {(each.purpose, each.section) for each in seen}
