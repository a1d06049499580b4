"""Tokens of records and of detached sections: calls that move them, and their rows in the index."""

from dataclasses import dataclass, field
from enum import IntEnum

from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call, DecodedEvent
from salus.platform.work import Node
from salus.rights.identity.ledger import intent, view
from salus.rights.records.tables import TokenRow

CONTRACT = "RecordRegistry"


class Payee(IntEnum):
    """Who is paid a share of what a record earns."""

    SUBJECT = 0
    SOURCE = 1
    HOST = 2


@dataclass(frozen=True, slots=True)
class Hand:
    """A key that signs; `account` is the contract it signs for, such as the subject of a record.

    A key of an organization signs as itself: the ledger knows for whom it acts.
    """

    key: SigningKey = field(repr=False)
    account: Address | None = None


def owner_of(node: Node, token: int) -> Address:
    """Who owns a token. Raises the refusal of ERC-721 when there is none."""
    return Address(view(node, CONTRACT, "ownerOf", token))


def detach(node: Node, record: RecordId, mask: int, *, by: Hand) -> Call:
    """The call that makes tokens of sections; `mask` has bit `code` of each."""
    return _signed(node, "detach", record, mask, by=by)


def attach(node: Node, record: RecordId, mask: int, *, by: Hand) -> Call:
    """The call that burns the tokens of sections and asks for new keys of the record."""
    return _signed(node, "attach", record, mask, by=by)


def transfer(node: Node, token: int, to: Address, *, by: Hand) -> Call:
    """The call that gives a token away and asks for new keys."""
    return _signed(node, "transfer", token, to, by=by)


def lower_share(node: Node, record: RecordId, payee: Payee, bps: int, *, by: Hand) -> Call:
    """The call that lowers a share for good; `bps` in 1/10,000 of income."""
    return _signed(node, "lowerShare", record, int(payee), bps, by=by)


def set_host(node: Node, record: RecordId, host: Address, *, by: Hand) -> Call:
    """The call that names who keeps the encrypted objects and earns the share of the host."""
    return _signed(node, "setHost", record, host, by=by)


def _signed(node: Node, verb: str, *arguments: int | Address, by: Hand) -> Call:
    target = node.contracts[CONTRACT]
    own = intent(node, target, verb, arguments, by=by.key, signer=by.account)
    return target.call(verb, *arguments, own.as_abi())


def _moved(session: Session, event: DecodedEvent) -> None:
    """One row for each token that is there."""
    token, owner = event.values["tokenId"], event.values["to"]
    record, section = record_text(RecordId(token >> 8)), token & 0xFF
    row = session.get(TokenRow, (record, section))
    if owner == NOBODY:
        session.delete(row)
    elif row is None:
        block = event.block.number
        session.add(TokenRow(record=record, section=section, owner=owner, block=block))
    else:
        row.owner, row.block = owner, event.block.number


PROJECTIONS = {(CONTRACT, "Transfer"): _moved}
