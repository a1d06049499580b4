"""The one decision on every read: `decide(request, facts)`. Pure, without any I/O.

Levels, the first that matches rules: a stop, the subject on their own record, break-glass within
policy and scope unless a denial names BTG, a patient's denial, a patient's permit or a delegate,
a license, what a source wrote itself, and then nothing. Within a level a denial wins.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum

from salus.rights.consent.facts import Document, Facts, Request, Target
from salus.rights.consent.model import Effect
from salus.rights.consent.residual import Residual, of_section
from salus.rights.consent.weighing import (
    Weighed,
    is_whole,
    licensed,
    names_btg,
    remaining,
    weigh_all,
)

NO_REDISCLOSURE, ATTACH_CONSENT = "NO_REDISCLOSURE", "ATTACH_CONSENT"
NOTIFY_SUBJECT, REVIEW = "NOTIFY_SUBJECT", "REVIEW"


class Outcome(Enum):
    PERMIT = "permit"
    PARTIAL = "partial"
    DENY = "deny"


class Level(IntEnum):
    """Who decided: the first level that says something about a read."""

    STOP = 0
    SUBJECT = 1
    EMERGENCY = 2
    PATIENT_DENY = 3
    PATIENT_PERMIT = 4
    LICENSE = 5
    DEFAULT = 6
    NOTHING = 7


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided on one target, on whose word, and what of it may be read."""

    target: Target
    level: Level
    rule: str
    based_on: tuple[bytes, ...]
    residual: Residual
    weighed: tuple[Weighed, ...]

    @property
    def outcome(self) -> Outcome:
        if self.residual.is_empty:
            return Outcome.DENY
        return Outcome.PERMIT if self.residual.is_whole else Outcome.PARTIAL


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on a request: one verdict for each target, in their order."""

    verdicts: tuple[Verdict, ...]
    obligations: tuple[str, ...]
    valid_until: datetime | None

    @property
    def outcome(self) -> Outcome:
        outcomes = {each.outcome for each in self.verdicts}
        if len(outcomes) == 1:
            return outcomes.pop()
        return Outcome.PARTIAL if outcomes else Outcome.DENY

    @property
    def rule(self) -> str:
        """What decided: of the first target that is not wholly permitted, else of the first."""
        partial = (each for each in self.verdicts if each.outcome is not Outcome.PERMIT)
        return next(partial, *self.verdicts[:1]).rule if self.verdicts else "nothing-asked"

    @property
    def based_on(self) -> tuple[bytes, ...]:
        return tuple(dict.fromkeys(grant for each in self.verdicts for grant in each.based_on))


def decide(request: Request, facts: Facts) -> Decision:
    """Decide a read, unit by unit; whatever is not permitted by somebody is denied."""
    verdicts = tuple(_decide(request, facts, target) for target in request.targets)
    permitted = [each for each in verdicts if each.level in _PERMITTING]
    used = {grant for each in permitted for grant in each.based_on}
    terms = [each.terms for each in facts.documents if each.terms and each.id in used]
    obligations = {duty for each in terms for duty in each.obligations}
    if any(each.level is Level.EMERGENCY for each in permitted):
        obligations |= {NOTIFY_SUBJECT, REVIEW}
    if any("SUD" in each.clause.labels for each in terms):
        obligations |= {NO_REDISCLOSURE, ATTACH_CONSENT}
    ends = [each.not_after for each in terms]
    return Decision(verdicts, tuple(sorted(obligations)), min(ends, default=None))


def _decide(request: Request, facts: Facts, target: Target) -> Verdict:
    weighed = tuple(weigh_all(request, facts, target))
    counting = {each.document for each in weighed if each.step is None}
    documents = [each for each in facts.documents if each.id in counting]
    case = _Case(request, facts, target, documents)
    said = next(filter(None, (level(case) for level in _LEVELS)), None)
    said = said or _Said(Level.NOTHING, _reason(weighed))
    residual = _residual(said.level, documents, target)
    return Verdict(target, said.level, said.rule, said.based_on, residual, weighed)


# LEVELS: each says something about a case, or leaves it to the next


@dataclass(frozen=True, slots=True)
class _Case:
    """One target, with the documents that count for it."""

    request: Request
    facts: Facts
    target: Target
    documents: list[Document]

    def of(self, effect: Effect) -> list[Document]:
        return [each for each in self.documents if each.effect is effect]


@dataclass(frozen=True, slots=True)
class _Said:
    level: Level
    rule: str
    based_on: tuple[bytes, ...] = ()


def _stop(case: _Case) -> _Said | None:
    stops = case.facts.stops
    return _Said(Level.STOP, stops[0]) if stops else None


def _subject(case: _Case) -> _Said | None:
    controller = case.facts.controller
    is_subject = controller is not None and case.request.signer == controller
    return _Said(Level.SUBJECT, "subject") if is_subject else None


def _emergency(case: _Case) -> _Said | None:
    emergency = case.facts.emergency
    if emergency is None or not emergency.reaches(case.request, case.target):
        return None
    if against := tuple(each.id for each in case.of(Effect.DENY) if names_btg(each)):
        return _Said(Level.PATIENT_DENY, f"denial {against[0].hex()}", against)
    return _Said(Level.EMERGENCY, f"emergency {emergency.id.hex()}", (emergency.id,))


def _patient_deny(case: _Case) -> _Said | None:
    whole = tuple(each.id for each in case.of(Effect.DENY) if is_whole(each, case.target))
    return _Said(Level.PATIENT_DENY, f"denial {whole[0].hex()}", whole) if whole else None


def _patient_permit(case: _Case) -> _Said | None:
    if case.facts.is_delegate:
        return _Said(Level.PATIENT_PERMIT, "delegate")
    permits = tuple(each.id for each in case.of(Effect.PERMIT))
    if permits and not _is_signed(case.request, case.facts, case.target):
        return _Said(Level.NOTHING, "co-signatures-missing")
    return _Said(Level.PATIENT_PERMIT, f"grant {permits[0].hex()}", permits) if permits else None


def _license(case: _Case) -> _Said | None:
    """Nobody approved a license under a rule of its unit: such a unit opens by co-signatures."""
    license_ = case.facts.license
    if license_ is None:
        return None
    if refusal := license_.refusal(case.request, case.target):
        return _Said(Level.NOTHING, refusal)
    rule = case.facts.rule_of(case.target.unit)
    if rule is not None and not rule.each_use:
        return _Said(Level.NOTHING, "another-rule")
    if not _is_signed(case.request, case.facts, case.target):
        return _Said(Level.NOTHING, "co-signatures-missing")
    return _Said(Level.LICENSE, f"license {license_.text}", (license_.id,))


def _default(case: _Case) -> _Said | None:
    source = case.facts.source
    is_own = source is not None and case.request.reader == source
    return _Said(Level.DEFAULT, "source") if is_own else None


_LEVELS = (_stop, _subject, _emergency, _patient_deny, _patient_permit, _license, _default)
_PERMITTING = {
    Level.SUBJECT,
    Level.EMERGENCY,
    Level.PATIENT_PERMIT,
    Level.LICENSE,
    Level.DEFAULT,
}


def _residual(level: Level, documents: list[Document], target: Target) -> Residual:
    if level in {Level.SUBJECT, Level.EMERGENCY}:
        return of_section(target.section)
    if level is Level.LICENSE:
        return licensed(documents, target)
    return remaining(documents, target) if level in _PERMITTING else Residual(())


def _reason(weighed: tuple[Weighed, ...]) -> str:
    """Why nothing permits: where the only permit that was named fell out."""
    steps = [each.step for each in weighed if each.effect is Effect.PERMIT and each.step]
    return steps[0] if len(steps) == 1 else "no-grant"


def _is_signed(request: Request, facts: Facts, target: Target) -> bool:
    """Where a unit asks for several keys at each use, enough of them signed this request."""
    rule = facts.rule_of(target.unit)
    return rule is None or rule.is_met(request.cosigners)
