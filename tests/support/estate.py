"""Records that may be licensed and pledged, and people with money, for the deeds of the matrix."""

import secrets

from salus.kernel.ids import Address, Digest, RecordId, new_record_id
from salus.platform.work import Node
from salus.rights.identity.ledger import intent, send, signed, view
from salus.rights.identity.model import Party
from salus.rights.revenue.ledger import issue, permit_payer
from salus.services.lending.ledger import Terms
from tests.support.deeds import NONE, World

RICH = 10**12
PRINCIPAL = 100_000_000
SOCIAL, PROBLEMS = 1 << 1, 1 << 2


def registered(world: World) -> RecordId:
    """A record of two sections, in its first version."""
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
    versions = [(record, 1, NONE, secrets.token_bytes(32), SOCIAL | PROBLEMS, 0)]
    advanced = intent(node, registry, "advance", [versions], by=source.signing)
    send(node, registry.call("advance", versions, advanced.as_actor()))
    return record


def fingerprint(node: Node, record: RecordId) -> Digest:
    return Digest(view(node, "RevenueRouter", "collateralFingerprint", record << 8))


def terms_of(node: Node, record: RecordId, lender: Address, apr: int) -> Terms:
    """For thirty days, and with no trigger but the term."""
    return Terms(
        lender,
        record << 8,
        fingerprint(node, record),
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


def borrow(world: World, record: RecordId, lender: Party) -> None:
    node, terms = world.node, tuple(terms_of(world.node, record, lender.address, 1_200))
    book, account = node.contracts["LoanBook"], world.account_of(record)
    lent = intent(node, book, "borrow", [terms], by=lender.signing, primary="OfferLoan")
    own = intent(node, book, "borrow", [terms], by=world.patient, signer=account)
    send(node, book.call("borrow", terms, lent.as_abi(), own.as_abi()))


def enrich(world: World, party: Party) -> None:
    """Money, which the router may pull."""
    node, platform = world.node, world.registrar.signing
    send(node, issue(node, party.address, RICH, by=platform))
    send(node, permit_payer(node, RICH, by=party.signing))
