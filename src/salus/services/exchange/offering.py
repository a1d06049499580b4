"""What an owner does: offer sections of a record, and stop offering them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from salus.kernel.clock import seconds
from salus.kernel.ids import NOBODY, Digest, RecordId
from salus.platform.ledger import Block
from salus.platform.work import Node, Work
from salus.rights.consent.licensing.ledger import policy
from salus.rights.consent.licensing.model import (
    NO_REGION,
    NO_USE,
    PERMISSIONS,
    Duo,
    Policy,
    Region,
    Use,
    section_id,
)
from salus.rights.identity.ledger import View, Views, send
from salus.rights.identity.model import Intent
from salus.rights.records.ledger import sections_of, token_of
from salus.rights.revenue.ledger import creditor_on
from salus.rights.revenue.service import keep_settling
from salus.services.exchange import ledger
from salus.services.exchange.agreements import Agreed, draw_up, keep_agreement
from salus.services.exchange.errors import (
    ApprovalMissing,
    DiseaseMissing,
    MaskNotOffered,
    NotOwner,
    OfferClosed,
    PermissionUnclear,
    SeveralTokens,
)
from salus.services.exchange.ledger import Hand
from salus.services.exchange.model import Flag, Kind, Offer, check_offer, codes, fits_policy
from salus.services.exchange.model.offer import DEFAULT_MAX_DAYS, DEFAULT_MIN_DAYS, MENU
from salus.services.exchange.reading import KnownOffer, offer_of, offer_with

NO_TERMS: frozenset[Duo] = frozenset()


@dataclass(frozen=True, slots=True)
class Wished:
    """What an owner wants to offer. `prices` are (code, units a day); of a sale one, (0, units).

    Without `uses`, `regions` or a permission among `duo` they are those of the patient's policy,
    whose narrower terms are always part of an offer. `disease` is that of DS.
    """

    kind: Kind
    prices: tuple[tuple[int, int], ...]
    until: datetime
    flags: Flag = MENU
    uses: Use = NO_USE
    regions: Region = NO_REGION
    duo: frozenset[Duo] = NO_TERMS
    min_days: int = DEFAULT_MIN_DAYS
    max_days: int = DEFAULT_MAX_DAYS
    sublicense_depth: int = 0
    sublicense_bps: int = 0
    disease: str = field(default="", repr=False)
    section: int = 0
    """Of a sale: the detached section that is sold, 0 for the token of the record."""


def post_offer(
    node: Node, *, record: RecordId, wished: Wished, by: Hand, approval: Intent | None = None
) -> KnownOffer:
    """Offer sections of a record, or a token of it; by its owner, or who pledged it.

    The text of the agreement is kept before the ledger is asked. Raises SeveralTokens, NotOwner,
    PermissionUnclear, DiseaseMissing, what `check_offer` raises, OutsidePolicy and ApprovalMissing.
    """
    offer = prepared(node, record=record, wished=wished, by=by)
    agreed = draw_up(offer, disease=wished.disease)
    return post(node, replace(offer, agreement_hash=agreed.hash), agreed, by=by, approval=approval)


def post(
    node: Node, offer: Offer, agreed: Agreed, *, by: Hand, approval: Intent | None
) -> KnownOffer:
    """Post an offer whose agreement is drawn up. Raises ApprovalMissing and what the ledger does.

    What is pledged takes the word of whoever lent on it.
    """
    creditor = creditor_on(node, Views(node), offer.token, at=node.ledger.final())
    if creditor != NOBODY and approval is None:
        raise ApprovalMissing(token=offer.token)
    call = ledger.post_offer(node, offer, by=by, approval=approval)
    keep_agreement(node, RecordId(offer.record), agreed)
    send(node, call)
    node.follow()
    with node.sessions() as session, session.begin():
        keep_settling(Work(node, session))
    with node.reading() as session:
        found = offer_with(session, agreed.hash)
    assert found is not None, "the ledger has taken it"
    return found


def prepared(node: Node, *, record: RecordId, wished: Wished, by: Hand) -> Offer:
    """The offer that would be posted, checked in every way in which the ledger does."""
    at, ask = node.ledger.final(), Views(node)
    token = _token(ask, record, wished, at)
    seller = ledger.owner_of(ask, token, at=at)
    if seller == NOBODY or not ledger.acts_for(ask, by.signer, seller, at=at):
        raise NotOwner(token=token, signer=by.signer)
    allowed, _ = policy(ask, record, at=at)
    prices = tuple(sorted(wished.prices))
    offer = Offer(
        id=0,
        token=token,
        mask=0 if wished.kind is Kind.SALE else sum(1 << code for code, _ in prices),
        kind=wished.kind,
        prices=tuple(price for _, price in prices),
        uses=wished.uses or allowed.uses,
        regions=wished.regions or allowed.regions,
        duo=sum(1 << term for term in _terms(wished, allowed)),
        until=seconds(wished.until),
        seller=seller,
        agreement_hash=Digest(bytes(32)),
        flags=wished.flags,
        min_days=wished.min_days,
        max_days=wished.max_days,
        sublicense_depth=wished.sublicense_depth,
        sublicense_bps=wished.sublicense_bps,
    )
    check_now(node, offer)
    return offer


def check_now(node: Node, offer: Offer) -> None:
    """Whether the ledger would take an offer of this seller now, but for whoever signs.

    Raises what `check_offer` and `fits_policy` raise, and MaskNotOffered.
    """
    at, ask = node.ledger.final(), Views(node)
    check_offer(offer, seconds(node.clock.now()))
    _check_sections(ask, offer, at)
    allowed, _ = policy(ask, RecordId(offer.record), at=at)
    fits_policy(offer, allowed)


def _token(ask: View, record: RecordId, wished: Wished, at: Block) -> int:
    """The token that controls all that is offered. Raises SeveralTokens."""
    if wished.kind is Kind.SALE:
        return token_of(record, wished.section)
    tokens = {
        ledger.controller_of(ask, section_id(record, code), at=at) for code, _ in wished.prices
    }
    if len(tokens) > 1:
        raise SeveralTokens
    return tokens.pop() if tokens else token_of(record)


def _check_sections(ask: View, offer: Offer, at: Block) -> None:
    """Raises MaskNotOffered for what the record does not have."""
    missing = offer.mask & ~sections_of(ask, offer.token, at=at)
    if missing:
        raise MaskNotOffered(mask=missing)


def _terms(wished: Wished, allowed: Policy) -> frozenset[Duo]:
    """One permission and all that narrows. Raises PermissionUnclear and DiseaseMissing."""
    terms = wished.duo | (allowed.duo - PERMISSIONS)
    if not terms & PERMISSIONS:
        usual = allowed.duo & PERMISSIONS
        if len(usual) > 1:
            known = ", ".join(sorted(term.name for term in usual))
            raise PermissionUnclear(known=known)
        terms |= usual
    if Duo.DS in terms and not wished.disease:
        raise DiseaseMissing
    return terms


def close_offer(node: Node, offer: KnownOffer, *, by: Hand) -> KnownOffer:
    """Nothing is bought or renewed under it from now on; what was bought goes on.

    Raises OfferClosed and NotOwner.
    """
    number = offer.offer.id
    if not offer.is_open(seconds(node.clock.now())):
        raise OfferClosed(offer=number)
    send(node, ledger.close_offer(node, number, by=by))
    node.follow()
    with node.reading() as session:
        return offer_of(session, number)


def close_all_offers(node: Node, token: int, *, by: Hand) -> None:
    """Close every offer on a token. Raises NotOwner."""
    send(node, ledger.close_all_offers(node, token, by=by))
    node.follow()


def masked(sections: Sequence[int]) -> int:
    """Section codes as a mask."""
    return sum(1 << code for code in set(sections))


def priced(offer: Offer) -> list[tuple[int, int]]:
    """(code, units a day) of an offer; of a sale (0, its price)."""
    listed = codes(offer.mask) or (0,)
    return list(zip(listed, offer.prices, strict=True))
