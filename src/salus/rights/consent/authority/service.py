"""What controllers, guardians and everybody do about the control of a record."""

from collections.abc import Sequence
from itertools import pairwise

from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.authority import keys, ledger
from salus.rights.consent.authority.model import Delegation
from salus.rights.consent.errors import SameSigner
from salus.rights.identity.ledger import send


def set_guardians(
    node: Node,
    *,
    record: RecordId,
    guardians: Sequence[Address],
    threshold: int,
    by: SigningKey,
) -> None:
    """Name who may recover the control: the first at once, others 72 hours later.

    Raises TooMany, BadThreshold, SameSigner, RecoveryPending.
    """
    ordered = sorted(guardians)
    for one, other in pairwise(ordered):
        if one == other:
            raise SameSigner(signer=one)
    send(node, ledger.set_guardians(node, record, ordered, threshold, by=by))


def cancel_guardians(node: Node, *, record: RecordId, by: SigningKey) -> None:
    """Object to a change of guardians that waits. Raises NotGuardian, NothingPending."""
    send(node, ledger.cancel_guardians(node, record, by=by))


def candidate(node: Node, record: RecordId) -> SigningKey:
    """The key of this home that is to control a record next. It is kept before anybody is told."""
    with node.sessions() as session, session.begin():
        return keys.candidate(session, record)


def open_recovery(node: Node, *, record: RecordId, controller: Address, by: SigningKey) -> None:
    """Ask to give the control to a new key; it runs once enough guardians asked for the same.

    Raises NotGuardian, SameSigner, BadController, RecoveryPending.
    """
    send(node, ledger.open_recovery(node, record, controller, by=by))


def cancel_recovery(node: Node, *, record: RecordId, by: SigningKey) -> None:
    """Veto a recovery. Raises NotController, NothingPending."""
    send(node, ledger.cancel_recovery(node, record, by=by))


def finish_recovery(node: Node, *, record: RecordId) -> None:
    """Give the control to the new key, and let it take the old one's place in this home.

    Raises TooEarly and NothingPending. Twice is once: what the ledger did already is not asked of
    it again.
    """
    if not adopt(node, record):
        send(node, ledger.finish_recovery(node, record))
        adopt(node, record)


def adopt(node: Node, record: RecordId) -> bool:
    """Whether a key that waited in this home was found to control a record, and took its place."""
    node.follow()
    with node.sessions() as session, session.begin():
        return keys.adopt(session, record)


def rotate(node: Node, *, record: RecordId, by: SigningKey) -> SigningKey:
    """Give the control to a fresh key of this home. Raises NotController, RecoveryPending."""
    key = candidate(node, record)
    send(node, ledger.rotate(node, record, key.address, by=by))
    adopt(node, record)
    return key


def appoint(
    node: Node, *, record: RecordId, delegate: Address, delegation: Delegation, by: SigningKey
) -> None:
    """Let somebody act for the controller, until control changes. Raises NotController."""
    send(node, ledger.appoint(node, record, delegate, delegation, by=by))


def dismiss(node: Node, *, record: RecordId, delegate: Address, by: SigningKey) -> None:
    """End a delegation at once. Raises UnknownDelegate."""
    send(node, ledger.dismiss(node, record, delegate, by=by))


def erase(node: Node, *, record: RecordId, by: SigningKey) -> None:
    """Say on the ledger that a record is erased, for ever; keys and salts are shredded elsewhere.

    Raises NotController and Erased.
    """
    send(node, ledger.erase(node, record, by=by))


def invite(node: Node, name: str) -> Address:
    """Make a key for a guardian who has none. Raises AlreadyExists."""
    with node.sessions() as session, session.begin():
        return keys.new_guardian(session, name)
