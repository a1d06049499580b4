"""What a reader is told of bad shares, dealings, bodies and headers, each by its one name."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from salus.kernel.crypt4gh import SEGMENT, BodyDamaged, read_header, unpad
from salus.kernel.crypt4gh import header as h
from salus.kernel.documents import parse
from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.cli.console import described
from salus.platform.vault import MemoryVault
from salus.rights.custody import messages as m
from salus.rights.custody.errors import BadDealing
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.evidence.service import judged
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.messages import Role
from salus.rights.custody.model import GateHalf, Share
from salus.rights.custody.reading import read
from salus.rights.custody.release import release
from salus.rights.custody.tables import HeldSecret, key_at_rest
from tests.support.doors import Doors, open_doors


def problem_of(raised: pytest.ExceptionInfo[SalusError]) -> str:
    return raised.value.problem()


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with open_doors() as opened:
        yield opened


"""SHARES: too few, a bad one, and a dealing that gives no key"""


def changed_part(keeper: Keeper, record: RecordId) -> None:
    """In the store of a keeper, whole and under its own key: another part than it was dealt."""
    with keeper.sessions() as session, session.begin():
        rows = session.scalars(select(HeldSecret).where(HeldSecret.record == f"{record:032x}"))
        for row in rows:
            place = key_at_rest(HeldSecret, row.unit, row.epoch)
            message = open_at_rest(keeper.storage_key, place, row.sealed)
            row.sealed = seal_at_rest(keeper.storage_key, place, another(message))
    keeper.kept.forget()


def another(message: bytes) -> bytes:
    if len(message) == Share.SIZE:
        share = Share.parse(message)
        return replace(share, y=share.y ^ 1).message()
    return replace(GateHalf.parse(message), x=secrets.token_bytes(32)).message()


def test_too_few_shares_name_who_is_missing(doors: Doors) -> None:
    with pytest.raises(SalusError) as raised:
        doors.read(doors.scene.record(), "c2", "c3", "c5")

    assert (503, "/problems/custody/too-few-shares") == (raised.value.status, problem_of(raised))
    assert raised.value.details["missing"] == "c2, c3, c5"


def test_without_the_gateway_it_is_named(doors: Doors) -> None:
    with pytest.raises(SalusError) as raised:
        doors.read(doors.scene.record(), "gateway")

    assert problem_of(raised) == "/problems/custody/too-few-shares"
    assert raised.value.details["missing"] == "gateway"


def test_a_bad_share_is_dropped_and_its_custodian_named(doors: Doors) -> None:
    record = doors.scene.record()
    changed_part(doors.scene.keeper("c2"), record)
    opened = doors.read(record)

    assert opened.liars == ("c2",)
    assert opened.units[0].resources


def test_a_half_that_gives_no_key_is_a_bad_dealing(doors: Doors) -> None:
    record = doors.scene.record()
    changed_part(doors.scene.gateway, record)
    with pytest.raises(SalusError) as raised:
        doors.read(record)

    (unit,) = doors.scene.units(record)
    assert (409, "/problems/custody/bad-dealing") == (raised.value.status, problem_of(raised))
    assert raised.value.details["unit"] == unit.id
    holders = {each.member.address for each in doors.scene.keepers.all()}
    signed = [parse(Evidence, line.encode()) for line in receipts_in(raised.value)]

    assert holders == {judged(doors.scene.node, each).holder for each in signed}
    assert {each.receipt.unit for each in signed} == {unit.id}


def receipts_in(error: SalusError) -> list[str]:
    """As a program finds them in `--json` and in the problem of HTTP."""
    shown = described(error)["details"]
    assert isinstance(shown, dict)
    return str(shown["receipts"]).splitlines()


def test_a_receipt_that_its_keeper_did_not_sign_is_not_among_them(doors: Doors) -> None:
    scene = doors.scene
    record = scene.record()
    changed_part(scene.gateway, record)

    def forge(answer: Any) -> Any:
        return replace(
            answer, released=tuple(replace(each, signature=bytes(65)) for each in answer.released)
        )

    keepers, reader = scene.with_tampering(gateway=forge), scene.reader(scene.grant(record))
    with pytest.raises(BadDealing) as raised:
        read(scene.node, keepers, reader, record, scene.units(record))

    signed = [parse(Evidence, line.encode()) for line in receipts_in(raised.value)]

    assert {Role.CUSTODIAN} == {each.receipt.role for each in signed}
    assert len(signed) == len(scene.keepers.custodians)


"""BODIES: the number of the segment, and none of its bytes"""


def flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


BODIES: dict[str, tuple[Callable[[bytes], bytes], dict[str, Any]]] = {
    "a nonce": (lambda body: flipped(body, 3), {"segment": 0}),
    "a ciphertext": (lambda body: flipped(body, SEGMENT + 99), {"segment": 1}),
    "a tag": (lambda body: flipped(body, 2 * SEGMENT - 1), {"segment": 1}),
    "the last byte": (lambda body: flipped(body, -1), {"segment": 2}),
    "one byte less": (lambda body: body[:-1], {"segment": 2}),
    "one byte more": (lambda body: body + b"\0", {"segment": 3}),
    "cut at a segment": (lambda body: body[: 2 * SEGMENT], {"segments": 2}),
    "segments swapped": (
        lambda body: body[SEGMENT : 2 * SEGMENT] + body[:SEGMENT] + body[2 * SEGMENT :],
        {"segments": 3},
    ),
    "a segment twice": (lambda body: body[:SEGMENT] + body, {"segments": 4}),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_damaged_body_names_its_segment_and_none_of_its_bytes(doors: Doors, name: str) -> None:
    damage, expected = BODIES[name]
    record = doors.scene.record(value="secret value " * 11_000)
    gate = release(doors.scene.gateway, doors.scene.asking(record).ask)
    assert isinstance(gate, m.Gate)
    (wrapped,) = gate.released[0].objects
    vault = doors.scene.node.vault
    assert isinstance(vault, MemoryVault)
    right = vault.get(wrapped.manifest.segment_root)
    vault._bodies[wrapped.manifest.segment_root] = damage(right)
    with pytest.raises(BodyDamaged) as raised:
        doors.read(record)

    assert len(right) > 2 * SEGMENT
    assert expected == raised.value.details
    assert "secret" not in str(raised.value)
    assert raised.value.status == 409
    assert problem_of(raised) in {
        "/problems/records/body-damaged",
        "/problems/records/body-replaced",
    }


def test_padding_that_is_not_zero_names_its_segment() -> None:
    """Only who has the data key can write it: a source that hides something behind the end."""
    with pytest.raises(BodyDamaged) as raised:
        unpad(b"x" * 100 + bytes(3995) + b"\1", 100)

    assert raised.value.details == {"segment": 0}
    assert problem_of(raised) == "/problems/records/body-damaged"


"""HEADERS at the sealed door"""

SECRET = bytes(range(1, 33))
READER = h.SecretKey.of(SECRET)


def packet(content: bytes, writer: h.SecretKey) -> bytes:
    return h._packet(writer, READER.public, content)


def header(*packets: bytes, magic: bytes = b"crypt4gh", version: int = 1, more: int = 0) -> bytes:
    return magic + h._u32(version) + h._u32(len(packets) + more) + b"".join(packets)


def two_keys() -> bytes:
    keys = (h._u32(0) + h._u32(0) + secrets.token_bytes(32) for _ in range(2))
    return header(*(packet(each, h.SecretKey.generate()) for each in keys))


def one_key() -> bytes:
    return packet(h._u32(0) + h._u32(0) + secrets.token_bytes(32), h.SecretKey.generate())


HEADERS: dict[str, tuple[Callable[[], bytes], str]] = {
    "two data keys": (two_keys, "two-data-keys"),
    "another magic": (lambda: header(one_key(), magic=b"crypt4gi"), "not-crypt4gh"),
    "another version": (lambda: header(one_key(), version=2), "unknown-crypt4gh"),
    "cut": (lambda: header(one_key())[:-1], "header-damaged"),
    "a byte more": (lambda: header(one_key()) + b"\0", "header-damaged"),
    "a packet less": (lambda: header(one_key(), more=1), "header-damaged"),
    "no packet": (header, "unexpected-packets"),
    "2^32 - 1 packets": (lambda: header(one_key(), more=2**32 - 2), "unexpected-packets"),
    "of another reader": (
        lambda: h.make_header(bytes(32), h.SecretKey.generate().public),
        "not-for-this-reader",
    ),
}


@pytest.mark.parametrize(("made", "kind"), HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_we_did_not_make_is_refused_by_its_name(
    made: Callable[[], bytes], kind: str
) -> None:
    with pytest.raises(SalusError) as raised:
        read_header(made(), SECRET)

    assert problem_of(raised) == f"/problems/crypt4gh/{kind}"
