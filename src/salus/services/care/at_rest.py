"""What of referrals lies under the storage key, and moving it under the next one."""

from sqlalchemy.orm import Session

from salus.platform.storage import reseal_column
from salus.services.care.tables import (
    PartyKey,
    SealedLetter,
    SealedPaper,
    key_at_rest,
    letter_at_rest,
    paper_at_rest,
)


def reseal(session: Session, old: bytes, new: bytes) -> None:
    """Letters, papers, and the keys of their sides."""
    keys, sides = (old, new), ("referral", "role")
    reseal_column(session, SealedLetter, "sealed", ("referral",), letter_at_rest, keys=keys)
    reseal_column(session, SealedPaper, "sealed", ("commitment",), paper_at_rest, keys=keys)
    reseal_column(session, PartyKey, "sealed", sides, key_at_rest, keys=keys)
