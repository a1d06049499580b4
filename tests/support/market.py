"""A home in which a patient sells, a research institute buys, and a bank lends, at the portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from salus.rights.identity.keyring import of_home
from salus.rights.revenue import service as revenue
from tests.support.portal import Opened, Visitor, opened

UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Market:
    """The portal, and who is signed in to it."""

    portal: Opened
    patient: Visitor
    institute: Visitor
    acme: Visitor
    bank: Visitor

    @property
    def record(self) -> str:
        return record_text(self.portal.record)

    def day(self, days: int) -> str:
        return (self.portal.clock.now() + timedelta(days=days)).date().isoformat()

    def enrich(self, name: str, units: int = 100_000 * UNIT) -> None:
        ring = of_home(self.portal.home)
        issuer, party = ring.party("platform"), ring.party(name)
        revenue.issue(self.portal.node, to=party.address, amount=units, by=issuer.signing)

    def move(self, **time: float) -> None:
        """Later; who is signed in goes on being so."""
        self.portal.clock.move(timedelta(**time))
        self.portal.node.ledger.advance()
        self.portal.node.follow()


def allowed(market: Market, *sections: str) -> None:
    """The patient lets parts be licensed, for health research."""
    way = f"/app/earn/allowed/{market.record}"
    market.patient.get(way)
    values = {
        "sections": list(sections),
        "permission": "HMB",
        "uses": ["ACADEMIC", "DRUG"],
        "regions": ["ANY"],
        "step": "sign",
    }
    answer = market.patient.post(way, values)
    assert answer.status_code == 303, answer.text


def price(market: Market, kind: str = "subscription", **prices: str) -> dict[str, str]:
    """The form of an offer."""
    return {
        "record": market.record,
        "kind": kind,
        "least": "30",
        "most": "365",
        "until": market.day(300),
        **prices,
    }


def offered(market: Market, kind: str = "subscription", **prices: str) -> str:
    """The number of an offer that the patient made at the portal."""
    market.patient.get("/app/earn/price")
    answer = market.patient.post(
        "/app/earn/price", price(market, kind, **prices) | {"step": "sign"}
    )
    page = market.patient.follow(answer).text
    return page.rsplit('action="/app/earn/offers/', 1)[1].split("/", 1)[0]


def bought(market: Market, who: Visitor, offer: str, *sections: str) -> str:
    """The page of a license that was bought at the portal, signed as it was reviewed."""
    who.get(f"/app/market/{offer}")
    values = {"sections": list(sections), "use": "ACADEMIC", "days": "60"}
    review = who.post(f"/app/market/{offer}", values)
    assert review.status_code == 200, review.text
    signed = values | {"price": who.hidden("price"), "step": "sign"}
    answer = who.post(f"/app/market/{offer}", signed)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@contextmanager
def new_market(home: Path) -> Iterator[Market]:
    with opened(home) as portal:
        market = Market(
            portal,
            portal.patient("Todd Stamm", portal.record),
            portal.staff("Iris", "institute", Role.LICENSEE),
            portal.staff("Anna", "acme", Role.LICENSEE),
            portal.staff("Ben", "bank", Role.LENDER),
        )
        for name in ("institute", "acme", "bank"):
            market.enrich(name)
        yield market
