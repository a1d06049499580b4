"""The verifiers in Python and in JavaScript give the same answer, and name the same step."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from salus.kernel.canonical import canonical
from salus.rights.notary import verifier
from salus.rights.notary.proof import base64
from salus.rights.notary.tests.proofs import PROOFS, changed, resealed, trust
from salus.rights.notary.tests.random_proofs import case
from salus.rights.notary.tests.test_verifier_mutations import leaves_of
from tools.contracts import node_folder

TWIN = Path(__file__).with_name("twin.mjs")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
Question = tuple[bytes, bytes]
"""A proof and a trust file, as they were written."""


def node(*arguments: str | Path, said: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    program = node_folder() / "node"
    return subprocess.run([program, *arguments], input=said, capture_output=True, check=False)


def in_javascript(questions: list[Question]) -> list[dict[str, Any]]:
    """The answers of one process to all questions."""
    cases = [
        {"proof": b64encode(proof).decode(), "trust": b64encode(trust).decode()}
        for proof, trust in questions
    ]
    done = node(TWIN, said=json.dumps(cases).encode())
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def in_python(question: Question) -> dict[str, Any]:
    raw, trusted = question
    verdict = verifier.verify(raw, verifier._parse(trusted))
    return {
        "valid": verdict.valid,
        "step": verdict.step,
        "reason": verdict.reason,
        "logRoot": verdict.log_root,
    }


def agreed(questions: list[Question]) -> list[dict[str, Any]]:
    """What both say; fails with the first question to which they do not say the same."""
    ours = [in_python(question) for question in questions]
    for question, one, other in zip(questions, ours, in_javascript(questions), strict=True):
        assert one == other, question
    return ours


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


TRUSTED = written(trust())


def valid(seeds: range) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    cases = [case(seed) for seed in seeds]
    return [(json.loads(each.raw), each.trust) for each in cases]


def test_both_find_random_proofs_valid() -> None:
    cases = [case(seed) for seed in range(80)]
    answers = agreed([(each.raw, written(each.trust)) for each in cases])

    assert [seed for seed, each in enumerate(answers) if not each["valid"]] == []


def test_both_find_every_changed_byte() -> None:
    random = Random(7)
    places = [(PROOFS[0], place) for place in range(len(PROOFS[0]))]
    for raw in (PROOFS[1], case(3).raw, case(4).raw):
        places += [(raw, place) for place in random.sample(range(len(raw)), 200)]
    questions = [
        (raw[:place] + bytes([raw[place] ^ random.randint(1, 255)]) + raw[place + 1 :], TRUSTED)
        for raw, place in places
    ]
    answers = agreed(questions)

    assert [place for place, each in enumerate(answers) if each["valid"]] == []


ODD: tuple[Any, ...] = (
    0,
    1,
    -1,
    1.0,
    2**53,
    2**64,
    None,
    True,
    "",
    "0x",
    "A" * 43,
    "é",
    "\ud800",
    [],
    {},
    [[]],
)


def odd_members(members: Any, random: Random) -> Iterator[Any]:
    """Members removed, added, given odd values, and exchanged."""
    ways = leaves_of(members)
    for way in ways:
        yield changed(members, way, random.choice(ODD))
        yield without(members, way)
        yield changed(members, (*way[:-1], "more"), 1) if isinstance(way[-1], str) else members
    for _ in range(len(ways)):
        one, other = random.sample(ways, 2)
        yield changed(changed(members, one, at(members, other)), other, at(members, one))


def at(members: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        members = members[key]
    return members


def without(members: Any, way: tuple[Any, ...]) -> Any:
    copy = json.loads(json.dumps(members))
    del at(copy, way[:-1])[way[-1]]
    return copy


def spelled(members: Any) -> bytes:
    """Canonical where it has such a form, so that more than the schema is compared."""
    try:
        return canonical(members)
    except (TypeError, UnicodeEncodeError):
        return json.dumps(members).encode()


def sealed(members: Any) -> bytes:
    try:
        return resealed(members)
    except (TypeError, UnicodeEncodeError):
        return json.dumps(members).encode()


def test_both_name_the_same_step_for_odd_members() -> None:
    questions = []
    for seed, (members, trusted) in enumerate(valid(range(12))):
        for odd in odd_members(members, Random(seed)):
            questions += [(spelled(odd), written(trusted)), (sealed(odd), written(trusted))]
    steps = {each["step"] for each in agreed(questions)}

    assert steps >= {"schema", "field", "section", "version", "record", "batch", "log"}
    assert steps >= {"checkpoint", "source", "digest"}


def sizes(members: Any, random: Random) -> Iterator[Any]:
    """Trees with sizes, indexes and paths that do not fit each other."""
    for name in ("field", "section", "version", "batch", "log"):
        path, some = members[name]["path"], base64(random.randbytes(32 * random.randint(1, 4)))
        for other in ("", path[: len(path) // 128 * 128], path + "A" * 128, some):
            yield changed(members, (name, "path"), other)
        for size in (0, 1, 2, random.randint(1, 70), 2**31, 2**32 + 1, 2**53 - 1, 2**53):
            yield changed(members, (name, "size"), size)
            if "index" in members[name]:
                yield changed(members, (name, "index"), size)
                yield changed(changed(members, (name, "index"), size - 1), (name, "size"), size)
    for size in (0, 1, 3, 2**33, 2**53 - 1):
        yield changed(members, ("checkpoint", "size"), size)
        yield changed(members, ("anchor", "batch"), size)


def test_both_refuse_sizes_indexes_and_paths_that_do_not_fit() -> None:
    questions = [
        (sealed(odd), written(trusted))
        for seed, (members, trusted) in enumerate(valid(range(20, 30)))
        for odd in sizes(members, Random(seed))
    ]
    steps = {each["step"] for each in agreed(questions)}

    assert steps >= {"schema", "field", "section", "version", "batch", "log"}


def signatures(good: bytes, random: Random) -> Iterator[bytes]:
    r, s, v = good[:32], int.from_bytes(good[32:64], "big"), good[64]
    for other in (0, 1, ORDER // 2, ORDER // 2 + 1, ORDER - s, ORDER - 1, ORDER, 2**256 - 1):
        yield r + other.to_bytes(32, "big") + bytes([v])
        yield other.to_bytes(32, "big") + good[32:]
        yield r + other.to_bytes(32, "big") + bytes([55 - v])
    for number in (0, 1, 26, 27, 28, 29, 255):
        yield good[:64] + bytes([number])
    for _ in range(60):
        yield random.randbytes(64) + bytes([random.choice((27, 28))])


def decoded(text: str) -> bytes:
    return verifier._bytes(text)


def test_both_recover_the_same_signers() -> None:
    members = json.loads(PROOFS[0])
    of_source = decoded(members["source_signature"])
    of_node = decoded(members["checkpoint"]["signatures"][0])
    questions = [
        (sealed(members | {"source_signature": base64(each)}), TRUSTED)
        for each in signatures(of_source, Random(1))
    ]
    for each in signatures(of_node, Random(2)):
        odd = changed(members, ("checkpoint", "signatures", 0), base64(each))
        questions.append((sealed(odd), TRUSTED))
    answers = agreed(questions)

    assert {"", "source", "checkpoint"} == {each["step"] for each in answers}


def test_both_read_a_trust_file_alike() -> None:
    known = {
        "organization": "0x1a642f0e3c3af545e7acbd38b07251b3990914f1",
        "key": "0x1a642f0e3c3af545e7acbd38b07251b3990914f1",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z",
    }
    whole = trust(v=1, sources=[known], revoked=["0x" + "ab" * 20], last={"root": "0x", "size": 2})
    odd = [*odd_members(whole, Random(5)), *odd_members(trust(sources=[known]), Random(6))]
    files = [written(each) for each in odd]
    files += [b"", b"[]", b"NaN", b'{"quorum":1,"quorum":1}', b"\xff", b"\xef\xbb\xbf{}", b"{} x"]
    files += [written(trust()).replace(b'"quorum": 2', each) for each in QUORUMS]
    answers = agreed([(PROOFS[0], each) for each in files])

    assert {"trust", "", "source", "checkpoint"} == {each["step"] for each in answers}


QUORUMS = (
    *(b'"quorum": 2.0', b'"quorum": 2e0', b'"quorum": 02', b'"quorum": -2', b'"quorum": +2'),
    *(b'"quorum": 3', b'"quorum": 65536', b'"quorum": Infinity', b'"quorum":\t1\n', b'"quorum"'),
)


def texts(raw: bytes) -> list[bytes]:
    """What may stand in a file that is no canonical JSON."""
    return [
        *(b"", b" ", b"{", b"[]", b"null", b'"', b'"\\"', b"{}", b"1e999", b"\xef\xbb\xbf" + raw),
        *(raw + b"\n", b" " + raw, raw[:-1], raw + b"}", raw + b"\0", b"[" * 50_000, b"[" * 60),
        *(raw.replace(b'"v":2', each) for each in VERSIONS),
        raw.replace(b"City", b"\\u0043ity"),
        raw.replace(b"City", b"\\ud800"),
        raw.replace(b"City", b"\xed\xa0\x80"),
        raw.replace(b"City", b"\xc3"),
        raw.replace(b"City", b"a\tb"),
        raw.replace(b"City", b"\xe2\x80\xa8\x7f"),
        raw.replace(b"City", b"\\/"),
    ]


VERSIONS = (
    *(b'"v":2.0', b'"v":2e0', b'"v":+2', b'"v":02', b'"v":-0', b'"v":1', b'"v":3', b'"v":"2"'),
    *(b'"v":2,"v":2', b'"v":NaN', b'"v":true', b'"v":null', b'"v":[2]', b'"v":2,"__proto__":{}'),
    *(b'"v":2 ', b'"v":2,"\\u0076":2', b'"v":2,"constructor":1', b'"v":2,'),
)


@pytest.mark.parametrize("seed", range(2))
def test_both_refuse_what_is_no_canonical_json(seed: int) -> None:
    answers = agreed([(each, TRUSTED) for each in texts(PROOFS[seed])])

    assert {each["step"] for each in answers} == {"schema", "digest"}


def test_both_take_a_value_of_16_megabytes() -> None:
    members = json.loads(PROOFS[1])
    large = "x" * 2**24 + '"\\'
    odd = changed(members, ("disclosed", 0, "value"), large)
    (answer,) = agreed([(resealed(odd), TRUSTED)])

    assert answer["step"] == "field"


def test_the_file_in_javascript_works_alone(tmp_path: Path) -> None:
    alone = tmp_path / "check.mjs"
    alone.write_bytes(Path(verifier.__file__).with_suffix(".mjs").read_bytes())
    (tmp_path / "proof.json").write_bytes(PROOFS[0])
    (tmp_path / "bad.json").write_bytes(PROOFS[0].replace(b"84.50", b"84.5 "))
    (tmp_path / "trust.json").write_text(json.dumps(trust()))
    good, bad, absent = (
        node(alone, tmp_path / name, "--trust", tmp_path / "trust.json")
        for name in ("proof.json", "bad.json", "absent.json")
    )

    assert (good.returncode, good.stdout) == (0, b"valid\n")
    assert (bad.returncode, bad.stdout[:16]) == (1, b"not valid: field")
    assert (absent.returncode, absent.stdout) == (2, b"")
    assert b"import {" not in alone.read_bytes().partition(b"*/")[2]
