"""Whether one custodian, or the gateway, releases: who asks, on what ground, and what it may. Pure.

The decision itself is consent's; here is what makes a signed request a question to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from salus.kernel.ids import NOBODY, Address, Digest, GrantId
from salus.rights.consent.decision import Decision, Outcome, decide
from salus.rights.consent.facts import Facts, Request, Target
from salus.rights.consent.gathering import Named, Openings
from salus.rights.consent.licensing.licenses import Claim, license_text
from salus.rights.consent.model import READ
from salus.rights.custody import messages as m
from salus.rights.custody.model import Dealing

NOTHING = bytes(32)


@dataclass(frozen=True, slots=True)
class Known:
    """What a keeper itself knows: reads counted so far, and the terms of denials.

    Only the gateway counts and holds denials; for a custodian no read was counted.
    """

    reads: Callable[[bytes], int] = lambda _: 0
    denial: Openings | None = None


@dataclass(frozen=True, slots=True)
class Signers:
    """Whose signatures are on a request: the reader's, when it is one, and approvers'."""

    reader: Address | None
    approvers: frozenset[Address]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says at the block of the decision.

    epochs: those in force of the unit of each dealing, in their order
    """

    signers: Signers
    organization: Address | None
    reader_key_hash: Digest
    holders: tuple[Address, ...]
    root: Digest
    epochs: tuple[range, ...]
    facts: Facts


def named(
    ask: m.Ask, known: Known, organization: Address | None, dealings: Sequence[Dealing]
) -> Named:
    """The grant, the emergency or the license that a request rests on."""
    basis, basis_id = ask.request.basis, ask.request.basis_id
    if basis_id == NOTHING:
        return Named()
    if basis == m.Basis.BREAK_GLASS:
        return Named(emergency=basis_id)
    if basis == m.Basis.LICENSE:
        sections = frozenset(each.section for each in dealings)
        number = int.from_bytes(basis_id, "big")
        return Named(license=Claim(number, organization or NOBODY, sections))
    if basis != m.Basis.GRANT or len(ask.opening) != 1:
        return Named()
    return Named(((GrantId(basis_id), ask.opening[0], known.reads(basis_id)),))


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rule that refuses, for the subject's eyes, or None when the read is permitted.

    `decision` is what consent says, None where the request was refused before it was asked.
    """

    refusal: str | None
    decision: Decision | None = None


def ruling(ask: m.Ask, standing: Standing, dealings: Sequence[Dealing], at: datetime) -> Ruling:
    """Whether a request is permitted, and why not."""
    early = _unfit(ask, standing, dealings) or _stranger(ask, standing)
    if early is not None:
        return Ruling(early)
    decision = judge(ask, standing, dealings, at)
    return Ruling(_denied(decision), decision)


def _unfit(ask: m.Ask, standing: Standing, dealings: Sequence[Dealing]) -> str | None:
    """What is wrong with a request whoever makes it."""
    if not is_own_key(ask):
        return "another-reader-key"
    if len({dealing.record for dealing in dealings}) != 1:
        return "several-records"
    pairs = zip(dealings, standing.epochs, strict=True)
    if any(dealing.epoch not in in_force for dealing, in_force in pairs):
        return "epoch-not-in-force"
    return None


def _stranger(ask: m.Ask, standing: Standing) -> str | None:
    """Who asks on the ground of a grant, an emergency or a license is an organization."""
    if ask.request.basis == m.Basis.SUBJECT:
        facts = standing.facts
        is_own = standing.signers.reader == ask.reader
        may = standing.signers.reader == facts.controller or facts.is_delegate
        return None if is_own and may else "not-the-subject"
    if ask.request.basis not in {m.Basis.GRANT, m.Basis.BREAK_GLASS, m.Basis.LICENSE}:
        return "no-grant"
    if standing.organization is None or standing.organization != ask.reader:
        return "not-the-reader"
    if standing.reader_key_hash != ask.request.reader_key_hash:
        return "another-reader-key"
    return None


def judge(ask: m.Ask, standing: Standing, dealings: Sequence[Dealing], at: datetime) -> Decision:
    """The decision of consent on what a request asks for."""
    request = Request(
        record=dealings[0].record,
        signer=standing.signers.reader or NOBODY,
        reader=ask.reader,
        purpose=ask.request.purpose,
        action=READ,
        targets=tuple(Target(each.unit, each.section, each.kind) for each in dealings),
        at=at,
        cosigners=standing.signers.approvers,
    )
    return decide(request, standing.facts)


def _denied(decision: Decision) -> str | None:
    """A key opens all of a unit: what is permitted in part is refused."""
    return None if decision.outcome is Outcome.PERMIT else decision.rule


def is_own_key(ask: m.Ask) -> bool:
    """Whether the key to seal to is the one that the request was signed for."""
    return ask.request.reader_key_hash == m.reader_key_hash(ask.reader_key)


def rule_of(ask: m.Ask) -> str:
    """The rule that permits, as `looks` shows it."""
    basis, basis_id = ask.request.basis, ask.request.basis_id
    if basis == m.Basis.SUBJECT:
        return "subject"
    if basis == m.Basis.GRANT and basis_id == NOTHING:
        return "source"
    if basis == m.Basis.LICENSE:
        return f"license {license_text(int.from_bytes(basis_id, 'big'))}"
    return f"{'emergency' if basis == m.Basis.BREAK_GLASS else 'grant'} {basis_id.hex()}"


def deadline_holds(deadline: datetime, now: datetime, *, longest: timedelta) -> bool:
    return now < deadline <= now + longest
