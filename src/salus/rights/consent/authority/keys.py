"""Keys that people keep in this home: those that control records, wait for it, or guard."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.authority.reading import control
from salus.rights.consent.authority.tables import Candidate, GuardianKey
from salus.rights.consent.errors import AlreadyExists
from salus.rights.consent.tables import Controller


def controlling(session: Session, record: RecordId) -> SigningKey | None:
    """The key in this home that controls a record, by the word of the ledger.

    A record that the ledger does not know yet is controlled by the key made for it.
    """
    known, text = control(session, record), record_text(record)
    for row in (session.get(Controller, text), session.get(Candidate, text)):
        key = SigningKey.from_bytes(row.secret) if row else None
        if key and (known is None or key.address == known.controller):
            return key
    return None


def candidate(session: Session, record: RecordId) -> SigningKey:
    """The key that is to control a record next, a fresh one when none waits."""
    adopt(session, record)
    row = session.get(Candidate, record_text(record))
    if row is not None:
        return SigningKey.from_bytes(row.secret)
    key = SigningKey.generate()
    session.add(Candidate(record=record_text(record), secret=key.secret()))
    return key


def adopt(session: Session, record: RecordId) -> bool:
    """Let the candidate take the place of the old key, when the ledger says that it controls."""
    row, known = session.get(Candidate, record_text(record)), control(session, record)
    if row is None or known is None:
        return False
    if SigningKey.from_bytes(row.secret).address != known.controller:
        return False
    session.merge(Controller(record=row.record, secret=row.secret))
    session.delete(row)
    session.flush()
    return True


def new_guardian(session: Session, name: str) -> Address:
    """A key for a guardian who has none. Raises AlreadyExists."""
    if session.get(GuardianKey, name) is not None:
        raise AlreadyExists
    key = SigningKey.generate()
    session.add(GuardianKey(name=name, address=key.address, secret=key.secret()))
    return key.address


def guardian(session: Session, name: str) -> SigningKey | None:
    """The key of a guardian who was invited here."""
    row = session.get(GuardianKey, name)
    return SigningKey.from_bytes(row.secret) if row else None


def guardian_names(session: Session) -> dict[Address, str]:
    """The guardians who were invited here."""
    return {Address(row.address): row.name for row in session.scalars(select(GuardianKey))}
