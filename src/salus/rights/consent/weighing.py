"""How one document weighs for one unit: where it falls out, and what it covers. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from salus.rights.consent.facts import Document, Facts, Request, Target
from salus.rights.consent.model import Clause, Effect, Purpose, Terms
from salus.rights.consent.residual import Part, Residual, Row, denying, of_section, permitting
from salus.rights.records.labels import RESTRICTED
from salus.rights.records.model import UnitKind


@dataclass(frozen=True, slots=True)
class Weighed:
    """One document before one target: the step where it fell out, or None where it counts."""

    document: bytes
    effect: Effect
    step: str | None


# WEIGH: why one document does not count for one target


def weigh_all(request: Request, facts: Facts, target: Target) -> Iterator[Weighed]:
    """In an emergency only a denial that names BTG counts: it is asked for that purpose."""
    emergency = facts.emergency
    in_emergency = emergency is not None and emergency.reaches(request, target)
    as_denied = replace(request, purpose=Purpose.BTG) if in_emergency else request
    for document in facts.documents:
        asked = as_denied if document.effect is Effect.DENY else request
        step = (
            _not_in_force(document, asked)
            or _not_covering(document, asked, target)
            or _not_on_rule(document, facts, target)
        )
        yield Weighed(document.id, document.effect, step)


def _not_in_force(document: Document, request: Request) -> str | None:
    """A denial whose terms nobody opened, or that are not its own, might cover anything."""
    terms, is_permit = document.terms, document.effect is Effect.PERMIT
    if not document.is_live:
        return "grant-not-live"
    if terms is None:
        return "not-opened" if is_permit else None
    if not document.is_committed:
        return "terms-do-not-match" if is_permit else None
    if terms.record != request.record:
        return "another-record"
    if not terms.not_before <= request.at < terms.not_after:
        return "outside-window"
    is_used_up = 0 < terms.max_reads <= document.reads
    return "no-reads-left" if is_permit and is_used_up else None


def _not_covering(document: Document, request: Request, target: Target) -> str | None:
    terms, is_deny = document.terms, document.effect is Effect.DENY
    if terms is None or not document.is_committed:
        return None
    step = _outside(terms.clause, request, target, is_deny=is_deny)
    return step or _excepted(terms, request, target, is_deny=is_deny)


def _not_on_rule(document: Document, facts: Facts, target: Target) -> str | None:
    """A permit of a unit under a rule was approved by those whom that rule names."""
    rule = facts.rule_of(target.unit)
    is_bound = rule is not None and document.effect is Effect.PERMIT
    return "another-rule" if is_bound and rule and document.rule != rule.id else None


def _outside(clause: Clause, request: Request, target: Target, *, is_deny: bool) -> str | None:
    """Which part of a clause a read is outside of."""
    if not _lists(clause.readers, request.reader, is_deny=is_deny):
        return "another-reader"
    if not _lists(clause.units, target.unit, is_deny=is_deny):
        return "another-section"
    purposes = tuple(map(Purpose.__members__.get, clause.purposes))
    if not _lists(purposes, request.purpose, is_deny=is_deny):
        return "another-purpose"
    if request.action not in clause.actions:
        return "another-action"
    return None if _has_label(clause, target, is_deny=is_deny) else "another-label"


def _has_label(clause: Clause, target: Target, *, is_deny: bool) -> bool:
    """What is labeled R or V lies in a unit of its own, and nothing of it elsewhere."""
    labels = set(clause.labels)
    if target.kind == UnitKind.RESTRICTED:
        return bool(labels & RESTRICTED) or (is_deny and not labels)
    return not is_deny or not labels or bool(labels - RESTRICTED)


def _lists(members: tuple[object, ...], value: object, *, is_deny: bool) -> bool:
    """A denial without a list means everything, a permit without one nothing."""
    return value in members or (is_deny and not members)


def _excepted(terms: Terms, request: Request, target: Target, *, is_deny: bool) -> str | None:
    """An exception that covers the whole unit takes the target out of the document."""
    for each in terms.exceptions:
        if not each.is_narrow() and _outside(each, request, target, is_deny=not is_deny) is None:
            return "excepted"
    return None


def names_btg(denial: Document) -> bool:
    """Whether the patient closed it to emergencies as well: that much stands on the ledger."""
    return bool(denial.bits >> Purpose.BTG & 1)


# RESIDUAL: what of a unit remains where documents tell its resources apart


def is_whole(denial: Document, target: Target) -> bool:
    """A narrow denial leaves the rest of a unit; of an unopened one nothing is known."""
    if denial.terms is None or not denial.is_committed:
        return True
    return any(each.is_whole for each in _denied(denial.terms, target))


def remaining(documents: list[Document], target: Target) -> Residual:
    """What the permits cover, all of the unit where there is none, without what is denied."""
    terms = [each.terms for each in documents if each.terms and each.effect is Effect.PERMIT]
    permits = [part for each in terms for part in _permitted(each, target)]
    return _without_denied(documents, target, permits or [*of_section(target.section).permits])


def licensed(documents: list[Document], target: Target) -> Residual:
    """What a license covers: whatever carries no label, without what is denied."""
    rows = permitting(Clause((), (), ()), target.section)
    return _without_denied(documents, target, [Part(row) for row in rows])


def _without_denied(documents: list[Document], target: Target, permits: list[Part]) -> Residual:
    denied = [each.terms for each in documents if each.terms and each.effect is Effect.DENY]
    denials = [part for each in denied for part in _denied(each, target)]
    touching = [part for part in denials if any(part.row.touches(each.row) for each in permits)]
    return Residual(tuple(permits), tuple(touching))


def _permitted(terms: Terms, target: Target) -> list[Part]:
    """A snapshot was narrowed by its source when it was sealed."""
    rows = permitting(terms.clause, target.section)
    if target.kind == UnitKind.SNAPSHOT:
        return [Part(row, is_sealed=True) for row in rows]
    return [Part(row, _holes(terms, target)) for row in rows]


def _denied(terms: Terms, target: Target) -> list[Part]:
    """The labels R and V have units of their own: there a denial of them means all."""
    is_apart = target.kind == UnitKind.RESTRICTED and RESTRICTED & set(terms.clause.labels)
    clause = replace(terms.clause, labels=()) if is_apart else terms.clause
    return [Part(row, _holes(terms, target)) for row in denying(clause, target.section)]


def _holes(terms: Terms, target: Target) -> tuple[Row, ...]:
    narrow = [each for each in terms.exceptions if each.is_narrow()]
    return tuple(row for each in narrow for row in denying(each, target.section))
