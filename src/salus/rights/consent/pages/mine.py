"""What every page of a patient begins with: whose wallet, which records, which sections."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_from_text, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.web.portal import PageMissing, Visit
from salus.rights.consent.authority.claiming import records_of
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.records.listing import Summary, summary


@dataclass(frozen=True, slots=True)
class Mine:
    """A record of the patient who visits, and the key that controls it.

    For a delegate it is his own key, over a record for which the page asks one of his powers.
    """

    record: RecordId
    summary: Summary
    key: SigningKey

    @property
    def text(self) -> str:
        return record_text(self.record)


def mine(visit: Visit, session: Session) -> list[Mine]:
    """The records of the patient who visits, or for whom he acts, in a fixed order."""
    key = (mine, tuple(visit.acting.records) if visit.acting else None)
    return list(visit.once(key, lambda: _mine(visit, session)))


def _mine(visit: Visit, session: Session) -> list[Mine]:
    wallet = Wallet(visit.root)
    if visit.acting is not None:
        found = [record_from_text(each) for each in sorted(visit.acting.records)]
        return [Mine(each, summary(session, each), wallet.guardian()) for each in found]
    return [
        Mine(record, summary(session, record), wallet.controller(record))
        for record in records_of(session, visit.account)
    ]


def one_of(visit: Visit, session: Session, record: str) -> Mine:
    """The record of the patient with that handle. Raises PageMissing, also for one of others."""
    for each in mine(visit, session):
        if each.text == record:
            return each
    raise PageMissing
