"""The invariants of custody that speak of bytes: changed ones are refused, read ones are right."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.canonical import canonical
from salus.kernel.canonical import parse as parse_json
from salus.kernel.crypt4gh import (
    SEGMENT,
    BodyDamaged,
    open_body,
    open_file,
    open_range,
    runs,
    seal_body,
    segment_leaves,
    segment_root,
    tiles,
)
from salus.kernel.documents import parse, text
from salus.kernel.errors import SalusError
from salus.platform.vault import MemoryVault
from salus.rights.custody import messages as m
from salus.rights.custody.reading import Opened, read
from salus.rights.custody.release import release
from salus.rights.notary import verifier
from salus.rights.notary.tests.proofs import PROOFS, trust
from salus.rights.notary.tests.random_proofs import case
from salus.rights.notary.tests.test_twins import agreed, written
from tests.journeys.stage import chart, opening, record_of, run
from tests.journeys.stage import written as file_written
from tests.support.scene import Scene, Tamper, new_scene

DEK = bytes(range(32))
PLAIN = SEGMENT - 28  # bytes of a segment that are content


@pytest.fixture(scope="module")
def stage() -> Scene:
    return new_scene()


"""6: any changed byte of bundle, manifest, dealing, share, body is refused"""


def opened(stage: Scene, record: Any, **tampers: Tamper) -> Opened:
    keepers = stage.with_tampering(**tampers)
    return read(stage.node, keepers, stage.subject(record), record, stage.units(record))


PARTS: dict[str, tuple[type[Any], tuple[str | int, ...]]] = {
    "dealing": (m.Gate, ("released", 0, "dealing")),
    "half": (m.Gate, ("released", 0, "sealed")),
    "manifest": (m.Gate, ("released", 0, "objects", 0, "manifest")),
    "its signature": (m.Gate, ("released", 0, "objects", 0, "signature")),
    "wrap": (m.Gate, ("released", 0, "objects", 0, "wrap")),
    "version": (m.Gate, ("version",)),
    "share": (m.Shares, ("released", 0, "sealed")),
    "receipt": (m.Shares, ("released", 0, "receipt")),
}
"""Where in the JSON of an answer each of them stands."""


def with_a_byte_changed(kind: type[Any], way: tuple[Any, ...], chance: Random) -> Tamper:
    """Change one digit or letter of that member, as somebody on the way might."""

    def tamper(answered: Any) -> Any:
        if not isinstance(answered, kind):
            return answered
        members = json.loads(text(answered))
        inner = members
        for key in way[:-1]:
            inner = inner[key]
        raw = json.dumps(inner[way[-1]])
        at = chance.choice([n for n, each in enumerate(raw) if each.isalnum()])
        other = chance.choice([each for each in "0123456789abcdef" if each != raw[at]])
        try:
            inner[way[-1]] = json.loads(raw[:at] + other + raw[at + 1 :])
        except json.JSONDecodeError:
            return tamper(answered)
        return parse(kind, json.dumps(members, separators=(",", ":"), sort_keys=True).encode())

    return tamper


@pytest.mark.parametrize("part", PARTS)
def test_invariant_06_any_changed_byte_of_an_answer_is_refused(stage: Scene, part: str) -> None:
    """Sixty changed characters of each: the gateway's open nothing, a custodian's are dropped."""
    (kind, way), chance, record = PARTS[part], Random(part), stage.record()
    for _ in range(60):
        tamper = with_a_byte_changed(kind, way, chance)
        if kind is m.Gate:
            with pytest.raises(SalusError):
                opened(stage, record, gateway=tamper)
        else:
            given = opened(stage, record, c3=tamper)
            assert "c3" in (*given.liars, *given.missing)


def test_invariant_06_any_changed_byte_of_a_body_is_refused(stage: Scene) -> None:
    record, chance = stage.record(value="x" * 70_000), Random(6)
    gate = release(stage.gateway, stage.asking(record).ask)
    assert isinstance(gate, m.Gate)
    name = gate.released[0].objects[0].manifest.segment_root
    vault = stage.node.vault
    assert isinstance(vault, MemoryVault)
    right = vault.get(name)
    for at in [0, SEGMENT - 1, SEGMENT, len(right) - 1, *chance.sample(range(len(right)), 40)]:
        vault._bodies[name] = right[:at] + bytes([right[at] ^ 1 << at % 8]) + right[at + 1 :]
        with pytest.raises(BodyDamaged) as raised:
            opened(stage, record)
        assert raised.value.details == {"segment": at // SEGMENT}
    vault._bodies[name] = right

    assert opened(stage, record).units


def test_invariant_06_any_changed_byte_of_a_bundle_is_refused() -> None:
    raw, chance = PROOFS[0], Random(66)
    assert verifier.verify(raw, trust()).valid
    for at in chance.sample(range(len(raw)), 300):
        other = raw[:at] + bytes([raw[at] ^ chance.randrange(1, 256)]) + raw[at + 1 :]
        assert not verifier.verify(other, trust()).valid


"""7: no unverified plaintext leaves"""


@pytest.mark.parametrize("at", [0, 5, SEGMENT + 40, 2 * SEGMENT - 1, 3 * SEGMENT + 1])
def test_invariant_07_no_unverified_plaintext_leaves(at: int, tmp_path: Path) -> None:
    """Of a file with a damaged segment nothing appears, under any name; a range gives no byte."""
    plain = b"marker " * 40_000
    plain += bytes(-len(plain) % PLAIN)
    body = seal_body(plain, DEK)
    bad = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    source = tmp_path / "body"
    source.write_bytes(bad)
    with pytest.raises(BodyDamaged):
        open_file(
            source,
            tmp_path / "plain",
            DEK,
            plain_size=len(plain),
            segment_root=segment_root(body),
        )
    with pytest.raises(BodyDamaged):
        open_body(bad, DEK, segment_root(body))

    assert list(tmp_path.iterdir()) == [source]
    assert b"marker" not in source.read_bytes()


def test_invariant_07_a_command_writes_nothing_of_a_damaged_body(
    home: Path, tmp_path: Path
) -> None:
    record = record_of(home, file_written(tmp_path, "chart.json", chart("v" * 100_000)))
    for body in (home / "vault").glob("??/*"):
        content = body.read_bytes()
        body.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    out = tmp_path / "out"
    out.mkdir()
    said = run(home, "open", record, *opening("laboratory", out / "lab.ndjson"), "--json")

    assert said.status == 1
    assert said.json()["error"]["type"] == "/problems/records/body-damaged"
    assert list(out.iterdir()) == []
    assert "vvv" not in said.out + said.err


"""8: truncated, swapped, repeated, inserted, foreign segments"""

FIVE = seal_body(b"".join(bytes([n]) * PLAIN for n in range(5)), DEK)
SAME_KEY = seal_body(bytes(PLAIN), DEK)
OTHER_KEY = seal_body(bytes(PLAIN), bytes(32))


def cut(body: bytes) -> list[bytes]:
    return [body[at : at + SEGMENT] for at in range(0, len(body), SEGMENT)]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*cut(FIVE), SAME_KEY, OTHER_KEY]), max_size=8))
def test_invariant_08_any_other_sequence_of_segments_is_refused(segments: list[bytes]) -> None:
    """Every other choice of its own segments, of others under the same key, and of foreign ones."""
    body = b"".join(segments)
    if body == FIVE:
        return
    with pytest.raises(BodyDamaged):
        open_body(body, DEK, segment_root(FIVE))


@pytest.mark.parametrize("size", range(0, 5 * SEGMENT, SEGMENT // 2))
def test_invariant_08_every_truncation_is_refused(size: int) -> None:
    with pytest.raises(BodyDamaged):
        open_body(FIVE[:size], DEK, segment_root(FIVE))


"""9: a range is the slice of the whole"""


def test_invariant_09_a_range_is_the_slice_around_each_border(tmp_path: Path) -> None:
    """All S and E that stand within two bytes of a border, the ends of the file among them."""
    plain = Random(9).randbytes(3 * PLAIN + 777)
    padded = plain + bytes(4 * PLAIN - len(plain))
    body = seal_body(padded, DEK)
    place = tmp_path / "body"
    place.write_bytes(body)
    known = tiles(segment_leaves(place))
    borders = [0, PLAIN, 2 * PLAIN, 3 * PLAIN, len(plain)]
    edges = sorted({at + d for at in borders for d in range(-2, 3) if 0 <= at + d <= len(plain)})
    asked = 0
    for start, end in product(edges, edges):
        if start > end:
            continue
        found = open_range(
            lambda at, count: body[at : at + count],
            DEK,
            start=start,
            end=end,
            plain_size=len(plain),
            segment_root=segment_root(body),
            runs=runs(known, start // PLAIN, max(start, end - 1) // PLAIN),
        )
        asked += 1
        assert found == plain[start:end]

    assert asked > 200


"""10: both verifiers agree"""


def test_invariant_10_both_verifiers_agree_on_random_documents_and_mutations() -> None:
    """Random proofs, each whole, and with members and bytes changed at random places."""
    chance, questions = Random(10), []
    for seed in range(1_000, 1_020):
        made = case(seed)
        questions.append((made.raw, written(made.trust)))
        for _ in range(10):
            at = chance.randrange(len(made.raw))
            other = made.raw[:at] + chance.randbytes(chance.randrange(3)) + made.raw[at + 1 :]
            questions.append((other, written(made.trust)))
    answers = agreed(questions)

    assert sum(each["valid"] for each in answers) >= 20
    assert sum(not each["valid"] for each in answers) > 150


"""15: canonical form"""

NUMBER = r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
NUMBERS = st.from_regex(NUMBER, fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def written_json(draw: Callable[[Any], Any], depth: int) -> Iterator[str]:
    """JSON text as anybody may write it: any order, any space, any form of a number."""
    kind = draw(st.integers(0, 5 if depth else 3))
    space = draw(st.sampled_from(["", " ", "\n\t"]))
    if kind == 0:
        yield draw(NUMBERS)
    elif kind == 1:
        yield json.dumps(draw(TEXTS), ensure_ascii=draw(st.booleans()))
    elif kind in {2, 3}:
        yield draw(st.sampled_from(["true", "false", "null"]))
    elif kind == 4:
        parts = ["".join(written_json(draw, depth - 1)) for _ in range(draw(st.integers(0, 3)))]
        yield "[" + space + f"{space},".join(parts) + space + "]"
    else:
        names = draw(st.lists(TEXTS, max_size=3, unique=True))
        parts = [
            json.dumps(name) + space + ":" + "".join(written_json(draw, depth - 1))
            for name in names
        ]
        yield "{" + f",{space}".join(parts) + space + "}"


@st.composite
def documents(draw: Callable[[Any], Any]) -> str:
    return "".join(written_json(draw, 3))


@settings(max_examples=300, deadline=None)
@given(documents())
def test_invariant_15_canonical_is_stable_and_keeps_number_text(document: str) -> None:
    once = canonical(parse_json(document.encode()))

    assert once == canonical(parse_json(once))
    assert json.loads(once, parse_float=str, parse_int=str) == json.loads(
        document, parse_float=str, parse_int=str
    )
