"""Why somebody may read, or may not: each document with the step where it fell out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.documents import parse
from salus.kernel.ids import Address, Digest, GrantId, RecordId, record_text
from salus.platform.work import Node
from salus.rights.consent.decision import Decision, Outcome, Verdict, decide
from salus.rights.consent.facts import Facts, Request, Target
from salus.rights.consent.gathering import Named, Opening, gather
from salus.rights.consent.licensing.licenses import Claim, find_license
from salus.rights.consent.model import READ, Effect, Purpose, Terms
from salus.rights.consent.tables import GrantTerms
from salus.rights.identity.ledger import Views
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import KnownUnit


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose read is to be explained: an organization or a key, for a purpose, at a moment.

    `license` is the number of one that the reader says is theirs; it is looked at as it is now.
    """

    record: RecordId
    reader: Address
    purpose: Purpose
    at: datetime
    license: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One document: None at `fell_out` means that it counts."""

    document: str
    effect: str
    fell_out: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """What was decided on one unit, by which rule, and what every document said to it."""

    section: str
    is_restricted: bool
    outcome: str
    rule: str
    steps: tuple[Step, ...]


def explain(node: Node, asked: Asked, units: Sequence[KnownUnit]) -> list[Explained]:
    """For the subject and the privacy officer: everything."""
    decision = _decide(node, asked, units)
    return [_explained(each) for each in decision.verdicts]


def own_outcome(node: Node, asked: Asked, units: Sequence[KnownUnit]) -> dict[str, str]:
    """For the reader: what of each section is open to them. Nothing tells why not."""
    decision = _decide(node, asked, units)
    open_to: dict[str, str] = {}
    for each in decision.verdicts:
        section = SECTIONS[each.target.section]
        is_open = each.outcome is Outcome.PERMIT
        open_to[section] = "permit" if is_open else open_to.get(section, "not-permitted")
    return open_to


@dataclass(frozen=True, slots=True)
class OwnParts:
    """For the reader: what is open to them now, and what once enough sign that very read."""

    open: tuple[KnownUnit, ...]
    joint: tuple[KnownUnit, ...]


def own_parts(node: Node, asked: Asked, units: Sequence[KnownUnit]) -> OwnParts:
    """Those of units that are open to the reader. Nothing tells of the others, or why not."""
    request, facts = _question(node, asked, units)
    verdicts = decide(request, facts).verdicts
    signers = frozenset(key for _, rule in facts.rules for key in rule.approvers)
    signed = decide(replace(request, cosigners=signers), facts).verdicts if signers else verdicts
    joint = {
        alone.target.unit
        for alone, together in zip(verdicts, signed, strict=True)
        if (alone.outcome, together.outcome) == (Outcome.DENY, Outcome.PERMIT)
    }
    sections = {each.target.section for each in verdicts if each.outcome is Outcome.PERMIT}
    return OwnParts(
        tuple(one for one in units if one.place.section in sections and one.id not in joint),
        tuple(one for one in units if one.id in joint),
    )


def open_to_delegate(
    node: Node, record: RecordId, delegate: Address, units: Sequence[KnownUnit]
) -> list[KnownUnit]:
    """Those of some units that a delegate may read now in the place of the patient."""
    asked = Asked(record, delegate, Purpose.PATRQT, node.clock.now())
    verdicts = _decide(node, asked, units, names_grants=False).verdicts
    return [
        unit
        for unit, verdict in zip(units, verdicts, strict=True)
        if verdict.outcome is Outcome.PERMIT
    ]


def _decide(
    node: Node, asked: Asked, units: Sequence[KnownUnit], *, names_grants: bool = True
) -> Decision:
    return decide(*_question(node, asked, units, names_grants=names_grants))


def _question(
    node: Node, asked: Asked, units: Sequence[KnownUnit], *, names_grants: bool = True
) -> tuple[Request, Facts]:
    with node.reading() as session:
        known = _openings(session, asked.record)
    permits = tuple(
        (grant, opening, 0)
        for grant, opening in known.items()
        if names_grants and opening.terms.effect == Effect.PERMIT
    )
    facts = gather(
        Views(node),
        asked.record,
        [unit.id for unit in units],
        signer=asked.reader,
        named=Named(permits, license=_claim(node, asked, units)),
        denials=lambda denial: known.get(GrantId(denial)),
        at=node.ledger.final(),
    )
    targets = tuple(Target(unit.id, unit.place.section, unit.place.kind) for unit in units)
    request = Request(
        asked.record, asked.reader, asked.reader, asked.purpose, READ, targets, asked.at
    )
    return request, facts


def _claim(node: Node, asked: Asked, units: Sequence[KnownUnit]) -> Claim | None:
    """Raises UnknownLicense."""
    if asked.license is None:
        return None
    number, sections = asked.license, frozenset(each.place.section for each in units)
    return Claim(find_license(node, number).number, asked.reader, sections)


def _openings(session: Session, record: RecordId) -> dict[GrantId, Opening]:
    rows = session.scalars(select(GrantTerms).where(GrantTerms.record == record_text(record)))
    return {GrantId(row.grant): Opening(parse(Terms, row.terms), Digest(row.salt)) for row in rows}


def _explained(verdict: Verdict) -> Explained:
    return Explained(
        SECTIONS[verdict.target.section],
        verdict.target.kind != 0,
        verdict.outcome.value,
        verdict.rule,
        tuple(
            Step(each.document.hex(), each.effect.name.lower(), each.step)
            for each in verdict.weighed
        ),
    )
