"""A patient wants a record erased: a day to think, then it begins by itself.

The wallet of a patient is open only while he is there, so he signs at once what the ledger will be
told. Until it is due the signatures lie sealed here, and stopping shreds them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId, UnitId, record_from_text, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import open_at_rest, seal_at_rest
from salus.platform.database import scrub
from salus.platform.ledger import Call
from salus.platform.node import STORAGE_KEY
from salus.platform.observe import log
from salus.platform.storage import guard, read_secret
from salus.platform.work import Node, Work, enqueue
from salus.rights.consent.authority.ledger import erased_at
from salus.rights.consent.licensing.ledger import section_gate
from salus.rights.consent.licensing.model import LICENSABLE, section_id
from salus.rights.custody.at_rest import call_at_rest
from salus.rights.custody.erasure.errors import NotOnLedger, WishUnknown
from salus.rights.custody.erasure.service import Eraser, request
from salus.rights.custody.erasure.tables import ErasureRow, SignedCall, WishRow
from salus.rights.custody.ledger import unit_state
from salus.rights.identity.ledger import Views, intent, send
from salus.rights.records.erasing import units_in
from salus.rights.records.ledger import is_registered
from salus.rights.records.sections import SECTIONS

BEGIN = "custody.begin-erasure"
WAIT = timedelta(hours=24)
SENT_WITHIN = timedelta(days=14)
"""How long after it is due a signature still counts, should the ledger be away."""
_ADDRESS = 20  # bytes, before the input of a call


@dataclass(frozen=True, slots=True)
class Wish:
    """`sections` is empty for the whole record; `erasure` is 0 until it has begun."""

    number: int
    record: RecordId
    sections: tuple[int, ...]
    asked_at: datetime
    due_at: datetime
    erasure: int


def wish(
    node: Node, *, account: str, record: RecordId, sections: Sequence[str], by: SigningKey
) -> Wish:
    """Sign an erasure that begins in a day, of the whole record unless sections are named.

    The same wish twice is one. Raises NotOnLedger and UnknownSection.
    """
    if not is_registered(node, record):
        raise NotOnLedger
    with node.reading() as session:
        units = [each.id for each in units_in(session, record, sections)] if sections else []
    bits = sum(1 << code for code, name in SECTIONS.items() if name in sections)
    now, key = node.clock.now(), _storage_key(node)
    signed = list(_signed(node, record, bits, units, by=by))
    with node.sessions() as session, session.begin():
        guard(session, key)
        if (known := _waiting(session, record, bits)) is not None:
            return _wish(known)
        row = WishRow(
            account=account,
            record=record_text(record),
            sections=bits,
            asked_at=seconds(now),
            due_at=seconds(now + WAIT),
            erasure=0,
        )
        session.add(row)
        session.flush()
        session.add_all(_rows(row.number, signed, key))
        enqueue(Work(node, session), BEGIN, run_at=moment(row.due_at), wish=row.number)
        return _wish(row)


def _waiting(session: Session, record: RecordId, bits: int) -> WishRow | None:
    same = select(WishRow).where(
        WishRow.record == record_text(record), WishRow.sections == bits, WishRow.erasure == 0
    )
    return session.scalars(same).first()


def _signed(
    node: Node, record: RecordId, bits: int, units: Sequence[UnitId], *, by: SigningKey
) -> Iterator[tuple[str, str, Call]]:
    """What the ledger will be told, with its kind and its subject."""
    if not bits:
        yield "record", "", _call(node, "Authority", "erase", record, by=by)
        return
    for code in LICENSABLE:
        if bits >> code & 1:
            where = section_id(record, code)
            yield "section", str(code), _call(node, "LicensingPolicy", "close", where, by=by)
    for unit in units:
        call = _call(node, "CustodyRegistry", "eraseUnit", record, unit, by=by)
        yield "unit", unit.hex(), call


def _call(node: Node, contract: str, verb: str, *arguments: object, by: SigningKey) -> Call:
    target, valid = node.contracts[contract], int((WAIT + SENT_WITHIN).total_seconds())
    own = intent(node, target, verb, arguments, by=by, valid=valid)
    return target.call(verb, *arguments, own.as_abi())


def _rows(number: int, signed: Sequence[tuple[str, str, Call]], key: bytes) -> Iterator[SignedCall]:
    for position, (kind, subject, call) in enumerate(signed):
        sealed = seal_at_rest(key, call_at_rest(number, position), call.to + call.input)
        yield SignedCall(wish=number, position=position, kind=kind, subject=subject, sealed=sealed)


def stop(node: Node, *, account: str, number: int) -> None:
    """Nothing is erased, and what was signed for it is shredded.

    Raises WishUnknown for one of others, and for one that has begun.
    """
    with node.sessions() as session, session.begin():
        row = session.get(WishRow, number)
        if row is None or row.account != account or row.erasure:
            raise WishUnknown
        _forget(session, row)
    scrub(node.database)


def _forget(session: Session, row: WishRow) -> None:
    session.execute(delete(SignedCall).where(SignedCall.wish == row.number))
    session.delete(row)


def wishes(session: Session, account: str) -> list[Wish]:
    """Those that wait and those that have begun, newest first."""
    return [_wish(row) for row in session.scalars(_WISHES, {"account": account})]


_WISHES = (
    select(WishRow).where(WishRow.account == bindparam("account")).order_by(WishRow.number.desc())
)


def _wish(row: WishRow) -> Wish:
    return Wish(
        row.number,
        record_from_text(row.record),
        tuple(code for code in SECTIONS if row.sections >> code & 1),
        moment(row.asked_at),
        moment(row.due_at),
        row.erasure,
    )


def record_of(node: Node, number: int) -> RecordId | None:
    """None for a wish that was stopped."""
    with node.reading() as session:
        row = session.get(WishRow, number)
    return record_from_text(row.record) if row is not None else None


def begin(eraser: Eraser, number: int) -> int:
    """What is due begins; the number of the erasure, 0 where nothing does. Twice is once."""
    node = eraser.node
    with node.reading() as session:
        row = session.get(WishRow, number)
    if row is None or row.erasure or row.due_at > seconds(node.clock.now()):
        return row.erasure if row is not None else 0
    try:
        _tell_ledger(node, row)
    except SalusError as error:
        if node.clock.now() < moment(row.due_at) + SENT_WITHIN:
            raise
        log("erasure-void", level="error", error=error.key())
        stop(node, account=row.account, number=number)
        return 0
    sections = [SECTIONS[code] for code in SECTIONS if row.sections >> code & 1]
    made = _begun(node, row) or request(eraser, record_from_text(row.record), sections)
    with node.sessions() as session, session.begin():
        mine = WishRow.number == number
        session.execute(update(WishRow).where(mine).values(erasure=made))
        session.execute(delete(SignedCall).where(SignedCall.wish == number))
    return made


def _begun(node: Node, row: WishRow) -> int | None:
    """What a process began that died before it wrote the number down."""
    begun = select(ErasureRow.number).where(
        ErasureRow.record == row.record,
        ErasureRow.sections == row.sections,
        ErasureRow.asked_at >= row.due_at,
    )
    with node.reading() as session:
        return session.scalars(begun).first()


def _tell_ledger(node: Node, row: WishRow) -> None:
    """Send what it does not know yet."""
    key, record = _storage_key(node), record_from_text(row.record)
    with node.reading() as session:
        mine = select(SignedCall).where(SignedCall.wish == row.number)
        signed = list(session.scalars(mine.order_by(SignedCall.position)))
    for each in signed:
        if not _is_told(node, record, each):
            raw = open_at_rest(key, call_at_rest(row.number, each.position), each.sealed)
            send(node, Call(raw[:_ADDRESS], raw[_ADDRESS:]))
    node.follow()


def _is_told(node: Node, record: RecordId, each: SignedCall) -> bool:
    ask, at = Views(node), node.ledger.final()
    if erased_at(ask, record, at=at):
        return True
    if each.kind == "section":
        return not section_gate(ask, record, int(each.subject), at=at).is_open
    if each.kind == "unit":
        unit = UnitId(bytes.fromhex(each.subject))
        return bool(unit_state(ask, record, unit, at=at).erased_at)
    return False


def _storage_key(node: Node) -> bytes:
    assert node.home is not None, "wishes are kept in a home"
    return read_secret(node.home / STORAGE_KEY)
