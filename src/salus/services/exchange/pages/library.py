"""What a licensee has: its licenses, what was delivered, and how they go on or end."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.i18n import language, translate
from salus.platform.web.portal import (
    Card,
    Download,
    Page,
    Pages,
    Redirect,
    Role,
    Visit,
)
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.consent.licensing.wording import use_name
from salus.rights.consent.pages.signing import (
    CHANGE,
    SIGN,
    Review,
    kept,
    lacks_password_only,
    once_more,
    step,
)
from salus.rights.custody.opening import Wish, open_wished
from salus.rights.custody.reading import Opened
from salus.rights.identity.accounts.pages import confirm
from salus.rights.records.formats.service import TABLES, Format, written
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.naming import amount
from salus.rights.revenue.reading import balance_of
from salus.services.exchange import service
from salus.services.exchange.agreements import Agreed, agreed_for
from salus.services.exchange.errors import AgreementMissing, Ended, NotCancelable, TooDeep
from salus.services.exchange.model import MOST_DAYS, SaleState, codes, has_term
from salus.services.exchange.pages.words import (
    buyer_of,
    end_of,
    kind_word,
    last_day,
    own_license,
    section_list,
    state_word,
)
from salus.services.exchange.reading import (
    KnownLicense,
    KnownSale,
    LicenseWord,
    licenses,
    offer_of,
    sales,
)
from salus.services.exchange.wording import FORMS, SALES

pages = Pages("exchange")
LIBRARY = f"{ROOT}/library"
SOON = 14 * 86_400
"""Seconds before its end in which a license counts as ending soon."""


@dataclass(frozen=True, slots=True)
class Held:
    """A license of the visitor's organization in words."""

    id: str
    record: str
    sections: str
    kind: str
    use: str
    end: str
    state: str
    paid: str
    refunded: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a license, and the files in which it can be had: value and words."""

    name: str
    words: str
    forms: list[tuple[str, str]]


@pages.get("/library", Role.LICENSEE)
def library(visit: Visit) -> Answer:
    buyer, now = buyer_of(visit), seconds(visit.node.clock.now())
    with visit.node.reading() as session:
        found = [_held(each, now) for each in licenses(session, licensee=buyer.account)]
        bought = [_sale(each) for each in sales(session) if buyer.account == each.buyer]
        balance = balance_of(visit.node, session, buyer.account)
    return Page(
        "exchange/library.html",
        {
            "held": [each for each in found if each.is_live],
            "past": [each for each in found if not each.is_live],
            "sales": bought,
            "budget": amount(balance.held),
            "owed": balance.owed,
            "money": amount,
        },
    )


def _held(each: KnownLicense, now: int) -> Held:
    return Held(
        license_text(each.id),
        record_text(each.record)[:8],
        section_list(each.mask),
        kind_word(each.kind),
        use_name(each.use),
        end_of(each),
        state_word(each, now),
        amount(each.paid),
        amount(each.refunded),
        each.word(now) is LicenseWord.LIVE,
    )


def _sale(each: KnownSale) -> tuple[str, str, str, str]:
    what = section_name(each.section) if each.section else translate("the whole record")
    state = translate(SALES[each.state])
    if each.state is SaleState.OPEN:
        until = last_day(each.deadline)
        state = translate("{state}, until {day}", state=state, day=until)
    return record_text(each.record)[:8], what, amount(each.price), state


# ONE LICENSE


@pages.get("/library/{license_}", Role.LICENSEE)
def license_page(visit: Visit, license_: str) -> Answer:
    found = own_license(visit, license_)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _renewal(visit, found, _days(visit)))
    now = seconds(visit.node.clock.now())
    with visit.node.reading() as session:
        known, agreed = offer_of(session, found.offer), _agreed(session, found)
    return Page(
        "exchange/license.html",
        {
            "held": _held(found, now),
            "offer": found.offer,
            "agreement": _spoken(agreed) if agreed else "",
            "hash": to_hex(known.offer.agreement_hash),
            "parts": [_part(code) for code in codes(found.mask)],
            "can_renew": has_term(found.kind) and known.is_open(now) and not found.ended_at,
            "can_cancel": _can(lambda: service.cancel_quoted(visit.node, found)),
            "can_give": _can(lambda: service.given_under(visit.node, found)),
            "least": known.offer.min_days,
            "most": known.offer.max_days,
        },
    )


def _agreed(session: Session, found: KnownLicense) -> Agreed | None:
    try:
        return agreed_for(session, offer_of(session, found.offer).offer)
    except AgreementMissing:
        return None


def _spoken(agreed: Agreed) -> str:
    return agreed.text.chinese if language() == "zh-Hans" else agreed.text.english


def _can(quote: Callable[[], object]) -> bool:
    try:
        quote()
    except (NotCancelable, Ended, TooDeep):
        return False
    return True


def _part(code: int) -> Part:
    name = SECTIONS[code]
    forms = [Format.NDJSON]
    if name in TABLES:
        forms += [Format.CSV, Format.PARQUET]
    if name == "genomics":
        forms.append(Format.VCF)
    return Part(name, section_name(code), [(each.value, translate(FORMS[each])) for each in forms])


# WHAT WAS DELIVERED


@pages.post("/library/{license_}/open", Role.LICENSEE, again=license_page)
def open_part(visit: Visit, license_: str) -> Answer:
    """A part as a file. It is written down who opened it, so this is an act."""
    found, form = own_license(visit, license_), visit.form
    section = form.choice("section", [SECTIONS[code] for code in codes(found.mask)])
    wanted = form.choice("form", [value for value, _ in _part(_code(section)).forms])
    form.check()
    resources = _resources(_opened(visit, found, section))
    raw = written(resources, section, Format(wanted))
    return Download(f"{section}.{wanted}", raw)


def _code(section: str) -> int:
    return next((code for code, name in SECTIONS.items() if name == section), 0) or 15


def _opened(visit: Visit, found: KnownLicense, section: str) -> Opened:
    wish = Wish(record_text(found.record), section, visit.who.party, found.id)
    return open_wished(visit.node, visit.home, wish, step=lambda _: None)


def _resources(opened: Opened) -> dict[str, bytes]:
    return {name: raw for unit in opened.units for name, raw in unit.resources.items()}


@pages.post("/library/{license_}/check", Role.LICENSEE, again=license_page)
def check(visit: Visit, license_: str) -> Answer:
    """Open a part only to say what of it was checked."""
    found, form = own_license(visit, license_), visit.form
    section = form.choice("section", [SECTIONS[code] for code in codes(found.mask)])
    form.check()
    opened = _opened(visit, found, section)
    return Page(
        "exchange/checked.html",
        {
            "license": license_,
            "section": section_name(_code(section)),
            "count": len(_resources(opened)),
            "version": opened.content.header.version,
            "missing": opened.missing,
            "liars": opened.liars,
            "at": visit.node.clock.now(),
        },
    )


# GOING ON


def _days(visit: Visit) -> int:
    days = visit.form.whole("days", least=1, most=MOST_DAYS)
    visit.form.check()
    return days


def _renewal(visit: Visit, found: KnownLicense, days: int) -> Review:
    quote = service.renewal_quoted(visit.node, found, days)
    said = translate(
        "{party} pays {price} now and may use {sections} until {end} instead of {before}.",
        party=visit.who.party,
        price=amount(quote.price),
        sections=section_list(found.mask),
        end=last_day(quote.end),
        before=last_day(found.end),
    )
    before = tuple(pair for pair in kept(visit.form) if pair[0] != "price")
    return Review(
        said,
        f"{LIBRARY}/{license_text(found.id)}/renew",
        translate("Sign and pay"),
        kept=(*before, ("price", str(quote.price))),
    )


@pages.post("/library/{license_}/renew", Role.LICENSEE, again=license_page, signs=True)
def renew(visit: Visit, license_: str) -> Answer:
    found, form = own_license(visit, license_), visit.form
    if step(form) == CHANGE:
        return license_page(visit, license_)
    days = _days(visit)
    if step(form) != SIGN:
        return _renewal(visit, found, days).page()
    most = form.whole("price", most=10**18)
    form.check()
    confirm(visit)
    renewed = service.renew(visit.node, found, days=days, by=buyer_of(visit), most=most)
    said = translate("The license goes on until {end}.", end=last_day(renewed.end))
    return Redirect(f"{LIBRARY}/{license_}", said=said)


@pages.get("/library/{license_}/cancel", Role.LICENSEE)
def canceling(visit: Visit, license_: str) -> Answer:
    found = own_license(visit, license_)
    said = translate(
        "{party} ends its license to use {sections}: the last day is {end}.",
        party=visit.who.party,
        sections=section_list(found.mask),
        end=last_day(service.cancel_quoted(visit.node, found)),
    )
    notes = (translate("What was paid ahead for later comes back. It cannot be undone."),)
    way = f"{LIBRARY}/{license_}/cancel"
    act = translate("Sign and cancel it")
    return Review(said, way, act, f"{LIBRARY}/{license_}", notes=notes, is_danger=True).page()


@pages.post("/library/{license_}/cancel", Role.LICENSEE, again=canceling, signs=True)
def cancel(visit: Visit, license_: str) -> Answer:
    found = own_license(visit, license_)
    confirm(visit)
    canceled = service.cancel(visit.node, found, by=buyer_of(visit).key)
    said = translate(
        "It ends on {end}. {refund} can be taken out under Money.",
        end=last_day(canceled.end),
        refund=amount(canceled.refunded - found.refunded),
    )
    return Redirect(f"{LIBRARY}/{license_}", said=said)


@pages.card(Role.LICENSEE, order=10)
def ending_soon(visit: Visit) -> Card | None:
    """Licenses that run, and those that end soon."""
    now, buyer = seconds(visit.node.clock.now()), buyer_of(visit)
    with visit.node.reading() as session:
        live = [
            each
            for each in licenses(session, licensee=buyer.account)
            if each.word(now) is LicenseWord.LIVE
        ]
    soon = [
        (license_text(each.id), section_list(each.mask), moment(each.end - 1))
        for each in live
        if has_term(each.kind) and each.end - now < SOON
    ]
    return Card("exchange/ending_soon.html", {"count": len(live), "soon": soon})
