"""Who visits a page, as whom, and what came with the visit."""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, cast

from salus.platform.web.portal.forms import Form
from salus.platform.work import Node

T = TypeVar("T")


class Role(StrEnum):
    """As whom somebody acts. Which roles an account has, `Organizations` and the account say."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    DESK = "desk"
    PRIVACY = "privacy"
    ADMINISTRATOR = "administrator"
    LICENSEE = "licensee"
    LENDER = "lender"
    REGULATOR = "regulator"
    OPERATOR = "operator"


STAFF = frozenset(Role) - {Role.PATIENT}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in. `party` is the organization for which staff acts, else empty."""

    account: str
    name: str
    roles: tuple[Role, ...]
    role: Role
    party: str = ""
    language: str = "en"
    large: bool = False
    first: str = ""
    """The page of a duty that comes before everything else, such as setting up an authenticator."""

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom a visitor acts, as he calls that person, and his powers over each of the records.

    `powers` are those over any of them. Without any record left, that has ended.
    """

    name: str
    records: Mapping[str, frozenset[str]] = field(default_factory=dict)
    powers: frozenset[str] = frozenset()

    def narrowed(self, powers: Collection[str]) -> "Acting":
        """Only the records over which he has one of these powers."""
        kept = {record: had for record, had in self.records.items() if had & set(powers)}
        return Acting(self.name, kept, self.powers)

    def may(self, power: str) -> bool:
        return any(power in had for had in self.records.values())


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page.

    `root` is the opened wallet of a patient: 32 bytes that no page shows and no row holds.
    `must_confirm`: the password was typed too long ago for an act that cannot be undone. `asked`:
    what the parts of one page have asked for so far; None for an act, which asks each time anew.
    """

    node: Node
    home: Path
    path: str
    language: str
    person: Person | None = None
    session: str = ""
    root: bytes = field(default=b"", repr=False)
    csrf: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Form = field(default_factory=Form)
    must_confirm: bool = False
    is_fragment: bool = False
    acting: Acting | None = None
    """For whom a delegate acts; None for somebody who is here for himself."""
    asked: dict[Hashable, Any] | None = field(default=None, repr=False)

    def may(self, power: str) -> bool:
        """Whether a page offers what needs a power: to everybody but a delegate without it."""
        return self.acting is None or self.acting.may(power)

    @property
    def who(self) -> Person:
        """The person of a page that asks for a role."""
        assert self.person is not None, "the frame lets nobody else in"
        return self.person

    @property
    def account(self) -> str:
        return self.who.account

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """What several parts of one page need, asked for once while it is made."""
        if self.asked is None:
            return ask()
        if key not in self.asked:
            self.asked[key] = ask()
        return cast(T, self.asked[key])

    def ask_again(self) -> None:
        """Something has changed while the page is made."""
        if self.asked is not None:
            self.asked.clear()
