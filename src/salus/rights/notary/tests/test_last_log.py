"""A reader who knows a log believes no older one, and none that does not extend it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel import merkle
from salus.kernel.encoding import to_hex
from salus.kernel.merkle import consistency, leaf_hash, root, verify_consistency
from salus.rights.notary import verifier
from salus.rights.notary.proof import base64
from salus.rights.notary.tests.proofs import changed, resealed
from salus.rights.notary.tests.random_proofs import case
from salus.rights.notary.tests.test_twins import agreed, written

VECTORS = Path(merkle.__file__).parent / "tests" / "vectors" / "rfc6962_proofs.json"
LEAVES = [leaf_hash(bytes([index])) for index in range(40)]
# A case whose log shows how it extends an earlier one that the reader knows.
SHOWN = next(
    each
    for each in map(case, range(100))
    if json.loads(each.raw)["log"].get("since", {}).get("size")
    == each.trust.get("last", {}).get("size", 0)
)


def members() -> Any:
    return json.loads(SHOWN.raw)


def last(**changes: Any) -> dict[str, Any]:
    return SHOWN.trust | {"last": SHOWN.trust["last"] | changes}


def head() -> dict[str, Any]:
    """The log of the proof itself."""
    verdict = verifier.verify(SHOWN.raw, SHOWN.trust)
    return {"root": verdict.log_root, "size": members()["checkpoint"]["size"]}


def test_a_log_that_extends_the_known_one_is_believed() -> None:
    assert verifier.verify(SHOWN.raw, SHOWN.trust).valid
    assert verifier.verify(SHOWN.raw, last(**head())).valid


def test_an_older_or_forked_log_is_refused_by_both() -> None:
    size, known = head()["size"], SHOWN.trust["last"]["size"]
    readers = [
        last(size=size + 1),
        last(root=to_hex(bytes(32))),
        last(root=to_hex(bytes(32)), size=size),
        last(root=head()["root"]),
    ]
    forged = changed(members(), ("log", "since", "path"), base64(bytes(32)))
    questions = [(SHOWN.raw, written(each)) for each in readers]
    answers = agreed([*questions, (resealed(forged), written(SHOWN.trust))])

    assert known < size
    assert {each["step"] for each in answers} == {"checkpoint"}
    assert "older" in answers[0]["reason"]
    assert {"extend" in each["reason"] for each in answers[1:]} == {True}


def test_without_a_proof_since_then_the_quorum_vouches_for_a_newer_log() -> None:
    silent = changed(members(), ("log",), {"path": members()["log"]["path"]})

    assert verifier.verify(resealed(silent), SHOWN.trust).valid


@pytest.mark.parametrize("wrong", [{"size": 0}, {"root": "0x"}, {"more": 1}, {"size": 1.0}])
def test_a_known_log_that_is_none_fails_the_trust(wrong: dict[str, Any]) -> None:
    (answer,) = agreed([(SHOWN.raw, written(last(**wrong)))])

    assert answer["step"] == "trust"


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(2, len(LEAVES)))
def test_the_verifier_judges_consistency_as_the_kernel_does(
    data: st.DataObject, second: int
) -> None:
    first = data.draw(st.integers(1, second))
    proof = consistency(LEAVES[:second], first)
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(proof)))
        proof = [*proof[:at], *data.draw(st.sampled_from([[], [LEAVES[0]]])), *proof[at + 1 :]]
    old, new = root(LEAVES[:first]), root(LEAVES[:second])
    judged = verifier.extends((first, old), (second, new), b"".join(proof))

    assert verify_consistency(first, old, second, new, proof) == (
        judged and (first < second or not proof)
    )


def test_the_verifier_refuses_the_malformed_proofs_of_others() -> None:
    known = json.loads(VECTORS.read_text())
    for name, index, size, leaf, path, top, valid in known["inclusion"]:
        if all(len(each) == 64 for each in (leaf, *path)):  # the schema refuses others
            found = verifier.climb({index: bytes.fromhex(leaf)}, size, bytes.fromhex("".join(path)))

            assert valid == (found == bytes.fromhex(top)), name
    for name, first, second, *roots, path, valid in known["consistency"]:
        old, new = map(bytes.fromhex, roots)
        if 0 < first < second and all(len(each) == 64 for each in path):
            way = bytes.fromhex("".join(path))

            assert valid == verifier.extends((first, old), (second, new), way), name
