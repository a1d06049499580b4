"""What a patient says of licenses: what may be licensed, what never, and what stops now."""

from collections.abc import Sequence

from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.errors import NotClosed
from salus.rights.consent.licensing import ledger
from salus.rights.consent.licensing.model import NO_STANDING, Policy, standing_commitment
from salus.rights.consent.licensing.tables import StandingTerms
from salus.rights.consent.model import new_salt
from salus.rights.identity.ledger import Views, send


def set_policy(node: Node, *, record: RecordId, policy: Policy, by: SigningKey) -> None:
    """Say what may be licensed from now on; licenses that were issued go on.

    Raises NotLicensable, UnknownRecord, Erased and PowerMissing.
    """
    send(node, ledger.set_policy(node, record, policy, by=by))
    node.follow()


def set_standing(node: Node, *, record: RecordId, terms: bytes | None, by: SigningKey) -> None:
    """Say under what terms orders may be accepted while the patient is away; None for none.

    The terms are kept before the ledger is asked. It gets a salted commitment, and those before
    are worth nothing from then on. Raises UnknownRecord, Erased and PowerMissing.
    """
    commitment = NO_STANDING
    if terms is not None:
        salt = new_salt()
        commitment = standing_commitment(salt, terms)
        with node.sessions() as session, session.begin():
            session.add(
                StandingTerms(
                    commitment=commitment, record=record_text(record), salt=salt, terms=terms
                )
            )
    send(node, ledger.set_standing(node, record, commitment, by=by))
    node.follow()


def close(node: Node, *, record: RecordId, sections: Sequence[int], by: SigningKey) -> None:
    """Stop every license of sections, this second; what is closed stays closed.

    Raises NotLicensable, UnknownRecord, Erased and PowerMissing.
    """
    send(node, *(ledger.close(node, record, section, by=by) for section in sections))
    node.follow()


def reopen(node: Node, *, record: RecordId, sections: Sequence[int], by: SigningKey) -> None:
    """Open those of the sections that are closed, for new licenses only.

    Raises NotClosed when none is, TooOften, NotLicensable, UnknownRecord, Erased, PowerMissing.
    """
    at, ask = node.ledger.final(), Views(node)
    closed = [
        each for each in sections if not ledger.section_gate(ask, record, each, at=at).is_open
    ]
    if not closed:
        raise NotClosed
    send(node, *(ledger.reopen(node, record, section, by=by) for section in closed))
    node.follow()
