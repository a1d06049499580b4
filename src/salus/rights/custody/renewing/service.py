"""Change all keys of a token: from the request on the ledger to the deletion of the old shares.

Nothing changes for anybody until the ledger has the new epoch and the new root in one step. Every
step may be done twice and is written down in one transaction.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.documents import canonical_bytes, parse, text
from salus.kernel.errors import SalusError
from salus.kernel.ids import (
    NOBODY,
    Address,
    Digest,
    RecordId,
    UnitId,
    record_from_text,
    record_text,
)
from salus.platform.work import Node, Work
from salus.rights.custody import dealing
from salus.rights.custody.erasure import handing
from salus.rights.custody.erasure.handing import Leaving
from salus.rights.custody.erasure.messages import HeldPart
from salus.rights.custody.peers import RemoteKeeper, ask_all
from salus.rights.custody.renewing.errors import NoVersion, RenewalUnderWay
from salus.rights.custody.renewing.messages import (
    AskRekey,
    Change,
    Holding,
    Renewed,
    Resealed,
    Signed,
    in_unit_order,
    sealed_key_hash,
)
from salus.rights.custody.renewing.sealing import Desk, Sealed, new_keys, seal_anew
from salus.rights.custody.renewing.signing import as_rekey
from salus.rights.custody.renewing.tables import Renewal
from salus.rights.custody.resharing.retirement import ask_retire, still_held
from salus.rights.identity.ledger import Views, key_hash_of, send, view
from salus.rights.notary import service as notary
from salus.rights.notary.model import record_leaf, snapshot_leaf
from salus.rights.records.ledger import (
    TokenState,
    on_ledger,
    rotate,
    sections_of,
    token_state,
)
from salus.rights.records.model import UnitKind
from salus.rights.records.renewing import keep_resealed, take_back, take_in
from salus.rights.records.service import KnownUnit, all_units, newest_version
from salus.rights.records.versions import record_root_of

VALID = timedelta(hours=12)  # that signatures for a change may wait for their block
FRESH = timedelta(minutes=30)  # after which what was sealed and is not in force is sealed again
Step = Callable[["Stage"], None]


class Stage(StrEnum):
    """What was done last; the next command begins behind it."""

    ASKED = "asked"
    SEALED = "sealed"
    IN_FORCE = "in-force"
    KEPT = "kept"
    DONE = "done"


def renew(desk: Desk, *, step: Step = lambda _: None) -> tuple[str, ...]:
    """Change all keys of a token; the names of those who have not deleted their old shares yet.

    Raises NoVersion, HolderFailed, BadRekey, TooFewSignatures, and what a read raises. The keys
    that are in force stay until the new ones are.
    """
    _forget_aborted(desk)
    _begin(desk)
    return _go_on(desk, step)


def finish(desk: Desk) -> tuple[str, ...]:
    """The same for a change that was begun: a new one is not asked for."""
    _forget_aborted(desk)
    return _go_on(desk, lambda _: None)


def under_way(node: Node) -> list[tuple[RecordId, int]]:
    """Records whose keys are being changed, and the detached section, or 0."""
    with node.reading() as session:
        rows = session.scalars(select(Renewal).where(Renewal.stage != Stage.DONE))
        return [(record_from_text(row.record), row.section) for row in rows]


def _go_on(desk: Desk, step: Step) -> tuple[str, ...]:
    _go_back_when_stale(desk)
    for stage, verb in _STEPS:
        if _row(desk).stage == stage:
            step(stage)
            verb(desk)
    row = _row(desk)
    return () if row.stage == Stage.DONE else _waiting(desk, parse(Renewed, row.content))


def refuse_renewal(node: Node, record: RecordId) -> None:
    """Raises RenewalUnderWay while all keys of a record are being changed."""
    with node.reading() as session:
        row = session.get(Renewal, record_text(record))
        if row is not None and row.stage != Stage.DONE:
            raise RenewalUnderWay


def _begin(desk: Desk) -> None:
    """Ask the ledger for a new epoch, unless it waits for one already. Raises RenewalUnderWay."""
    node, known = desk.node, on_ledger(desk.node, desk.record)
    with node.reading() as session:
        newest = record_root_of(newest_version(session, desk.record))
        row = session.get(Renewal, record_text(desk.record))
    is_under_way = row is not None and row.stage != Stage.DONE
    if not is_under_way and newest != known.root:
        raise NoVersion
    if is_under_way and row is not None and row.section != desk.section:
        raise RenewalUnderWay
    if not is_under_way:
        if not _state(desk).pending_epoch:
            send(node, rotate(node, desk.token, by=desk.source.signing))
        with node.sessions() as session, session.begin():
            session.merge(_new_row(desk, known.root))


def _forget_aborted(desk: Desk) -> None:
    """What was begun for a sale that came to nothing is taken back: nobody waits for it."""
    with desk.node.reading() as session:
        row = session.get(Renewal, record_text(desk.record))
    if row is None or row.section != desk.section or row.stage not in {Stage.ASKED, Stage.SEALED}:
        return
    renewed = parse(Renewed, row.content) if row.content else None
    state = _state(desk)
    if state.pending_epoch or (renewed and state.key_epoch == renewed.epoch):
        return
    if renewed:
        _take_back(desk, renewed)
    with desk.node.sessions() as session, session.begin():
        _done(session, desk, Stage.DONE).content = b""


def _state(desk: Desk) -> TokenState:
    """Of a token that is there: the ledger refuses to rotate another."""
    ask, block = Views(desk.node), desk.node.ledger.final()
    return token_state(ask, desk.token, at=block) or TokenState(NOBODY, 0, 0, 0, 0)


def _units(desk: Desk, session: Session) -> list[KnownUnit]:
    """What the token controls and has objects."""
    sections = sections_of(Views(desk.node), desk.token, at=desk.node.ledger.final())
    units = all_units(session, desk.record)
    return [unit for unit in units if unit.objects and 1 << unit.place.section & sections]


def _new_row(desk: Desk, root: Digest) -> Renewal:
    now = seconds(desk.node.clock.now())
    text, stage = record_text(desk.record), Stage.ASKED
    return Renewal(record=text, section=desk.section, stage=stage, root=root, content=b"", at=now)


def _row(desk: Desk) -> Renewal:
    with desk.node.reading() as session:
        return session.get_one(Renewal, record_text(desk.record))


def _go_back_when_stale(desk: Desk) -> None:
    """What was sealed before another version came, or long ago, is taken back and sealed again."""
    row, known = _row(desk), on_ledger(desk.node, desk.record)
    if row.stage != Stage.SEALED:
        return
    renewed = parse(Renewed, row.content)
    state = _state(desk)
    if state.key_epoch == renewed.epoch:
        return
    is_old = moment(row.at) + FRESH < desk.node.clock.now()
    if not is_old and known.root == row.root and state.pending_epoch == renewed.epoch:
        return
    _take_back(desk, renewed)
    with desk.node.sessions() as session, session.begin():
        session.merge(_new_row(desk, known.root))


def _take_back(desk: Desk, renewed: Renewed) -> None:
    """What was sealed belongs to nothing; it may be taken back twice."""
    handing.note(desk.node, [_leaving(renewed, each) for each in renewed.objects])
    with desk.node.sessions() as session, session.begin():
        take_back(session, [each.manifest.id() for each in renewed.objects])


def _leaving(renewed: Renewed, each: Resealed) -> Leaving:
    """For the sweep: the object belongs to nothing, the key of its unit goes on."""
    dealing, manifest = renewed.replaced[0], each.manifest
    return Leaving(manifest.id(), manifest.segment_root, dealing, is_new=False)


def _seal(desk: Desk) -> None:
    """Bodies to the vault, parts to the keepers, then one commit."""
    node, known = desk.node, on_ledger(desk.node, desk.record)
    epoch = _state(desk).pending_epoch
    with node.reading() as session:
        units = _units(desk, session)
    sealed = seal_anew(desk, units, epoch)
    if record_root_of(sealed.present) != known.root:
        raise NoVersion
    bodies = [each.keyed.sealed for each in sealed.objects]
    node.vault.put({each.segment_root: each.body for each in bodies})
    acks = dealing.hand_out(node, desk.keepers, sealed.delivery(), spare=desk.spare)
    renewed = _renewed(sealed, acks, epoch)
    with node.sessions() as session, session.begin():
        handing.forget(session, acks.objects)
        take_in(session, desk.record, [each.manifest for each in renewed.objects])
        row = session.get_one(Renewal, record_text(desk.record))
        row.stage, row.content, row.root = Stage.SEALED, canonical_bytes(renewed), known.root
        row.at = seconds(node.clock.now())


def _renewed(sealed: Sealed, acks: dealing.Acks, epoch: int) -> Renewed:
    return Renewed(
        epoch,
        sealed.present,
        sealed.coming,
        tuple(
            Resealed(
                each.earlier.id(),
                each.earlier.segment_root,
                each.signed.manifest,
                each.signed.signature,
            )
            for each in sealed.objects
        ),
        tuple(Holding(*each) for each in _typed(acks)),
        in_unit_order([(UnitId(unit.dealing.unit), unit.id) for unit in sealed.units]),
        sealed.replaced,
    )


def _typed(acks: dealing.Acks) -> list[tuple[Digest, Address, bytes]]:
    return [(identity, Address(holder), signature) for identity, holder, signature in acks.rows]


def _complete(desk: Desk) -> None:
    """Let the custodians sign, and the ledger take it."""
    row = _row(desk)
    renewed = parse(Renewed, row.content)
    if _state(desk).key_epoch < renewed.epoch:
        ask = AskRekey(
            _change(desk, renewed, Digest(row.root)),
            renewed.present,
            renewed.coming,
            renewed.dealings,
        )
        signatures = _signatures(desk, ask)
        send(desk.node, desk.complete(desk.node, as_rekey(ask.change), signatures))
        desk.node.follow()
    _write(desk, Stage.IN_FORCE)


def _change(desk: Desk, renewed: Renewed, root: Digest) -> Change:
    node = desk.node
    receiver = Address(view(node, "RecordRegistry", "receiverOf", desk.token))
    return Change(
        record=desk.record,
        section=desk.section,
        epoch=renewed.epoch,
        old_root=root,
        new_root=record_root_of(renewed.coming),
        receiver=receiver,
        receiver_key_hash=key_hash_of(Views(node), receiver, node.ledger.final()),
        sealed_key_hash=sealed_key_hash(renewed.dealings),
        deadline=seconds(node.clock.now() + VALID),
    )


def _signatures(desk: Desk, ask: AskRekey) -> list[bytes]:
    """Of everybody who signs; the ledger says whether they are enough. Raises what one objects."""

    def sign(keeper: RemoteKeeper) -> Signed:
        return parse(Signed, keeper.peer.post("/custody/rekey", text(ask)))

    answers, errors = ask_all(desk.keepers.custodians, sign)
    clear: list[SalusError] = [each for each in errors.values() if each.status < 500]
    if len(answers) < desk.keepers.k and clear:
        raise clear[0]
    return [answer.signature for answer in answers.values()]


def _keep(desk: Desk) -> None:
    """From this commit on the source adds under the new keys; the old bodies go behind it."""
    node, renewed = desk.node, parse(Renewed, _row(desk).content)
    keys = _new_keys(desk, renewed)
    acks = dealing.Acks(
        tuple((each.dealing, each.holder, each.signature) for each in renewed.holdings), ()
    )
    with node.sessions() as session, session.begin():
        pairs = [(each.earlier, each.manifest) for each in renewed.objects]
        keep_resealed(session, desk.record, renewed.coming, pairs)
        dealing.keep(session, keys, acks, storage_key=desk.storage_key)
        _queue(Work(node, session), renewed)
        _done(session, desk, Stage.KEPT)
    node.vault.delete_all([each.earlier_body for each in renewed.objects])
    notary.anchor(node, by=desk.source.signing)


def _new_keys(desk: Desk, renewed: Renewed) -> list[dealing.OpenUnit]:
    with desk.node.reading() as session:
        units = all_units(session, desk.record)
    epochs = {each.manifest.unit: each.manifest.epoch for each in renewed.objects}
    return new_keys(desk, {unit: epochs[unit.id] for unit in units if unit.id in epochs})


def _queue(work: Work, renewed: Renewed) -> None:
    notary.queue(work, record_leaf(record_root_of(renewed.coming)))
    kinds = {each.unit: each.kind for each in renewed.replaced}
    for each in renewed.objects:
        if kinds[each.manifest.unit] == UnitKind.SNAPSHOT:
            notary.queue(work, snapshot_leaf(each.manifest.id()))


def _retire(desk: Desk) -> None:
    """Let the old parts be deleted; who does not answer is asked again the next time."""
    renewed = parse(Renewed, _row(desk).content)
    parts = _waiting_parts(desk, renewed)
    order_by = desk.source.signing
    if not ask_retire(desk.node, desk.record, desk.keepers, parts, by=order_by):
        with desk.node.sessions() as session, session.begin():
            row = _done(session, desk, Stage.DONE)
            row.content = b""


def _waiting(desk: Desk, renewed: Renewed) -> tuple[str, ...]:
    return tuple(_waiting_parts(desk, renewed))


def _waiting_parts(desk: Desk, renewed: Renewed) -> dict[str, tuple[HeldPart, ...]]:
    places = [(0, desk.keepers.gateway), *enumerate(desk.keepers.custodians, start=1)]
    return still_held(desk.node, renewed.replaced, places)


def _done(session: Session, desk: Desk, stage: Stage) -> Renewal:
    row = session.get_one(Renewal, record_text(desk.record))
    row.stage = stage
    return row


def _write(desk: Desk, stage: Stage) -> None:
    with desk.node.sessions() as session, session.begin():
        _done(session, desk, stage)


_STEPS: tuple[tuple[Stage, Callable[[Desk], None]], ...] = (
    (Stage.ASKED, _seal),
    (Stage.SEALED, _complete),
    (Stage.IN_FORCE, _keep),
    (Stage.KEPT, _retire),
)
