"""The facts of a decision, read from the ledger at one final block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from salus.kernel.ids import NOBODY, Address, Digest, GrantId, RecordId, UnitId
from salus.platform.ledger import Block
from salus.rights.consent.authority.ledger import controller_at, erased_at, may_act
from salus.rights.consent.authority.model import Powers
from salus.rights.consent.emergency.ledger import break_glass_state
from salus.rights.consent.facts import NO_RULE, Document, Emergency, Facts, Rule
from salus.rights.consent.licensing.licenses import Claim, claimed
from salus.rights.consent.model import Effect, GrantState, Terms
from salus.rights.identity.ledger import View

CONSENT = "ConsentRegistry"


class OnLedger(NamedTuple):
    """A grant as ConsentRegistry keeps it, in the order of its ABI."""

    record: RecordId
    effect: int
    commitment: Digest
    rule: Digest
    purposes: int
    owner_epoch: int
    not_before: int
    not_after: int
    condition: Address
    condition_key: Digest
    epoch: int
    approvals: int
    state: int
    ended_at: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The terms behind a grant's commitment, opened for those who must check them."""

    terms: Terms
    salt: Digest


Openings = Callable[[bytes], Opening | None]
"""What opens a denial, where it is known."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a request rests on: an emergency, a license, or grants with their terms and reads."""

    grants: tuple[tuple[GrantId, Opening | None, int], ...] = ()
    emergency: Digest | None = None
    license: Claim | None = None


def gather(
    ask: View,
    record: RecordId,
    units: Sequence[UnitId],
    *,
    signer: Address,
    named: Named,
    denials: Openings | None,
    at: Block,
) -> Facts:
    """Everything that `decide` rests on; without `denials` those are left to another keeper."""
    controller = controller_at(ask, record, at=at)
    is_delegate = signer != controller and may_act(ask, record, signer, Powers.READ, at=at)
    permits = [document(ask, *each, at=at) for each in named.grants]
    against = _denials(ask, record, denials, at) if denials else []
    return Facts(
        stops=() if controller != NOBODY and not erased_at(ask, record, at=at) else ("erased",),
        controller=controller,
        is_delegate=is_delegate and not named.grants,
        documents=(*permits, *against),
        emergency=_emergency(ask, named.emergency, at) if named.emergency else None,
        source=Address(ask("RecordRegistry", "sourceOf", record, at=at)),
        rules=tuple(_rules(ask, record, units, at)),
        license=claimed(ask, named.license, at=at) if named.license else None,
    )


def on_ledger(ask: View, grant: bytes, *, at: Block) -> OnLedger:
    return OnLedger(*ask(CONSENT, "grantState", grant, at=at))


def document(
    ask: View, grant: bytes, opening: Opening | None, reads: int, *, at: Block
) -> Document:
    """A grant at a block, with the terms that were opened for it."""
    found = on_ledger(ask, grant, at=at)
    return Document(
        grant,
        Effect(found.effect),
        opening.terms if opening else None,
        _is_live(ask, grant, found, at),
        found.purposes,
        opening is not None and _is_of(opening, found),
        reads,
        found.rule,
    )


def _is_live(ask: View, grant: bytes, found: OnLedger, at: Block) -> bool:
    """As `isLive` says, which is asked only where something besides the grant itself counts.

    Whether the record is erased is a stop of its own.
    """
    if found.condition != NOBODY or found.owner_epoch:
        return bool(ask(CONSENT, "isLive", grant, at=at))
    return found.state == GrantState.LIVE and found.not_before <= at.time < found.not_after


def _is_of(opening: Opening, found: OnLedger) -> bool:
    terms = opening.terms
    return (
        terms.record == found.record
        and terms.effect == found.effect
        and terms.clause.purpose_bits() == found.purposes
        and terms.commitment(opening.salt) == found.commitment
    )


def _denials(ask: View, record: RecordId, opened: Openings, at: Block) -> list[Document]:
    live = ask(CONSENT, "liveDenials", record, at=at)
    return [document(ask, denial, opened(denial), 0, at=at) for denial in live]


def _emergency(ask: View, opening: Digest, at: Block) -> Emergency:
    found = break_glass_state(ask, opening, at=at)
    clinicians = frozenset({found.clinician, found.second}) - {NOBODY}
    return Emergency(opening, found.record, clinicians, found.releases)


def _rules(
    ask: View, record: RecordId, units: Sequence[UnitId], at: Block
) -> list[tuple[UnitId, Rule]]:
    rules = []
    for unit in units:
        rule, (threshold, _, each_use), approvers = ask(CONSENT, "ruleOf", record, unit, at=at)
        if rule != NO_RULE:
            keys = frozenset(map(Address, approvers))
            rules.append((unit, Rule(rule, threshold, keys, each_use)))
    return rules
