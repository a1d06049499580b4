"""What the commands about money read alike: whose money, and where it goes."""

from typing import Annotated, NamedTuple

import typer
from sqlalchemy.orm import Session

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Console
from salus.platform.work import Node
from salus.rights.consent.authority.cli.people import address_of
from salus.rights.consent.service import controller
from salus.rights.identity.keyring import of_home
from salus.rights.records.service import find_record
from salus.rights.revenue.service import subject_account

Name = Annotated[str, typer.Option("--as", help="Whose money: a name of this home.")]
OfRecord = Annotated[
    str, typer.Option("--record", help="The patient's money from this record, or a beginning.")
]
Amount = Annotated[str, typer.Argument(help="In currency units, such as 25.50.")]


class Holder(NamedTuple):
    """An account and the key that speaks for it."""

    account: Address
    key: SigningKey


def holder_of(node: Node, session: Session, console: Console, name: str, record: str) -> Holder:
    """The patient of a record when one is named, else a party that lives here.

    Raises UnknownRecord, WalletMissing and UnknownParty.
    """
    if record:
        found = find_record(session, record)
        return Holder(subject_account(node, found), controller(session, found))
    party = of_home(console.home).party(name)
    return Holder(party.address, party.signing)


def receiver_of(session: Session, console: Console, to: str, holder: Holder) -> Address:
    """Whom a name or an address means; the holder's own key where none is given."""
    return address_of(session, console.home, to) if to else holder.key.address
