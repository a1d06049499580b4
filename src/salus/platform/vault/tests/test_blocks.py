"""A body is the tree of its own blocks, under its own name."""

from hashlib import sha256
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel.crypt4gh import SEGMENT, segment_root
from salus.platform.vault.blocks import (
    blocks,
    children,
    cid,
    count,
    digest_of_cid,
    joined,
    last,
    leaf,
    linked,
    lists,
    segment,
)

SIZES = st.tuples(st.integers(0, 40), st.integers(1, SEGMENT)).map(
    lambda pair: pair[0] * SEGMENT + pair[1]
)


def body_of(size: int) -> bytes:
    piece = token_bytes(1_000)
    return b"".join(n.to_bytes(4) + piece for n in range(size // 1_004 + 1))[:size]


@given(size=SIZES)
def test_the_last_block_has_the_name_of_the_body_and_all_lead_back_to_it(size: int) -> None:
    body = body_of(size)
    made = list(blocks(body))
    known = dict(made)
    root = made[-1][1]

    def read(digests: object) -> list[bytes]:
        return [known[digest] for digest in digests]  # type: ignore[attr-defined]

    total = -(-size // SEGMENT)
    assert made[-1][0] == segment_root(body)
    assert all(sha256(block).digest() == digest for digest, block in made)
    assert joined(root, read) == body
    assert count(root, read) == total
    assert segment(last(root, read)) == body[(total - 1) * SEGMENT :]
    for number in {0, total // 2, total - 1}:
        found = segment(leaf(root, read, number=number, total=total))
        assert found == body[number * SEGMENT : (number + 1) * SEGMENT]


@given(size=SIZES)
def test_a_block_comes_after_those_that_it_names(size: int) -> None:
    seen: set[bytes] = set()
    for digest, block in blocks(body_of(size)):
        assert seen.issuperset(children(block))
        seen.add(digest)


@pytest.mark.parametrize("number", [1, 23, 24, 255, 256, 8_192, 8_193, 20_000])
def test_lists_name_all_that_they_were_given_however_it_was_ordered(number: int) -> None:
    digests = [sha256(n.to_bytes(4)).digest() for n in range(number)]
    made = lists(digests)

    assert made == lists(reversed(digests))
    assert sorted(digests) == [each for _, block in made for each in linked(block)]
    assert all(sha256(block).digest() == digest for digest, block in made)
    assert all(len(block) < 2**20 for _, block in made)


def test_a_content_address_is_what_others_compute() -> None:
    """Of the raw block `hello world`, as Kubo answers to `ipfs block put`."""
    address = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"

    assert cid(sha256(b"hello world").digest()) == address
    assert digest_of_cid(address) == sha256(b"hello world").digest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "bafk!",
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
    ],
)
def test_an_address_of_another_kind_is_none_of_ours(text: str) -> None:
    assert digest_of_cid(text) is None
