"""Every changed byte is found, and every step says its name."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as File
from typing import Any

import pytest

from salus.kernel.encoding import to_hex
from salus.kernel.secp256k1 import SigningKey
from salus.rights.notary import verifier
from salus.rights.notary.proof import (
    bundle,
)
from salus.rights.notary.tests.proofs import (
    ANCHORS,
    CHAIN,
    HOSPITAL,
    NODE,
    OBSERVATION,
    PROOFS,
    SEALED_AT,
    changed,
    make,
    sign_version,
    trust,
    verdict_of,
)


@pytest.mark.parametrize("path", ["/valueQuantity/value", "/valueQuantity", "/note", "", None])
def test_what_was_disclosed_is_valid(path: str | None) -> None:
    made = make(path)
    verdict = verifier.verify(made.raw(), trust())

    assert verifier.Verdict(valid=True, log_root=verdict.log_root) == verdict
    assert to_hex(made.proof.checkpoint.root) == verdict.log_root


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

    assert 1_800 < size < 2_250


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
    assert verifier.verify(raw.replace(b'{"anchor"', b'{"v":2,"anchor"'), trust()).step == "schema"


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

    verdict = verifier.verify(bundle(replace(made.proof, version=version)), trust())

    assert verdict.step == "source"
    assert "no key of the source" in verdict.reason


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
            [sys.executable, "-I", alone, tmp_path / name, "--trust", tmp_path / "trust.json"],
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
