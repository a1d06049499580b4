"""What governors may decide, and when a proposal is decided. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from salus.kernel.ids import NOBODY, Address, Digest
from salus.rights.identity.errors import AlreadyApproved, NotApproved, ProposalExpired
from salus.rights.identity.governing.errors import ActionUnclear, UnknownAction, UnknownRole
from salus.rights.identity.model import ActionKind, Roles

PROPOSAL_TIME = 14 * 86_400  # seconds, as in Organizations.sol
NO_WORD: Final = Digest(bytes(32))
_NAMES = {kind: kind.name.lower().replace("_", "-") for kind in ActionKind}
_NEEDS = {
    ActionKind.ADMIT: ("an organization", "--roles"),
    ActionKind.SUSPEND: ("an organization",),
    ActionKind.REINSTATE: ("an organization",),
    ActionKind.SET_ROLES: ("an organization", "--roles"),
    ActionKind.SET_ATTRIBUTES: ("an organization",),
    ActionKind.LINK: ("an organization", "--other"),
    ActionKind.ADD_GOVERNOR: ("an organization",),
    ActionKind.DROP_GOVERNOR: ("an organization",),
    ActionKind.SET_THRESHOLD: ("--threshold",),
    ActionKind.PAUSE_OPENING: ("--days",),
    ActionKind.ADOPT_MODULE: ("the address of a module",),
    ActionKind.SET_PLATFORM: ("an organization",),
    ActionKind.SET_VALIDATOR: ("an organization", "--key", "--power"),
}


class Action(NamedTuple):
    """What governors decide, in the order of the ABI."""

    kind: ActionKind
    org: Address
    value: int
    attributes: Digest
    other: Address


class State(Enum):
    """How far a proposal is."""

    OPEN = "open"
    DONE = "done"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`approvals` are governors in the order of their words; times in seconds, `done_at` 0 for no.

    `counted` of them still govern, and `needed` have to.
    """

    id: Digest
    action: Action
    proposer: Address
    proposed_at: int
    done_at: int
    approvals: tuple[Address, ...]
    counted: int
    needed: int

    @property
    def until(self) -> int:
        """The last second in which it can be approved."""
        return self.proposed_at + PROPOSAL_TIME

    def state(self, now: int) -> State:
        if self.done_at:
            return State.DONE
        return State.OPEN if now <= self.until else State.EXPIRED


def check_open(proposal: Proposal, now: int) -> None:
    """Raises ProposalExpired, also for what was carried out."""
    if proposal.state(now) is not State.OPEN:
        raise ProposalExpired(id=proposal.id)


def check_approval(proposal: Proposal, governor: Address, now: int) -> None:
    """Whether a governor's word would be new. Raises ProposalExpired and AlreadyApproved."""
    check_open(proposal, now)
    if governor in proposal.approvals:
        raise AlreadyApproved(id=proposal.id, governor=governor)


def check_withdrawal(proposal: Proposal, governor: Address, now: int) -> None:
    """Whether there is a word to take back. Raises ProposalExpired and NotApproved."""
    check_open(proposal, now)
    if governor not in proposal.approvals:
        raise NotApproved(id=proposal.id, governor=governor)


def action_named(text: str) -> ActionKind:
    """`add-governor` as its kind. Raises UnknownAction."""
    for kind, name in _NAMES.items():
        if text.strip().lower() == name:
            return kind
    raise UnknownAction(action=text[:32], known=", ".join(_NAMES.values()))


def name_of(kind: ActionKind) -> str:
    """By what people call it."""
    return _NAMES[kind]


@dataclass(frozen=True, slots=True)
class Wished:
    """What was said of a decision; what was not said is None. `pause` in seconds."""

    org: Address | None = None
    other: Address | None = None
    roles: Roles | None = None
    attributes: Digest | None = None
    threshold: int | None = None
    pause: int | None = None
    key: Digest | None = None
    power: int | None = None


def action_of(kind: ActionKind, wished: Wished) -> Action:
    """Raises ActionUnclear, naming all that the kind needs."""
    given = {
        "an organization": wished.org,
        "the address of a module": wished.org,
        "--other": wished.other,
        "--roles": wished.roles,
        "--threshold": wished.threshold,
        "--days": wished.pause,
        "--key": wished.key,
        "--power": wished.power,
    }
    needs = _NEEDS[kind]
    if any(given[each] is None for each in needs):
        raise ActionUnclear(needed=", ".join(needs))
    has = set(needs)
    values = (
        wished.roles if "--roles" in has else None,
        wished.threshold if "--threshold" in has else None,
        wished.pause if "--days" in has else None,
        wished.power if "--power" in has else None,
    )
    is_attested = kind in {ActionKind.ADMIT, ActionKind.SET_ATTRIBUTES}
    word = wished.attributes if is_attested else wished.key if "--key" in has else None
    return Action(
        kind,
        (wished.org or NOBODY) if has & {"an organization", "the address of a module"} else NOBODY,
        next((int(each) for each in values if each is not None), 0),
        word or NO_WORD,
        (wished.other or NOBODY) if "--other" in has else NOBODY,
    )


def roles_of(names: Sequence[str]) -> Roles:
    """`licensee`, `reader` as bits. Raises UnknownRole."""
    found = Roles(0)
    for name in names:
        try:
            found |= Roles[name.upper()]
        except KeyError:
            known = ", ".join(role_names(Roles(-1)))
            raise UnknownRole(role=name[:32], known=known) from None
    return found


def role_names(roles: Roles) -> list[str]:
    """Those of a set, in their order."""
    return [role.name.lower() for role in Roles if role in roles and role.name]
