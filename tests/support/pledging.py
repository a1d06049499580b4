"""The lives of five loans, in which every verb of lending that takes an intent happens."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

from salus.kernel.clock import ManualClock
from salus.kernel.ids import Address, Digest, RecordId, new_record_id
from salus.platform.work import Node
from salus.rights.identity.ledger import intent, send, signed, view
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit, new_party
from salus.rights.revenue.ledger import issue, permit_payer, settle
from salus.services.lending.ledger import Terms
from tests.support.deeds import NONE, Deed, Signer, World

BOOK, AUCTION = "LoanBook", "LoanAuction"
LENDER = Roles.LENDER
RICH = 10**12
PRINCIPAL = 100_000_000


def pledging(world: World) -> Iterator[Deed]:
    """Each deed is possible once those before it have happened."""
    lenders = new_party("lender", LENDER), new_party("other", LENDER)
    admit(world.node, lenders, governors=(world.hospital, world.clinic))
    for lender in lenders:
        _enrich(world, lender)
    yield from _living(world, *lenders)
    yield from _failing(world, lenders[0])


def _living(world: World, lender: Party, other: Party) -> Iterator[Deed]:
    """Borrowed, refinanced twice, paid, its note handed on, and bought out."""
    node, record, patient = world.node, _registered(world), world.patient
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
    bought = (1, 3 * PRINCIPAL, _fingerprint(node, record))
    yield Deed(AUCTION, "buyOut", bought, first)


def _failing(world: World, lender: Party) -> Iterator[Deed]:
    """Three that nobody repaid: one is bought, one taken for the debt, one left to the lender."""
    node, holder = world.node, Signer(lender.signing)
    records = [_registered(world) for _ in range(3)]
    for record in records:
        _borrow(world, record, lender)
    _pass(node, records[0], timedelta(days=34))
    for loan in (2, 3, 4):
        yield Deed(AUCTION, "startAuction", (loan, []), Signer(world.clinic.signing))
    yield Deed(AUCTION, "buy", (2, RICH, _fingerprint(node, records[0])), holder)
    _pass(node, records[1], timedelta(days=1))
    yield Deed(AUCTION, "creditBid", (3, RICH), holder)
    _pass(node, records[2], timedelta(days=2))
    yield Deed(AUCTION, "foreclose", (4, lender.address), holder)


def terms_of(node: Node, record: RecordId, lender: Address, apr: int) -> Terms:
    """For thirty days, and with no trigger but the term."""
    return Terms(
        lender,
        record << 8,
        _fingerprint(node, record),
        PRINCIPAL,
        apr,
        30,
        1,
        5_000,
        0,
        0,
        0,
        0,
        Digest(b"agreement".ljust(32, b"\0")),
    )


def _fingerprint(node: Node, record: RecordId) -> Digest:
    return Digest(view(node, "RevenueRouter", "collateralFingerprint", record << 8))


def _registered(world: World) -> RecordId:
    node, record, patient = world.node, new_record_id(), world.patient
    send(node, signed(node, "Authority", "enroll", record, patient.address, by=patient))
    account, source = world.account_of(record), world.hospital
    registration = (record, source.address, account, source.address, 300, 200, 1_000)
    registry = node.contracts["RecordRegistry"]
    agreed = intent(
        node,
        registry,
        "register",
        [registration],
        by=patient,
        signer=account,
        primary="AcceptRegistration",
    )
    own = intent(node, registry, "register", [registration], by=source.signing)
    send(node, registry.call("register", registration, agreed.as_abi(), own.as_actor()))
    versions = [(record, 1, NONE, secrets.token_bytes(32), 6, 0)]
    advanced = intent(node, registry, "advance", [versions], by=source.signing)
    send(node, registry.call("advance", versions, advanced.as_actor()))
    return record


def _borrow(world: World, record: RecordId, lender: Party) -> None:
    node, terms = world.node, tuple(terms_of(world.node, record, lender.address, 1_200))
    book, account = node.contracts[BOOK], world.account_of(record)
    lent = intent(node, book, "borrow", [terms], by=lender.signing, primary="OfferLoan")
    own = intent(node, book, "borrow", [terms], by=world.patient, signer=account)
    send(node, book.call("borrow", terms, lent.as_abi(), own.as_abi()))


def _enrich(world: World, party: Party) -> None:
    node, platform = world.node, world.registrar.signing
    send(node, issue(node, party.address, RICH, by=platform))
    send(node, permit_payer(node, RICH, by=party.signing))


def _pass(node: Node, record: RecordId, time: timedelta) -> None:
    """Intents are good from the time of the last block on, so that there is one."""
    assert isinstance(node.clock, ManualClock)
    node.clock.move(time)
    send(node, settle(node, record << 8))
