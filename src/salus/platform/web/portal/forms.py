"""What a visitor typed: read field by field, each fault beside its field, nothing lost."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from salus.kernel.errors import SalusError
from salus.platform.i18n import explain, translate
from salus.platform.web.portal.errors import FormInvalid

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Form:
    """The values of a form. Reading a bad one keeps a fault; `check` raises when there is any."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    uploads: Mapping[str, Upload] = field(default_factory=dict, repr=False)
    faults: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises FormInvalid."""
        if self.faults:
            raise FormInvalid

    def blame(self, name: str, error: SalusError) -> None:
        """Put an error beside a field."""
        self.faults[name] = explain(error)[0]

    # FOR TEMPLATES

    def typed(self, name: str, default: object = "") -> str:
        """What stands in a field when the page is shown again."""
        found = self.values.get(name)
        return found[0] if found else str(default)

    def ticked(self, name: str, value: object, default: Collection[object] = ()) -> bool:
        return str(value) in self.values[name] if name in self.values else value in default

    # FOR PAGES

    def text(self, name: str, *, required: bool = True, longest: int = LONGEST) -> str:
        found = self._first(name).replace("\r\n", "\n").strip()  # a browser ends lines so
        if required and not found:
            self._fault(name, "Please fill this in.")
        elif len(found) > longest:
            self._fault(name, "At most {count} characters, please.", count=longest)
        elif any(ord(char) < 32 and char not in "\n\t" for char in found):
            self._fault(name, "There are characters in it that no keyboard types.")
        return found

    def secret(self, name: str) -> str:
        """As typed, with spaces; never shown again."""
        found = self._first(name)
        if not found:
            self._fault(name, "Please fill this in.")
        elif len(found) > 1_024:
            self._fault(name, "At most {count} characters, please.", count=1_024)
        return found

    def choice(self, name: str, allowed: Collection[str], *, required: bool = True) -> str:
        found = self._first(name)
        if found not in allowed and (required or found):
            self._fault(name, "Please choose one of the list.")
        return found

    def choices(self, name: str, allowed: Collection[str], *, least: int = 1) -> list[str]:
        found = list(dict.fromkeys(self.values.get(name, ())))
        if len(found) < least or not set(found) <= set(allowed):
            self._fault(name, "Please choose at least one.")
        return found

    def whole(self, name: str, *, least: int = 0, most: int = 10**9) -> int:
        found = self._first(name).strip()
        if not (found.isascii() and found.isdigit() and least <= int(found[:18]) <= most):
            self._fault(
                name, "A whole number from {least} to {most}, please.", least=least, most=most
            )
            return least
        return int(found)

    def day(self, name: str, *, after: datetime, within: timedelta) -> datetime:
        """The end of a day, UTC, after a moment and not too far from it."""
        try:
            end = datetime.combine(
                date.fromisoformat(self._first(name)), time(23, 59, 59), tzinfo=UTC
            )
        except ValueError:
            self._fault(name, "Please choose a day.")
            return after
        if not after < end <= after + within:
            last = (after + within).date().isoformat()
            self._fault(name, "The day must come, and at the latest on {day}.", day=last)
        return end

    def upload(self, name: str, *, largest: int) -> Upload:
        found = self.uploads.get(name, Upload("", b""))
        if not found.content:
            self._fault(name, "Please choose a file.")
        elif len(found.content) > largest:
            self._fault(name, "The file may have {size} MB at most.", size=largest // 1_000_000)
        return found

    def _first(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    def _fault(self, name: str, message: str, **values: object) -> None:
        self.faults.setdefault(name, translate(message, **values))


FAULTS = (
    "Please fill this in.",
    "At most {count} characters, please.",
    "There are characters in it that no keyboard types.",
    "Please choose one of the list.",
    "Please choose at least one.",
    "A whole number from {least} to {most}, please.",
    "Please choose a day.",
    "The day must come, and at the latest on {day}.",
    "Please choose a file.",
    "The file may have {size} MB at most.",
)
"""What `_fault` may say, for the catalog."""
