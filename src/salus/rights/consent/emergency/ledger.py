"""Emergencies on the ledger.

Who decides on a release with basis BREAK_GLASS asks `break_glass_state(ask, basis_id, at=block)`
and lets it pass when `releases` covers the unit (SUMMARY: section 14 only; RECORD: every section),
`record` is the record of the dealings, and `clinician` is who signed the request. `releases` is
NOTHING for an id that the ledger does not know, before a second clinician where one is needed,
after the end, for a policy or an erasure that forbids it, and when the key does not act for the
site any more: nothing of that is to be asked again.
"""

from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, Call
from salus.platform.work import Node
from salus.rights.consent.emergency.model import BreakGlass, EmergencyPolicy, Scope, Verdict
from salus.rights.identity.ledger import View, signed, view

CONTRACT = "EmergencyAccess"


def break_glass_state(ask: View, opening: bytes, *, at: Block) -> BreakGlass:
    """An opening at a block; all zeros and NOTHING when there is none."""
    record, site, clinician, second, scope, opened_at, expires_at, reviewed_at = ask(
        CONTRACT, "breakGlassState", opening, at=at
    )
    return BreakGlass(
        RecordId(record),
        Address(site),
        Address(clinician),
        Address(second),
        Scope(scope),
        opened_at,
        expires_at,
        reviewed_at,
        Scope(ask(CONTRACT, "scopeOf", opening, at=at)),
    )


def policy_of(node: Node, record: RecordId) -> EmergencyPolicy:
    return EmergencyPolicy(view(node, CONTRACT, "emergencyPolicyOf", record))


def needs_second(node: Node, clinician: Address) -> bool:
    """Whether an opening would release nothing before a second clinician signs."""
    return bool(view(node, CONTRACT, "needsSecond", clinician))


def is_review_overdue(node: Node, clinician: Address) -> bool:
    return bool(view(node, CONTRACT, "isReviewOverdue", clinician))


def set_policy(node: Node, record: RecordId, policy: EmergencyPolicy, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "setEmergencyPolicy", record, int(policy), by=by)


def break_glass(
    node: Node,
    opening: Digest,
    record: RecordId,
    site: Address,
    reason: Digest,
    *,
    by: SigningKey,
) -> Call:
    return signed(node, CONTRACT, "breakGlass", opening, record, site, reason, by=by)


def widen(node: Node, opening: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "widenBreakGlass", opening, by=by)


def close(node: Node, opening: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "closeBreakGlass", opening, by=by)


def review(
    node: Node, opening: Digest, verdict: Verdict, finding: Digest, *, by: SigningKey
) -> Call:
    return signed(node, CONTRACT, "reviewBreakGlass", opening, int(verdict), finding, by=by)


def record_offline_card(
    node: Node,
    opening: Digest,
    record: RecordId,
    site: Address,
    used_at: int,
    *,
    by: SigningKey,
) -> Call:
    return signed(node, CONTRACT, "recordOfflineCard", opening, record, site, used_at, by=by)
