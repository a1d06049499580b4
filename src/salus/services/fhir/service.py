"""Importing: from files to records that are sealed, held, announced and anchored."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from salus.kernel.errors import SalusError
from salus.kernel.ids import NOBODY, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call
from salus.platform.node import STORAGE_KEY
from salus.platform.settings import read
from salus.platform.storage import read_secret
from salus.platform.work import Job, Node, Work, enqueue, is_waiting, run_due
from salus.rights.consent import ledger as consent_ledger
from salus.rights.consent.service import controller, take_control
from salus.rights.custody import dealing
from salus.rights.custody.auditing.anchoring import keep_heads_anchored
from salus.rights.custody.household import keepers_of, source_of
from salus.rights.custody.ledger import assign, set_of
from salus.rights.custody.logbook.service import keep_anchoring
from salus.rights.custody.peers import Keepers
from salus.rights.custody.renewing.ageing import keep_fresh
from salus.rights.custody.renewing.pending import keep_renewing
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.ledger import send
from salus.rights.identity.matching import service as matching
from salus.rights.identity.model import Party
from salus.rights.notary import service as notary
from salus.rights.notary.model import record_leaf
from salus.rights.records import ledger as records_ledger
from salus.rights.records import service as records
from salus.rights.records import tables as t
from salus.rights.records.erasing import living_objects
from salus.rights.records.errors import StaleRoot
from salus.rights.records.model import ObjectLeaf
from salus.rights.records.service import KnownUnit, State
from salus.rights.records.summaries import keep_summary, summary_of
from salus.rights.records.versions import Composed, Keyed, Network, compose
from salus.services.fhir.intake import Directory, Intake, Known, Prepared
from salus.services.fhir.summarizing import Summaries

FINISH = "fhir.finish"
TOGETHER = 32  # versions announced in one block


@dataclass(frozen=True, slots=True)
class Desk:
    """The source at work: its keys, the keepers it deals to, its storage key.

    `find` knows the keepers of a record; without it all records have those of new ones.
    """

    node: Node
    source: Party
    keepers: Keepers
    storage_key: bytes = field(repr=False)
    spare: int = 1
    find: Callable[[RecordId], Keepers] | None = field(default=None, repr=False)

    def keeping(self, record: RecordId) -> Keepers:
        """Who keeps the keys of a record that is on the ledger."""
        return self.find(record) if self.find else self.keepers


def desk_of(node: Node, home: Path) -> Desk:
    """The source of a home at work."""
    return Desk(
        node,
        source_of(home),
        keepers_of(node, home),
        read_secret(home / STORAGE_KEY),
        read(CustodySettings).spare_acks,
        lambda record: keepers_of(node, home, record),
    )


def known_in(session: Session, desk: Desk) -> Known:
    """What a database answers to the questions of an intake."""
    key = desk.storage_key

    def directory(url: str) -> tuple[str, bytes] | None:
        asked = or_(t.DirectoryResource.url == url, t.DirectoryResource.reference == url)
        row = session.scalar(select(t.DirectoryResource).where(asked))
        return (row.reference, row.raw) if row else None

    def has(url: str) -> bool:
        reference = url.rpartition(":")[2] if url.startswith("urn:") else url
        asked = t.Resource.reference.endswith("/" + reference, autoescape=True)
        same = t.Resource.reference == reference
        return (
            session.scalar(select(t.Resource.record).where(or_(same, asked)).limit(1)) is not None
        )

    return Known(
        lambda patient: records.digests_of(session, patient),
        lambda patient: records.version_of(session, patient),
        directory,
        has,
        Summaries(
            lambda patient: summary_of(session, patient, storage_key=key), desk.node.clock.now
        ),
    )


def take(desk: Desk, intake: Intake) -> list[RecordId]:
    """Make an intake part of records: each patient's part wholly or not at all.

    What was taken waits for `announce` and `finish`; a job of the same transaction sees to it.
    """
    taken = [_take_patient(desk, prepared) for prepared in intake.prepared]
    if intake.directory:
        with desk.node.sessions() as session, session.begin():
            _keep_directory(session, intake.directory)
    return taken


def _keep_directory(session: Session, directory: Iterable[Directory]) -> None:
    for each in directory:
        session.merge(t.DirectoryResource(reference=each.reference, url=each.url, raw=each.raw))


def _take_patient(desk: Desk, prepared: Prepared) -> RecordId:
    """Bodies to the vault, parts to the keepers, then one commit."""
    with desk.node.reading() as session:
        state = records.state_of(session, prepared.patient)
        if state.number != prepared.base:
            raise StaleRoot
        if not prepared.objects:
            return state.record
        keepers = desk.keeping(state.record) if state.version else desk.keepers
        sealing = _open_units(desk, session, state, prepared, keepers)
    composed = _compose(desk, state, prepared, sealing)
    desk.node.vault.put({each.segment_root: each.body for each in prepared.objects})
    acks = dealing.hand_out(
        desk.node,
        keepers,
        dealing.Delivery(sealing.opened, sealing.keyed, composed.manifests, (composed.version,)),
        spare=desk.spare,
    )
    _keep(desk, state, sealing, composed, acks, prepared=prepared)
    return state.record


@dataclass(frozen=True, slots=True)
class Sealing:
    """The units that a version touches, their keys, the objects they get, and those before."""

    units: tuple[KnownUnit, ...]
    opened: tuple[dealing.OpenUnit, ...]
    keyed: tuple[Keyed, ...]
    earlier: tuple[ObjectLeaf, ...]


def _open_units(
    desk: Desk, session: Session, state: State, prepared: Prepared, keepers: Keepers
) -> Sealing:
    units = tuple(state.unit(each.place) for each in prepared.objects)
    opened = dealing.open_units(
        desk.node,
        session,
        record=state.record,
        units=units,
        keepers=keepers,
        storage_key=desk.storage_key,
        by=desk.source.signing,
    )
    keyed = tuple(
        Keyed(sealed, unit.id, unit.objects, each.dealing.epoch, each.id)
        for sealed, unit, each in zip(prepared.objects, units, opened, strict=True)
    )
    return Sealing(units, opened, keyed, living_objects(session, state.version))


def _compose(desk: Desk, state: State, prepared: Prepared, sealing: Sealing) -> Composed:
    node = desk.node
    return compose(
        Network(node.ledger.chain_id, node.contracts["CustodyRegistry"].address),
        state.next_header(desk.source.address, node.clock.now()),
        roots=state.next_roots(prepared.objects),
        earlier=sealing.earlier,
        keyed=sealing.keyed,
        by=desk.source.signing,
    )


def _keep(
    desk: Desk,
    state: State,
    sealing: Sealing,
    composed: Composed,
    acks: dealing.Acks,
    *,
    prepared: Prepared,
) -> None:
    """The one commit after which the version exists; what must follow is queued with it."""
    with desk.node.sessions() as session, session.begin():
        work = Work(desk.node, session)
        records.refuse_stale(session, state)
        records.keep(work, state, sealing.units, sealing.keyed, composed)
        dealing.keep(session, sealing.opened, acks, storage_key=desk.storage_key)
        if prepared.summary is not None:
            keep_summary(session, state.record, prepared.summary, storage_key=desk.storage_key)
        _recognize(work, desk, state.record, prepared)
        take_control(work, state.record)
        notary.queue(work, record_leaf(composed.root))
        if not is_waiting(work, FINISH):
            enqueue(work, FINISH)
        keep_anchoring(work)
        keep_fresh(work)
        keep_renewing(work)
        keep_heads_anchored(work)


def _recognize(work: Work, desk: Desk, record: RecordId, prepared: Prepared) -> None:
    """Tell the matching of people who this is, and what was written."""
    matching.enroll(
        work,
        record,
        prepared.person,
        written=[each.reference for one in prepared.objects for each in one.resources],
        storage_key=desk.storage_key,
        by=desk.source,
    )


def _finish(desk: Desk) -> None:
    """The job of an import: bring what was committed here to the ledger."""
    announce(desk)
    notary.anchor(desk.node, by=desk.source.signing)


def _finish_at_home(node: Node) -> None:
    assert node.home is not None, "only a node with a home runs its jobs by itself"
    _finish(desk_of(node, node.home))


JOBS: dict[str, Job] = {FINISH: _finish_at_home}


def announce(desk: Desk) -> None:
    """Bring every sealed version to the ledger; what is there already is not sent again.

    Another process of the home may bring the same versions, and their patients may take the keys
    of new records at once: what was signed here is refused then, and what is left is signed anew.
    """
    waiting = _waiting(desk.node)
    while waiting.steps:
        try:
            _bring(desk, waiting)
        except SalusError:
            left = _waiting(desk.node)
            if left == waiting:
                raise
            waiting = left
        else:
            waiting = _waiting(desk.node)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Versions that are not on the ledger, and which of their records are not."""

    steps: list[records_ledger.Step]
    new: list[RecordId]


def _waiting(node: Node) -> Waiting:
    node.follow()
    with node.reading() as session:
        versions = records.unannounced(session, TOGETHER)
        steps = [records_ledger.next_step(session, version) for version in versions]
    named = dict.fromkeys(version.header.record for version in versions)
    new = [record for record in named if not records_ledger.is_registered(node, record)]
    return Waiting(steps, new)


def _bring(desk: Desk, waiting: Waiting) -> None:
    node = desk.node
    with node.reading() as session:  # whose key may be in a wallet by now, is not new
        keys = {record: controller(session, record) for record in waiting.new}
    calls = [call for record in waiting.new for call in _registration(desk, record, keys[record])]
    send(node, *calls, records_ledger.advance(node, waiting.steps, by=desk.source.signing))


def _registration(desk: Desk, record: RecordId, key: SigningKey) -> Iterator[Call]:
    """What a new record needs before its first version; what was done before a crash is left."""
    node, by = desk.node, desk.source.signing
    if consent_ledger.controller_of(node, record) == NOBODY:
        yield consent_ledger.enroll(node, record, by=key)
    account = consent_ledger.account_of(node, record)
    yield records_ledger.register(node, record, account, controller=key, by=by)
    if set_of(node, record) == bytes(32):
        yield assign(node, record, desk.keepers.id, by=by)


def finish(desk: Desk) -> None:
    """Do what an import left to do."""
    run_due(desk.node, {FINISH: lambda _: _finish(desk)}, names={FINISH})
