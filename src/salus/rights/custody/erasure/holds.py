"""Legal holds: what a law orders kept outlives an erasure, under a key of its own, until its end.

The copy lies in a file, its key in another; at the end the key is overwritten and both go.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.encoding import TAG
from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.files import sync_folder, write_atomic
from salus.platform.node import STORAGE_KEY
from salus.platform.storage import destroy, guard, read_secret, write_secret
from salus.platform.work import Node, Work, enqueue
from salus.rights.custody.at_rest import reason_at_rest
from salus.rights.custody.erasure.errors import BadHold, UnknownHold
from salus.rights.custody.erasure.tables import HoldRow
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import as_source, read
from salus.rights.identity.model import Party
from salus.rights.records.model import UnitKind, frames, read_frames
from salus.rights.records.service import all_units

END = "custody.end-hold"
FOLDER = Path("node") / "holds"
LONGEST = timedelta(days=36_525)
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Holder:
    """The source of a home, which a law orders to keep."""

    node: Node
    home: Path
    keepers: Keepers
    party: Party
    storage_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hold:
    """What the patient is told: why something is kept, how much, and until when."""

    id: bytes
    record: RecordId
    reason: str
    resources: int
    made_at: datetime
    until: datetime


def hold(holder: Holder, record: RecordId, *, reason: str, until: datetime) -> Hold:
    """Copy the present state of a record under a key of its own, before it is erased.

    The source reads what it wrote, and the patient sees that it looked. Raises BadHold,
    NotPermitted, TooFewShares.
    """
    node, now = holder.node, holder.node.clock.now()
    text = reason.strip()
    if not 3 <= len(text) <= LONGEST_REASON or not now < until <= now + LONGEST:
        raise BadHold
    with node.reading() as session:
        units = [
            each for each in all_units(session, record) if each.place.kind != UnitKind.SNAPSHOT
        ]
    opened = read(node, holder.keepers, as_source(holder.party), record, units)
    resources = {name: raw for unit in opened.units for name, raw in unit.resources.items()}
    hold_id = secrets.token_bytes(16)
    _seal(holder.home, hold_id, frames((), resources))
    made = Hold(hold_id, record, text, len(resources), now.replace(microsecond=0), until)
    _keep(holder, made)
    return made


def _seal(home: Path, hold_id: bytes, plain: bytes) -> None:
    """Key and copy are on the disk before any row names them."""
    key = secrets.token_bytes(32)
    write_secret(key_of(home, hold_id), key)
    write_atomic(copy_of(home, hold_id), seal_at_rest(key, _place(hold_id), plain))


def _keep(holder: Holder, made: Hold) -> None:
    sealed = seal_at_rest(holder.storage_key, reason_at_rest(made.id), made.reason.encode())
    with holder.node.sessions() as session, session.begin():
        guard(session, holder.storage_key)
        session.add(
            HoldRow(
                id=made.id,
                record=record_text(made.record),
                reason=sealed,
                resources=made.resources,
                made_at=seconds(made.made_at),
                until=seconds(made.until),
            )
        )
        enqueue(Work(holder.node, session), END, run_at=made.until, hold=made.id.hex())


def holds(session: Session, record: RecordId, *, storage_key: bytes) -> list[Hold]:
    """The holds on a record, also on one that is erased, the first to end first."""
    mine = select(HoldRow).where(HoldRow.record == record_text(record)).order_by(HoldRow.until)
    return [_hold(row, storage_key) for row in session.scalars(mine)]


def _hold(row: HoldRow, storage_key: bytes) -> Hold:
    reason = open_at_rest(storage_key, reason_at_rest(row.id), row.reason).decode()
    record, made, until = record_from_text(row.record), moment(row.made_at), moment(row.until)
    return Hold(row.id, record, reason, row.resources, made, until)


def find_held(session: Session, text: str) -> RecordId | None:
    """A record with holds, by its handle or a beginning of it that is like no other."""
    mine = HoldRow.record.startswith(text.lower(), autoescape=True)
    found = list(session.scalars(select(HoldRow.record).where(mine).distinct().limit(2)))
    return record_from_text(found[0]) if text and len(found) == 1 else None


def open_hold(node: Node, home: Path, record: RecordId, hold: str) -> dict[str, bytes]:
    """The resources that are held, as they were written. Raises UnknownHold, KeyDamaged."""
    prefix = hold.lower().removeprefix("0x")
    with node.reading() as session:
        mine = select(HoldRow.id).where(HoldRow.record == record_text(record))
        found = [each for each in session.scalars(mine) if each.hex().startswith(prefix)]
    if len(found) != 1 or not prefix:
        raise UnknownHold(hold=hold[:32])
    key, sealed = read_secret(key_of(home, found[0])), copy_of(home, found[0]).read_bytes()
    _, resources = read_frames(open_at_rest(key, _place(found[0]), sealed))
    return resources


def end(node: Node, hold_id: bytes) -> None:
    """At its end: the key first, so that nothing opens the copy any more. Twice is once."""
    assert node.home is not None, "only a node with a home keeps copies"
    with node.reading() as session:
        row = session.get(HoldRow, hold_id)
    if row is not None and row.until > seconds(node.clock.now()):
        return
    drop_files(node.home, hold_id)
    with node.sessions() as session, session.begin():
        if (left := session.get(HoldRow, hold_id)) is not None:
            session.delete(left)


def drop_files(home: Path, hold_id: bytes) -> None:
    destroy(key_of(home, hold_id))
    copy_of(home, hold_id).unlink(missing_ok=True)
    if (home / FOLDER).exists():
        sync_folder(home / FOLDER)


def orphans(node: Node) -> Iterator[bytes]:
    """Files of holds that a process was making when it died."""
    folder = node.home / FOLDER if node.home else None
    if folder is None or not folder.exists():
        return
    with node.reading() as session:
        known = {each.hex() for each in session.scalars(select(HoldRow.id))}
    for name in {place.stem for place in folder.iterdir()} - known:
        if len(name) == 32:
            yield bytes.fromhex(name)


def key_of(home: Path, hold_id: bytes) -> Path:
    return home / FOLDER / f"{hold_id.hex()}.key"


def copy_of(home: Path, hold_id: bytes) -> Path:
    return home / FOLDER / f"{hold_id.hex()}.held"


def _place(hold_id: bytes) -> bytes:
    return TAG("salus/legal-hold/1") + hold_id


def storage_key_of(home: Path) -> bytes:
    return read_secret(home / STORAGE_KEY)
