"""Who is given a share: each rule of the release alone, at a real ledger.

These tests need a sealed record, which a service makes, so they stand above the rights.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest
from salus.kernel.merkle import root
from salus.kernel.secp256k1 import SigningKey, recover
from salus.rights.consent import service as consent
from salus.rights.custody import messages as m
from salus.rights.custody.errors import (
    Expired,
    ForkSeen,
    NotPermitted,
    Replayed,
    StaleHead,
    TicketRefused,
    TooManyReads,
)
from salus.rights.custody.keeper import Keeper, body
from salus.rights.custody.reading import as_reader, as_subject, ask_for, read
from salus.rights.custody.release import release
from salus.rights.custody.service import looks
from salus.rights.custody.settings import CustodySettings
from salus.rights.custody.tables import Answered, LogLeaf, Look
from salus.rights.custody.tests.scene import Scene, founded
from salus.rights.records import service as records
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import Desk, finish, known_in, take
from salus.surfaces.demo.patients import patient


@pytest.fixture
def scene() -> Scene:
    made = founded()
    desk = Desk(made.node, made.consortium.hospital, made.keepers, bytes(32))
    found = Document(Path("p.json"), patient(1, resources=60)).resources()
    with made.node.reading() as session:
        intake = prepare(found, known_in(session), lambda _: False)
    (record,) = take(desk, intake)
    finish(desk)
    return replace(made, record=record)


def post(scene: Scene, name: str = "c1") -> Keeper:
    return scene.posts[name]


def seen(scene: Scene, name: str = "c1") -> list[tuple[str, str]]:
    """Outcome and rule of every decision of one keeper."""
    with post(scene, name).reading() as session:
        rows = session.execute(select(Look.outcome, Look.rule).order_by(Look.number))
        return [(outcome, rule.split(" ")[0]) for outcome, rule in rows]


def test_a_live_grant_is_given_a_share_and_a_signed_receipt(scene: Scene) -> None:
    ask = scene.ask(scene.grant())
    answer = release(post(scene), ask)

    assert isinstance(answer, m.Shares)
    (part,) = answer.released
    domain = post(scene).ledger.domain
    signer = recover(m.receipt_digest(domain, part.receipt), part.signature)
    assert signer == post(scene).party.address
    assert part.receipt.request == m.request_digest(domain, ask.request)
    assert seen(scene) == [("permitted", "grant")]


def refused(scene: Scene, ask: m.Ask, rule: str) -> None:
    """Every refusal is the same to the reader, and its rule is in the subject's log."""
    with pytest.raises(NotPermitted) as caught:
        release(post(scene), ask)

    assert caught.value.details == {}
    assert seen(scene)[-1] == ("refused", rule)
    with post(scene).reading() as session:
        assert session.scalar(select(func.count()).select_from(LogLeaf)) == 0
        assert session.scalar(select(func.count()).select_from(Answered)) == 0


def test_without_a_grant_nothing_leaves(scene: Scene) -> None:
    refused(scene, scene.ask(None), "no-grant")


def test_a_revoked_grant_is_refused(scene: Scene) -> None:
    granted = scene.grant()
    scene.revoke(granted)

    refused(scene, scene.ask(granted), "grant-not-live")


def test_a_grant_of_another_reader_is_refused(scene: Scene) -> None:
    granted = scene.grant()

    refused(scene, scene.ask(granted, party=scene.research), "another-reader")


def test_somebody_elses_signature_is_refused(scene: Scene) -> None:
    ask = scene.ask(scene.grant())

    refused(scene, scene.signed(ask, by=scene.research), "not-the-reader")


def test_a_key_that_the_organization_did_not_register_is_refused(scene: Scene) -> None:
    other = scene.research.sealing.public()
    ask = scene.signed(scene.ask(scene.grant()), reader_key_hash=m.reader_key_hash(other))

    refused(scene, replace(ask, reader_key=other), "another-reader-key")


def test_a_key_that_is_not_the_one_signed_for_is_refused(scene: Scene) -> None:
    ask = scene.ask(scene.grant())

    refused(scene, replace(ask, reader_key=scene.research.sealing.public()), "another-reader-key")


def test_terms_that_are_not_those_committed_to_are_refused(scene: Scene) -> None:
    ask = scene.ask(scene.grant())
    (opening,) = ask.opening
    wider = replace(opening.terms, not_after=opening.terms.not_after + timedelta(days=1))

    refused(scene, replace(ask, opening=(replace(opening, terms=wider),)), "terms-do-not-match")


def test_a_section_that_the_grant_does_not_name_is_refused(scene: Scene) -> None:
    granted = scene.grant(units=[unit.id for unit in scene.units("problems")])

    refused(scene, scene.ask(granted), "another-section")


def test_another_purpose_is_refused(scene: Scene) -> None:
    ask = scene.ask(scene.grant(purpose="HRESCH"))

    refused(scene, scene.signed(ask, purpose=0), "another-purpose")


def test_the_window_holds_to_the_second(scene: Scene) -> None:
    granted = scene.grant(until=scene.clock.now() + timedelta(seconds=100))
    scene.clock.move(timedelta(seconds=99))
    answer = release(post(scene), scene.ask(granted))
    scene.clock.move(timedelta(seconds=1))
    with pytest.raises(NotPermitted):
        release(post(scene), scene.ask(granted))

    assert isinstance(answer, m.Shares)
    assert seen(scene)[-1] == ("refused", "outside-window")


def test_only_the_controller_reads_as_the_subject(scene: Scene) -> None:
    with scene.node.reading() as session:
        key = consent.controller(session, scene.record)
    own = ask_for(scene.node, as_subject(key), scene.record, scene.units())
    stranger = ask_for(scene.node, as_subject(SigningKey.generate()), scene.record, scene.units())
    answer = release(post(scene), own)
    with pytest.raises(NotPermitted):
        release(post(scene), stranger)

    assert isinstance(answer, m.Shares)
    assert seen(scene) == [("permitted", "subject"), ("refused", "not-the-subject")]


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=331)])
def test_a_deadline_is_ahead_and_not_far(scene: Scene, ahead: timedelta) -> None:
    ask = scene.signed(scene.ask(scene.grant()), deadline=scene.clock.now() + ahead)
    with pytest.raises(Expired):
        release(post(scene), ask)

    assert seen(scene) == []


def test_a_known_request_is_answered_again_and_counted_once(scene: Scene) -> None:
    ask = scene.ask(scene.grant())
    first, second = release(post(scene), ask), release(post(scene), ask)

    assert isinstance(first, m.Shares)
    assert isinstance(second, m.Shares)
    assert first.released[0].receipt == second.released[0].receipt
    assert len(seen(scene)) == 1


def test_a_nonce_used_for_another_request_is_refused(scene: Scene) -> None:
    ask = scene.ask(scene.grant())
    release(post(scene), ask)
    with pytest.raises(Replayed):
        release(post(scene), scene.signed(ask, purpose=1))


def test_a_block_that_the_reader_cannot_have_seen_is_refused(scene: Scene) -> None:
    ask = scene.ask(scene.grant())
    later = scene.signed(ask, seen_block=ask.request.seen_block + 5)
    fork = scene.signed(ask, seen_block_hash=Digest(b"f" * 32), nonce=scene.nonce())

    with pytest.raises(StaleHead):
        release(post(scene), later)
    with pytest.raises(ForkSeen):
        release(post(scene), fork)


def test_a_reader_who_asks_too_often_waits(scene: Scene) -> None:
    post(scene).settings = CustodySettings(reads_per_minute=2)
    granted = scene.grant()
    for _ in range(2):
        release(post(scene), scene.ask(granted))
    with pytest.raises(TooManyReads):
        release(post(scene), scene.ask(granted))
    scene.clock.move(timedelta(seconds=60))

    assert isinstance(release(post(scene), scene.ask(granted)), m.Shares)


def test_a_stranger_cannot_speak_in_a_readers_name(scene: Scene) -> None:
    ask = replace(scene.ask(scene.grant()), signature=bytes(65))
    with pytest.raises(NotPermitted):
        release(post(scene), ask)
    with post(scene).reading() as session:
        readers = list(session.scalars(select(Look.reader)))

    assert readers == [bytes(20)]


def test_a_unit_that_nobody_dealt_is_refused_like_any_other(scene: Scene) -> None:
    ask = scene.ask(scene.grant())
    (item,) = ask.request.items
    unknown = scene.signed(ask, items=(replace(item, unit=Digest(b"u" * 32)),))
    many = scene.signed(ask, items=(item,) * 65, nonce=scene.nonce())

    for each in (unknown, many):
        with pytest.raises(NotPermitted):
            release(post(scene), each)


def test_the_log_only_grows(scene: Scene) -> None:
    granted = scene.grant()
    heads = []
    for _ in range(5):
        answer = release(post(scene), scene.ask(granted))
        assert isinstance(answer, m.Shares)
        heads.append(answer.released[0].receipt)
    with post(scene).reading() as session:
        leaves = list(session.scalars(select(LogLeaf.leaf).order_by(LogLeaf.position)))

    assert [head.log_size for head in heads] == [1, 2, 3, 4, 5]
    assert [root(leaves[: head.log_size]) for head in heads] == [head.log_root for head in heads]


def test_nothing_leaves_when_the_log_cannot_be_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no room")

    granted = scene.grant()
    release(post(scene), scene.ask(granted))
    monkeypatch.setattr("salus.rights.custody.release.Sitting.write", fail)
    with pytest.raises(OSError, match="no room"):
        release(post(scene), scene.ask(granted))
    monkeypatch.undo()
    answer = release(post(scene), scene.ask(granted))

    assert isinstance(answer, m.Shares)
    assert answer.released[0].receipt.log_size == 2


def test_the_gateway_gives_only_what_the_version_on_the_ledger_names(scene: Scene) -> None:
    answer = release(post(scene, "gateway"), scene.ask(scene.grant()))

    assert isinstance(answer, m.Gate)
    (half,) = answer.released
    (unit,) = scene.units()
    named = set(answer.version.objects_of(unit.place))
    assert {each.object_id() for each in half.objects} == named


def test_a_body_needs_a_ticket_of_its_own_that_is_still_valid(scene: Scene) -> None:
    answer = release(post(scene, "gateway"), scene.ask(scene.grant()))
    assert isinstance(answer, m.Gate)
    (wrapped,) = answer.released[0].objects
    name, ticket = wrapped.manifest.segment_root, wrapped.ticket
    content = body(post(scene, "gateway"), name, ticket)
    with pytest.raises(TicketRefused):
        body(post(scene, "gateway"), b"n" * 32, ticket)
    scene.clock.move(timedelta(seconds=241))
    with pytest.raises(TicketRefused):
        body(post(scene, "gateway"), name, ticket)

    assert len(content) == wrapped.manifest.body_size


def test_a_read_gives_the_original_bytes_and_the_subject_sees_it(scene: Scene) -> None:
    granted, units = scene.grant(), scene.units()
    opened = read(scene.node, scene.keepers, as_reader(scene.clinic, granted), scene.record, units)
    with scene.node.reading() as session:
        key = consent.controller(session, scene.record)
        counted = records.summary(session, scene.record).sections["laboratory"]
    (look,) = looks(scene.node, scene.keepers, scene.record, by=key)

    assert len(opened.units[0].resources) == counted
    assert (look.reader, look.purpose, look.outcome) == (scene.clinic.address, "TREAT", "permitted")


def test_only_the_subject_is_told_who_looked(scene: Scene) -> None:
    with pytest.raises(SalusError):
        looks(scene.node, scene.keepers, scene.record, by=SigningKey.generate())
