"""Referrals on the ledger, and the rows of their way in the index."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from salus.kernel.ids import Address, Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, Call, DecodedEvent, Deploy
from salus.platform.work import Node
from salus.rights.identity.ledger import View, intent, signed
from salus.services.care.model import ReferralState
from salus.services.care.tables import MoveRow, ReferralRow

CONTRACT = "Referrals"
DEPLOYS = (Deploy("salus.services.care", CONTRACT, lambda _: []),)


class Sending(NamedTuple):
    """A referral on its way up, in the order of the ABI; times in seconds."""

    id: Digest
    commitment: Digest
    sender: Address
    acceptor: Address
    patient: Address
    deadline: int
    grace: int


class Stated(NamedTuple):
    """A referral as the ledger has it, in the order of the ABI."""

    commitment: Digest
    sender: Address
    deadline: int
    grace: int
    acceptor: Address
    state: int
    closed_at: int
    patient: Address


def send_referral(node: Node, sending: Sending, *, by: SigningKey, patient: SigningKey) -> Call:
    """Both sign the same: the sender that it goes up, the patient that it may."""
    target, argument = node.contracts[CONTRACT], tuple(sending)
    verb = "sendReferral"
    agreed = intent(node, target, verb, [argument], by=patient, primary="AgreeReferral")
    own = intent(node, target, verb, [argument], by=by)
    return target.call(verb, argument, agreed.as_abi(), own.as_abi())


def accept_referral(node: Node, referral: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "acceptReferral", referral, by=by)


def return_referral(node: Node, referral: Digest, reason: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "returnReferral", referral, reason, by=by)


def hand_down(node: Node, referral: Digest, summary: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "handDown", referral, summary, by=by)


def close_referral(node: Node, referral: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "closeReferral", referral, by=by)


def cancel_referral(node: Node, referral: Digest, *, by: SigningKey) -> Call:
    return signed(node, CONTRACT, "cancelReferral", referral, by=by)


def stated(ask: View, referral: bytes, *, at: Block) -> tuple[Stated, bool]:
    """A referral and whether grants that depend on it hold at a block."""
    found = ask(CONTRACT, "referralState", referral, at=at)
    return Stated(*found), bool(ask(CONTRACT, "holds", referral, at=at))


def _sent(session: Session, event: DecodedEvent) -> None:
    sending = Sending(*event.values["sending"])
    session.add(
        ReferralRow(
            referral=sending.id,
            commitment=sending.commitment,
            state=ReferralState.SENT,
            since=event.block.time,
            deadline=sending.deadline,
            grace=sending.grace,
        )
    )
    _note(session, event, ReferralState.SENT)


def _accepted(session: Session, event: DecodedEvent) -> None:
    _move(session, event, ReferralState.ACCEPTED)


def _returned(session: Session, event: DecodedEvent) -> None:
    _move(session, event, ReferralState.RETURNED, event.values["reason"])


def _handed_down(session: Session, event: DecodedEvent) -> None:
    _move(session, event, ReferralState.HANDED_DOWN, event.values["summary"])


def _closed(session: Session, event: DecodedEvent) -> None:
    _move(session, event, ReferralState.CLOSED)


def _cancelled(session: Session, event: DecodedEvent) -> None:
    _move(session, event, ReferralState.CANCELLED)


def _move(
    session: Session, event: DecodedEvent, state: ReferralState, paper: bytes | None = None
) -> None:
    row = session.get_one(ReferralRow, event.values["id"])
    row.state, row.since = state, event.block.time
    _note(session, event, state, paper)


def _note(
    session: Session, event: DecodedEvent, state: ReferralState, paper: bytes | None = None
) -> None:
    session.add(
        MoveRow(
            referral=event.values["id"],
            state=state,
            at=event.block.time,
            block=event.block.number,
            paper=paper,
        )
    )


PROJECTIONS = {
    (CONTRACT, "ReferralSent"): _sent,
    (CONTRACT, "ReferralAccepted"): _accepted,
    (CONTRACT, "ReferralReturned"): _returned,
    (CONTRACT, "ReferralHandedDown"): _handed_down,
    (CONTRACT, "ReferralClosed"): _closed,
    (CONTRACT, "ReferralCancelled"): _cancelled,
}
