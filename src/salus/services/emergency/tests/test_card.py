"""The offline card: what is printed can be scanned, opened and trusted, and nothing else can."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.encoding import to_hex
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.services.emergency import card as cards
from salus.services.emergency.card import Card, check, joined, opened, printed
from salus.services.emergency.errors import (
    CardDamaged,
    CardNotTrusted,
    CardOutdated,
    CardTooLong,
    CodeWrong,
    NotACard,
    PartMissing,
    TwoCards,
)
from salus.services.emergency.lines import KINDS, Line
from salus.services.emergency.page import page

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEY = SigningKey.from_bytes(bytes(31) + b"\7")
REGISTRY = Address(b"\x11" * 20)
LINES = (Line("name", "张伟 Ann"), Line("blood", "A Rh positive"), Line("allergy", "Penicillin"))
PATH = re.compile(r'<path[^>]*class="qrline"[^>]*\sd="([^"]+)"')
MOVE = re.compile(r"([MmhH])\s*(-?[\d.]+)(?:[\s,]+(-?[\d.]+))?")

QR = zxingcpp.barcode_formats_from_str("QRCode")


def card(**more: Any) -> Card:
    made = Card(7, REGISTRY, RecordId(5), 1, KEY.address, NOW, NOW + timedelta(days=365), LINES)
    return replace(made, **more)


def trust(**more: Any) -> dict[str, Any]:
    source = {
        "organization": "hospital",
        "key": to_hex(KEY.address),
        "valid_from": "2020-01-01T00:00:00Z",
        "valid_until": None,
    }
    return {"chain": 7, "custody": to_hex(REGISTRY), "sources": [source], **more}


def scanned(html: str) -> list[str]:
    """What a camera reads from each picture of a page."""
    return [_scan(each) for each in PATH.findall(html)]


def _scan(path: str, scale: int = 4) -> str:
    """Draws the horizontal strokes of a picture, as a browser does."""
    x = y = 0.0
    runs = []
    for command, first, second in MOVE.findall(path):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "m":
            x, y = x + float(first), y + float(second)
        else:
            runs.append((int(x), int(y), int(float(first))))
            x += float(first)
    size = max(row for _, row, _ in runs) + 5
    dots = bytearray(b"\xff" * size * size)
    for column, row, length in runs:
        at = row * size + column
        dots[at : at + length] = bytes(length)
    rows = (dots[row * size : (row + 1) * size] for row in range(size))
    big = b"".join(bytes(dot for dot in row for _ in range(scale)) * scale for row in rows)
    image = memoryview(big).cast("B", shape=[size * scale, size * scale])
    (found,) = zxingcpp.read_barcodes(image, formats=QR)
    return str(found.text)


def test_what_is_printed_is_what_is_read() -> None:
    made = printed(card(), by=KEY)
    *parts, code = scanned(page(card(), made).decode())
    found, signature = opened(joined(reversed(parts)), code)
    check(found, signature, trust(), NOW)

    assert card() == found
    assert list(made.parts) == parts


def test_a_long_card_is_read_from_all_its_codes() -> None:
    many = tuple(Line("problem", f"Problem {number} of {number * 7919}") for number in range(60))
    made = printed(card(lines=many), by=KEY)
    *parts, code = scanned(page(card(lines=many), made).decode())

    assert len(parts) > 1
    assert many == opened(joined(parts), code)[0].lines


def test_a_sealed_page_tells_nothing_of_the_person() -> None:
    html = page(card(), printed(card(), by=KEY)).decode()

    assert not [line.text for line in LINES if line.text in html]


def test_an_open_page_says_everything_in_large_letters() -> None:
    made = printed(card(), by=KEY, is_sealed=False)
    html = page(card(), made).decode()

    assert all(line.text in html for line in LINES)
    assert card() == opened(joined(scanned(html)), "")[0]


def test_a_page_needs_no_network_and_no_script() -> None:
    evil = Line("problem", "<script src='http://x'>alert(1)</script>")
    html = page(card(lines=(evil,)), printed(card(lines=(evil,)), by=KEY, is_sealed=False)).decode()

    assert "<script" not in html
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!#)", html)


def test_a_page_speaks_both_languages() -> None:
    html = page(card(), printed(card(), by=KEY)).decode()

    assert "Emergency card" in html
    assert "急救卡" in html


@pytest.mark.parametrize("typed", [" ", "-", "lower"])
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    made = printed(card(), by=KEY)
    code = made.code.lower() if typed == "lower" else typed.join(made.code)

    assert card() == opened(joined(made.parts), code.replace("0", "o").replace("1", "l"))[0]


def test_another_code_opens_nothing() -> None:
    made = printed(card(), by=KEY)
    other = made.code[:-1] + ("A" if made.code[-1] != "A" else "B")

    for code in ("", other, made.code + "0"):
        with pytest.raises(CodeWrong):
            opened(joined(made.parts), code)


def _long() -> tuple[str, ...]:
    many = tuple(Line("problem", f"Problem {number * 7919}") for number in range(60))
    return printed(card(lines=many), by=KEY).parts


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        (list, NotACard),
        (lambda: ["https://example.org"], NotACard),
        (lambda: ["SALUS2/1/1/AAAAAAAA/AAAA"], NotACard),
        (lambda: ["SALUS1/1/99/AAAAAAAA/AAAA"], NotACard),
        (lambda: ["SALUS1/1/1/AAAAAAAA/1!"], NotACard),
        (lambda: ["SALUS1/1/1/AAAAAAAA/MFRGG"], CardDamaged),
        (lambda: _long()[1:], PartMissing),
        (lambda: [*_long(), *printed(card(), by=KEY).parts], TwoCards),
        (lambda: [_long()[0], *_long()[1:]], TwoCards),
    ],
    ids=["none", "link", "version", "many", "letters", "mark", "missing", "both", "mixed"],
)
def test_what_is_not_one_whole_card_is_named(texts: Any, error: type[SalusError]) -> None:
    with pytest.raises(error):
        joined(texts())


def test_a_card_that_would_need_too_many_codes_is_refused() -> None:
    rows = [f"{number:x}".rjust(9, "z") * 12 for number in range(0, 10**9, 10**6)]
    with pytest.raises(CardTooLong):
        printed(card(lines=tuple(Line("problem", text) for text in rows)), by=KEY)


@pytest.mark.parametrize(
    ("changed", "members"),
    [
        ({}, {"chain": 8}),
        ({}, {"custody": "0x" + "22" * 20}),
        ({}, {"sources": []}),
        ({}, {"sources": None}),
        ({}, {"sources": [{"key": to_hex(KEY.address), "valid_from": "soon"}]}),
        ({}, {"revoked": [to_hex(KEY.address)]}),
        ({"source": Address(b"\x33" * 20)}, {}),
        ({"lines": (Line("allergy", "none"),)}, {}),
        ({"until": NOW + timedelta(days=9999)}, {}),
        ({"record": RecordId(6)}, {}),
    ],
    ids=[
        "chain",
        "network",
        "nobody",
        "none",
        "bad",
        "revoked",
        "source",
        "line",
        "until",
        "other",
    ],
)
def test_only_what_a_trusted_source_signed_is_trusted(
    changed: dict[str, Any], members: dict[str, Any]
) -> None:
    signature = KEY.sign(card().digest())

    with pytest.raises(CardNotTrusted):
        check(card(**changed), signature, trust(**members), NOW)


def test_a_key_counts_while_it_was_valid() -> None:
    signature = KEY.sign(card().digest())
    (source,) = trust()["sources"]
    ended = source | {"valid_until": "2026-01-05T09:00:01Z"}
    before = source | {"valid_until": "2026-01-05T09:00:00Z"}
    check(card(), signature, trust(sources=[ended]), NOW + timedelta(days=30))

    with pytest.raises(CardNotTrusted):
        check(card(), signature, trust(sources=[before]), NOW)


def test_an_outdated_card_is_read_only_when_that_is_asked_for() -> None:
    signature, late = KEY.sign(card().digest()), NOW + timedelta(days=365)
    check(card(), signature, trust(), late - timedelta(seconds=1))
    check(card(), signature, trust(), late, outdated=True)

    with pytest.raises(CardOutdated):
        check(card(), signature, trust(), late)


def test_a_code_is_never_the_same() -> None:
    assert 200 == len({cards.new_code() for _ in range(200)})


@settings(max_examples=20, deadline=None)
@given(st.lists(st.builds(Line, st.sampled_from(KINDS), st.text(max_size=40)), max_size=20))
def test_every_card_comes_back(lines: list[Line]) -> None:
    written = card(lines=tuple(lines))
    made = printed(written, by=KEY, is_sealed=False)

    assert written == opened(joined(made.parts), "")[0]
