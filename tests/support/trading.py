"""A record whose sections are licensed: offers by its owner, purchases by those who have money."""

from datetime import timedelta

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing.licenses import find_license
from salus.rights.consent.licensing.model import USUAL, Duo, Region, Use, policy_for
from salus.rights.consent.licensing.service import set_policy
from salus.rights.custody.reading import Opened, Reader, as_licensee, read
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Party
from salus.rights.records.ledger import on_ledger, token_of
from salus.rights.revenue import service as revenue
from salus.services.exchange import ledger
from salus.services.exchange.ledger import OFFERS, Buying, Hand
from salus.services.exchange.model import Kind, Offer
from tests.support.scene import Scene

UNIT = 1_000_000
RATE = 10 * UNIT
LABORATORY, ALLERGIES = 7, 3
TERM = 30  # days
_VERBS = {Kind.PERPETUAL: "acquire", Kind.EXCLUSIVE: "rent", Kind.SUBSCRIPTION: "subscribe"}


def fund(stage: Scene, party: Party, amount: int = 100_000 * UNIT) -> None:
    """Give a party money that the router may pull."""
    revenue.issue(stage.node, to=party.address, amount=amount, by=stage.consortium.platform.signing)
    revenue.allow(stage.node, amount, by=party.signing)


def subject_of(stage: Scene, record: RecordId) -> Hand:
    return Hand(stage.wallet(record), account_of(stage.node, record))


def open_to_licenses(stage: Scene, record: RecordId, *sections: int, uses: Use = USUAL) -> None:
    policy = policy_for(sections or (LABORATORY, ALLERGIES), [Duo.GRU], uses)
    set_policy(stage.node, record=record, policy=policy, by=stage.wallet(record))


def offer(
    stage: Scene,
    record: RecordId,
    kind: Kind,
    *sections: int,
    section: int = 0,
    uses: Use = USUAL,
    by: Hand | None = None,
) -> int:
    """An offer of sections at RATE a day each, or of a whole token (`section`) at RATE."""
    seller = by or subject_of(stage, record)
    codes = sorted(sections) if kind is not Kind.SALE else []
    made = Offer(
        id=0,
        token=token_of(record, section),
        mask=sum(1 << code for code in codes),
        kind=kind,
        prices=(RATE,) * (len(codes) or 1),
        uses=uses,
        regions=Region.ANY,
        duo=1 << Duo.GRU,
        until=seconds(stage.now() + timedelta(days=300)),
        seller=seller.signer,
        agreement_hash=Digest(b"\x07" * 32),
    )
    (receipt,) = send(stage.node, ledger.post_offer(stage.node, made, by=seller))
    posted = _event(stage.node, OFFERS, receipt.events, "OfferPosted")
    return int(posted["id"])


def _event(node: Node, contract: str, events: tuple[object, ...], name: str) -> dict[str, int]:
    decoded = (node.contracts[contract].event(each) for each in events)  # type: ignore[arg-type]
    return next(each.values for each in decoded if each is not None and each.name == name)


def purchase(
    stage: Scene,
    record: RecordId,
    offered: int,
    kind: Kind,
    *sections: int,
    use: Use = Use.ACADEMIC,
    by: Party,
) -> int:
    """The number of the license that was bought."""
    version = on_ledger(stage.node, record).version
    mask = sum(1 << code for code in sections)
    days = 0 if kind is Kind.PERPETUAL else TERM
    buying = Buying(offered, mask, days, use.bit_length() - 1, version, 10_000 * UNIT)
    asked = ledger.purchase(stage.node, _VERBS[kind], buying, by=by.signing)
    send(stage.node, asked.call)
    return asked.id


def license_to(
    stage: Scene,
    record: RecordId,
    kind: Kind = Kind.SUBSCRIPTION,
    *sections: int,
    use: Use = Use.ACADEMIC,
    by: Party | None = None,
) -> int:
    """A license of sections for a party with money, from the first word of the patient on."""
    party, codes = by or stage.consortium.licensees[1], sections or (LABORATORY,)
    open_to_licenses(stage, record)
    fund(stage, party)
    return purchase(
        stage, record, offer(stage, record, kind, *codes), kind, *codes, use=use, by=party
    )


def reader_by(stage: Scene, number: int, party: Party | None = None) -> Reader:
    return as_licensee(party or stage.consortium.licensees[1], find_license(stage.node, number))


def opened_by(
    stage: Scene, record: RecordId, number: int, *sections: str, party: Party | None = None
) -> Opened:
    reader, units = reader_by(stage, number, party), stage.units(record, *sections)
    return read(stage.node, stage.keepers, reader, record, units)


def buy_token(stage: Scene, offered: int, token: int, *, receiver: Address, by: SigningKey) -> int:
    """The number of a sale that waits for new keys."""
    router = stage.node.contracts["RevenueRouter"]
    at = stage.node.ledger.final()
    call = router.call("collateralFingerprint", token)
    seen = router.result("collateralFingerprint", stage.node.ledger.call([call], at=at)[0])
    asked = ledger.buy(stage.node, offered, receiver, RATE, Digest(seen), by=by)
    send(stage.node, asked.call)
    return asked.id
