"""What emergencies do later: to tell of a card that was read while the ledger was silent."""

from datetime import timedelta

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest, record_from_text, record_text
from salus.platform.observe import log
from salus.platform.work import Job, Node, Work, enqueue
from salus.rights.consent.emergency.model import new_opening_id
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party
from salus.services.emergency import service
from salus.services.emergency.card import Card

TELL = "emergency.tell-of-card"
_WAIT = timedelta(minutes=1)
"""The clock of the ledger may be behind this one, and nothing is read in its future."""


def tell_later(work: Work, card: Card, reader: Party) -> None:
    """See to it that the patient learns who read a card, as soon as the ledger answers."""
    now, opening = work.node.clock.now(), new_opening_id(reader.address)
    enqueue(
        work,
        TELL,
        run_at=now + _WAIT,
        record=record_text(card.record),
        opening=opening.hex(),
        reader=reader.name,
        used_at=seconds(now),
    )


def tell(node: Node, record: str, opening: str, reader: str, used_at: int) -> None:
    """Tried again while nobody answers; what the ledger refuses is given up, and logged."""
    assert node.home is not None, "who reads cards has a key in a home"
    try:
        service.record_card(
            node,
            record=record_from_text(record),
            used_at=used_at,
            by=of_home(node.home).party(reader).signing,
            opening=Digest(bytes.fromhex(opening)),
        )
    except SalusError as error:
        if error.status >= 500:
            raise
        log("card-not-told", level="warning", error=error.key())


JOBS: dict[str, Job] = {TELL: tell}
