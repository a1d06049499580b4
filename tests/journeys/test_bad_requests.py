"""Bad requests at the doors of custody, on real sockets: the rows of their table, one by one.

What is withheld and what is not there are answered alike, to the last byte, and nothing changes.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from salus.kernel.documents import text
from salus.kernel.ids import Digest, RecordId, UnitId, new_grant_id
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.authority import service as authority
from salus.rights.consent.gathering import Opening
from salus.rights.consent.service import deny, revoke
from salus.rights.custody import messages as m
from salus.rights.custody.keeper import open_terms
from salus.rights.custody.reading import as_reader, ask_for
from salus.rights.custody.release import release
from tests.support.doors import DOORS, Doors, open_doors, stored
from tests.support.scene import Asking
from tests.support.served import Heard


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with open_doors() as opened:
        yield opened


"""NOT PERMITTED: the same answer whatever the reason, and none of it in the answer"""


def never_granted(asking: Asking) -> m.Ask:
    return replace(asking.changed(basis_id=Digest(bytes(32))), opening=())


def unknown_grant(asking: Asking) -> m.Ask:
    return asking.changed(basis_id=Digest(new_grant_id()))


def unknown_unit(asking: Asking) -> m.Ask:
    """There is none: the answer that every other one must equal."""
    (item,) = asking.ask.request.items
    return asking.changed(items=(replace(item, unit=UnitId(secrets.token_bytes(32))),))


def no_longer_live(asking: Asking) -> m.Ask:
    stage = asking.scene
    revoke(stage.node, stage.granted(asking), by=stage.wallet(asking.record))
    return asking.changed()


def denied(asking: Asking) -> m.Ask:
    stage = asking.scene
    denial = deny(
        stage.node,
        record=asking.record,
        units=[unit.id for unit in stage.units(asking.record)],
        readers=[stage.clinic.address],
        purposes=["TREAT"],
        until=(stage.now() + timedelta(days=3)).replace(microsecond=0),
        by=stage.wallet(asking.record),
    )
    opening = Opening(denial.terms, denial.salt)
    open_terms(stage.gateway, m.OpenTerms((m.Denial(Digest(denial.id), opening),)))
    return asking.changed()


def another_reader(asking: Asking) -> m.Ask:
    other = asking.scene.research
    public = other.sealing.public()
    hashed = m.reader_key_hash(public)
    stolen = asking.changed(signed_by=other.signing, reader_key_hash=hashed)
    return replace(stolen, reader=other.address, reader_key=public)


def signed_by_nobody(asking: Asking) -> m.Ask:
    return asking.changed(signed_by=SigningKey.generate())


def unsigned(asking: Asking) -> m.Ask:
    return replace(asking.changed(), signature=b"")


def another_purpose(asking: Asking) -> m.Ask:
    return asking.changed(purpose=int(m.Basis.COHORT_ORDER))


def another_section(asking: Asking) -> m.Ask:
    (unit,) = asking.scene.units(asking.record, "allergies")
    return asking.changed(items=(m.Item(unit.id, 0, m.ALL_OBJECTS),))


def unit_of_another(asking: Asking) -> m.Ask:
    other = asking.scene.record()
    (unit,) = asking.scene.units(other)
    return asking.changed(items=(m.Item(unit.id, 0, m.ALL_OBJECTS),))


def another_epoch(asking: Asking) -> m.Ask:
    (item,) = asking.ask.request.items
    return asking.changed(items=(replace(item, epoch=1),))


def erased(asking: Asking) -> m.Ask:
    stage = asking.scene
    authority.erase(stage.node, record=asking.record, by=stage.wallet(asking.record))
    return asking.changed()


ALIKE: dict[str, Callable[[Asking], m.Ask]] = {
    each.__name__: each
    for each in (
        never_granted,
        unknown_grant,
        no_longer_live,
        another_reader,
        signed_by_nobody,
        unsigned,
        another_purpose,
        another_section,
        unit_of_another,
        another_epoch,
        erased,
    )
}


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("reason", ALIKE.values(), ids=ALIKE.keys())
def test_what_is_withheld_is_answered_as_what_is_not_there(
    doors: Doors, name: str, reason: Callable[[Asking], m.Ask]
) -> None:
    absent = doors.refused(name, unknown_unit(doors.scene.asking(doors.scene.record())))
    asked = reason(doors.scene.asking(doors.scene.record()))
    withheld = doors.refused(name, asked)

    assert withheld == absent
    assert (withheld.status, withheld.problem()["type"]) == (403, "/problems/custody/not-permitted")
    assert withheld.problem()["details"] == {}


def test_what_a_denial_covers_is_answered_as_what_is_not_there(doors: Doors) -> None:
    """Only the gateway knows denials."""
    absent = doors.refused("gateway", unknown_unit(doors.scene.asking(doors.scene.record())))
    asked = denied(doors.scene.asking(doors.scene.record()))

    assert doors.refused("gateway", asked) == absent


@pytest.mark.parametrize("name", DOORS)
def test_only_the_patient_is_told_the_reason(doors: Doors, name: str) -> None:
    asking = doors.scene.asking(doors.scene.record())
    doors.refused(name, another_purpose(asking))
    doors.refused(name, signed_by_nobody(asking))
    told = [each.rule for each in doors.scene.looks(doors.scene.keeper(name), asking.record)]

    assert told == ["another-purpose", "not-the-reader"]


@pytest.mark.parametrize("name", DOORS)
def test_looks_into_a_record_of_others_are_answered_as_into_none(doors: Doors, name: str) -> None:
    stage, by = doors.scene, SigningKey.generate()
    deadline = int(stage.now().timestamp()) + 60

    def looks(record: RecordId) -> Heard:
        digest = m.looks_digest(stage.gateway.ledger.domain, record, deadline)
        asked = m.AskLooks(record, deadline, by.sign(digest))
        return doors.post(name, "/custody/looks", text(asked))

    withheld = looks(stage.record())

    assert withheld == looks(RecordId(secrets.randbits(128)))
    assert withheld.problem()["type"] == "/problems/custody/not-permitted"


def test_a_body_without_its_ticket_is_answered_as_one_that_is_not_there(doors: Doors) -> None:
    gate = release(doors.scene.gateway, doors.scene.asking(doors.scene.record()).ask)
    assert isinstance(gate, m.Gate)
    known = gate.released[0].objects[0].manifest.segment_root

    def body(name: bytes) -> Heard:
        url = f"{doors.urls['gateway']}/custody/bodies/0x{name.hex()}"
        return Heard.of(httpx.get(url, headers={m.TICKET: "0x" + 40 * "07"}, trust_env=False))

    withheld = body(known)

    assert withheld == body(secrets.token_bytes(32))
    assert (withheld.status, withheld.problem()["type"]) == (
        403,
        "/problems/custody/ticket-refused",
    )


"""TIME, BLOCKS AND NONCES"""


def ahead(asking: Asking) -> m.Ask:
    return asking.changed(seen_block=asking.ask.request.seen_block + 100)


def other_ancestor(asking: Asking) -> m.Ask:
    return asking.changed(seen_block_hash=Digest(secrets.token_bytes(32)))


def too_late(asking: Asking) -> m.Ask:
    return asking.changed(deadline=asking.scene.now())


def too_far(asking: Asking) -> m.Ask:
    longest = m.DEADLINE + m.SKEW + timedelta(seconds=1)
    return asking.changed(deadline=asking.scene.now() + longest)


def nonce_again(asking: Asking) -> m.Ask:
    for keeper in (asking.scene.c1, asking.scene.gateway):
        release(keeper, asking.ask)
    return asking.signed(replace(asking.ask.request, purpose=1), asking.by)


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("wrong", "kind", "status"),
    [
        (ahead, "stale-head", 503),
        (other_ancestor, "fork-seen", 409),
        (too_late, "expired", 400),
        (too_far, "expired", 400),
        (nonce_again, "replayed", 409),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_request_out_of_time_or_place_is_refused_by_its_name(
    doors: Doors, name: str, wrong: Callable[[Asking], m.Ask], kind: str, status: int
) -> None:
    heard = doors.refused(name, wrong(doors.scene.asking(doors.scene.record())))
    problem = heard.problem()

    assert (heard.status, problem["type"]) == (status, f"/problems/custody/{kind}")
    assert problem["status"] == status
    assert problem["hint"]


"""WHAT IS NO REQUEST AT ALL"""


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"v":1,"v":1}', b"[" * 1_000, b'{"v":2}'],
    ids=["nothing", "empty", "a list", "null", "no text", "a key twice", "deep", "later"],
)
def test_what_is_no_request_is_refused_and_changes_nothing(
    doors: Doors, name: str, content: bytes
) -> None:
    before = stored(doors.scene.keeper(name))
    heard = doors.post(name, DOORS[name], content)

    assert 400 <= heard.status < 500
    assert heard.problem()["type"].startswith("/problems/kernel/")
    assert before == stored(doors.scene.keeper(name))


@pytest.mark.parametrize("name", DOORS)
def test_a_request_beyond_64_kib_is_not_read(doors: Doors, name: str) -> None:
    heard = doors.post(name, DOORS[name], bytes(64 * 1024 + 1))

    assert (heard.status, heard.problem()["type"]) == (413, "/problems/web/body-too-large")


def test_every_request_of_this_page_passes_when_nothing_is_wrong(doors: Doors) -> None:
    """The other tests would pass at doors that refuse everything."""
    stage = doors.scene
    record = stage.record()
    ask = ask_for(
        stage.node, as_reader(stage.clinic, stage.grant(record)), record, stage.units(record)
    )

    assert {name: doors.ask(name, ask).status for name in DOORS} == {"c1": 200, "gateway": 200}
    assert doors.read(record).units[0].resources
