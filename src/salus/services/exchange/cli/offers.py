"""`salus offer`, `salus close-offer`, `salus market`."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import seconds
from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent.cli.words import PATIENT, listed
from salus.rights.consent.licensing.model import (
    NO_REGION,
    NO_USE,
    duo_of,
    regions_of,
    section_codes,
    uses_of,
)
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import find_record
from salus.rights.revenue.currency import shown
from salus.services.exchange import drafting, offering
from salus.services.exchange.cli.words import (
    NAMES,
    OfferNumber,
    Owner,
    Sections,
    check_priced,
    described_offer,
    hand_of,
    kind_named,
    names,
    parse_days,
    parse_end,
    parse_limit,
    parse_prices,
    split_token,
    terms_of,
)
from salus.services.exchange.drafting import OfferDraft
from salus.services.exchange.model import Flag, Kind, has_term
from salus.services.exchange.offering import NO_TERMS, Wished, priced
from salus.services.exchange.reading import KnownOffer, offer_of, on_sale, open_offers

app = Commands()
_WIDEST = 16  # cells of the longest bar

_Token = Annotated[
    str,
    typer.Argument(help="The record, or a beginning of it; `5a10/genomics` to sell a section."),
]
_Price = Annotated[
    list[str],
    typer.Option(help="`laboratory=0.50/day` for each section; of a sale one amount, `400`."),
]
_Kind = Annotated[str, typer.Option(help="`subscription`, `rental`, `perpetual` or `sale`.")]
_Whole = Annotated[bool, typer.Option(help="All sections together, or none.")]
_Days = Annotated[str, typer.Option(help="The shortest and the longest term.")]
_Uses = Annotated[str, typer.Option(help="Uses, such as `academic,drug`; the patient's without.")]
_Regions = Annotated[str, typer.Option(help="Where a licensee may be; the patient's without.")]
_Duo = Annotated[
    str,
    typer.Option(help="Terms of the Data Use Ontology; what the patient demands is added."),
]
_Disease = Annotated[
    str, typer.Option(help="The disease of DS; it stands in the agreement only, never on a ledger.")
]
_Until = Annotated[str, typer.Option(help="The last day of the offer; a year without.")]
_Depth = Annotated[int, typer.Option(min=0, max=3, help="How deep sublicenses may go.")]
_Share = Annotated[
    int, typer.Option(min=0, max=10_000, help="What a sublicense pays, in 1/10,000 of the price.")
]
_Draft = Annotated[
    Path | None, typer.Option(help="Of what is pledged: a file that its lender is to approve.")
]


@app.command()
def offer(
    console: Console,
    record: _Token,
    *,
    price: _Price,
    sections: Sections = "",
    kind: _Kind = "subscription",
    whole: _Whole = False,
    days: _Days = "30..365",
    uses: _Uses = "",
    regions: _Regions = "",
    duo: _Duo = "",
    disease: _Disease = "",
    until: _Until = "",
    sublicenses: _Depth = 0,
    sublicense_share: _Share = 0,
    draft: _Draft = None,
    signer: Owner = PATIENT,
) -> None:
    """Offer sections for a price a day, or the whole of a record or of a divided section for good.

    What is pledged takes the word of its lender: draft the offer into a file for him.

    Example: salus offer 5a10 --sections laboratory --price laboratory=0.50/day --days 30..365
    """
    text, section = split_token(record)
    share = (sublicenses, sublicense_share)
    terms = _Terms(kind, price, sections, days, uses, regions, duo, disease, whole, share)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, text)
            hand = hand_of(node, session, console.home, found, signer)
        wished = replace(terms.wished(parse_end(until, node.clock.now())), section=section)
        if draft is not None:
            made = drafting.draft(node, record=found, wished=wished, by=hand, place=draft)
            _say_drafted(console, made, draft)
            return
        known = offering.post_offer(node, record=found, wished=wished, by=hand)
        console.answer(described_offer(node, console.home, known))
    _say_posted(console, known)


def _say_posted(console: Console, known: KnownOffer) -> None:
    console.say("The offer has the number {offer}.", offer=known.offer.id)
    _table(console, [known])


def _say_drafted(console: Console, made: OfferDraft, place: Path) -> None:
    agreement = to_hex(made.agreed().hash)
    record = record_text(made.record)
    console.answer({"record": record, "agreement": agreement, "file": str(place)})
    console.say(
        "The draft is in {file}. Give it to the lender of {record}.", file=place, record=record
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    """What was said of an offer, as it was said."""

    kind: str
    price: list[str]
    sections: str
    days: str
    uses: str
    regions: str
    duo: str
    disease: str
    whole: bool
    sublicenses: tuple[int, int]
    """Their depth, and what each pays in 1/10,000."""

    def wished(self, until: datetime) -> Wished:
        """Raises what the parts raise that cannot be read."""
        kind = kind_named(self.kind)
        prices = parse_prices(self.price, kind)
        if self.sections:
            check_priced(self.sections, prices)
        least, most = parse_days(self.days)
        return Wished(
            kind=kind,
            prices=prices,
            until=until,
            uses=uses_of(listed(self.uses)) if self.uses else NO_USE,
            regions=regions_of(listed(self.regions)) if self.regions else NO_REGION,
            duo=duo_of(listed(self.duo)) if self.duo else NO_TERMS,
            min_days=least,
            max_days=most,
            flags=Flag.WHOLE if self.whole else Flag(0),
            sublicense_depth=self.sublicenses[0],
            sublicense_bps=self.sublicenses[1],
            disease=self.disease,
        )


@app.command(name="close-offer")
def close_offer(
    console: Console,
    offer: OfferNumber,
    *,
    signer: Owner = PATIENT,
) -> None:
    """End an offer: nothing is bought or renewed under it, and what was bought goes on.

    Example: salus close-offer 3
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            known = offer_of(session, offer)
            record = RecordId(known.offer.record)
            hand = hand_of(node, session, console.home, record, signer)
        closed = offering.close_offer(node, known, by=hand)
        console.answer(described_offer(node, console.home, closed))
    console.say("The offer {offer} is closed.", offer=offer)


@app.command()
def market(
    console: Console,
    *,
    record: Annotated[str, typer.Option(help="Only of this record.")] = "",
    section: Annotated[str, typer.Option(help="Only what has this section.")] = "",
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    max_price: Annotated[
        str, typer.Option(help="Only what costs no more: a day, or of a sale in all.")
    ] = "",
) -> None:
    """Show what may be bought now: each section with its price, and what the terms are.

    Example: salus market --section laboratory --max-price 1
    """
    wanted = section_codes([section])[0] if section else None
    chosen, limit = kind_named(kind) if kind else None, parse_limit(max_price)
    with open_node(console.home) as node:
        with node.reading() as session:
            only = find_record(session, record) if record else None
            now = seconds(node.clock.now())
            found = [
                known
                for known in open_offers(session, now, only)
                if _has(known, wanted, chosen, limit) and on_sale(session, known.offer)
            ]
        console.answer([described_offer(node, console.home, each) for each in found])
    if not found:
        console.say("Nothing of the kind is offered now.")
        return
    _table(console, found)


def _has(known: KnownOffer, section: int | None, kind: Kind | None, limit: int | None) -> bool:
    """Whether an offer is what somebody looks for."""
    listed_ = [units for code, units in priced(known.offer) if section is None or code == section]
    is_kind = kind is None or known.offer.kind is kind
    return is_kind and any(limit is None or units <= limit for units in listed_)


def _table(console: Console, found: list[KnownOffer]) -> None:
    """One line for each price, with a bar as long as it is among those of its kind."""
    rows = [(known, code, units) for known in found for code, units in priced(known.offer)]
    most: dict[bool, int] = {}
    for known, _, units in rows:
        is_sale = known.offer.kind is Kind.SALE
        most[is_sale] = max(most.get(is_sale, 1), units)
    console.table(
        ("offer", "record", "kind", "section", "price", "", "days", "terms"),
        [
            (
                known.offer.id,
                _short(known),
                NAMES[known.offer.kind],
                SECTIONS.get(code, ", ".join(names(known.offer.mask)) or "*"),
                shown(units) + ("" if known.offer.kind is Kind.SALE else "/day"),
                "▇" * max(1, units * _WIDEST // most[known.offer.kind is Kind.SALE]),
                _days(known),
                ", ".join(terms_of(known.offer)),
            )
            for known, code, units in rows
        ],
    )


def _short(known: KnownOffer) -> str:
    """The record, and the section where its token is what is offered."""
    section = known.offer.token & 0xFF
    text = record_text(RecordId(known.offer.record))[:12]
    return f"{text}/{SECTIONS[section]}" if section else text


def _days(known: KnownOffer) -> str:
    own = known.offer
    return f"{own.min_days}..{own.max_days}" if has_term(own.kind) else ""
