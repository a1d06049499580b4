"""kill -9 at write steps of seal, anchor, release, change of key, erasure and follower.

Each case copies a home, lives one act of the story in a forked process that dies at one numbered
write step, opens the home again and asks: is what was acknowledged there, is nothing half there?
"""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import random
from uuid import uuid4

import pytest
from sqlalchemy import delete, inspect, select

from salus.kernel.clock import SystemClock, monotonic
from salus.kernel.ids import RecordId, record_from_text
from salus.platform.database import IndexTable
from salus.platform.node import open_node
from salus.platform.settings import read as settings
from salus.platform.work import Node, Work
from salus.rights.consent import service as consent
from salus.rights.consent.authority import service as authority
from salus.rights.consent.tables import GrantTerms
from salus.rights.custody import founding
from salus.rights.custody.erasure.jobs import eraser_of
from salus.rights.custody.erasure.model import Stage
from salus.rights.custody.erasure.rotating import rotate_home
from salus.rights.custody.erasure.service import pursue, request
from salus.rights.custody.erasure.tables import ErasureRow
from salus.rights.custody.household import keepers_of, open_store
from salus.rights.custody.reading import as_reader, as_subject, read
from salus.rights.custody.service import looks
from salus.rights.custody.settings import CustodySettings
from salus.rights.custody.tables import DealtUnit, HeldSecret
from salus.rights.identity.keyring import of_home
from salus.rights.notary.model import record_leaf
from salus.rights.notary.service import evidence
from salus.rights.records import listing
from salus.rights.records import service as records
from salus.rights.records.tables import Object, RecordRow
from salus.rights.records.versions import record_root_of
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import desk_of, finish, known_in, take
from tests.faults.killing import Act, live
from tests.support.postgresql import URL, Server, copied, discarded

PATIENT = "urn:uuid:5d2f3c1e-0b5a-4f6e-9d57-1f6f0f6f0a01"


def _bundle(value: str) -> bytes:
    """A small patient: three units are enough to be half there."""
    subject = {"reference": PATIENT}
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    laboratory = [{"coding": [{"system": category, "code": "laboratory"}]}]
    resources = [
        {"resourceType": "Patient", "id": PATIENT[9:], "gender": "female"},
        {"resourceType": "Condition", "id": "c1", "subject": subject, "code": {"text": "A"}},
        {
            "resourceType": "Observation",
            "id": "o1",
            "status": "final",
            "category": laboratory,
            "code": code,
            "subject": subject,
            "valueString": value,
        },
    ]
    entries = [
        {"fullUrl": PATIENT if each["resourceType"] == "Patient" else "", "resource": each}
        for each in resources
    ]
    for entry in entries:
        entry["fullUrl"] = entry["fullUrl"] or f"urn:uuid:{uuid4()}"
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()


FIRST, SECOND = _bundle("12.0 g/dL"), _bundle("13.1 g/dL")


def _import(home: Path, raw: bytes) -> None:
    with open_node(home) as node:
        desk = desk_of(node, home)
        finish(desk)
        found = Document(Path("patient.json"), raw).resources()
        with node.reading() as session:
            intake = prepare(found, known_in(session, desk), lambda _: False)
        take(desk, intake)
        finish(desk)


def _record(node: Node) -> RecordId:
    with node.reading() as session:
        return listing.records(session)[0].record


def _grant(home: Path) -> None:
    with open_node(home) as node:
        record = _record(node)
        with node.reading() as session:
            units = _units(node, record)
            key = consent.controller(session, record)
        consent.grant(
            node,
            record=record,
            units=[unit.id for unit in units],
            readers=[of_home(home).member("clinic").address],
            purpose="TREAT",
            until=node.clock.now() + timedelta(days=3),
            by=key,
        )
        node.follow()


def _units(node: Node, record: RecordId) -> list[records.KnownUnit]:
    with node.reading() as session:
        sections = listing.summary(session, record).sections
        return records.plain_units(records.units_of(session, record, sections))


def _open(home: Path) -> None:
    with open_node(home) as node:
        record = _record(node)
        with node.reading() as session:
            granted = consent.grants(session, record)[0]
        reader = as_reader(of_home(home).party("clinic"), granted)
        read(node, keepers_of(node, home), reader, record, _units(node, record))


def _revoke(home: Path) -> None:
    with open_node(home) as node:
        record = _record(node)
        with node.reading() as session:
            granted = consent.grants(session, record)[0]
            key = consent.controller(session, record)
        consent.revoke(node, granted, by=key)
        node.follow()


def _rotate(home: Path) -> None:
    with open_node(home) as node:
        record = _record(node)
        with node.reading() as session:
            key = consent.controller(session, record)
        authority.rotate(node, record=record, by=key)


def _erase(home: Path) -> None:
    with open_node(home) as node:
        eraser = eraser_of(node, home, _record(node))
        found = pursue(eraser, request(eraser, _record(node)))
        assert found.stage is Stage.PROVED


def _replace_keys(home: Path) -> None:
    with open_node(home) as node:
        rotate_home(node, home, days=0)


def _nothing(_: Path) -> None:
    pass


def _with_record(home: Path) -> None:
    _import(home, FIRST)


def _with_grant(home: Path) -> None:
    _with_record(home)
    _grant(home)


def _without_index(home: Path) -> None:
    _with_grant(home)
    with open_node(home) as node, node.sessions() as session, session.begin():
        there = inspect(session.connection()).get_table_names()
        for table in reversed(IndexTable.metadata.sorted_tables):
            if table.name in there:  # other tests declare tables of their own
                session.execute(delete(table))


def _follow(home: Path) -> None:
    with open_node(home) as node:
        node.follow()


ACTS = (
    Act("seal", _nothing, lambda home: _import(home, FIRST), stride=3),
    Act("new-version", _with_record, lambda home: _import(home, SECOND), stride=3),
    Act("grant", _with_record, _grant),
    Act("release", _with_grant, _open, stride=3),
    Act("revoke", _with_grant, _revoke),
    Act("rotate", _with_record, _rotate),
    Act("erase", _with_grant, _erase, stride=5),
    Act("storage-key", _with_record, _replace_keys, stride=7),
    Act("follow", _without_index, _follow),
)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("founded") / "home"
    founding.found(home, clock=SystemClock(), settings=settings(CustodySettings))
    return home


@pytest.fixture(scope="module")
def founded_there(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """A home whose rows are at a server."""
    home = tmp_path_factory.mktemp("there") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL, server.database())
        founding.found(home, clock=SystemClock(), settings=settings(CustodySettings))
    return home


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_nothing_is_lost_or_half_there_wherever_the_process_dies(
    act: Act, founded: Path, tmp_path: Path
) -> None:
    _dies_at_each_step(act, founded, tmp_path)


AT_A_SERVER = 3  # times fewer deaths than with files: the steps of the verbs are the same


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_nothing_is_lost_or_half_there_at_a_server_either(
    act: Act, founded_there: Path, tmp_path: Path, server: Server
) -> None:
    rarer = act if act.stride == 1 else replace(act, stride=AT_A_SERVER * act.stride)
    _dies_at_each_step(rarer, founded_there, tmp_path, server)


def _dies_at_each_step(act: Act, founded: Path, folder: Path, server: Server | None = None) -> None:
    start = copied(founded, folder / "start", server)
    act.prepare(start)
    acknowledged, steps = live(copied(start, folder / "whole", server), act, None)
    assert acknowledged
    assert steps > 0

    points = range(1, steps + 1, act.stride)
    for deadly in points:
        home = copied(start, folder / f"killed-{deadly}", server)
        acknowledged, _ = live(home, act, deadly)
        _check(act, home, acknowledged=acknowledged)
        discarded(home, server)
    _note(act.name, len(points), steps)


AT_RANDOM = 8  # deaths of each act at a moment that no step marks


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_nothing_is_lost_or_half_there_whenever_the_process_dies(
    act: Act, founded: Path, tmp_path: Path
) -> None:
    start = tmp_path / "start"
    shutil.copytree(founded, start)
    act.prepare(start)
    whole = tmp_path / "whole"
    shutil.copytree(start, whole)
    begun = monotonic()
    live(whole, act, None)
    longest = monotonic() - begun

    for number in range(AT_RANDOM):
        home, after = tmp_path / f"killed-{number}", longest * (number + random()) / AT_RANDOM
        shutil.copytree(start, home)
        acknowledged, _ = live(home, act, None, after=after)
        print(f"{act.name}: killed after {after:.4f} s")  # noqa: T201 - shown when it fails
        _check(act, home, acknowledged=acknowledged)
        shutil.rmtree(home)


def _note(name: str, deaths: int, steps: int) -> None:
    print(f"{name}: killed at {deaths} of {steps} write steps")  # noqa: T201 - shown with pytest -s


def _check(act: Act, home: Path, *, acknowledged: bool) -> None:
    """Open the home as the next command would, finish what was left, and look at everything."""
    with open_node(home) as node:
        finish(desk_of(node, home))
        assert node.rebuild_index() == ()

        if act.name == "erase":
            _is_erased_or_whole(home, node, acknowledged=acknowledged)
            return
        with node.reading() as session:
            found = listing.records(session)
        if act.name == "seal" and not found:
            assert not acknowledged
            _is_taken_again(home, node)
            return
        _is_whole(home, node, found[0])
        left = {place.name for place in home.rglob("storage.key*")}
        assert left <= {"storage.key", "storage.key.lock"}, "one key for each store"
        if acknowledged:
            _holds(act, home, node, found[0])


def _is_erased_or_whole(home: Path, node: Node, *, acknowledged: bool) -> None:
    """Either nobody wished it yet, or it is done to its end, and nothing is left."""
    with node.reading() as session:
        row = session.scalars(select(ErasureRow)).one_or_none()
        record = session.scalars(select(RecordRow.record)).one()
        bodies = list(session.scalars(select(Object.segment_root)))
        found = listing.records(session)
    if row is None:
        assert not acknowledged
        _is_whole(home, node, found[0])
        return
    erasure = pursue(eraser_of(node, home, record_from_text(record)), row.number)
    with node.reading() as session:
        left = listing.records(session)
        private = [session.scalars(select(table)).first() for table in (DealtUnit, GrantTerms)]

    assert (erasure.stage, erasure.waits_for) == (Stage.PROVED, ())
    assert (left, private) == ([], [None, None])
    assert not any(node.vault.has(name) for name in bodies)
    for name in ("c1", "c2", "c3", "c4", "c5", "gateway"):
        store = open_store(home, name)
        with store.read() as session:
            assert session.scalars(select(HeldSecret)).first() is None
        store.close()


def _is_taken_again(home: Path, node: Node) -> None:
    desk = desk_of(node, home)
    resources = Document(Path("patient.json"), FIRST).resources()
    with node.reading() as session:
        intake = prepare(resources, known_in(session, desk), lambda _: False)
    take(desk, intake)
    finish(desk)
    with node.reading() as session:
        _is_whole(home, node, listing.records(session)[0])


def _is_whole(home: Path, node: Node, found: listing.Summary) -> None:
    """Anchored, readable by its subject to the last byte, and provable."""
    assert found.is_anchored
    with node.reading() as session:
        key = consent.controller(session, found.record)
        version = records.newest_version(session, found.record)
        evidence(Work(node, session), record_leaf(record_root_of(version)))
    opened = read(
        node, keepers_of(node, home), as_subject(key), found.record, _units(node, found.record)
    )

    raw = {name: body for unit in opened.units for name, body in unit.resources.items()}
    expected = FIRST if found.version == 1 else SECOND
    named = {each.reference: each.raw for each in Document(Path("p.json"), expected).resources()}
    assert named.items() <= raw.items()


def _holds(act: Act, home: Path, node: Node, found: listing.Summary) -> None:
    with node.reading() as session:
        granted = consent.grants(session, found.record)
        key = consent.controller(session, found.record)
    if act.name == "new-version":
        assert found.version == 2
    elif act.name == "grant":
        assert [each.state.name for each in granted] == ["LIVE"]
    elif act.name == "revoke":
        assert [each.state.name for each in granted] == ["ENDED"]
    elif act.name == "release":
        seen = looks(node, keepers_of(node, home), found.record, by=key)
        assert "TREAT" in {each.purpose for each in seen}
