"""The JSON we define goes out canonical and comes back strictly."""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel import documents
from salus.kernel.canonical import canonical
from salus.kernel.ids import Address, Digest, RecordId


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Whole:
    record: RecordId
    address: Address
    digests: tuple[Digest, ...]
    body: bytes
    at: datetime
    parts: tuple[Part, ...]
    text: str


digest = st.binary(min_size=32, max_size=32).map(Digest)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
wholes = st.builds(
    Whole,
    st.integers(0, 2**128 - 1).map(RecordId),
    st.binary(min_size=20, max_size=20).map(Address),
    st.lists(digest, max_size=3).map(tuple),
    st.binary(max_size=40),
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda at: at.replace(microsecond=0)
    ),
    st.lists(st.builds(Part, texts, st.integers(0, 2**60)), max_size=3).map(tuple),
    texts,
)


@settings(max_examples=100, deadline=None)
@given(wholes)
def test_a_document_comes_back_as_it_was(whole: Whole) -> None:
    assert documents.read(Whole, documents.members(whole)) == whole
    assert documents.parse(Whole, documents.text(whole)) == whole


@settings(max_examples=100, deadline=None)
@given(wholes)
def test_the_bytes_that_are_signed_are_canonical(whole: Whole) -> None:
    assert documents.canonical_bytes(whole) == canonical(documents.members(whole))


GOOD = documents.members(
    Whole(
        RecordId(2**100),
        Address(b"a" * 20),
        (Digest(b"d" * 32),),
        b"b",
        datetime(2026, 1, 2, tzinfo=UTC),
        (Part("p", 1),),
        "t",
    )
)


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"v": 2}, "v"),
        ({"extra": 1}, "extra"),
        ({"record": 2**53}, "record"),
        ({"record": "17"}, "record"),
        ({"record": -1}, "record"),
        ({"record": True}, "record"),
        ({"address": "0x" + "61" * 19}, "address"),
        ({"address": "0x" + "6A" * 20}, "address"),
        ({"digests": "0x"}, "digests"),
        ({"digests": ["0x00"]}, "digests"),
        ({"body": "62"}, "body"),
        ({"body": "0x6"}, "body"),
        ({"at": "2026-01-02T00:00:00+00:00"}, "at"),
        ({"at": "2026-02-30T00:00:00Z"}, "at"),
        ({"text": 1}, "text"),
        ({"parts": [{"name": "p", "count": 1, "more": 1}]}, "more"),
        ({"parts": [{"name": "p"}]}, "count"),
    ],
)
def test_what_we_would_not_write_is_refused_by_its_member(
    change: dict[str, object], member: str
) -> None:
    with pytest.raises(documents.BadDocument) as caught:
        documents.parse(Whole, orjson.dumps(GOOD | change, option=orjson.OPT_PASSTHROUGH_DATETIME))

    assert caught.value.details["member"] == member


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(documents.BadDocument):
        documents.parse(Whole, b"{")
