"""Every changed byte is found, and every step says its name."""

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import canonical, parse
from salus.kernel.eip712 import digest, struct_hash
from salus.kernel.encoding import TAG, H, to_hex
from salus.kernel.ids import Address, Digest
from salus.kernel.merkle import leaf_hash, root
from salus.kernel.secp256k1 import SigningKey
from salus.rights.notary import verifier
from salus.rights.notary.model import log_leaf, path_in, record_leaf
from salus.rights.notary.proof import (
    Anchor,
    Checkpoint,
    InSection,
    InVersion,
    Proof,
    Source,
    bundle,
)
from salus.rights.records.commitments import (
    disclose,
    objects_root,
    resource_root,
    section_leaves,
    version_leaves,
)
from salus.rights.records.versions import VERSION_TYPE, signing_domain

CHAIN = 31337
ANCHORS, CUSTODY = Address(b"\x0a" * 20), Address(b"\x0c" * 20)
HOSPITAL, NODE, OTHER_NODE = (SigningKey.from_bytes(bytes([n]) * 32) for n in (1, 2, 3))
SEED = b"s" * 32
SEALED_AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
OBSERVATION = (
    b'{"resourceType":"Observation","id":"bp-1","status":"final","valueQuantity":'
    b'{"value":84.50,"unit":"mm[Hg]"},"note":[{"text":"r\xc3\xa9gulier \\ud83d\\ude00"}]}'
)


@dataclass(frozen=True, slots=True)
class Made:
    proof: Proof
    version_root: bytes

    def raw(self) -> bytes:
        return bundle(self.proof)


def make(path: str | None = "/valueQuantity", **header: Any) -> Made:
    """One observation among seven, in the third of five sections, in the second of four batches."""
    parsed = parse(OBSERVATION)
    resource = resource_root(parsed, OBSERVATION, SEED, "Observation/bp-1")
    roots = [
        (f"Observation/{n}", resource if n == 4 else sha256(bytes([n])).digest()) for n in range(7)
    ]
    in_section = section_leaves(roots)
    section_root = root(in_section)
    head = canonical(header_members() | header)
    sections = [
        (n, 0, section_root if n == 3 else sha256(bytes([n])).digest()) for n in range(1, 6)
    ]
    leaves = tuple(version_leaves(head, sections))
    version = InVersion(
        header=head,
        leaves=leaves,
        index=3,
        signature=sign_version(HOSPITAL, root(leaves)),
        objects_root=objects_root([b"o" * 32, b"p" * 32]),
    )
    batch = [leaf_hash(record_leaf(sha256(bytes([n])).digest())) for n in range(6)]
    batch[5] = leaf_hash(record_leaf(version.record_root()))
    log = [leaf_hash(log_leaf(CHAIN, ANCHORS, n, root(batch[n:]))) for n in range(4)]
    log[1] = leaf_hash(log_leaf(CHAIN, ANCHORS, 1, root(batch)))
    checkpoint = Checkpoint(4, Digest(root(log)), SEALED_AT + timedelta(minutes=2))
    return Made(
        Proof(
            disclosed=tuple(disclose(parsed, OBSERVATION, SEED, "Observation/bp-1", path)),
            section=InSection(3, 0, resource, Digest(section_root), path_in(in_section, 4)),
            version=version,
            source=Source(HOSPITAL.address, "City Hospital", SEALED_AT - timedelta(days=9), None),
            batch=path_in(batch, 5),
            log=path_in(log, 1),
            anchor=Anchor(CHAIN, ANCHORS, 1, 77, b"t" * 32),
            checkpoint=checkpoint.signed(CHAIN, ANCHORS, [NODE, OTHER_NODE]),
        ),
        root(leaves),
    )


def header_members() -> dict[str, Any]:
    return {
        "v": 1,
        "salt": to_hex(b"h" * 32),
        "record": "204800000000000000000000000000000000001",
        "version": 1,
        "source": to_hex(HOSPITAL.address),
        "fhir": "4.0.1",
        "sealed_at": "2026-05-04T10:00:00Z",
        "previous": to_hex(bytes(32)),
        "subject_commitment": to_hex(b"c" * 32),
    }


def sign_version(key: SigningKey, version_root: bytes) -> bytes:
    return key.sign(digest(signing_domain(CHAIN, CUSTODY), struct_hash(VERSION_TYPE, version_root)))


def trust(**changes: Any) -> dict[str, Any]:
    return {
        "chain": CHAIN,
        "contract": to_hex(ANCHORS),
        "custody": to_hex(CUSTODY),
        "nodes": [to_hex(NODE.address), to_hex(OTHER_NODE.address)],
        "quorum": 2,
    } | changes


def resealed(members: dict[str, Any]) -> bytes:
    """A changed proof whose author also put the digest right."""
    rest = {name: value for name, value in members.items() if name != "digest"}
    return canonical(rest | {"digest": to_hex(H(TAG("salus/proof/1"), canonical(rest)))})


def verdict_of(members: dict[str, Any], **changes: Any) -> verifier.Verdict:
    return verifier.verify(resealed(members), trust(**changes))


@pytest.mark.parametrize("path", ["/valueQuantity/value", "/valueQuantity", "/note", "", None])
def test_what_was_disclosed_is_valid(path: str | None) -> None:
    assert verifier.Verdict(valid=True) == verifier.verify(make(path).raw(), trust())


def test_a_disclosed_value_keeps_the_text_of_its_number() -> None:
    proof = json.loads(make("/valueQuantity/value").raw())

    assert [(each["path"], each["value"]) for each in proof["disclosed"]] == [
        ("/valueQuantity/value", "84.50")
    ]


def test_a_whole_resource_is_disclosed_in_its_original_bytes() -> None:
    proof = json.loads(make(None).raw())

    assert proof["disclosed"][0]["value"].encode() == OBSERVATION


def test_a_value_proof_has_about_two_kilobytes() -> None:
    size = len(make("/valueQuantity/value").raw())

    assert 1_800 < size < 2_800


def leaves_of(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every string and number of a proof."""
    if isinstance(value, dict):
        return [way for key in value for way in leaves_of(value[key], (*where, key))]
    if isinstance(value, list):
        return [way for key, each in enumerate(value) for way in leaves_of(each, (*where, key))]
    return [where]


def changed(members: Any, way: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(members))
    inner = copy
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return copy


def other(value: Any) -> Any:
    """The same kind of value, a little different."""
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "2030-01-01T00:00:00Z"
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
    "checkpoint.root": "log",
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
    "objects_root": "record",
    "roots": "batch",
    "section.index": "section",
    "section.kind": "version",
    "section.path": "section",
    "section.section": "version",
    "section.size": "digest",
    "source.address": "source",
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


PROOFS = [make("/valueQuantity").raw(), make(None).raw()]
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
        (("batch", "path"), "0x"),
        (("section", "path"), "0x" + "00" * 320),
        (("section", "path"), "0x00"),
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


def test_values_out_of_order_or_twice_are_refused() -> None:
    members = json.loads(PROOFS[0])
    first, second, *_ = members["disclosed"]

    assert verdict_of(members | {"disclosed": [second, first]}).step == "field"
    assert verdict_of(members | {"disclosed": [first, first]}).step == "field"


def test_the_original_bytes_are_no_value_and_the_other_way_round() -> None:
    members = json.loads(make(None).raw())

    assert verdict_of(changed(members, ("disclosed", 0, "path"), "")).step == "field"


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "\ud800", '{"v":1}', "1e999", "[" * 10_000]
)
def test_what_is_no_proof_at_all_fails_the_schema(text: str) -> None:
    assert verifier.verify(text.encode("utf-8", "surrogatepass"), trust()).step == "schema"


def test_white_space_and_repeated_keys_are_refused() -> None:
    raw = PROOFS[0]

    assert verifier.verify(raw + b"\n", trust()).step == "schema"
    assert verifier.verify(raw.replace(b'{"anchor"', b'{"v":1,"anchor"'), trust()).step == "schema"


def test_a_proof_of_another_chain_is_named_as_such() -> None:
    for change in ({"chain": 1}, {"contract": to_hex(b"\x0b" * 20)}):
        verdict = verifier.verify(PROOFS[0], trust(**change))

        assert verdict.step == "checkpoint"
        assert "another chain" in verdict.reason


def test_too_few_trusted_signatures_fail_the_checkpoint() -> None:
    stranger = to_hex(SigningKey.generate().address)

    assert verifier.verify(PROOFS[0], trust(nodes=[to_hex(NODE.address)])).step == "checkpoint"
    assert verifier.verify(PROOFS[0], trust(nodes=[stranger], quorum=1)).step == "checkpoint"
    assert verifier.verify(PROOFS[0], trust(nodes=[to_hex(NODE.address)], quorum=1)).valid


def test_one_node_that_signs_twice_counts_once() -> None:
    made = make().proof
    checkpoint = replace(made.checkpoint, signatures=()).signed(CHAIN, ANCHORS, [NODE, NODE])

    raw = bundle(replace(made, checkpoint=checkpoint))

    assert verifier.verify(raw, trust()).step == "checkpoint"


def test_a_version_that_somebody_else_signed_fails_the_source() -> None:
    made = make()
    forged = sign_version(SigningKey.generate(), made.version_root)
    proof = replace(made.proof, version=replace(made.proof.version, signature=forged))

    assert verifier.verify(bundle(proof), trust()).step == "source"


def test_a_signature_for_another_registry_fails_the_source() -> None:
    assert verifier.verify(PROOFS[0], trust(custody=to_hex(ANCHORS))).step == "source"


def test_a_key_cannot_claim_the_organization_of_another() -> None:
    made, thief = make(), SigningKey.generate()
    version = replace(made.proof.version, signature=sign_version(thief, made.version_root))
    source = replace(made.proof.source, address=thief.address)

    verdict = verifier.verify(bundle(replace(made.proof, version=version, source=source)), trust())

    assert verdict.step == "source"
    assert "does not belong" in verdict.reason


@pytest.mark.parametrize(("first", "until"), [(1, None), (-9, 0), (-9, -1)])
def test_a_key_outside_its_window_fails_the_source(first: int, until: int | None) -> None:
    made = make().proof
    window = replace(
        made.source,
        valid_from=SEALED_AT + timedelta(days=first),
        valid_until=None if until is None else SEALED_AT + timedelta(days=until),
    )

    assert verifier.verify(bundle(replace(made, source=window)), trust()).step == "source"


def known(**changes: Any) -> dict[str, Any]:
    return {
        "organization": to_hex(HOSPITAL.address),
        "key": to_hex(HOSPITAL.address),
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": None,
    } | changes


def test_a_reader_who_lists_sources_believes_no_other() -> None:
    stranger = to_hex(NODE.address)

    assert verifier.verify(PROOFS[0], trust(sources=[known()])).valid
    assert verifier.verify(PROOFS[0], trust(sources=[])).step == "source"
    assert (
        verifier.verify(PROOFS[0], trust(sources=[known(organization=stranger)])).step == "source"
    )
    assert (
        verifier.verify(PROOFS[0], trust(sources=[known(valid_until="2026-05-04T10:00:00Z")])).step
        == "source"
    )


def test_a_revoked_source_or_version_fails_the_revocation() -> None:
    made = make()
    for revoked in (to_hex(HOSPITAL.address), to_hex(made.version_root)):
        assert verifier.verify(made.raw(), trust(revoked=[revoked])).step == "revocation"
    assert verifier.verify(made.raw(), trust(revoked=[to_hex(NODE.address)])).valid


@pytest.mark.parametrize(
    "wrong",
    [{"quorum": 0}, {"nodes": "0x"}, {"revokd": []}, {"chain": "1"}, {"contract": "0xAB"}],
)
def test_a_trust_file_that_cannot_be_read_is_named(wrong: dict[str, Any]) -> None:
    assert verifier.verify(PROOFS[0], trust(**wrong)).step == "trust"


def test_a_high_s_is_no_signature() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    made = make().proof
    good = made.version.signature
    high = (order - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    twin = good[:32] + high + bytes([55 - good[64]])

    raw = bundle(replace(made, version=replace(made.version, signature=twin)))

    assert verifier.verify(raw, trust()).step == "source"


def test_the_file_works_alone(tmp_path: File) -> None:
    alone = tmp_path / "check.py"
    alone.write_bytes(File(verifier.__file__).read_bytes())
    (tmp_path / "proof.json").write_bytes(PROOFS[0])
    (tmp_path / "bad.json").write_bytes(PROOFS[0].replace(b"84.50", b"84.5 "))
    (tmp_path / "trust.json").write_text(json.dumps(trust()))

    good, bad = (
        subprocess.run(
            [sys.executable, "-I", alone, tmp_path / name, tmp_path / "trust.json"],
            capture_output=True,
            check=False,
            text=True,
        )
        for name in ("proof.json", "bad.json")
    )

    assert (good.returncode, good.stdout) == (0, "valid\n")
    assert (bad.returncode, bad.stdout[:16]) == (1, "not valid: field")
    assert "salus" not in {line.split(".")[0].split()[-1] for line in imports(alone)}


def imports(file: File) -> list[str]:
    lines = file.read_text().splitlines()
    return [line for line in lines if line.startswith(("import ", "from "))]
