"""Every decision of a keeper and every opening of a reader is in the audit, with its grounds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest, GrantId, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.audit.model import Act, Entry
from salus.rights.consent.audit.service import append, lines, verify
from salus.rights.consent.audit.tables import AuditEntry
from salus.rights.consent.service import revoke
from salus.rights.custody import release as deciding
from salus.rights.custody.auditing.noting import OPEN, RELEASE
from salus.rights.custody.errors import NotPermitted, TooManyReads
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.reading import as_source, ask_for, read
from salus.rights.custody.release import release, release_all
from salus.rights.custody.service import looks
from tests.support.scene import Scene, new_scene, scene


def noted(keeper: Keeper, record: RecordId) -> list[Entry]:
    with keeper.reading() as session:
        return [line.entry() for line in lines(session, record)]


def noted_here(stage: Scene, record: RecordId) -> list[Entry]:
    with stage.node.reading() as session:
        return [line.entry() for line in lines(session, record)]


def refused(keeper: Keeper, ask: object) -> type[SalusError]:
    with pytest.raises(SalusError) as raised:
        release(keeper, ask)  # type: ignore[arg-type]
    return type(raised.value)


def test_a_permitted_read_says_who_what_why_and_by_what() -> None:
    stage = scene()
    record = stage.record()
    asking = stage.asking(record)
    release(stage.c1, asking.ask)
    (entry,) = noted(stage.c1, record)
    (unit,) = stage.units(record)
    request = asking.ask.request

    assert (entry.outcome, entry.basis.decision) == ("permitted", "permit")
    assert (entry.action, entry.purpose) == ("read", "TREAT")
    assert entry.node == stage.c1.party.address
    assert (entry.actor.organization, entry.actor.role) == (stage.clinic.address, "reader")
    assert (entry.actor.key, entry.actor.client) == (stage.clinic.address, RELEASE)
    assert entry.actor.credential == request.reader_key_hash
    assert [(part.unit, part.section) for part in entry.parts] == [(unit.id, unit.place.section)]
    assert entry.basis.grants == (GrantId(request.basis_id),)
    assert entry.basis.policies == (asking.ask.opening[0].terms.wording,)
    assert entry.at == round(stage.now().timestamp() * 1_000)


def test_a_repeated_request_is_noted_once() -> None:
    stage = scene()
    record = stage.record()
    asking = stage.asking(record)
    release(stage.c1, asking.ask)
    release(stage.c1, asking.ask)

    assert len(noted(stage.c1, record)) == 1


def test_a_refusal_is_noted_with_its_rule() -> None:
    stage = scene()
    record = stage.record()
    asking = stage.asking(record)
    revoke(stage.node, stage.granted(asking), by=stage.wallet(record))

    assert refused(stage.gateway, asking.ask) is NotPermitted
    (entry,) = noted(stage.gateway, record)
    assert (entry.outcome, entry.basis.decision) == ("refused", "deny")
    assert entry.basis.rule == "grant-not-live"
    assert entry.basis.obligations == ()


def test_subject_source_and_stranger_have_their_roles() -> None:
    stage = scene()
    record = stage.record()
    units = stage.units(record)
    subject = ask_for(stage.node, stage.subject(record), record, units)
    source = ask_for(stage.node, as_source(stage.consortium.hospital), record, units)
    asking = stage.asking(record)
    stranger = asking.changed(signed_by=SigningKey.generate())
    release_all(stage.c1, [subject, source, stranger])
    entries = noted(stage.c1, record)

    assert [each.actor.role for each in entries] == ["subject", "source", "unknown"]
    assert [each.outcome for each in entries] == ["permitted", "permitted", "refused"]
    assert entries[0].actor.key == stage.wallet(record).address
    assert entries[2].actor.organization == bytes(20)


def test_a_failed_attempt_is_noted_with_its_error() -> None:
    stage = scene()
    record = stage.record()
    asking = stage.asking(record)
    late = asking.changed(deadline=stage.now() - timedelta(seconds=1))
    forked = asking.changed(seen_block_hash=Digest(bytes(32)))
    release(stage.c1, asking.ask)
    replayed = asking.signed(replace(asking.ask.request, purpose=1), asking.by)
    release_all(stage.c1, [late, forked, replayed])
    entries = noted(stage.c1, record)

    assert [each.outcome for each in entries] == ["permitted", "failed", "failed", "failed"]
    assert [each.basis.rule for each in entries[1:]] == [
        "custody.expired",
        "custody.fork_seen",
        "custody.replayed",
    ]
    assert {each.actor.key for each in entries} == {stage.clinic.address}


def test_a_flood_is_noted_once_in_a_minute() -> None:
    stage = new_scene()
    record = stage.record()
    asking = stage.asking(record)
    stage.c1.settings = stage.c1.settings.model_copy(update={"reads_per_minute": 1})
    release(stage.c1, asking.ask)
    for _ in range(5):
        assert refused(stage.c1, asking.changed()) is TooManyReads
    stage.clock.move(timedelta(seconds=59))
    refused(stage.c1, asking.changed())
    stage.clock.move(timedelta(seconds=60))
    release(stage.c1, asking.changed(deadline=stage.now() + timedelta(seconds=60)))
    assert refused(stage.c1, asking.changed()) is TooManyReads
    rules = [each.basis.rule for each in noted(stage.c1, record)]

    assert rules.count("custody.too_many_reads") == 2
    assert len(rules) == 4


def test_what_nobody_holds_here_is_not_noted() -> None:
    stage = scene()
    asking = stage.asking(stage.record())
    unknown = replace(asking.ask.request.items[0], epoch=77)
    before = _count(stage.c1)

    assert refused(stage.c1, asking.changed(items=(unknown,))) is NotPermitted
    assert _count(stage.c1) == before


def _count(keeper: Keeper) -> int:
    with keeper.reading() as session:
        return len(session.scalars(select(AuditEntry.sequence)).all())


def test_a_decision_that_cannot_be_noted_releases_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = scene()
    record = stage.record()
    asking = stage.asking(record)

    def broken(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(deciding, "append", broken)
        with pytest.raises(OSError):
            release(stage.c1, asking.ask)

    assert noted(stage.c1, record) == []
    assert stage.looks(stage.c1, record) == ()
    release(stage.c1, asking.ask)
    assert len(noted(stage.c1, record)) == 1


def test_terms_that_are_not_those_of_the_grant_are_noted_as_such() -> None:
    stage = scene()
    record = stage.record()
    asking = stage.asking(record)
    opening = asking.ask.opening[0]
    told = replace(opening.terms, obligations=("REVIEW",))
    ask = replace(asking.ask, opening=(replace(opening, terms=told),))
    release_all(stage.c1, [ask])
    (entry,) = noted(stage.c1, record)

    assert entry.outcome == "refused"
    assert entry.basis.rule == "terms-do-not-match"


"""THE READER"""


def test_an_opening_is_noted_at_the_reader_with_the_request_of_the_keepers() -> None:
    stage = scene()
    record = stage.record()
    granted = stage.grant(record)
    read(stage.node, stage.keepers, stage.reader(granted), record, stage.units(record))
    (here,) = noted_here(stage, record)
    (there,) = noted(stage.gateway, record)

    assert here.request == there.request
    assert (here.actor.client, here.actor.role) == (OPEN, "reader")
    assert here.actor.organization == stage.clinic.address
    assert (here.outcome, here.basis.grants) == ("permitted", (granted.id,))


def test_a_refused_and_a_failed_opening_are_noted_at_the_reader() -> None:
    stage = scene()
    record = stage.record()
    units = stage.units(record)
    with pytest.raises(NotPermitted):
        read(stage.node, stage.keepers, stage.reader(None), record, units)
    keepers = stage.with_tampering(gateway=_unreachable)
    with pytest.raises(SalusError):
        read(stage.node, keepers, stage.subject(record), record, units)
    entries = noted_here(stage, record)

    assert [each.outcome for each in entries] == ["refused", "failed"]
    assert [each.basis.rule for each in entries] == [
        "custody.not_permitted",
        "custody.too_many_reads",
    ]


def _unreachable(_: object) -> object:
    raise TooManyReads(limit=0)


def test_the_looks_of_the_subject_stay_as_they_are() -> None:
    stage = scene()
    record = stage.record()
    read(stage.node, stage.keepers, stage.subject(record), record, stage.units(record))
    (seen,) = looks(stage.node, stage.keepers, record, by=stage.wallet(record))

    assert (seen.outcome, seen.rule) == ("permitted", "subject")


def test_every_log_is_whole_and_holds_no_handle() -> None:
    stage = new_scene()
    record = stage.record()
    read(stage.node, stage.keepers, stage.subject(record), record, stage.units(record))
    for keeper in (stage.c1, stage.gateway):
        with keeper.reading() as session:
            content = b"".join(line.content for line in lines(session))

            assert list(verify(session, keeper.party.address)) == []
            assert record_text(record).encode() not in content
            assert b"Patient/" not in content


def test_an_act_needs_no_line_where_there_is_none() -> None:
    stage = scene()
    before = _count(stage.c1)
    with stage.c1.sessions() as session, session.begin():
        nothing: list[Act] = []
        append(session, stage.c1.party.address, nothing)

    assert _count(stage.c1) == before
