"""How refusals of the ledger are told: its numbers in the words that people use."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from salus.kernel.clock import moment, stamp
from salus.kernel.errors import Detail
from salus.kernel.ids import RecordId, record_text
from salus.rights.consent.licensing.model import Duo, Use, names_of
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.currency import shown

NOTHING = "-"


def _token(number: int) -> str:
    """A record, or a section of it by its name."""
    text, code = record_text(RecordId(number >> 8)), number & 0xFF
    return f"{text}/{SECTIONS.get(code, code)}" if code else text


def _mask(number: int) -> str:
    names = (name for code, name in SECTIONS.items() if number >> code & 1)
    return ", ".join(names) or NOTHING


def _use(number: int) -> str:
    return names_of(Use(1 << number))[0] if number < len(Use) else str(number)


def _term(number: int) -> str:
    return Duo(number).name if number in list(Duo) else f"DUO:{number:07}"


def _time(seconds: int) -> str:
    """A moment, or the number where it is beyond every calendar."""
    try:
        return stamp(moment(seconds))
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _number(value: int) -> str:
    """Of a license or a sale: 32 hex digits."""
    return f"{value:032x}"


def _section(value: int) -> str:
    """By its code, or as a token."""
    return SECTIONS.get(value, str(value)) if value < 256 else _token(value)


WORDS: Mapping[str, Callable[[int], str]] = {
    "section": _section,
    "token": _token,
    "record": lambda value: record_text(RecordId(value)),
    "given": _token,
    "expected": _token,
    "code": _section,
    "mask": _mask,
    "use": _use,
    "term": _term,
    "until": _time,
    "at": _time,
    "limit": shown,
    "price": shown,
    "license": _number,
    "sale": _number,
    "id": _number,
}


class Told:
    """Beside SalusError: its numbers are shown in words. `plain` names those that stay numbers."""

    details: dict[str, Detail]
    plain: ClassVar[frozenset[str]] = frozenset()
    words: ClassVar[Mapping[str, Callable[[int], str]]] = WORDS

    def shown(self) -> dict[str, str]:
        return {name: self._word(name, value) for name, value in self.details.items()}

    def _word(self, name: str, value: Detail) -> str:
        if isinstance(value, bytes):
            return "0x" + value.hex()
        if not isinstance(value, int) or name in self.plain or name not in self.words:
            return str(value)
        return self.words[name](value)
