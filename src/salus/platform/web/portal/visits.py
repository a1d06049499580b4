"""Who visits a page, as whom, and what came with the visit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from salus.platform.web.portal.forms import Form
from salus.platform.work import Node


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

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page.

    `root` is the opened wallet of a patient: 32 bytes that no page shows and no row holds.
    `must_confirm`: the password was typed too long ago for an act that cannot be undone.
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

    @property
    def who(self) -> Person:
        """The person of a page that asks for a role."""
        assert self.person is not None, "the frame lets nobody else in"
        return self.person

    @property
    def account(self) -> str:
        return self.who.account
