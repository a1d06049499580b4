"""The signed log of links, and who is forgotten."""

import secrets
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import KeyDamaged
from salus.rights.identity.matching import service
from salus.rights.identity.matching import tables as t
from salus.rights.identity.matching.erasing import reseal
from salus.rights.identity.matching.errors import (
    LinkLogDamaged,
)
from salus.rights.identity.matching.events import Kind, Signed, first_fault, sign
from salus.rights.identity.matching.register import (
    forget_person,
    near,
    person_in,
)
from salus.rights.identity.tests.enrolling import FIRST, HOSPITAL, KEY, Desk, strangers


def test_a_changed_event_is_noticed() -> None:
    desk = strangers(3)
    desk.do(service.link, 0, 1)
    desk.do(service.confirm_apart, 1, 2)
    first = desk.log()[0]
    with desk.node.sessions() as session, session.begin():
        row = session.get_one(t.Event, 1)
        row.event = row.event.replace(b'"linked"', b'"apart"')
    with pytest.raises(LinkLogDamaged) as damaged:
        desk.log()

    assert "1" == damaged.value.shown()["number"]
    assert Kind.LINKED.value == first.kind


def test_an_event_that_is_missing_is_noticed() -> None:
    desk = strangers(3)
    desk.do(service.link, 0, 1)
    desk.do(service.link, 1, 2)
    with desk.node.sessions() as session, session.begin():
        session.delete(session.get_one(t.Event, 1))
        session.execute(update(t.Event).values(number=1))
    with pytest.raises(LinkLogDamaged):
        desk.log()


def test_an_event_of_somebody_else_is_noticed() -> None:
    desk = strangers(2)
    desk.do(service.link, 0, 1)
    (event,) = desk.log()

    assert first_fault([sign(event, HOSPITAL.signing)]) is None
    assert 1 == first_fault([sign(event, SigningKey.generate())])
    assert 1 == first_fault([Signed(event, b"")])


def test_whoever_is_forgotten_is_not_found_and_the_log_stays_whole() -> None:
    desk = Desk()
    desk.enroll(1, FIRST)
    desk.enroll(2, replace(FIRST, hospital="h2"), "Patient/p2")
    desk.enroll(3, replace(FIRST, hospital="h3", is_multiple=True))
    with desk.node.sessions() as session, session.begin():
        forget_person(session, RecordId(2))
    with desk.node.reading() as session:
        person = person_in(session, record_text(RecordId(1)), storage_key=KEY)
        found = {int(each.candidate.key, 16) for each in near(session, person, storage_key=KEY)}
        left = session.scalars(select(t.Blocked.record).where(t.Blocked.record.endswith("2"))).all()

    assert {1, 3} == found
    assert [] == left
    assert ["linked"] == desk.kinds()
    assert [(1, 3)] == desk.waiting()


def test_a_new_storage_key_recognizes_everybody_and_the_old_one_nobody() -> None:
    desk, new = strangers(3), secrets.token_bytes(32)
    text = desk.enroll(7, FIRST)
    with desk.node.sessions() as session, session.begin():
        reseal(session, KEY, new)
    with desk.node.reading() as session:
        person = person_in(session, text, storage_key=new)
        found = near(session, person, storage_key=new)
        by_old_hashes = near(session, person, storage_key=KEY)
        with pytest.raises(KeyDamaged):
            person_in(session, text, storage_key=KEY)

    assert [text] == [each.candidate.key for each in found]
    assert [] == by_old_hashes
