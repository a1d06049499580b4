"""The root of every error that a person may read.

An error class is its own documentation: the docstring is the message, with one named placeholder
for each value, and `hint` says what to do. Both are translated. Values given to an error may be
shown to its reader, so they never hold health data, keys or access codes.
"""

import re
from typing import ClassVar

Detail = str | int | bytes | None
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class SalusError(Exception):
    """Something went wrong."""

    hint: ClassVar[str] = ""
    status: ClassVar[int] = 400  # of the HTTP answer, RFC 9110
    spoken: ClassVar[frozenset[str]] = frozenset()
    """Names of details that are told in words of our own, which are translated."""

    def __init__(self, **details: Detail) -> None:
        super().__init__(details)
        self.details = details

    def __reduce__(self) -> tuple[object, ...]:
        """An error crosses to another process with its details."""
        return _rebuilt, (type(self), self.details)

    @classmethod
    def capability(cls) -> str:
        """Name of the folder that holds the `errors` module: `consent`, `ledger`, `kernel`."""
        parts = cls.__module__.split(".")
        return parts[-2] if parts[-1] == "errors" and parts[-2] != "kernel" else parts[1]

    @classmethod
    def key(cls) -> str:
        """Message key, one for errors, problem types and documents: `consent.unknown_grant`."""
        return f"{cls.capability()}.{_WORD.sub('_', cls.__name__).lower()}"

    @classmethod
    def problem(cls) -> str:
        """RFC 9457 problem type: `/problems/consent/unknown-grant`."""
        return "/problems/" + cls.key().replace(".", "/").replace("_", "-")

    @classmethod
    def template(cls) -> str:
        return " ".join((cls.__doc__ or "").split("\n\n", maxsplit=1)[0].split())

    def shown(self) -> dict[str, str]:
        """The details as a reader sees them: bytes as lower-case hex."""
        return {
            name: "0x" + value.hex() if isinstance(value, bytes) else str(value)
            for name, value in self.details.items()
        }

    def told(self) -> dict[str, str]:
        """The details as they stand in the message, before what is spoken is translated."""
        return self.shown()

    def __str__(self) -> str:
        return self.template().format(**self.told())


def _rebuilt(kind: type[SalusError], details: dict[str, Detail]) -> SalusError:
    return kind(**details)
