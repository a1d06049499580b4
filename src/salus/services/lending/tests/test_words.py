"""What the ledger refuses comes as numbers, and is told in words, in both languages."""

from collections.abc import Iterator

import pytest

from salus.kernel.errors import SalusError
from salus.platform.i18n import choose, explain
from salus.platform.ledger import Contract, Interface
from salus.platform.ledger.contracts import _abi as abi
from salus.services.lending.errors import (
    NotBetter,
    OverLtv,
    TermsOutOfBounds,
    TooEarly,
    ValueStale,
    WrongState,
)
from salus.services.lending.model import State
from salus.services.lending.telling import BETTER, BOUNDS, STATES

PACKAGE = "salus.services.lending"
RECORD = 0xABC << 8 | 7


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    choose("en")
    yield
    choose("")


def refused(contract: str, name: str, types: list[str], *values: object) -> SalusError:
    """What Python makes of the bytes that a contract answers."""
    book = Contract(Interface.of(PACKAGE, contract), bytes(20))  # type: ignore[arg-type]
    selectors = {entry["name"]: each for each, entry in book.interface.errors.items()}
    return book.error(selectors[name] + abi.encode(types, values))


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("contract", ["LoanBook", "LoanAuction"])
def test_a_state_is_told_in_words_and_named_for_programs(contract: str, state: State) -> None:
    error = refused(contract, f"{contract}_WrongState", ["uint96", "uint8"], 3, int(state))
    same = WrongState(loan=3, state=state.name.lower())

    assert isinstance(error, WrongState)
    assert {"loan": "3", "state": state.name.lower()} == error.shown() == same.shown()
    assert f"The loan 3 is {STATES[state.name.lower()]}, which does not allow this." == str(same)
    assert explain(error) == explain(same)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("TermsOutOfBounds", TermsOutOfBounds, BOUNDS),
        ("NotBetter", NotBetter, BETTER),
    ],
)
def test_a_field_is_told_by_what_it_has_to_be(
    name: str, kind: type[SalusError], words: dict[str, str]
) -> None:
    for field, text in words.items():
        raw = field.encode().ljust(32, b"\0")
        error = refused("LoanBook", f"LoanBook_{name}", ["bytes32"], raw)

        assert isinstance(error, kind)
        assert {"field": field} == error.shown() == kind(field=field).shown()
        assert text in explain(error)[0]


def test_the_words_are_chinese_where_that_is_spoken() -> None:
    choose("zh-Hans")
    errors: list[SalusError] = [WrongState(loan=1, state=name) for name in STATES]
    errors += [TermsOutOfBounds(field=name) for name in BOUNDS]
    errors += [NotBetter(field=name) for name in BETTER]
    said = [explain(error)[0] for error in errors]

    assert [] == [text for text in said if any(part in text for part in ("to be", "has to", "may"))]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in said)


def test_amounts_times_and_records_are_told_as_people_read_them() -> None:
    over = refused("LoanBook", "LoanBook_OverLtv", ["uint256", "uint256"], 400_000_000, 2_500_000)
    early = refused("LoanAuction", "LoanAuction_TooEarly", ["uint256"], 1_900_000_000)
    stale = refused("LoanBook", "LoanBook_ValueStale", ["uint256"], RECORD)

    assert isinstance(over, OverLtv)
    assert isinstance(early, TooEarly)
    assert isinstance(stale, ValueStale)
    assert "A loan of 400.00 is too high; 2.50 is the most for this value." == str(over)
    assert "This is possible from 2030-03-17T17:46:40Z on." == str(early)
    assert f"The value of {0xABC:032x}/laboratory is older than seven days." == str(stale)


def test_a_state_or_a_field_that_nobody_knows_stays_as_it_is() -> None:
    assert "The loan 1 is 9, which does not allow this." == str(WrongState(loan=1, state=9))
    assert "x" in str(TermsOutOfBounds(field="x"))
