"""Offers, licenses and sales on the ledger: calls of the two books, and views at a final block."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from salus.kernel.eip712 import word
from salus.kernel.ids import NOBODY, Address, Digest
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger import Block, Call, Deploy, typed_digest
from salus.platform.work import Node
from salus.rights.consent.licensing.attributes import Attributes, attributes_of
from salus.rights.identity.ledger import VALID, View, intent
from salus.rights.identity.model import Intent, KeyUse
from salus.rights.records.ledger import Rekey
from salus.services.exchange.model import Offer
from salus.services.exchange.projections import BOOK, OFFERS, PROJECTIONS

__all__ = ["BOOK", "OFFERS", "PROJECTIONS"]
_APPROVE = "ApproveOffer"
_NEEDED = ("Organizations", "LicensingPolicy", "RecordRegistry", "RevenueRouter")
DEPLOYS = (
    Deploy(
        "salus.services.exchange",
        OFFERS,
        lambda at: [at[each] for each in (*_NEEDED, BOOK)],
    ),
    Deploy(
        "salus.services.exchange",
        BOOK,
        lambda at: [at[each] for each in (*_NEEDED, OFFERS)],
    ),
)


@dataclass(frozen=True, slots=True)
class Hand:
    """A key that signs; `account` is the contract it signs for, such as the subject of a record."""

    key: SigningKey = field(repr=False)
    account: Address | None = None

    @property
    def signer(self) -> Address:
        return self.account or self.key.address


class Buying(NamedTuple):
    """What a licensee takes from an offer, in the order of the ABI; `use` is the number of a bit.

    `max_price` in units. `min_version`: the version of the record that there must be.
    """

    offer: int
    mask: int
    term_days: int
    use: int
    min_version: int
    max_price: int


class Asked(NamedTuple):
    """A call, and the number that the license or the sale has once the ledger took it."""

    call: Call
    id: int


def post_offer(node: Node, offer: Offer, *, by: Hand, approval: Intent | None = None) -> Call:
    """`approval` is that of the lender, where the token is pledged."""
    target = node.contracts[OFFERS]
    arguments = (offer_words(offer), list(offer.prices))
    own = intent(node, target, "postOffer", arguments, by=by.key, signer=by.account)
    agreed = approval or Intent.nobodys()
    return target.call("postOffer", *arguments, agreed.as_abi(), own.as_abi())


def approve_offer(node: Node, offer: Offer, *, valid: int = VALID, by: SigningKey) -> Intent:
    """What a lender signs who agrees to a new offer on what is pledged, for `valid` seconds."""
    arguments = (offer_words(offer), list(offer.prices))
    target = node.contracts[OFFERS]
    return intent(node, target, "postOffer", arguments, by=by, primary=_APPROVE, valid=valid)


def approval_digest(node: Node, offer: Offer, approval: Intent) -> bytes:
    """What the signer of an approval has signed."""
    return typed_digest(
        node.contracts[OFFERS],
        "postOffer",
        (offer_words(offer), list(offer.prices)),
        nonce=approval.nonce,
        deadline=approval.deadline,
        chain_id=node.ledger.chain_id,
        primary=_APPROVE,
    )


def offer_words(offer: Offer) -> tuple[object, ...]:
    """An offer in the order of the ABI; prices and the number are told apart from it."""
    return (
        offer.token,
        offer.mask,
        int(offer.kind),
        int(offer.flags),
        int(offer.uses),
        int(offer.regions),
        offer.sublicense_depth,
        offer.min_days,
        offer.max_days,
        offer.sublicense_bps,
        offer.duo,
        offer.seller,
        offer.until,
        offer.agreement_hash,
    )


def close_offer(node: Node, offer: int, *, by: Hand) -> Call:
    return _signed(node, OFFERS, "closeOffer", offer, by=by)


def close_all_offers(node: Node, token: int, *, by: Hand) -> Call:
    return _signed(node, OFFERS, "closeAllOffers", token, by=by)


def purchase(node: Node, verb: str, buying: Buying, *, by: SigningKey) -> Asked:
    """`verb` is `subscribe`, `rent` or `acquire`."""
    return _numbered(node, verb, tuple(buying), by=by)


def sublicense(
    node: Node,
    parent: int,
    *,
    licensee: Address,
    mask: int,
    term_days: int,
    max_price: int,
    by: SigningKey,
) -> Asked:
    return _numbered(node, "sublicense", parent, licensee, mask, term_days, max_price, by=by)


def buy(
    node: Node,
    offer: int,
    receiver: Address,
    max_price: int,
    fingerprint: Digest,
    *,
    by: SigningKey,
) -> Asked:
    """Pay the price of a token into escrow, and ask for its new keys."""
    return _numbered(node, "buy", offer, receiver, max_price, fingerprint, by=by)


def renew(node: Node, number: int, days: int, max_price: int, *, by: SigningKey) -> Call:
    return _signed(node, BOOK, "renew", number, days, max_price, by=Hand(by))


def cancel(node: Node, number: int, *, by: SigningKey) -> Call:
    return _signed(node, BOOK, "cancel", number, by=Hand(by))


def revoke(node: Node, number: int, *, by: Hand) -> Call:
    """By the subject of its record."""
    return _signed(node, BOOK, "revoke", number, by=by)


def prune(node: Node, number: int) -> Call:
    """Take out what the subject closed: by anybody."""
    return node.contracts[BOOK].call("prune", number)


def complete_sale(node: Node, sale: int, rekey: Rekey, signatures: Sequence[bytes]) -> Call:
    """Move the token with its new keys and divide the price: by anybody."""
    return node.contracts[BOOK].call("completeSale", sale, rekey, list(signatures))


def abort_sale(node: Node, sale: int) -> Call:
    """Free the token and credit the buyer, once the time for new keys is over: by anybody."""
    return node.contracts[BOOK].call("abortSale", sale)


def _signed(node: Node, contract: str, verb: str, *arguments: object, by: Hand) -> Call:
    target = node.contracts[contract]
    own = intent(node, target, verb, arguments, by=by.key, signer=by.account)
    return target.call(verb, *arguments, own.as_abi())


def _numbered(node: Node, verb: str, *arguments: object, by: SigningKey) -> Asked:
    target = node.contracts[BOOK]
    own = intent(node, target, verb, arguments, by=by)
    return Asked(target.call(verb, *arguments, own.as_abi()), _number(own))


def _number(by: Intent) -> int:
    """The first half of `keccak256(abi.encode(signer, nonce))`."""
    whole = keccak256(word(by.signer) + word(by.nonce))
    return int.from_bytes(whole[:16], "big")


# VIEWS


def is_offer_open(ask: View, offer: int, *, at: Block) -> bool:
    return bool(ask(OFFERS, "isOfferOpen", offer, at=at))


def is_nonce_used(ask: View, approval: Intent, *, at: Block) -> bool:
    """Whether an offer came of an approval, or whoever signed took it back."""
    return bool(ask(OFFERS, "isNonceUsed", approval.signer, approval.nonce, at=at))


def agreement_on_ledger(ask: View, offer: int, *, at: Block) -> Digest:
    """The salted hash of the agreement of an offer."""
    return Digest(ask(OFFERS, "offerOf", offer, at=at)[-1])


def owner_of(ask: View, token: int, *, at: Block) -> Address:
    """Who sells and earns, also while the token is pledged."""
    return Address(ask("RecordRegistry", "ownerOf", token, at=at))


def acts_for(ask: View, signer: Address, party: Address, *, at: Block) -> bool:
    """Whether a signer is the party, or holds an acting key of the organization that it is."""
    if signer == party:
        return True
    organization = ask("Organizations", "actingFor", signer, int(KeyUse.ACT), 0, at=at)
    return party != NOBODY and organization == party


def controller_of(ask: View, section: int, *, at: Block) -> int:
    """The token that controls a section: its own while it is detached, else the record's."""
    return int(ask("RecordRegistry", "controllerOf", section, at=at))


def can_acquire(ask: View, account: Address, *, at: Block) -> bool:
    return bool(ask("Organizations", "canAcquire", account, at=at))


def is_licensee(ask: View, account: Address, *, at: Block) -> bool:
    return bool(ask("Organizations", "isLicensee", account, at=at))


def attributes(ask: View, account: Address, *, at: Block) -> Attributes:
    """What the governors attest of an organization."""
    word = ask("Organizations", "attributesOf", account, at=at)
    return attributes_of(int.from_bytes(word, "big"))


class User(NamedTuple):
    """Who has a section to himself, and until when (seconds); NOBODY for nobody."""

    account: Address
    until: int


def user_of(ask: View, section: int, *, at: Block) -> User:
    """The user of ERC-4907."""
    until = int(ask("RecordRegistry", "userExpires", section, at=at))
    return User(
        Address(ask("RecordRegistry", "userOf", section, at=at)) if until else NOBODY, until
    )
