"""From the events of OfferBook and LicenseBook to rows of the index."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from salus.kernel.ids import RecordId, record_text
from salus.platform.ledger import DecodedEvent
from salus.rights.consent.licensing.licenses import license_text
from salus.services.exchange.model import SaleState
from salus.services.exchange.tables import LicenseRow, OfferRow, SaleRow

BOOK, OFFERS = "LicenseBook", "OfferBook"


def _posted(session: Session, event: DecodedEvent) -> None:
    values = event.values
    token, mask, kind, flags, uses, regions, depth, least, most, bps, duo, *rest = values["offer"]
    seller, until, agreement = rest
    session.add(
        OfferRow(
            id=values["id"],
            record=record_text(RecordId(token >> 8)),
            section=token & 0xFF,
            mask=mask,
            kind=kind,
            flags=flags,
            uses=uses,
            regions=regions,
            duo=duo.to_bytes(8, "big"),
            depth=depth,
            bps=bps,
            min_days=least,
            max_days=most,
            prices=",".join(map(str, values["prices"])),
            seller=seller,
            until=until,
            agreement=agreement,
            closed_at=0,
        )
    )


def _offer_closed(session: Session, event: DecodedEvent) -> None:
    session.get_one(OfferRow, event.values["id"]).closed_at = event.block.time


def _all_closed(session: Session, event: DecodedEvent) -> None:
    token = event.values["tokenId"]
    session.execute(
        update(OfferRow)
        .where(
            OfferRow.record == record_text(RecordId(token >> 8)),
            OfferRow.section == token & 0xFF,
            OfferRow.id <= event.values["through"],
            OfferRow.closed_at == 0,
        )
        .values(closed_at=event.block.time)
    )


def _issued(session: Session, event: DecodedEvent) -> None:
    values = event.values
    token = values["tokenId"]
    _, version_max, generations, mask, use, kind, _ = values["license"]
    session.add(
        LicenseRow(
            id=license_text(values["id"]),
            record=record_text(RecordId(token >> 8)),
            section=token & 0xFF,
            offer=values["offerId"],
            parent=license_text(values["parent"]) if values["parent"] else "",
            licensee=values["licensee"],
            mask=mask,
            use=use,
            kind=kind,
            version_max=version_max,
            generations=generations,
            issued_at=event.block.time,
            end=values["end"],
            paid=values["price"],
            refunded=0,
            renewed_at=0,
            canceled_at=0,
            pruned_at=0,
            ended_at=0,
            reason=0,
        )
    )


def _license(session: Session, event: DecodedEvent) -> LicenseRow:
    return session.get_one(LicenseRow, license_text(event.values["id"]))


def _renewed(session: Session, event: DecodedEvent) -> None:
    row = _license(session, event)
    row.end, row.renewed_at = event.values["end"], event.block.time
    row.paid += event.values["price"]


def _canceled(session: Session, event: DecodedEvent) -> None:
    row = _license(session, event)
    row.end, row.canceled_at = event.values["end"], event.block.time
    row.refunded += event.values["refund"]


def _pruned(session: Session, event: DecodedEvent) -> None:
    row = _license(session, event)
    row.mask, row.pruned_at = event.values["mask"], event.block.time
    row.refunded += event.values["refund"]


def _ended(session: Session, event: DecodedEvent) -> None:
    row = _license(session, event)
    row.ended_at, row.reason = event.block.time, event.values["reason"]
    row.refunded += event.values["refund"]


def _sale_opened(session: Session, event: DecodedEvent) -> None:
    values, token = event.values, event.values["tokenId"]
    session.add(
        SaleRow(
            id=license_text(values["id"]),
            record=record_text(RecordId(token >> 8)),
            section=token & 0xFF,
            offer=values["offerId"],
            buyer=values["buyer"],
            receiver=values["receiver"],
            price=values["price"],
            deadline=values["deadline"],
            state=SaleState.OPEN,
            opened_at=event.block.time,
            closed_at=0,
        )
    )


def _sale_completed(session: Session, event: DecodedEvent) -> None:
    _close_sale(session, event, SaleState.COMPLETED)


def _sale_aborted(session: Session, event: DecodedEvent) -> None:
    _close_sale(session, event, SaleState.ABORTED)


def _close_sale(session: Session, event: DecodedEvent, state: SaleState) -> None:
    row: Any = session.get_one(SaleRow, license_text(event.values["id"]))
    row.state, row.closed_at = state, event.block.time


PROJECTIONS = {
    (OFFERS, "OfferPosted"): _posted,
    (OFFERS, "OfferClosed"): _offer_closed,
    (OFFERS, "AllOffersClosed"): _all_closed,
    (BOOK, "LicenseIssued"): _issued,
    (BOOK, "LicenseRenewed"): _renewed,
    (BOOK, "LicenseCanceled"): _canceled,
    (BOOK, "LicensePruned"): _pruned,
    (BOOK, "LicenseEnded"): _ended,
    (BOOK, "SaleOpened"): _sale_opened,
    (BOOK, "SaleCompleted"): _sale_completed,
    (BOOK, "SaleAborted"): _sale_aborted,
}
