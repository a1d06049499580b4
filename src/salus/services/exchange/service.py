"""What a licensee does with licenses, and how a patient ends them: each verb is one intent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from salus.kernel.clock import seconds
from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Block, Call
from salus.platform.settings import read
from salus.platform.work import Node, Work, count_waiting, enqueue, is_waiting
from salus.rights.consent.licensing.ledger import policy, section_gate
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.consent.licensing.model import Use, section_id
from salus.rights.identity.ledger import View, Views, send
from salus.rights.records.ledger import on_ledger
from salus.rights.revenue import ledger as money
from salus.rights.revenue.currency import shown
from salus.rights.revenue.model import price
from salus.rights.revenue.service import keep_settling
from salus.services.exchange import ledger
from salus.services.exchange.agreements import keep_purchase
from salus.services.exchange.errors import (
    BalanceTooLow,
    Ended,
    NotAccredited,
    NotLicensee,
    OfferClosed,
    PriceAbove,
    SectionClosed,
    WrongKind,
)
from salus.services.exchange.ledger import Buying, Hand
from salus.services.exchange.model import (
    Kind,
    Offer,
    Quote,
    admit,
    cancel_end,
    check_overlap,
    codes,
    quote,
    renewal,
    sublicense,
    sublicensed_rates,
)
from salus.services.exchange.notices import tell
from salus.services.exchange.reading import (
    KnownLicense,
    KnownOffer,
    depth_of,
    doubtful,
    find_license,
    offer_of,
)
from salus.services.exchange.settings import ExchangeSettings

VERBS = {Kind.SUBSCRIPTION: "subscribe", Kind.EXCLUSIVE: "rent", Kind.PERPETUAL: "acquire"}
PRUNE = "exchange.prune"
"""The job that takes closed sections out of licenses; it comes back."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """An organization, and the key with which it signs and pays."""

    account: Address
    key: SigningKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken of an offer; `days` 0 for a perpetual license."""

    mask: int
    days: int
    use: Use


def quoted(node: Node, offer: KnownOffer, choice: Choice, *, by: Address) -> Quote:
    """What a license would cost now, once all is checked that the ledger checks.

    Raises OfferClosed, NotAccredited, what `quote` and `admit` raise, SectionClosed and Overlap.
    """
    at, ask, now = node.ledger.final(), Views(node), seconds(node.clock.now())
    own = offer.offer
    if not offer.is_open(now):
        raise OfferClosed(offer=own.id)
    if not ledger.is_licensee(ask, by, at=at):
        raise NotAccredited(account=by)
    found = quote(own, choice.mask, choice.days, now)
    allowed, _ = policy(ask, RecordId(own.record), at=at)
    attested = ledger.attributes(ask, by, at=at)
    admit(own, choice.mask, choice.use, account=by, licensee=attested, policy=allowed, now=now)
    _check_free(node, ask, own, choice.mask, at)
    return found


def _check_free(node: Node, ask: View, offer: Offer, mask: int, at: Block) -> None:
    """Raises SectionClosed and Overlap."""
    record = RecordId(offer.record)
    sections = {code: section_id(record, code) for code in codes(mask)}
    for code, section in sections.items():
        if not section_gate(ask, record, code, at=at).is_open:
            raise SectionClosed(section=section)
    users = {each: ledger.user_of(ask, each, at=at).until for each in sections.values()}
    streams = money.streams(node, list(sections.values()), at=at)
    shared = {
        each: stream.shared_through_day
        for each, stream in zip(sections.values(), streams, strict=True)
    }
    check_overlap(offer.kind, users, shared, seconds(node.clock.now()))


def purchase(
    node: Node,
    offer: KnownOffer,
    choice: Choice,
    *,
    by: Buyer,
    kind: Kind | None = None,
    most: int | None = None,
) -> KnownLicense:
    """Buy a license; what it costs is pulled at once. `most`: units that it may cost.

    The agreement is accepted by the same signature, which names the offer and so its hash. Raises
    WrongKind where `kind` is another, what `quoted` raises, PriceAbove and BalanceTooLow.
    """
    own = offer.offer
    verb = VERBS.get(own.kind)
    if verb is None or kind not in {None, own.kind}:
        raise WrongKind(offer=own.id, kind=int(own.kind))
    limit = _limit(quoted(node, offer, choice, by=by.account).price, most)
    version = on_ledger(node, RecordId(own.record)).version
    number = choice.use.bit_length() - 1
    buying = Buying(own.id, choice.mask, choice.days, number, version, limit)
    asked = ledger.purchase(node, verb, buying, by=by.key)
    return _issue(node, own, asked, paying(node, by, limit))


def _issue(node: Node, offer: Offer, asked: ledger.Asked, permits: list[Call]) -> KnownLicense:
    """Keep what is asked for, ask, and find what came of it."""
    with node.sessions() as session, session.begin():
        keep_purchase(session, node, asked.id, offer)
        keep_pruning(Work(node, session))
        keep_settling(Work(node, session))
    send(node, *permits, asked.call)
    return _seen(node, asked.id)


def _seen(node: Node, license_: int) -> KnownLicense:
    """A license as it is once the index has it; who must be told is told."""
    node.follow()
    with node.reading() as session:
        found = find_license(session, license_text(license_))
    tell(node, found.record)
    return found


def _limit(price_now: int, most: int | None) -> int:
    """Raises PriceAbove."""
    if most is not None and price_now > most:
        raise PriceAbove(limit=most, price=price_now)
    return price_now if most is None else most


def paying(node: Node, by: Buyer, amount: int) -> list[Call]:
    """What lets the router pull an amount (units). Raises BalanceTooLow."""
    held = money.balance_of(node, by.account)
    if held < amount:
        raise BalanceTooLow(price=shown(amount), held=shown(held), account=by.account)
    if money.allowance_of(node, by.account) >= amount or by.key.address != by.account:
        return []
    return [money.permit_payer(node, amount, by=by.key)]


def give_on(
    node: Node,
    parent: KnownLicense,
    *,
    licensee: Address,
    mask: int,
    days: int,
    by: Buyer,
    most: int | None = None,
) -> KnownLicense:
    """Give another licensee a part of one's own license, for the price that the offer says.

    Raises what `giving_quoted` raises, PriceAbove and BalanceTooLow.
    """
    choice = Choice(mask, days, parent.use)
    quote_ = giving_quoted(node, parent, licensee, choice, by=by.account)
    limit = _limit(quote_.price, most)
    asked = ledger.sublicense(
        node,
        parent.id,
        licensee=licensee,
        mask=mask,
        term_days=days,
        max_price=limit,
        by=by.key,
    )
    with node.reading() as session:
        offer = offer_of(session, parent.offer).offer
    return _issue(node, offer, asked, paying(node, by, limit))


def giving_quoted(
    node: Node, parent: KnownLicense, licensee: Address, choice: Choice, *, by: Address
) -> Quote:
    """What a sublicense costs now, once all is checked that the ledger checks.

    Raises Ended, NotLicensee, NotAccredited, and what `model.sublicense` and `admit` raise.
    """
    offer, depth = given_under(node, parent)
    if parent.licensee != by:
        raise NotLicensee(license=parent.id, signer=by)
    at, ask, now = node.ledger.final(), Views(node), seconds(node.clock.now())
    if not ledger.is_licensee(ask, licensee, at=at):
        raise NotAccredited(account=licensee)
    found = sublicense(
        offer,
        choice.mask,
        choice.days,
        parent_mask=parent.mask,
        parent_end=None if parent.kind is Kind.PERPETUAL else parent.end,
        depth=depth,
        now=now,
    )
    allowed, _ = policy(ask, parent.record, at=at)
    attested = ledger.attributes(ask, licensee, at=at)
    use, mask = choice.use, choice.mask
    admit(offer, mask, use, account=licensee, licensee=attested, policy=allowed, now=now)
    return found


def given_under(node: Node, parent: KnownLicense) -> tuple[Offer, int]:
    """The offer under which a license may be given on, and the depth of what comes below it.

    Raises Ended and TooDeep.
    """
    _refuse_ended(parent)
    with node.reading() as session:
        offer, depth = offer_of(session, parent.offer).offer, depth_of(session, parent)
    sublicensed_rates(offer, parent.mask, depth)
    return offer, depth


# RUNNING LICENSES


def renew(
    node: Node, license_: KnownLicense, *, days: int, by: Buyer, most: int | None = None
) -> KnownLicense:
    """Add days while the offer is open: to the end, or from now where it has lapsed.

    Raises Ended, OfferClosed, TermOutOfRange, PriceAbove, BalanceTooLow and NotLicensee.
    """
    limit = _limit(renewal_quoted(node, license_, days).price, most)
    call = ledger.renew(node, license_.id, days, limit, by=by.key)
    send(node, *paying(node, by, limit), call)
    return _seen(node, license_.id)


def renewal_quoted(node: Node, license_: KnownLicense, days: int) -> Quote:
    """What more days would cost now, and when the license would end.

    Raises Ended, OfferClosed and TermOutOfRange.
    """
    _refuse_ended(license_)
    now = seconds(node.clock.now())
    with node.reading() as session:
        offer = offer_of(session, license_.offer)
    if not offer.is_open(now):
        raise OfferClosed(offer=license_.offer)
    found = renewal(offer.offer, license_.mask, license_.end, days, now)
    paid = money.prepayment_of(Views(node), license_.token, license_.id, at=node.ledger.final())
    cost = price(paid.rate_per_day, max(license_.end, now), found.end)
    return Quote(paid.rate_per_day, found.end, cost)


def cancel_quoted(node: Node, license_: KnownLicense) -> int:
    """When a license would end (seconds) if it were canceled now. Raises Ended, NotCancelable."""
    _refuse_ended(license_)
    paid = money.prepayment_of(Views(node), license_.token, license_.id, at=node.ledger.final())
    with node.reading() as session:
        offer = offer_of(session, license_.offer).offer
    now = seconds(node.clock.now())
    return cancel_end(license_.id, offer, paid.start, license_.end, now)


def cancel(node: Node, license_: KnownLicense, *, by: SigningKey) -> KnownLicense:
    """End a license as early as its offer lets; what is not earned is credited to who paid.

    Raises Ended, NotCancelable and NotLicensee.
    """
    cancel_quoted(node, license_)
    send(node, ledger.cancel(node, license_.id, by=by))
    return _seen(node, license_.id)


def revoke(node: Node, license_: KnownLicense, *, by: Hand) -> KnownLicense:
    """End a license this second, as the patient; the rest is credited to who paid.

    Raises Ended and NotSubject.
    """
    _refuse_ended(license_)
    send(node, ledger.revoke(node, license_.id, by=by))
    return _seen(node, license_.id)


def prune(node: Node, license_: KnownLicense) -> KnownLicense:
    """Take out what the patient closed, and give the unearned part back; by anybody.

    Raises Ended and NothingToPrune.
    """
    _refuse_ended(license_)
    send(node, ledger.prune(node, license_.id))
    return _seen(node, license_.id)


def _refuse_ended(license_: KnownLicense) -> None:
    if license_.ended_at:
        raise Ended(license=license_.id)


# JOBS


def prune_all(node: Node) -> int:
    """Prune every license that has a closed section or hangs on one that ended; how many.

    Twice is once: what was taken out is not there a second time.
    """
    node.follow()
    found = list(prunable(node))
    if found:
        send(node, *(ledger.prune(node, each.id) for each in found))
        node.follow()
        tell(node)
    return len(found)


def prunable(node: Node) -> Iterator[KnownLicense]:
    """Licenses that have not ended and hold a section of an older generation, or are orphans."""
    at, ask = node.ledger.final(), Views(node)
    with node.reading() as session:
        known = {each.id: each for each in doubtful(session)}
    ended = {each.id for each in known.values() if each.ended_at}
    for each in known.values():
        if each.ended_at:
            continue
        is_orphan = any(above in ended for above in _ancestors(known, each))
        if is_orphan or any(_is_closed(ask, each, code, at) for code in codes(each.mask)):
            yield each


def _ancestors(known: dict[int, KnownLicense], license_: KnownLicense) -> list[int]:
    found: list[int] = []
    while license_.parent:
        found.append(license_.parent)
        license_ = known[license_.parent]
    return found


def _is_closed(ask: View, license_: KnownLicense, code: int, at: Block) -> bool:
    gate = section_gate(ask, license_.record, code, at=at)
    return not gate.is_open or gate.generation != license_.generation(code)


def keep_pruning(work: Work) -> None:
    """See to it that licenses are looked at before long, and again and again."""
    if not is_waiting(work, PRUNE):
        enqueue(work, PRUNE)


def come_back(work: Work) -> None:
    """From the job itself: once more after the usual time."""
    if count_waiting(work, PRUNE) <= 1:  # this one
        enqueue(work, PRUNE, run_at=work.node.clock.now() + every())


def every() -> timedelta:
    """The time between two looks."""
    return timedelta(hours=read(ExchangeSettings).prune_hours)
