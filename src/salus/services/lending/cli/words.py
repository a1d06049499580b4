"""What the commands about loans read alike: which token, which loan, and who signs."""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, stamp
from salus.kernel.ids import NOBODY, Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Console
from salus.platform.work import Node
from salus.rights.consent.cli.words import PATIENT, name_of
from salus.rights.consent.ledger import account_of
from salus.rights.consent.service import controller
from salus.rights.identity.keyring import of_home
from salus.rights.identity.ledger import Views
from salus.rights.records.ownership import Owned
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import find_on_ledger
from salus.rights.records.tokens import Hand

Record = Annotated[
    str, typer.Argument(help="The record, or a beginning of it; RECORD/SECTION for a section.")
]
LoanNumber = Annotated[str, typer.Argument(help="The number of the loan.")]
Buyer = Annotated[str, typer.Option("--as", help="Who buys, such as `acme`.")]
MaxPrice = Annotated[
    str, typer.Option(help="What it may cost, in currency units; the present price without.")
]


def token_of(session: Session, text: str) -> int:
    """The token of a record of any home, or of a section that is one of its own.

    Raises UnknownRecord and UnknownSection.
    """
    record, _, section = text.partition("/")
    return Owned(find_on_ledger(session, record), section).token


def shown_token(token: int) -> str:
    """The record, with the section where it is one."""
    code = token & 0xFF
    record = record_text(RecordId(token >> 8))
    return f"{record}/{SECTIONS[code]}" if code else record


def hand_of(node: Node, session: Session, console: Console, token: int) -> Hand:
    """Who signs for the owner of a token.

    The patient's key signs for the account of the record. Raises WalletMissing and UnknownParty.
    """
    record = RecordId(token >> 8)
    owner = Views(node)("RecordRegistry", "ownerOf", token, at=node.ledger.final())
    if owner == account_of(node, record):
        return Hand(controller(session, record), owner)
    keyring = of_home(console.home)
    return Hand(keyring.party(keyring.name_of(owner)).signing)


def payer_of(session: Session, console: Console, token: int, name: str) -> SigningKey:
    """Whose own money pays: the patient's key or an organization. Raises WalletMissing."""
    if name == PATIENT:
        return controller(session, RecordId(token >> 8))
    return of_home(console.home).party(name).signing


def who(node: Node, console: Console, token: int, account: Address | None) -> str:
    """`patient`, a name of this home, or an address; nothing for nobody."""
    if account is None or account == NOBODY:
        return ""
    is_patient = account == account_of(node, RecordId(token >> 8))
    return PATIENT if is_patient else name_of(console.home, account)


def at(unix: int) -> str:
    """Seconds since 1970 as people read them."""
    return stamp(moment(unix))
