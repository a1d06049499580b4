"""Licenses as they are asked for: what LicenseBook answers, and what it may answer wrongly."""

from typing import Any

import pytest

from salus.kernel.ids import Address, RecordId
from salus.platform.ledger import Block
from salus.rights.consent.licensing.errors import UnknownLicense
from salus.rights.consent.licensing.licenses import (
    NEWEST,
    REFUSALS,
    Claim,
    KnownLicense,
    claimed,
    license_at,
    license_from_text,
    license_id,
    license_text,
)
from salus.rights.consent.licensing.model import PURPOSE_OF, Use
from salus.rights.consent.model import Purpose
from salus.rights.records.ledger import OnLedger

AT = Block(9, bytes(32), 1_000)
RECORD, NUMBER = RecordId(7), 0x1234
ACME = Address(b"\x0a" * 20)
LIVE = 1


class Book:
    """Answers of the contracts at one block; `asked` is what `checkAccess` was asked."""

    def __init__(
        self, *, use: int = 0, newest: int = NEWEST, state: int = LIVE, version: int = 3
    ) -> None:
        self.license = (5, newest, 0, 1 << 7, use, 3, state)
        self.version = version
        self.answers: dict[int, tuple[bool, int]] = {7: (True, 0)}
        self.asked: list[tuple[Any, ...]] = []

    def __call__(self, contract: str, name: str, *arguments: Any, at: Block) -> Any:
        assert at == AT
        if name == "licenseOf":
            return self.license
        if name == "tokenOf":
            return RECORD << 8 | 7
        if name == "recordOf":
            return OnLedger._make(
                self.version if each == "version" else 0 for each in OnLedger._fields
            )
        assert (contract, name) == ("LicenseBook", "checkAccess")
        self.asked.append(arguments)
        return self.answers.get(arguments[2], (False, 2))


def claim(*sections: int) -> Claim:
    return Claim(NUMBER, ACME, frozenset(sections))


def test_each_section_is_asked_for_with_the_use_that_was_bought() -> None:
    book = Book(use=3)
    found = claimed(book, claim(7, 4), at=AT)

    assert found is not None
    assert (found.id, found.record) == (license_id(NUMBER), RECORD)
    assert (found.purpose, found.sections) == (Purpose.COMMERCIAL, frozenset({7}))
    assert found.closed == ((4, "another-section"),)
    assert book.asked == [(NUMBER, ACME, 4, 3, 3), (NUMBER, ACME, 7, 3, 3)]


def test_a_license_for_ever_is_asked_for_the_version_it_was_sold_with() -> None:
    later, before = Book(newest=2, version=9), Book(newest=2, version=1)
    claimed(later, claim(7), at=AT)
    claimed(before, claim(7), at=AT)

    assert [each[3] for each in later.asked + before.asked] == [2, 1]


@pytest.mark.parametrize("reason", REFUSALS)
def test_every_reason_has_a_rule(reason: int) -> None:
    book = Book()
    book.answers[7] = (False, reason)
    found = claimed(book, claim(7), at=AT)

    assert found is not None
    assert (found.sections, found.closed) == (frozenset(), ((7, REFUSALS[reason]),))


def test_an_answer_that_nobody_knows_opens_nothing() -> None:
    book = Book(use=200)
    book.answers[7] = (False, 99)
    found = claimed(book, claim(7), at=AT)

    assert found is not None
    assert (found.purpose, found.closed) == (None, ((7, "no-license"),))


def test_what_was_never_issued_is_none_and_what_has_ended_is_known() -> None:
    assert license_at(Book(state=0), NUMBER, at=AT) is None
    assert claimed(Book(state=0), claim(7), at=AT) is None
    assert license_at(Book(state=2), NUMBER, at=AT) == KnownLicense(NUMBER, RECORD, 0, NEWEST)


def test_every_use_has_a_purpose() -> None:
    assert set(PURPOSE_OF) == set(Use)


@pytest.mark.parametrize("text", ["", "zz", "-1", "1" + "0" * 64, "0x"])
def test_what_is_no_number_is_no_license(text: str) -> None:
    with pytest.raises(UnknownLicense):
        license_from_text(text)


def test_the_text_of_a_license_is_read_as_it_was_shown() -> None:
    assert license_from_text(license_text(NUMBER)) == NUMBER
    assert license_from_text(f"0x{license_text(NUMBER)}") == NUMBER
    assert len(license_text(NUMBER)) == 32
