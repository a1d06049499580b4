"""A custodian signs that it holds the new keys of a token, and that nothing else changes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId, UnitId, record_text
from salus.platform.ledger import Block
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.kept import Held
from salus.rights.custody.model import BUMPS
from salus.rights.custody.renewing.errors import BadRekey
from salus.rights.custody.renewing.messages import (
    AskRekey,
    Change,
    Signed,
    in_unit_order,
    sealed_key_hash,
)
from salus.rights.custody.tables import HeldSecret
from salus.rights.records.ledger import Rekey, rekey_digest, token_of
from salus.rights.records.versions import record_root_of, version_signer

LONGEST = 86_400  # seconds that signatures for a change may be valid


def sign_rekey(keeper: Keeper, ask: AskRekey) -> Signed:
    """Sign a change once the parts of every key of the token are here. Raises BadRekey."""
    block = keeper.ledger.fresh(keeper.clock.now(), keeper.settings.max_head_age)
    record = ask.present.header.record
    reason = _fault_of_change(keeper, ask, record, block) or _fault_of_versions(keeper, ask, block)
    if reason is None:
        with keeper.reading() as session:
            reason = _fault_of_parts(keeper, session, ask, record, block)
    if reason is not None:
        raise BadRekey(holder=keeper.party.name, reason=reason)
    digest = rekey_digest(keeper.ledger.record_domain, as_rekey(ask.change))
    return Signed(keeper.party.signing.sign(digest))


def as_rekey(change: Change) -> Rekey:
    """A change as the ledger takes it."""
    return Rekey(
        token_of(change.record, change.section),
        change.epoch,
        change.old_root,
        change.new_root,
        change.receiver,
        change.receiver_key_hash,
        change.sealed_key_hash,
        change.deadline,
    )


def _fault_of_change(keeper: Keeper, ask: AskRekey, record: RecordId, block: Block) -> str | None:
    """Whether the ledger waits for this change of this record."""
    change, now = ask.change, seconds(keeper.clock.now())
    token = token_of(record, change.section)
    state, known = keeper.ledger.token(token, at=block), keeper.ledger.record(record, at=block)
    if change.record != record or state is None or state.pending_epoch != change.epoch != 0:
        return "not-pending"
    if change.old_root != known.root:
        return "another-root"
    if keeper.ledger.is_erased(record, at=block):
        return "erased"
    if not now <= change.deadline <= now + LONGEST:
        return "bad-deadline"
    receiver = keeper.ledger.receiver(token, at=block)
    receiver_key = keeper.ledger.key_hash(change.receiver, at=block)
    is_receiver = (change.receiver, change.receiver_key_hash) == (receiver, receiver_key)
    return None if is_receiver else "another-receiver"


def _fault_of_versions(keeper: Keeper, ask: AskRekey, block: Block) -> str | None:
    """Whether the source says the same of the content: only what encrypts it may change."""
    present, coming, change = ask.present, ask.coming, ask.change
    content = (present.header, present.sections, present.signature)
    if content != (coming.header, coming.sections, coming.signature):
        return "another-content"
    roots = (record_root_of(present), record_root_of(coming))
    if roots != (change.old_root, change.new_root):
        return "another-root"
    signer = version_signer(keeper.ledger.domain, coming)
    is_source = signer is not None and keeper.ledger.is_source_of(
        signer, present.header.record, at=block
    )
    versions = (present, coming)
    places = [[(each.section, each.kind) for each in one.objects] for one in versions]
    sections = keeper.ledger.sections(token_of(change.record, change.section), at=block)
    others = [
        [each for each in one.objects if not 1 << each.section & sections] for one in versions
    ]
    is_same = places[0] == places[1] and others[0] == others[1]
    return None if is_source and is_same else "another-content"


def _fault_of_parts(
    keeper: Keeper, session: Session, ask: AskRekey, record: RecordId, block: Block
) -> str | None:
    """Whether every key in force has its successor here, and the change names just those."""
    rows = session.scalars(select(HeldSecret).where(HeldSecret.record == record_text(record)))
    present = keeper.ledger.set_of(record, at=block)
    sections = keeper.ledger.sections(token_of(record, ask.change.section), at=block)
    held = [
        each
        for each in map(Held.of, rows)
        if each.dealing.set == present and 1 << each.dealing.section & sections
    ]
    epoch = ask.change.epoch
    coming = {
        UnitId(each.dealing.unit): each.dealing.id()
        for each in held
        if each.dealing.epoch // BUMPS == epoch
    }
    earlier = {UnitId(each.dealing.unit) for each in held if each.dealing.epoch // BUMPS < epoch}
    if not coming or not earlier <= coming.keys():
        return "parts-missing"
    named = in_unit_order(list(coming.items()))
    is_named = named == ask.dealings and sealed_key_hash(named) == ask.change.sealed_key_hash
    return None if is_named else "another-dealing"
