"""Any changed member or byte of a proof is found, and the step is named."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import canonical
from salus.rights.notary import verifier
from salus.rights.notary.tests.proofs import (
    PROOFS,
    changed,
    make,
    trust,
    verdict_of,
)


def leaves_of(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every string and number of a proof."""
    if isinstance(value, dict):
        return [way for key in value for way in leaves_of(value[key], (*where, key))]
    if isinstance(value, list):
        return [way for key, each in enumerate(value) for way in leaves_of(each, (*where, key))]
    return [where]


BASE64 = re.compile("(?!0x)(?![0-9]+$)[A-Za-z0-9_-]{22,}")


def other(value: Any) -> Any:
    """The same kind of value, a little different."""
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "2030-01-01T00:00:00Z"
    if BASE64.fullmatch(value):
        return ("B" if value[0] == "A" else "A") + value[1:]
    last = value[-1:]
    return value[:-1] + ("1" if last == "0" else "Z" if last == "z" else "0")


STEPS = {
    "anchor.batch": "log",
    "anchor.block": "digest",
    "anchor.chain": "log",
    "anchor.contract": "log",
    "anchor.tx": "digest",
    "batch.index": "batch",
    "batch.path": "batch",
    "batch.size": "batch",
    "checkpoint.signatures": "checkpoint",
    "checkpoint.size": "log",
    "checkpoint.time": "schema",
    "digest": "digest",
    "disclosed.index": "field",
    "disclosed.path": "field",
    "disclosed.salt": "field",
    "disclosed.value": "field",
    "field.path": "field",
    "field.size": "digest",
    "header.fhir": "version",
    "header.previous": "version",
    "header.record": "version",
    "header.salt": "version",
    "header.sealed_at": "schema",
    "header.source": "version",
    "header.subject_commitment": "version",
    "header.v": "schema",
    "header.version": "version",
    "log.path": "log",
    "network.custody": "digest",
    "network.nodes": "digest",
    "network.quorum": "digest",
    "objects_root": "record",
    "roots": "field",
    "section.index": "section",
    "section.kind": "version",
    "section.path": "section",
    "section.section": "version",
    "section.size": "digest",
    "source.name": "digest",
    "source.valid_from": "schema",
    "source.valid_until": "digest",
    "source_signature": "source",
    "v": "schema",
    "version.index": "version",
    "version.path": "version",
    "version.size": "digest",
}


def test_every_changed_member_is_found_by_the_step_it_belongs_to() -> None:
    members = json.loads(make("/valueQuantity/value").raw())
    found = {}
    for way in leaves_of(members):
        inner = members
        for key in way:
            inner = inner[key]
        raw = canonical(changed(members, way, other(inner)))
        name = ".".join(key for key in way if isinstance(key, str))
        found[name] = verifier.verify(raw, trust()).step

    assert found == STEPS


INFORMATION = {
    ("anchor", "block"),
    ("anchor", "tx"),
    ("field", "size"),
    ("network", "custody"),
    ("network", "nodes", 0),
    ("network", "nodes", 1),
    ("network", "quorum"),
    ("section", "size"),
    ("source", "name"),
    ("source", "valid_until"),
    ("version", "size"),
}


def test_only_information_can_be_changed_by_who_computes_the_digest_again() -> None:
    members = json.loads(make("/valueQuantity/value").raw())
    unbound = set()
    for way in leaves_of(members):
        inner = members
        for key in way:
            inner = inner[key]
        if way != ("digest",) and verdict_of(changed(members, way, other(inner))).valid:
            unbound.add(way)

    assert unbound == INFORMATION


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_changed_byte_makes_a_proof_invalid_and_names_a_step(data: st.DataObject) -> None:
    raw = PROOFS[data.draw(st.integers(0, len(PROOFS) - 1))]
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[at]))

    verdict = verifier.verify(raw[:at] + bytes([byte]) + raw[at + 1 :], trust())

    assert not verdict.valid
    assert verdict.step in NAMES
    assert verdict.reason


NAMES = {
    *("schema", "field", "section", "version", "record", "batch", "log"),
    *("checkpoint", "source", "revocation", "digest"),
}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PROOFS[0])))
def test_a_truncated_proof_is_not_valid(size: int) -> None:
    raw = PROOFS[0][:size]

    assert verifier.verify(raw, trust()).valid is (size == len(PROOFS[0]))


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text() | st.booleans(), st.lists, max_leaves=5))
def test_a_member_of_another_kind_is_refused_by_the_schema(value: Any) -> None:
    members = json.loads(PROOFS[0])
    for name in ("header", "disclosed", "anchor", "version", "source_signature"):
        verdict = verdict_of(members | {name: value})

        assert verdict.step in {"schema", "field"}


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("batch", "size"), 0),
        (("batch", "index"), 6),
        (("batch", "path"), ""),
        (("section", "path"), "A" * 427),
        (("section", "path"), "AA"),
        (("field", "size"), 0),
        (("anchor", "batch"), 4),
        (("checkpoint", "size"), 2**53),
        (("checkpoint", "time"), "1969-12-31T23:59:59Z"),
        (("header", "sealed_at"), "2026-02-30T00:00:00Z"),
        (("disclosed",), []),
        (("version", "index"), 0),
        (("version", "index"), True),
    ],
)
def test_a_malformed_member_is_refused(way: tuple[Any, ...], value: Any) -> None:
    members = json.loads(PROOFS[0])

    assert not verdict_of(changed(members, way, value)).valid
