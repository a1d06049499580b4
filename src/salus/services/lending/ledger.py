"""Loans on the ledger: calls of Appraiser, LoanBook and LoanAuction, and views at a final block."""

from collections.abc import Sequence
from typing import NamedTuple

from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger import Block, Call, Deploy, typed_digest
from salus.platform.work import Node
from salus.rights.identity.ledger import View, intent
from salus.rights.identity.model import Intent
from salus.rights.records.tokens import Hand
from salus.services.lending.model import (
    Appraisal,
    Breach,
    Loan,
    LoanOffer,
    Mode,
    SetHash,
    State,
)
from salus.services.lending.projections import PROJECTIONS as EVENTS

APPRAISER, BOOK, AUCTION = "Appraiser", "LoanBook", "LoanAuction"
OFFER_LOAN = "OfferLoan"
_PACKAGE = "salus.services.lending"
DEPLOYS = (
    Deploy(
        _PACKAGE,
        APPRAISER,
        lambda at: [at["Organizations"], at["RecordRegistry"], at["RevenueRouter"]],
    ),
    Deploy(
        _PACKAGE,
        BOOK,
        lambda at: [
            at["Organizations"],
            at["RecordRegistry"],
            at["RevenueRouter"],
            at[APPRAISER],
            at[AUCTION],
        ],
    ),
    Deploy(
        _PACKAGE,
        AUCTION,
        lambda at: [at["Organizations"], at["RevenueRouter"], at[APPRAISER], at[BOOK]],
    ),
)


class AuctionOnLedger(NamedTuple):
    """The sale of a pledge, in the order of the ABI: units and seconds; zeros for none."""

    start_price: int
    started_at: int
    state: int
    starter: Address


class Terms(NamedTuple):
    """What a lender signs, in the order of the ABI."""

    lender: Address
    token: int
    fingerprint: Digest
    principal: int
    apr_bps: int
    term_days: int
    mode: int
    split_bps: int
    warn_bps: int
    liquidation_bps: int
    covenant_rate_per_day: int
    min_rate_per_day: int
    agreement_hash: Digest


def terms_of(offer: LoanOffer) -> Terms:
    return Terms(
        offer.lender,
        offer.token,
        offer.fingerprint,
        offer.principal,
        offer.apr_bps,
        offer.term_days,
        int(offer.mode),
        offer.split_bps,
        offer.warn_bps,
        offer.liquidation_bps,
        offer.covenant_rate_per_day,
        offer.min_rate_per_day,
        offer.agreement_hash,
    )


"""VALUES"""


def poke(node: Node, token: int, licenses: Sequence[int]) -> Call:
    """Read the value of a token from licenses, in order: by anybody."""
    return node.contracts[APPRAISER].call("poke", token, list(licenses))


def appraisal_of(ask: View, token: int, *, at: Block) -> Appraisal:
    """The last value of a token; zeros when there is none."""
    value, read_at, peak, fell_at, licenses = ask(APPRAISER, "appraisalOf", token, at=at)
    return Appraisal(value, read_at, peak, fell_at, SetHash(licenses))


def set_hash(licenses: Sequence[int]) -> SetHash:
    """By what the appraiser knows a set of licenses again."""
    return SetHash(keccak256(b"".join(each.to_bytes(32, "big") for each in licenses)))


"""LOANS"""


def offer_digest(node: Node, offer: LoanOffer, *, nonce: int, deadline: int) -> bytes:
    """What a lender signs of an offer, until `deadline` (seconds)."""
    return typed_digest(
        node.contracts[BOOK],
        "borrow",
        [tuple(terms_of(offer))],
        nonce=nonce,
        deadline=deadline,
        chain_id=node.ledger.chain_id,
        primary=OFFER_LOAN,
    )


def borrow(node: Node, offer: LoanOffer, lender: Intent, *, by: Hand) -> Call:
    """Pledge a token for a loan: by its owner."""
    terms, book = tuple(terms_of(offer)), node.contracts[BOOK]
    own = intent(node, book, "borrow", [terms], by=by.key, signer=by.account)
    return book.call("borrow", terms, lender.as_abi(), own.as_abi())


def repay(node: Node, loan: int, amount: int, *, by: SigningKey) -> Call:
    """Pay at most so much (units) off a debt: by whoever pays."""
    return _signed(node, BOOK, "repay", loan, amount, by=Hand(by))


def refinance(node: Node, loan: int, offer: LoanOffer, lender: Intent, *, by: Hand) -> Call:
    """Take another lender, or other terms: by the borrower."""
    terms, book = tuple(terms_of(offer)), node.contracts[BOOK]
    own = intent(node, book, "refinance", [loan, terms], by=by.key, signer=by.account)
    return book.call("refinance", loan, terms, lender.as_abi(), own.as_abi())


def refinance_better(node: Node, loan: int, offer: LoanOffer, *, by: SigningKey) -> Call:
    """Take the place of the lender on better terms: by the new one."""
    return _signed(node, BOOK, "refinanceBetter", loan, tuple(terms_of(offer)), by=Hand(by))


def transfer_note(node: Node, note: int, to: Address, *, by: SigningKey) -> Call:
    """Hand on the right to be paid: by its holder."""
    return _signed(node, BOOK, "transferNote", note, to, by=Hand(by))


def loan_of(ask: View, loan: int, *, at: Block) -> Loan:
    """A loan as the ledger keeps it; its state is NONE when there is none of that number."""
    found = ask(BOOK, "loanOf", loan, at=at)
    borrower, state, mode, breach, round_, split, apr, warn, liquidation = found[:9]
    principal, interest, accrued_at, token, due, since, covenant = found[9:]
    return Loan(
        id=loan,
        token=token,
        borrower=borrower,
        state=State(state),
        mode=Mode(mode),
        principal=principal,
        apr_bps=apr,
        accrued_at=accrued_at,
        due=due,
        since=since,
        interest=interest,
        breach=Breach(breach),
        round=round_,
        split_bps=split,
        warn_bps=warn,
        liquidation_bps=liquidation,
        covenant_rate_per_day=covenant,
    )


def loan_on(ask: View, token: int, *, at: Block) -> int:
    """The number of the loan that a token secures; 0 for none."""
    return int(ask(BOOK, "loanIdOf", token, at=at))


def creditor_of(ask: View, loan: int, *, at: Block) -> Address:
    """Who holds the note; NOBODY once the loan is over."""
    return Address(ask(BOOK, "creditorOf", loan, at=at) or NOBODY)


def agreement_of(ask: View, loan: int, *, at: Block) -> Digest:
    return Digest(ask(BOOK, "agreementHashOf", loan, at=at))


def is_nonce_used(ask: View, signer: Address, nonce: int, *, at: Block) -> bool:
    return bool(ask(BOOK, "isNonceUsed", signer, nonce, at=at))


"""WHAT GOES WRONG"""


def flag(node: Node, loan: int, licenses: Sequence[int]) -> Call:
    """Take a reading of a loan; with licenses, of its value first: by anybody."""
    return node.contracts[AUCTION].call("flag", loan, list(licenses))


def cure(node: Node, loan: int, licenses: Sequence[int]) -> Call:
    """End the time to cure: by anybody."""
    return node.contracts[AUCTION].call("cure", loan, list(licenses))


def start_auction(node: Node, loan: int, licenses: Sequence[int], *, by: SigningKey) -> Call:
    """By anybody, who earns the bounty."""
    return _signed(node, AUCTION, "startAuction", loan, list(licenses), by=Hand(by))


def buy(node: Node, loan: int, most: int, fingerprint: Digest, *, by: SigningKey) -> Call:
    """Buy a pledge for at most so much (units): by who may acquire."""
    return _signed(node, AUCTION, "buy", loan, most, fingerprint, by=Hand(by))


def credit_bid(node: Node, loan: int, most: int, *, by: SigningKey) -> Call:
    """Buy a pledge with what is owed: by the holder of the note."""
    return _signed(node, AUCTION, "creditBid", loan, most, by=Hand(by))


def foreclose(node: Node, loan: int, to: Address, *, by: SigningKey) -> Call:
    """Give a pledge that nobody bought to somebody: by the holder of the note."""
    return _signed(node, AUCTION, "foreclose", loan, to, by=Hand(by))


def set_buyout(node: Node, loan: int, price: int, *, by: Hand) -> Call:
    """Ask a price for a pledge (units), 0 for none: by the borrower."""
    return _signed(node, AUCTION, "setBuyout", loan, price, by=by)


def buy_out(node: Node, loan: int, most: int, fingerprint: Digest, *, by: SigningKey) -> Call:
    """Buy a pledge at the borrower's price: by who may acquire."""
    return _signed(node, AUCTION, "buyOut", loan, most, fingerprint, by=Hand(by))


def auction_of(ask: View, loan: int, *, at: Block) -> AuctionOnLedger:
    return AuctionOnLedger(*ask(AUCTION, "auctionOf", loan, at=at))


def buyout_of(ask: View, loan: int, *, at: Block) -> int:
    """What the borrower asks (units); 0 for nothing."""
    return int(ask(AUCTION, "buyoutOf", loan, at=at))


def _signed(node: Node, contract: str, verb: str, *arguments: object, by: Hand) -> Call:
    target = node.contracts[contract]
    own = intent(node, target, verb, arguments, by=by.key, signer=by.account)
    return target.call(verb, *arguments, own.as_abi())


PROJECTIONS = EVENTS
