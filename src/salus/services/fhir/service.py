"""Importing: from files to records that are sealed, held, announced and anchored."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.platform.work import Node, Work, enqueue, run_due
from salus.rights.consent import ledger as consent_ledger
from salus.rights.consent.service import take_control
from salus.rights.custody import dealing
from salus.rights.custody.ledger import assign, set_of
from salus.rights.custody.peers import Keepers
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Party
from salus.rights.notary import service as notary
from salus.rights.notary.model import record_leaf
from salus.rights.records import ledger as records_ledger
from salus.rights.records import service as records
from salus.rights.records import tables as t
from salus.rights.records.errors import StaleRoot
from salus.rights.records.versions import Keyed, Network, compose, record_root_of
from salus.services.fhir.intake import Directory, Intake, Known, Prepared


@dataclass(frozen=True, slots=True)
class Desk:
    """The source at work: its keys, the keepers it deals to, its storage key."""

    node: Node
    source: Party
    keepers: Keepers
    storage_key: bytes = field(repr=False)
    spare: int = 1


def known_in(session: Session) -> Known:
    """What a database answers to the questions of an intake."""

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
    )


def take(desk: Desk, intake: Intake) -> list[RecordId]:
    """Make an intake part of records: each patient's part wholly or not at all."""
    with desk.node.sessions() as session, session.begin():
        _keep_directory(session, intake.directory)
    return [_take_patient(desk, prepared) for prepared in intake.prepared]


def _keep_directory(session: Session, directory: Iterable[Directory]) -> None:
    for each in directory:
        session.merge(t.DirectoryResource(reference=each.reference, url=each.url, raw=each.raw))


def _take_patient(desk: Desk, prepared: Prepared) -> RecordId:
    """Bodies to the vault, parts to the keepers, then one commit, then the ledger."""
    node = desk.node
    with node.sessions() as session:
        state = records.state_of(session, prepared.patient)
        if state.number != prepared.base:
            raise StaleRoot
        if not prepared.objects:
            return state.record
        units = {each.place: state.unit(each.place) for each in prepared.objects}
        opened = {
            place: dealing.open_unit(
                node,
                session,
                record=state.record,
                unit=unit,
                keepers=desk.keepers,
                storage_key=desk.storage_key,
                by=desk.source.signing,
            )
            for place, unit in units.items()
        }
    keyed = [
        Keyed(each, unit.id, unit.objects, open_.dealing.epoch, open_.id)
        for each in prepared.objects
        for unit, open_ in [(units[each.place], opened[each.place])]
    ]
    network = Network(node.ledger.chain_id, node.contracts["CustodyRegistry"].address)
    with node.sessions() as session:
        header = state.next_header(desk.source.address, Work(node, session))
    composed = compose(
        network,
        header,
        roots=state.next_roots(prepared.objects),
        earlier=state.version.objects if state.version else (),
        keyed=keyed,
        by=desk.source.signing,
    )
    node.vault.put({each.segment_root: each.body for each in prepared.objects})
    acks = dealing.hand_out(
        node, desk.keepers, list(opened.values()), keyed, composed, spare=desk.spare
    )
    with node.sessions() as session, session.begin():
        work = Work(node, session)
        records.refuse_stale(session, state)
        records.keep(work, state, list(units.values()), keyed, composed)
        dealing.keep(session, list(opened.values()), acks, storage_key=desk.storage_key)
        take_control(work, state.record)
        enqueue(
            work, ANNOUNCE, record=record_text(state.record), number=composed.version.header.version
        )
    run_due(node, jobs(desk))
    return state.record


ANNOUNCE = "records.announce"


def jobs(desk: Desk) -> dict[str, Callable[..., None]]:
    """The jobs of an import: what was committed here but is not on the ledger yet."""

    def announce(node: Node, *, record: str, number: int) -> None:
        _announce(desk, record_from_text(record), number)

    return {ANNOUNCE: announce}


def _announce(desk: Desk, record: RecordId, number: int) -> None:
    """Bring one version to the ledger; what is there already is not sent again."""
    node, by = desk.node, desk.source.signing
    with node.sessions() as session, session.begin():
        controller = take_control(Work(node, session), record)
        version = records.version_numbered(session, record, number)
    if consent_ledger.controller_of(node, record) == bytes(20):
        send(node, consent_ledger.enroll(node, record, by=controller))
    if not records_ledger.is_registered(node, record):
        account = consent_ledger.account_of(node, record)
        send(node, records_ledger.register(node, record, account, controller=controller, by=by))
    if set_of(node, record) == bytes(32):
        send(node, assign(node, record, desk.keepers.id, by=by))
    if records_ledger.root_on_ledger(node, record)[0] < number:
        send(node, records_ledger.advance(node, version, by=by))
    with node.sessions() as session, session.begin():
        notary.queue(Work(node, session), record_leaf(record_root_of(version)))
    node.follow()


def finish(desk: Desk) -> None:
    """Do what an import left to do: announce what waits, then anchor."""
    run_due(desk.node, jobs(desk))
    notary.anchor(desk.node, by=desk.source.signing)
