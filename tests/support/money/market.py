"""LicenseBook and OfferBook as one value: the rules of the exchange in the order of the contracts.

The rules are those of `salus.services.exchange.model`; here is who asks which of them first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from salus.kernel.ids import Address
from salus.rights.revenue.model import DAY, Part, Prepayment, Router, Section, accrue
from salus.services.exchange import errors as e
from salus.services.exchange.model import (
    Asked,
    Kind,
    LicenseState,
    Offer,
    Reason,
    cancel_end,
    check_access,
    check_overlap,
    codes,
    is_live,
    quote,
    renewal,
    sublicense,
    sublicensed_rates,
)
from tests.support.money.deals import (
    Bought,
    Scene,
    Sold,
    check_admission,
    check_sections,
    license_of,
    version_of,
)


@dataclass(frozen=True, slots=True)
class After:
    """Both states after a verb, and what its event tells."""

    market: "Market"
    router: Router
    told: dict[str, object]


@dataclass(frozen=True, slots=True)
class Market:
    """`users` has by section who has it alone, and until when."""

    offers: Mapping[int, Offer] = field(default_factory=dict)
    closed_through: Mapping[int, int] = field(default_factory=dict)
    sold: Mapping[int, Sold] = field(default_factory=dict)
    users: Mapping[int, tuple[Address, int]] = field(default_factory=dict)

    # OFFERS

    def is_open(self, number: int, now: int) -> bool:
        offer = self.offers.get(number)
        return (
            offer is not None
            and offer.until > now
            and number > self.closed_through.get(offer.token, 0)
        )

    def open_offer(self, number: int, kind: Kind, now: int) -> Offer:
        if not self.is_open(number, now):
            raise e.OfferClosed(offer=number)
        offer = self.offers[number]
        if offer.kind is not kind:
            raise e.WrongKind(offer=number, kind=int(offer.kind))
        return offer

    # BUY

    def buy(self, router: Router, asked: Bought, scene: Scene) -> After:
        """Subscribe, rent and acquire."""
        if asked.by not in scene.accredited:
            raise e.NotAccredited(account=asked.by)
        if asked.id in self.sold:
            raise e.AlreadyExists(id=asked.id)
        offer = self.open_offer(asked.offer, asked.kind, scene.now)
        refused, found = None, None
        try:
            found = quote(offer, asked.mask, asked.days, scene.now)
        except e.TermOutOfRange as late:
            refused = late  # the contract looks at the term last
        check_sections(offer, asked.mask, scene)
        check_admission(offer, asked.mask, asked.use, asked.by, scene)
        if refused or found is None:
            raise refused or AssertionError
        version = version_of(asked, scene)
        license_ = license_of(asked, offer, version, found.end)
        return self._issued(router, Sold(license_, offer, asked.by), asked.max_price, scene)

    def sublicense(
        self, router: Router, parent: int, asked: Bought, by: Address, scene: Scene
    ) -> After:
        """`asked.by` is who gets it; `by`, who holds the license above, pays."""
        above = self.running(parent)
        if by != above.license.licensee:
            raise e.NotLicensee(license=parent, signer=by)
        if asked.by not in scene.accredited:
            raise e.NotAccredited(account=asked.by)
        if above.offer.token in scene.rekeying:
            raise e.RekeyPending(token=above.offer.token)
        if asked.id in self.sold:
            raise e.AlreadyExists(id=asked.id)
        is_lasting = above.license.kind is Kind.PERPETUAL
        found = sublicense(
            above.offer,
            asked.mask,
            asked.days,
            parent_mask=above.license.mask,
            parent_end=None if is_lasting else self._end(router, above),
            depth=self._depth(parent) + 1,
            now=scene.now,
        )
        for code in codes(asked.mask):
            if not self._is_carried(router, parent, code, scene):
                raise e.Orphaned(license=parent)
        check_admission(above.offer, asked.mask, above.license.use, asked.by, scene)
        taken = replace(asked, use=above.license.use, kind=Kind.SUBSCRIPTION)
        license_ = license_of(taken, above.offer, above.license.version_max, found.end)
        sold = Sold(license_, above.offer, by, parent)
        return self._issued(router, sold, asked.max_price, scene)

    def _issued(self, router: Router, sold: Sold, max_price: int, scene: Scene) -> After:
        mask, generations = sold.license.mask, 0
        for code in codes(mask):
            section = sold.offer.record << 8 | code
            if not scene.gate(section).is_open:
                raise e.SectionClosed(section=section)
            generations |= scene.gate(section).generation << 8 * (code - 1)
        sold = replace(sold, license=replace(sold.license, generations=generations))
        if sold.parent == 0:
            self._check_free(router, sold, scene)
        before, parts = router.balance, self.parts(sold, mask)
        router = router.open(sold.key, parts, self._prepaid(sold, parts, scene), scene.gates)
        price = router.balance - before
        if price > max_price:
            raise e.PriceAbove(limit=max_price, price=price)
        market = self._with(sold)
        if sold.license.kind is Kind.EXCLUSIVE:
            market = market._used(sold, mask, sold.license.licensee, sold.license.end)
        return After(market, router, {"end": sold.license.end, "price": price})

    def _prepaid(self, sold: Sold, parts: tuple[Part, ...], scene: Scene) -> Prepayment:
        above = sold if sold.parent == 0 else self.sold[sold.parent]
        return Prepayment(
            sold.payer,
            scene.now,
            sold.license.end // DAY,
            sum(each.rate_per_day for each in parts),
            is_recurring=sold.license.kind is not Kind.PERPETUAL,
            is_shared=above.license.kind is not Kind.EXCLUSIVE,
        )

    def _check_free(self, router: Router, sold: Sold, scene: Scene) -> None:
        sections = [sold.offer.record << 8 | code for code in codes(sold.license.mask)]
        users = {each: self.users.get(each, (b"", 0))[1] for each in sections}
        shared = {}
        for each, code in zip(sections, codes(sold.license.mask), strict=True):
            stream = router.sections.get(each, Section())
            walked = accrue(stream, scene.gate(each), scene.now).section
            is_same = walked.generation == sold.license.generation(code)
            shared[each] = walked.shared_through_day if is_same else 0
        check_overlap(sold.license.kind, users, shared, scene.now)

    # GO ON AND END

    def renew(
        self,
        router: Router,
        number: int,
        days: int,
        *,
        max_price: int,
        by: Address,
        scene: Scene,
    ) -> After:
        sold = self._paid_by(number, by)
        if not self.is_open(sold.offer.id, scene.now):
            raise e.OfferClosed(offer=sold.offer.id)
        end, license_ = self._end(router, sold), sold.license
        found = renewal(sold.terms, license_.mask, end, days, scene.now)
        if license_.licensee not in scene.accredited:
            raise e.NotAccredited(account=license_.licensee)
        check_admission(sold.offer, license_.mask, license_.use, license_.licensee, scene)
        self._check_open(sold, scene)
        if end <= scene.now and sold.parent == 0:
            self._check_free(router, sold, scene)
        self._check_above(router, sold, found.end, days, scene)
        market, router, paid = self._moved(router, sold, found.end, scene)
        if paid > max_price:
            raise e.PriceAbove(limit=max_price, price=paid)
        assert sold.parent or paid == found.price
        return After(market, router, {"end": found.end, "price": paid})

    def _check_above(self, router: Router, sold: Sold, end: int, days: int, scene: Scene) -> None:
        if sold.parent == 0:
            return
        above = self.running(sold.parent)
        if self._is_orphaned(router, sold.license.id, scene):
            raise e.Orphaned(license=sold.parent)
        if above.license.kind is not Kind.PERPETUAL and end > self._end(router, above):
            raise e.TermOutOfRange(term_days=days)

    def cancel(self, router: Router, number: int, by: Address, scene: Scene) -> After:
        sold = self._paid_by(number, by)
        start, end = router.prepayments[sold.key].start, self._end(router, sold)
        earliest = cancel_end(number, sold.terms, start, end, scene.now)
        self._check_open(sold, scene)
        before = router.escrowed
        market, router, _ = self._moved(router, sold, earliest, scene)
        return After(market, router, {"end": earliest, "refund": before - router.escrowed})

    def _moved(
        self, router: Router, sold: Sold, end: int, scene: Scene
    ) -> tuple["Market", Router, int]:
        before, parts = router.balance, self.parts(sold, sold.license.mask)
        router = router.move(sold.key, parts, end // DAY, scene.gates, now=scene.now)
        market = self._with(replace(sold, license=replace(sold.license, end=end)))
        if sold.license.kind is Kind.EXCLUSIVE:
            market = market._used(sold, sold.license.mask, sold.payer, end)
        return market, router, router.balance - before

    def revoke(self, router: Router, number: int, by: Address, scene: Scene) -> After:
        sold = self.running(number)
        if by != scene.subjects[sold.offer.record]:
            raise e.NotSubject(license=number, signer=by)
        return self._ended(router, sold, 0, scene)

    def prune(self, router: Router, number: int, scene: Scene) -> After:
        sold = self.running(number)
        closed = self._closed(sold, scene)
        if self._is_orphaned(router, number, scene):
            return self._ended(router, sold, 2, scene)
        if closed == sold.license.mask:
            return self._ended(router, sold, 1, scene)
        if closed == 0:
            raise e.NothingToPrune(license=number)
        left = sold.license.mask & ~closed
        market, router, refund = self._stopped(router, sold, closed, scene)
        market = market._with(replace(sold, license=replace(sold.license, mask=left)))
        return After(market, router, {"mask": left, "refund": refund})

    def _ended(self, router: Router, sold: Sold, reason: int, scene: Scene) -> After:
        market, router, refund = self._stopped(router, sold, sold.license.mask, scene)
        ended = replace(sold.license, state=LicenseState.ENDED)
        market = market._with(replace(sold, license=ended))
        return After(market, router, {"reason": reason, "refund": refund})

    def _stopped(
        self, router: Router, sold: Sold, mask: int, scene: Scene
    ) -> tuple["Market", Router, int]:
        end = self._end(router, sold)
        router, refund = router.stop(sold.key, self.parts(sold, mask), scene.gates, scene.now)
        if sold.license.kind is Kind.EXCLUSIVE and scene.now < end:
            return self._used(sold, mask, sold.payer, scene.now), router, refund
        return self, router, refund

    # ACCESS

    def access(self, number: int, asked: Asked, scene: Scene) -> tuple[bool, Reason]:
        chain = []
        while number in self.sold:
            chain.append(self.sold[number].license)
            number = self.sold[number].parent
        return check_access(chain, asked, scene.standing, scene.now)

    # INSIDE

    def running(self, number: int) -> Sold:
        if number not in self.sold:
            raise e.UnknownLicense(license=number)
        if self.sold[number].license.state is LicenseState.ENDED:
            raise e.Ended(license=number)
        return self.sold[number]

    def parts(self, sold: Sold, mask: int) -> tuple[Part, ...]:
        offer = sold.offer
        rates = offer.rates(mask) if sold.parent == 0 else sublicensed_rates(offer, mask, 1)
        record = offer.record << 8
        return tuple(
            Part(record | code, rate, sold.license.generation(code)) for code, rate in rates
        )

    def _paid_by(self, number: int, by: Address) -> Sold:
        sold = self.running(number)
        if sold.payer != by:
            raise e.NotLicensee(license=number, signer=by)
        return sold

    def _check_open(self, sold: Sold, scene: Scene) -> None:
        for code in codes(self._closed(sold, scene)):
            raise e.SectionClosed(section=sold.offer.record << 8 | code)

    def _closed(self, sold: Sold, scene: Scene) -> int:
        """The sections that were closed since the license was sold."""
        held = (
            (code, scene.gate(sold.offer.record << 8 | code)) for code in codes(sold.license.mask)
        )
        return sum(
            1 << code
            for code, gate in held
            if not gate.is_open or gate.generation != sold.license.generation(code)
        )

    def _end(self, router: Router, sold: Sold) -> int:
        return router.prepayments[sold.key].end

    def _depth(self, number: int) -> int:
        return 0 if (parent := self.sold[number].parent) == 0 else 1 + self._depth(parent)

    def _is_orphaned(self, router: Router, number: int, scene: Scene) -> bool:
        above = self.sold[number].parent
        while above:
            if not is_live(self.sold[above].license, scene.now):
                return True
            above = self.sold[above].parent
        return False

    def _is_carried(self, router: Router, number: int, code: int, scene: Scene) -> bool:
        """As `check_access` of an ancestor: all but the use and the version."""
        license_ = self.sold[number].license
        asked = Asked(license_.licensee, self.sold[number].offer.record, code, 0, license_.use)
        return self.access(number, asked, scene)[0]

    def _with(self, sold: Sold) -> "Market":
        return replace(self, sold={**self.sold, sold.license.id: sold})

    def _used(self, sold: Sold, mask: int, user: Address, until: int) -> "Market":
        sections = [sold.offer.record << 8 | code for code in codes(mask)]
        return replace(self, users={**self.users, **dict.fromkeys(sections, (user, until))})
