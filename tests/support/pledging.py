"""The lives of five loans, in which every verb of lending that takes an intent happens."""

from collections.abc import Iterator
from datetime import timedelta

from salus.kernel.clock import ManualClock
from salus.kernel.ids import RecordId
from salus.platform.work import Node
from salus.rights.identity.ledger import send, view
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit, new_party
from salus.rights.revenue.ledger import settle
from tests.support.deeds import Deed, Signer, World
from tests.support.estate import PRINCIPAL, RICH, borrow, enrich, fingerprint, registered, terms_of

BOOK, AUCTION = "LoanBook", "LoanAuction"
LENDER = Roles.LENDER


def pledging(world: World) -> Iterator[Deed]:
    """Each deed is possible once those before it have happened."""
    lenders = new_party("lender", LENDER), new_party("other", LENDER)
    admit(world.node, lenders, governors=(world.hospital, world.clinic))
    for lender in lenders:
        enrich(world, lender)
    yield from _living(world, *lenders)
    yield from _failing(world, lenders[0])


def _living(world: World, lender: Party, other: Party) -> Iterator[Deed]:
    """Borrowed, refinanced twice, paid, its note handed on, and bought out."""
    node, record, patient = world.node, registered(world), world.patient
    owner = Signer(patient, world.account_of(record))
    first, second = (Signer(each.signing) for each in (lender, other))
    offered = Signer(lender.signing, primary="OfferLoan", over="borrow")
    terms = terms_of(node, record, lender.address, 1_200)
    yield Deed(BOOK, "borrow", (tuple(terms),), owner, offered)
    again = tuple(terms_of(node, record, lender.address, 1_100))
    yield Deed(BOOK, "refinance", (1, again), owner, offered)
    yield Deed(BOOK, "repay", (1, 0), Signer(lender.signing))
    _pass(node, record, timedelta(days=2))
    better = terms_of(node, record, other.address, 900)
    agreed = better._replace(principal=2 * PRINCIPAL, agreement_hash=terms.agreement_hash)
    yield Deed(BOOK, "refinanceBetter", (1, tuple(agreed)), second)
    note = int(view(node, BOOK, "noteOf", 1))
    yield Deed(BOOK, "transferNote", (note, lender.address), second)
    yield Deed(AUCTION, "setBuyout", (1, 3 * PRINCIPAL), owner)
    bought = (1, 3 * PRINCIPAL, fingerprint(node, record))
    yield Deed(AUCTION, "buyOut", bought, first)


def _failing(world: World, lender: Party) -> Iterator[Deed]:
    """Three that nobody repaid: one is bought, one taken for the debt, one left to the lender."""
    node, holder = world.node, Signer(lender.signing)
    records = [registered(world) for _ in range(3)]
    for record in records:
        borrow(world, record, lender)
    _pass(node, records[0], timedelta(days=34))
    for loan in (2, 3, 4):
        yield Deed(AUCTION, "startAuction", (loan, []), Signer(world.clinic.signing))
    yield Deed(AUCTION, "buy", (2, RICH, fingerprint(node, records[0])), holder)
    _pass(node, records[1], timedelta(days=1))
    yield Deed(AUCTION, "creditBid", (3, RICH), holder)
    _pass(node, records[2], timedelta(days=2))
    yield Deed(AUCTION, "foreclose", (4, lender.address), holder)


def _pass(node: Node, record: RecordId, time: timedelta) -> None:
    """Intents are good from the time of the last block on, so that there is one."""
    assert isinstance(node.clock, ManualClock)
    node.clock.move(time)
    send(node, settle(node, record << 8))
