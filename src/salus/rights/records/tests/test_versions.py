"""Versions and manifests: signed as their types say, and every byte of them counts."""

import secrets
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import parse
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey, recover
from salus.rights.records.model import (
    FHIR_VERSION,
    Header,
    Manifest,
    Place,
    Version,
    merge,
    new_unit_salt,
    read_frames,
    unit_id,
)
from salus.rights.records.model import frames as framed
from salus.rights.records.sealing import Incoming, seal_object
from salus.rights.records.versions import (
    Composed,
    Keyed,
    Network,
    compose,
    manifest_signer,
    record_root_of,
    version_root_of,
    version_signer,
)
from tests.support.typed import general

CHAIN, REGISTRY = 31_337, Address(b"\x0c" * 20)
NETWORK = Network(CHAIN, REGISTRY)
SOURCE = SigningKey.from_bytes(b"\x05" * 32)
RAW = b'{"resourceType":"Observation","id":"o1","valueString":"7"}'


def header(**members: Any) -> Header:
    made = Header(
        salt=Digest(b"\x01" * 32),
        record=RecordId(7),
        version=1,
        source=SOURCE.address,
        fhir=FHIR_VERSION,
        sealed_at=datetime(2026, 3, 1, tzinfo=UTC),
        previous=Digest(bytes(32)),
        subject_commitment=Digest(b"\x02" * 32),
    )
    return replace(made, **members)


LABORATORY = Place(7, 0)


def keyed(place: Place = LABORATORY) -> Keyed:
    sealed = seal_object(place, [Incoming("Observation/o1", place, RAW, parse(RAW))], ())
    unit = unit_id(new_unit_salt(), RecordId(7), place)
    return Keyed(sealed, unit, 0, 0, Digest(b"\x03" * 32))


def composed(*added: Keyed, by: SigningKey = SOURCE) -> Composed:
    added = added or (keyed(),)
    roots = {
        each.sealed.place: {one.reference: one.root for one in each.sealed.resources}
        for each in added
    }
    return compose(NETWORK, header(), roots=roots, earlier=(), keyed=added, by=by)


def test_a_version_is_signed_as_its_type_says() -> None:
    made = composed()
    message = {"root": version_root_of(made.version)}
    signed = general("Salus Custody", CHAIN, REGISTRY, "Version(bytes32 root)", message)

    assert SOURCE.address == recover(signed, made.version.signature)
    assert SOURCE.address == version_signer(NETWORK.domain(), made.version)


def test_a_manifest_is_signed_as_its_type_says() -> None:
    (one,) = composed().manifests
    message = {"id": one.manifest.id()}
    signed = general("Salus Custody", CHAIN, REGISTRY, "Manifest(bytes32 id)", message)

    assert SOURCE.address == recover(signed, one.signature)
    assert SOURCE.address == manifest_signer(NETWORK.domain(), one.manifest, one.signature)


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, datetime):
        return value.replace(year=2027)
    return value + 1 if isinstance(value, int) else value + "x"


@pytest.mark.parametrize("name", [each.name for each in fields(Manifest)])
def test_every_member_of_a_manifest_is_signed(name: str) -> None:
    (one,) = composed().manifests
    changed = replace(one.manifest, **{name: other(getattr(one.manifest, name))})

    assert one.manifest.id() != changed.id()
    assert SOURCE.address != manifest_signer(NETWORK.domain(), changed, one.signature)


@pytest.mark.parametrize("name", [each.name for each in fields(Header)])
def test_every_member_of_a_header_is_in_the_root(name: str) -> None:
    version = composed().version
    changed = header(**{name: other(getattr(version.header, name))})
    moved = replace(version, header=changed)

    assert record_root_of(version) != record_root_of(moved)
    assert SOURCE.address != version_signer(NETWORK.domain(), moved)


def test_every_section_and_object_is_in_the_root() -> None:
    version = composed(keyed(), keyed(Place(3, 0))).version
    lesser: list[Version] = [
        replace(version, sections=version.sections[1:]),
        replace(version, objects=version.objects[1:]),
        replace(version, sections=version.sections[::-1]),
    ]

    assert record_root_of(version) not in {record_root_of(each) for each in lesser}


def test_sections_and_objects_come_in_order_whatever_the_order_of_sealing() -> None:
    one, two = keyed(), keyed(Place(3, 0))
    there, back = composed(one, two).version, composed(two, one).version

    assert [(3, 0), (7, 0)] == [(leaf.section, leaf.kind) for leaf in there.sections]
    assert (there.sections, [each.section for each in there.objects]) == (
        back.sections,
        [each.section for each in back.objects],
    )


def test_a_unit_is_found_by_its_place_only() -> None:
    version = composed(keyed(), keyed(Place(7, 3))).version

    assert version.root_of(Place(7, 1)) is None
    assert (1, 1, 0) == tuple(
        len(version.objects_of(Place(section, kind))) for section, kind in ((7, 0), (7, 3), (3, 0))
    )


references = st.text("abcXYZ019-/", min_size=1, max_size=12)
contents = st.dictionaries(references, st.binary(max_size=30), max_size=5)


@settings(max_examples=50, deadline=None)
@given(contents, st.lists(references, max_size=4))
def test_frames_give_back_what_was_put_in(content: dict[str, bytes], removed: list[str]) -> None:
    gone, added = read_frames(framed(removed, content))

    assert (sorted(removed), content) == (list(gone), added)


@settings(max_examples=50, deadline=None)
@given(contents, st.integers(1, 40))
def test_torn_frames_are_refused(content: dict[str, bytes], cut: int) -> None:
    plain = framed(["Observation/gone"], content)

    with pytest.raises(ValueError, match=r"torn|zip"):
        read_frames(plain[: -min(cut, len(plain) - 1)])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(contents, st.lists(references, max_size=3)), max_size=4))
def test_later_objects_win(history: list[tuple[dict[str, bytes], list[str]]]) -> None:
    merged: dict[str, bytes] = {}
    expected: dict[str, bytes] = {}
    for added, removed in history:
        merge(merged, removed, added)
        expected = {key: expected[key] for key in expected if key not in removed} | added

    assert expected == merged


def test_a_unit_id_tells_nothing_without_its_salt() -> None:
    salt, place = secrets.token_bytes(16), Place(7, 0)
    known = unit_id(salt, RecordId(1), place)
    others = {
        unit_id(salt, RecordId(2), place),
        unit_id(salt, RecordId(1), Place(7, 3)),
        unit_id(salt, RecordId(1), Place(3, 0)),
        unit_id(salt, RecordId(1), place, 1),
        unit_id(new_unit_salt(), RecordId(1), place),
    }

    assert len(others - {known}) == 5
