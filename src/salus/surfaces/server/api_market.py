"""The verbs of licensees: what may be bought, buying it, and what was bought."""

from typing import Annotated

from fastapi import APIRouter

from salus.kernel.clock import moment, seconds, stamp
from salus.kernel.ids import RecordId, record_text
from salus.platform.web.portal import PageMissing, Role, Visit
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.consent.licensing.model import Use
from salus.rights.identity.accounts.acting import acting
from salus.rights.identity.tokens.service import Scope
from salus.services.exchange import service as exchange
from salus.services.exchange.model import Kind, codes
from salus.services.exchange.pages.words import buyer_of, found_offer
from salus.services.exchange.reading import KnownLicense, KnownOffer, on_sale, open_offers
from salus.services.exchange.reading import licenses as licenses_of
from salus.services.exchange.service import Choice
from salus.surfaces.server.api_door import PROBLEMS, asking
from salus.surfaces.server.errors import BadPurchase
from salus.surfaces.server.shapes import LicenseIn, LicenseOut, OfferOut

_LICENSEE = Annotated[Visit, asking(Scope.READ, Role.LICENSEE)]
_BUYS = Annotated[Visit, asking(Scope.SIGN, Role.LICENSEE)]
router = APIRouter(responses=PROBLEMS)


@router.get("/offers")
def offers(visit: _LICENSEE) -> list[OfferOut]:
    """What may be bought now."""
    with visit.node.reading() as session:
        found = [each.offer for each in open_offers(session, seconds(visit.node.clock.now()))]
    return [
        OfferOut(
            id=each.id,
            record=record_text(RecordId(each.record)),
            kind=each.kind.name.lower(),
            sections=list(codes(each.mask)),
            prices=list(each.prices),
            until=stamp(moment(each.until)),
        )
        for each in found
    ]


@router.get("/licenses")
def licenses(visit: _LICENSEE) -> list[LicenseOut]:
    """The licenses of the organization of the account, and of no other."""
    own, now = acting(visit).organization, seconds(visit.node.clock.now())
    with visit.node.reading() as session:
        found = licenses_of(session, licensee=own)
    return [_license(each, now) for each in found]


@router.post("/licenses", status_code=201)
def buy(visit: _BUYS, asked: LicenseIn) -> LicenseOut:
    """Buy a license under an offer; signed and paid by the organization of the account.

    `most` is what it may cost; where the price is above it, nothing is bought.
    """
    known, mask = _open(visit, asked.offer)
    wanted = sum(1 << code for code in set(asked.sections))
    if wanted & ~mask or known.offer.kind is Kind.SALE:
        raise BadPurchase
    choice = Choice(wanted, asked.days, Use[asked.use])
    bought = exchange.purchase(visit.node, known, choice, by=buyer_of(visit), most=asked.most)
    return _license(bought, seconds(visit.node.clock.now()))


def _open(visit: Visit, number: int) -> tuple[KnownOffer, int]:
    """An offer, and what may be bought under it now. Raises PageMissing for nothing."""
    with visit.node.reading() as session:
        known = found_offer(session, str(number))
        mask = on_sale(session, known.offer)
    if not known.is_open(seconds(visit.node.clock.now())) or not mask:
        raise PageMissing
    return known, mask & known.offer.mask


def _license(each: KnownLicense, now: int) -> LicenseOut:
    return LicenseOut(
        id=license_text(each.id),
        record=record_text(each.record),
        sections=list(codes(each.mask)),
        kind=each.kind.name.lower(),
        until=stamp(moment(each.end)) if each.end < 2**40 else "",
        paid=each.paid,
        state=each.word(now),
    )
