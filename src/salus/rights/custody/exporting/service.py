"""Making an export, and fetching it within an hour.

Only the wallet of the patient opens the record, and it is open only while he is there: so a thread
of the process that he visits does it, and the file on the disk opens with a key of that wallet.
What a process left that died is swept away by a job.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore, Thread

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.encoding import TAG
from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.files import private_folder, write_atomic
from salus.platform.i18n import speaking
from salus.platform.observe import unexpected
from salus.platform.settings import read as settings
from salus.platform.work import Node, Work, enqueue
from salus.rights.custody import household, proving
from salus.rights.custody.exporting.bundling import Bundled, bundle
from salus.rights.custody.exporting.errors import ExportGone, ExportRunning
from salus.rights.custody.exporting.places import FOLDER, place_of
from salus.rights.custody.exporting.tables import ExportRow
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import Opened, as_subject, read
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.identity.charter import charter_of
from salus.rights.notary.settings import NotarySettings
from salus.rights.notary.witnesses import quorum_of
from salus.rights.records.listing import summary
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.rights.records.service import units_of

END = "custody.end-export"
VALID = timedelta(hours=1)
SILENT = timedelta(minutes=5)  # without a step: the process that made it is gone
_AT_ONCE = BoundedSemaphore(2)  # each holds a whole record in memory
_RUNNING: dict[str, Thread] = {}


@dataclass(frozen=True, slots=True)
class Export:
    """How far an export is. `until` is None while it is made; `error` the key of a failure."""

    id: str
    begun_at: datetime
    until: datetime | None
    total: int
    done: int
    size: int
    error: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose record is taken along, by whose wallet, and in which language its pages are."""

    account: str
    name: str
    wallet: Wallet = field(repr=False)
    language: str


def start(node: Node, home: Path, asked: Asked, records: Sequence[RecordId]) -> str:
    """Begin an export of records; its id. Raises ExportRunning while another one is made."""
    now, made = node.clock.now(), secrets.token_hex(16)
    with node.reading() as session:
        parts = [(each, name) for each in records for name in _sections(session, each)]
    with node.sessions() as session, session.begin():
        if any(each.until is None and not each.error for each in _of(session, asked.account, now)):
            raise ExportRunning
        session.add(
            ExportRow(
                id=made,
                account=asked.account,
                records=" ".join(map(record_text, records)),
                begun_at=seconds(now),
                beat_at=seconds(now),
                until=0,
                total=len(parts) + 1,
                done=0,
                size=0,
                error="",
            )
        )
        enqueue(Work(node, session), END, run_at=now + 2 * VALID, export=made)
    thread = Thread(target=_run, args=(node, home, made, asked, parts), daemon=True)
    _RUNNING[made] = thread
    thread.start()
    return made


def finish(made: str) -> None:
    """Wait for what this process makes."""
    if (thread := _RUNNING.get(made)) is not None:
        thread.join()


def _sections(session: Session, record: RecordId) -> list[str]:
    """All but the emergency summary, which is made from the others."""
    held = summary(session, record).sections
    return [name for name in held if name != SECTIONS[EMERGENCY_SUMMARY]]


def _run(
    node: Node, home: Path, made: str, asked: Asked, parts: Sequence[tuple[RecordId, str]]
) -> None:
    try:
        with _AT_ONCE, speaking(asked.language):
            _make(node, home, made, asked, parts)
    except Exception as error:  # noqa: BLE001 - the page says that it failed
        known = error if isinstance(error, SalusError) else unexpected(error)
        _note(node, made, error=known.key())
    finally:
        _RUNNING.pop(made, None)


def _make(
    node: Node, home: Path, made: str, asked: Asked, parts: Sequence[tuple[RecordId, str]]
) -> None:
    sections = []
    keepers = {record: household.keepers_of(node, home, record) for record in dict(parts)}
    for done, (record, name) in enumerate(parts, 1):
        by = asked.wallet.controller(record)
        sections.append(_section(node, home, keepers[record], record, name, by=by))
        _note(node, made, done=done)
    now = node.clock.now()
    content = bundle(
        sections,
        name=asked.name,
        source=household.source_of(home).name,
        language=asked.language,
        at=now,
    )
    private_folder(home / FOLDER)
    sealed = seal_at_rest(_key(asked.wallet, made), _place(made), content)
    write_atomic(place_of(home, made), sealed)
    until = seconds(node.clock.now() + VALID)
    _note(node, made, done=len(parts) + 1, until=until, size=len(content))


def _section(
    node: Node, home: Path, keepers: Keepers, record: RecordId, name: str, *, by: SigningKey
) -> Bundled:
    with node.reading() as session:
        units = units_of(session, record, [name])
    opened: Opened = read(node, keepers, as_subject(by), record, units)
    quorum = quorum_of(settings(NotarySettings), charter_of(home))
    source = household.source_of(home)
    proofs = dict(proving.prove_each(node, opened, by=source, quorum=quorum))
    resources = {name: raw for unit in opened.units for name, raw in unit.resources.items()}
    return Bundled(record_text(record), name, resources, proofs)


def _note(node: Node, made: str, **values: int | str) -> None:
    beat = {"beat_at": seconds(node.clock.now())}
    with node.sessions() as session, session.begin():
        session.execute(update(ExportRow).where(ExportRow.id == made).values(**beat, **values))


# FETCHING


def exports(session: Session, account: str, now: datetime) -> list[Export]:
    """Those of an account that are made, failed or can be fetched, newest first."""
    return _of(session, account, now)


def _of(session: Session, account: str, now: datetime) -> list[Export]:
    mine = select(ExportRow).where(ExportRow.account == account)
    rows = session.scalars(mine.order_by(ExportRow.begun_at.desc(), ExportRow.id))
    return [_export(row, now) for row in rows if not row.until or row.until > seconds(now)]


def _export(row: ExportRow, now: datetime) -> Export:
    is_silent = not row.until and seconds(now - SILENT) > row.beat_at
    until = moment(row.until) if row.until else None
    error = row.error or ("stopped" if is_silent else "")
    return Export(row.id, moment(row.begun_at), until, row.total, row.done, row.size, error)


def fetch(node: Node, home: Path, made: str, account: str, wallet: Wallet) -> bytes:
    """The file. Raises ExportGone for one of others, one that is not ready, and after its hour."""
    with node.reading() as session:
        row = session.get(ExportRow, made)
    is_mine = row is not None and row.account == account
    if row is None or not is_mine or row.until <= seconds(node.clock.now()):
        raise ExportGone
    try:
        sealed = place_of(home, made).read_bytes()
    except FileNotFoundError:
        raise ExportGone from None
    return open_at_rest(_key(wallet, made), _place(made), sealed)


def drop(node: Node, home: Path, made: str, account: str) -> None:
    """Delete a file before its hour is over. Raises ExportGone."""
    with node.sessions() as session, session.begin():
        row = session.get(ExportRow, made)
        if row is None or row.account != account:
            raise ExportGone
        session.delete(row)
    place_of(home, made).unlink(missing_ok=True)


def end(node: Node, export: str) -> None:
    """Its time is over; also for what a process left that died."""
    assert node.home is not None, "exports are kept in a home"
    place_of(node.home, export).unlink(missing_ok=True)
    with node.sessions() as session, session.begin():
        if (row := session.get(ExportRow, export)) is not None:
            session.delete(row)


def _key(wallet: Wallet, made: str) -> bytes:
    """32 bytes that only the wallet gives."""
    info = TAG("salus/export/1") + bytes.fromhex(made)
    return HKDF(SHA256(), length=32, salt=None, info=info).derive(wallet.root)


def _place(made: str) -> bytes:
    return TAG("salus/export-file/1") + bytes.fromhex(made)
