"""What a decision is asked, and what it rests on: read at one final block. Pure."""

from dataclasses import dataclass
from datetime import datetime

from salus.kernel.ids import Address, RecordId, UnitId
from salus.rights.consent.emergency.model import Scope
from salus.rights.consent.model import Effect, Purpose, Terms
from salus.rights.records.model import UnitKind
from salus.rights.records.sections import EMERGENCY_SUMMARY

NO_RULE = bytes(32)


@dataclass(frozen=True, slots=True)
class Target:
    """One unit that is asked for."""

    unit: UnitId
    section: int
    kind: int


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to read what, and why. `reader` is the organization that `signer` acts for."""

    record: RecordId
    signer: Address
    reader: Address
    purpose: int
    action: str
    targets: tuple[Target, ...]
    at: datetime
    cosigners: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Several keys for a unit: `threshold` of `approvers`, at each use where `each_use` says so.

    A permit counts only when it was made on the rule that the unit is under.
    """

    id: bytes
    threshold: int
    approvers: frozenset[Address]
    each_use: bool

    def is_met(self, cosigners: frozenset[Address]) -> bool:
        return not self.each_use or len(self.approvers & cosigners) >= self.threshold


@dataclass(frozen=True, slots=True)
class Document:
    """A grant as the ledger has it, with the terms that were opened for the decision.

    `bits` are its purposes on the ledger, `terms` is None where nobody opened them, and `reads`
    counts those released before.
    """

    id: bytes
    effect: Effect
    terms: Terms | None
    is_live: bool
    bits: int = 0
    is_committed: bool = True
    reads: int = 0
    rule: bytes = NO_RULE


@dataclass(frozen=True, slots=True)
class Emergency:
    """An opening of the glass in a final block, and what it releases at that block."""

    id: bytes
    record: RecordId
    clinicians: frozenset[Address]
    releases: Scope

    def reaches(self, request: Request, target: Target) -> bool:
        """Whether this opening is for that signer, record, purpose and unit."""
        if request.signer not in self.clinicians or request.record != self.record:
            return False
        is_summary = self.releases is Scope.SUMMARY and target.section == EMERGENCY_SUMMARY
        in_scope = is_summary or self.releases is Scope.RECORD
        return in_scope and request.purpose == Purpose.ETREAT


@dataclass(frozen=True, slots=True)
class License:
    """A license in a final block, as it is for who asks.

    `purpose` is that of its use, `sections` are those of the question that it opens, and `closed`
    says of each of the others by which rule it does not.
    """

    id: bytes
    record: RecordId
    purpose: Purpose | None
    sections: frozenset[int]
    closed: tuple[tuple[int, str], ...] = ()

    @property
    def text(self) -> str:
        """Its number, as people see it."""
        return f"{int.from_bytes(self.id, 'big'):032x}"

    def refusal(self, request: Request, target: Target) -> str | None:
        """Why it does not open a unit, None where it does: the main unit of a section at most."""
        if request.record != self.record:
            return "another-record"
        if request.purpose != self.purpose:
            return "another-purpose"
        is_main = target.kind == UnitKind.SECTION and target.section != EMERGENCY_SUMMARY
        if is_main and target.section in self.sections:
            return None
        return dict(self.closed).get(target.section, "another-section")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision rests on, read at one final block."""

    stops: tuple[str, ...] = ()
    controller: Address | None = None
    is_delegate: bool = False
    documents: tuple[Document, ...] = ()
    emergency: Emergency | None = None
    source: Address | None = None
    rules: tuple[tuple[UnitId, Rule], ...] = ()
    license: License | None = None

    def rule_of(self, unit: UnitId) -> Rule | None:
        return dict(self.rules).get(unit)
