"""How a patient takes the control of his records into his own wallet.

The hospital that imported a record made its first key and gives the patient an invitation. Who
brings that takes the control: the ledger names a key of his wallet, and the first key goes.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.kernel.encoding import TAG
from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.consent.authority import ledger
from salus.rights.consent.authority.keys import controlling
from salus.rights.consent.authority.reading import control
from salus.rights.consent.authority.tables import Claimed, Invitation
from salus.rights.consent.errors import WalletMissing
from salus.rights.consent.tables import Controller
from salus.rights.identity.accounts.errors import InvitationUnknown
from salus.rights.identity.accounts.model import code_bytes, code_text
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.identity.ledger import send
from salus.rights.records.ledger import is_registered

VALID = timedelta(days=30)
_ACCEPTED = select(Claimed).where(Claimed.account == bindparam("account"), ~Claimed.is_controlled)
_RECORDS = (
    select(Claimed.record)
    .where(Claimed.account == bindparam("account"), Claimed.is_controlled)
    .order_by(Claimed.record)
)
"""Put together once: every page of a patient asks."""


def invite(work: Work, records: Sequence[RecordId]) -> str:
    """A code that gives the control of records to whoever brings it first, within 30 days.

    Raises WalletMissing for a record whose key is not in this home any more.
    """
    code, until = secrets.token_bytes(16), seconds(work.node.clock.now() + VALID)
    for record in records:
        if controlling(work.session, record) is None:
            raise WalletMissing
        work.session.merge(Invitation(record=record_text(record), code=_hash(code), until=until))
    return code_text(code)


def accept(work: Work, text: str, account: str) -> list[RecordId]:
    """Note whose the records of an invitation are. Raises InvitationUnknown."""
    code = code_bytes(text)
    found = select(Invitation).where(Invitation.code == _hash(code or b""))
    rows = work.session.scalars(found).all()
    if code is None or not rows or rows[0].until < seconds(work.node.clock.now()):
        raise InvitationUnknown
    for row in rows:
        work.session.merge(Claimed(record=row.record, account=account, is_controlled=False))
        work.session.delete(row)
    return [record_from_text(row.record) for row in rows]


def is_good(session: Session, text: str, now: int) -> bool:
    """Whether an invitation would be accepted."""
    code = code_bytes(text)
    found = select(Invitation.until).where(Invitation.code == _hash(code or b""))
    until = session.scalars(found.limit(1)).first()
    return code is not None and until is not None and until >= now


def take_over(node: Node, account: str, wallet: Wallet) -> int:
    """Give the control of what an account accepted to its wallet; how many records that were.

    Where a process died on the way, the next call goes on: the ledger knows how far it was. A
    record that is not there yet waits for the next call too.
    """
    with node.reading() as session:
        waiting = [
            record_from_text(row.record) for row in session.scalars(_ACCEPTED, {"account": account})
        ]
    if waiting:
        node.follow()
    return sum(_take_over(node, record, wallet.controller(record)) for record in waiting)


def _take_over(node: Node, record: RecordId, key: SigningKey) -> bool:
    if not _rotate(node, record, key):
        return False
    with node.sessions() as session, session.begin():
        session.get_one(Claimed, record_text(record)).is_controlled = True
        if row := session.get(Controller, record_text(record)):
            session.delete(row)
    return True


def _rotate(node: Node, record: RecordId, key: SigningKey) -> bool:
    """Let the ledger name a key as the one that controls; False where the record is not there yet.

    Only the first key, which lies here, can bring it there, so that one is not replaced before.
    """
    with node.reading() as session:
        known, first = control(session, record), controlling(session, record)
    if known is None or not is_registered(node, record):
        return False
    if known.controller != key.address:
        if first is None:
            raise WalletMissing
        send(node, ledger.rotate(node, record, key.address, by=first))
        node.follow()
    return True


def records_of(session: Session, account: str) -> list[RecordId]:
    """The records that an account controls."""
    return [record_from_text(each) for each in session.scalars(_RECORDS, {"account": account})]


def regain(work: Work, record: RecordId, account: str, wallet: Wallet) -> bool:
    """Note whose a record is that guardians gave to a wallet; whether the ledger says so."""
    known = control(work.session, record)
    if known is None or known.controller != wallet.controller(record).address:
        return False
    work.session.merge(Claimed(record=record_text(record), account=account, is_controlled=True))
    return True


def account_of(session: Session, record: RecordId) -> str | None:
    """Whose a record is, for notices; None while the hospital keeps its key."""
    row = session.get(Claimed, record_text(record))
    return row.account if row else None


def _hash(code: bytes) -> bytes:
    return sha256(TAG("salus/invitation/1") + code).digest()
