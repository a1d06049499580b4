"""Trees of RFC 6962: the known ones, and every malformed proof."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.merkle import (
    Frontier,
    compact,
    consistency,
    inclusion,
    inclusions,
    leaf_hash,
    node_hash,
    root,
    root_of_inclusion,
    verify_consistency,
    verify_inclusion,
)

KNOWN: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "rfc6962.json").read_text())
PROOFS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "rfc6962_proofs.json").read_text()
)
LEAVES = [leaf_hash(bytes.fromhex(content)) for content in KNOWN["leaves"]]
MANY = [leaf_hash(bytes([index])) for index in range(40)]
sizes = st.integers(1, len(MANY))


def hashes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def recursive_root(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 of the RFC writes it down."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    pair = recursive_root(leaves[:split]) + recursive_root(leaves[split:])
    return sha256(b"\1" + pair).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_known_trees_have_their_roots(size: int) -> None:
    assert KNOWN["roots"][size - 1] == root(LEAVES[:size]).hex()


@pytest.mark.parametrize("known", KNOWN["inclusion"])
def test_known_audit_paths(known: dict[str, Any]) -> None:
    assert hashes(known["path"]) == inclusion(LEAVES[: known["size"]], known["leaf"])


@pytest.mark.parametrize("known", KNOWN["consistency"])
def test_known_consistency_proofs(known: dict[str, Any]) -> None:
    assert hashes(known["proof"]) == consistency(LEAVES[: known["second"]], known["first"])


def test_known_audit_paths_good_and_malformed() -> None:
    known = [row for row in PROOFS["inclusion"] if len(row[3]) == 64]  # others are no leaf hash
    found = {
        name: verify_inclusion(bytes.fromhex(leaf), index, size, hashes(path), bytes.fromhex(top))
        for name, index, size, leaf, path, top, _ in known
    }

    assert {name: valid for name, *_, valid in known} == found


def test_known_consistency_proofs_good_and_malformed() -> None:
    found = {
        name: verify_consistency(first, bytes.fromhex(old), second, bytes.fromhex(new), hashes(way))
        for name, first, second, old, new, way, _ in PROOFS["consistency"]
    }

    assert {name: valid for name, *_, valid in PROOFS["consistency"]} == found


@pytest.mark.parametrize("size", range(1, len(MANY) + 1))
def test_the_root_is_that_of_the_recursive_definition(size: int) -> None:
    assert recursive_root(MANY[:size]) == root(MANY[:size])


@pytest.mark.parametrize("size", [0, 55, 56, 63, 64, 191, 192, 65_536])
def test_a_leaf_is_hashed_the_same_at_every_length(size: int) -> None:
    content = b"x" * size

    assert sha256(b"\0" + content).digest() == leaf_hash(content)


def test_a_node_is_no_leaf() -> None:
    left, right = MANY[:2]

    assert node_hash(left, right) != leaf_hash(left + right)


def test_a_tree_is_never_empty() -> None:
    with pytest.raises(ValueError, match="never empty"):
        root([])
    with pytest.raises(ValueError, match="never empty"):
        Frontier().root()


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_there_is_no_path_outside_the_tree(index: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion(MANY[:3], index)


@pytest.mark.parametrize("first", [0, -1, 4])
def test_there_is_no_consistency_with_a_larger_or_empty_tree(first: int) -> None:
    with pytest.raises(ValueError, match="no such tree"):
        consistency(MANY[:3], first)


def test_every_leaf_of_every_tree_is_included() -> None:
    for size in range(1, len(MANY) + 1):
        top = root(MANY[:size])
        for index in range(size):
            path = inclusion(MANY[:size], index)

            assert verify_inclusion(MANY[index], index, size, path, top)


def test_every_tree_is_consistent_with_every_earlier_one() -> None:
    for second in range(1, len(MANY) + 1):
        for first in range(1, second + 1):
            proof = consistency(MANY[:second], first)
            roots = root(MANY[:first]), root(MANY[:second])

            assert verify_consistency(first, roots[0], second, roots[1], proof)


@settings(max_examples=100, deadline=None)
@given(st.data(), sizes)
def test_a_malformed_audit_path_is_refused(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    path, top = inclusion(MANY[:size], index), root(MANY[:size])
    leaf = MANY[index]

    assert not verify_inclusion(leaf, index, size, [*path, leaf], top)
    assert not verify_inclusion(node_hash(leaf, leaf), index, size, path, top)
    assert not verify_inclusion(leaf, size, size, path, top)
    assert not verify_inclusion(leaf, -1, size, path, top)
    assert not verify_inclusion(leaf, index, 0, path, top)
    for at in range(len(path)):
        flipped = bytes([path[at][0] ^ 1]) + path[at][1:]

        assert not verify_inclusion(leaf, index, size, path[:at] + path[at + 1 :], top)
        assert not verify_inclusion(leaf, index, size, [*path[:at], flipped, *path[at + 1 :]], top)


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(2, len(MANY)))
def test_another_index_leads_to_another_root(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))

    assert not verify_inclusion(
        MANY[index], other, size, inclusion(MANY[:size], index), root(MANY[:size])
    )


def test_a_huge_size_costs_no_more_than_its_levels() -> None:
    assert root_of_inclusion(MANY[0], 2**200, 2**201, [MANY[1]]) is None


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(2, len(MANY)))
def test_a_malformed_consistency_proof_is_refused(data: st.DataObject, second: int) -> None:
    first = data.draw(st.integers(1, second - 1))
    proof = consistency(MANY[:second], first)
    old, new = root(MANY[:first]), root(MANY[:second])

    assert not verify_consistency(first, old, second, new, [*proof, new])
    assert not verify_consistency(first, old, second, new, [])
    assert not verify_consistency(first, new, second, old, proof)
    assert not verify_consistency(0, old, second, new, proof)
    assert not verify_consistency(second, old, first, new, proof)
    for at in range(len(proof)):
        flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]

        assert not verify_consistency(first, old, second, new, proof[:at] + proof[at + 1 :])
        assert not verify_consistency(
            first, old, second, new, [*proof[:at], flipped, *proof[at + 1 :]]
        )


def test_a_log_that_dropped_or_changed_a_leaf_is_inconsistent() -> None:
    changed = [*MANY[:3], MANY[9], *MANY[4:8]]
    for other in (changed, [*MANY[:2], *MANY[3:8]]):
        proof = consistency(other, 5)

        assert not verify_consistency(5, root(MANY[:5]), len(other), root(other), proof)


def test_equal_sizes_are_consistent_only_without_a_proof() -> None:
    top = root(MANY[:6])

    assert verify_consistency(6, top, 6, top, [])
    assert not verify_consistency(6, top, 6, top, [top])
    assert not verify_consistency(6, top, 6, MANY[0], [])


def test_a_frontier_has_the_root_of_the_whole_tree_at_every_size() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(MANY, 1):
        frontier.append(leaf)

        assert (size, root(MANY[:size])) == (frontier.size, frontier.root())


@given(st.data(), sizes)
@settings(max_examples=100, deadline=None)
def test_compact_paths_leave_out_only_what_can_be_computed(data: st.DataObject, size: int) -> None:
    chosen = data.draw(st.sets(st.integers(0, size - 1), min_size=1))
    kept = compact(size, {index: inclusion(MANY[:size], index) for index in chosen})
    known, width = {index: MANY[index] for index in chosen}, size
    steps = iter(kept)
    while width > 1:
        above = {}
        for index in sorted(known):
            left, right = index & ~1, index | 1
            if right == width:
                above[index // 2] = known[index]
            elif index // 2 not in above:
                pair = [known.get(each) or next(steps) for each in (left, right)]
                above[index // 2] = node_hash(*pair)
        known, width = above, (width + 1) // 2

    assert [root(MANY[:size])] == list(known.values())
    assert next(steps, None) is None


def test_the_compact_path_of_one_leaf_is_its_audit_path() -> None:
    for index in range(11):
        path = inclusion(MANY[:11], index)

        assert path == compact(11, {index: path})


@given(size=sizes, data=st.data())
def test_the_paths_of_several_leaves_are_those_of_each(size: int, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, size - 1), max_size=5))

    assert inclusions(MANY[:size], places) == [inclusion(MANY[:size], each) for each in places]


@pytest.mark.parametrize("place", [-1, 3])
def test_there_is_no_path_of_a_leaf_outside(place: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusions(MANY[:3], [0, place])
