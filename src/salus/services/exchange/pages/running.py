"""Licenses of a patient's records: who may use what, until when, and how that is ended."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.clock import seconds
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.consent.licensing.wording import use_name
from salus.rights.consent.pages.mine import Mine, mine
from salus.rights.consent.pages.signing import Review
from salus.rights.identity.accounts.pages import confirm
from salus.rights.revenue.naming import amount
from salus.services.exchange import service
from salus.services.exchange.ledger import Hand
from salus.services.exchange.pages.words import (
    end_of,
    found_license,
    kind_word,
    name_of,
    prices_of,
    section_list,
    state_word,
    what_of,
)
from salus.services.exchange.reading import (
    KnownLicense,
    KnownOffer,
    LicenseWord,
    licenses,
    open_offers,
)

pages = Pages("exchange")
LICENSES = f"{ROOT}/earn/licenses"


@dataclass(frozen=True, slots=True)
class Running:
    """A license in words."""

    id: str
    who: str
    kind: str
    sections: str
    use: str
    end: str
    state: str
    paid: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer in words."""

    number: int
    what: str
    kind: str
    prices: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Licensed:
    """A record with its licenses and offers."""

    record: str
    patient: str
    running: list[Running]
    past: list[Running]
    offers: list[Asked]


@pages.get("/earn/licenses", Role.PATIENT)
def all_licenses(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = [_licensed(visit, session, of) for of in mine(visit, session)]
    return Page("exchange/licenses.html", {"records": found})


def _licensed(visit: Visit, session: Session, of: Mine) -> Licensed:
    now = seconds(visit.node.clock.now())
    every = [_running(visit, each, now) for each in licenses(session, record=of.record)]
    account = account_of(visit.node, of.record)
    offers = [
        asked(known)
        for known in open_offers(session, now, of.record)
        if known.offer.seller == account
    ]
    return Licensed(
        of.text,
        of.summary.patient,
        [each for each in every if each.is_live],
        [each for each in every if not each.is_live],
        offers,
    )


def _running(visit: Visit, each: KnownLicense, now: int) -> Running:
    return Running(
        license_text(each.id),
        name_of(visit, each.licensee),
        kind_word(each.kind),
        section_list(each.mask),
        use_name(each.use),
        end_of(each),
        state_word(each, now),
        amount(each.paid - each.refunded),
        each.word(now) is LicenseWord.LIVE,
    )


def asked(known: KnownOffer) -> Asked:
    own = known.offer
    return Asked(own.id, what_of(own), kind_word(own.kind), prices_of(own))


# THE END OF A LICENSE


def _mine(visit: Visit, text: str) -> tuple[Mine, KnownLicense]:
    """A license of a record of the visitor. Raises PageMissing, also for one of others."""
    with visit.node.reading() as session:
        found = found_license(session, text)
        for of in mine(visit, session):
            if of.record == found.record and not found.ended_at:
                return of, found
    raise PageMissing


@pages.get("/earn/licenses/{license_}/end", Role.PATIENT)
def ending(visit: Visit, license_: str) -> Answer:
    _, found = _mine(visit, license_)
    said = translate(
        "I end the license of {who} to use {sections} of my record, now.",
        who=name_of(visit, found.licensee),
        sections=section_list(found.mask),
    )
    notes = (
        translate("It cannot be brought back; a new one would have to be bought."),
        translate("What was paid ahead and not earned goes back to who paid. You earn less."),
        translate("What was read until now stays read."),
    )
    way = f"{LICENSES}/{license_}/end"
    act = translate("Sign and end it")
    return Review(said, way, act, LICENSES, notes=notes, is_danger=True).page()


@pages.post("/earn/licenses/{license_}/end", Role.PATIENT, again=ending, signs=True)
def end(visit: Visit, license_: str) -> Answer:
    of, found = _mine(visit, license_)
    confirm(visit)
    ended = service.revoke(visit.node, found, by=hand_of(visit, of))
    said = translate(
        "The license has ended. {refund} go back to who paid.",
        refund=amount(ended.refunded - found.refunded),
    )
    return Redirect(LICENSES, said=said)


def hand_of(visit: Visit, of: Mine) -> Hand:
    """The patient signs for the account of the record."""
    return Hand(of.key, account_of(visit.node, of.record))


@pages.card(Role.PATIENT, order=52)
def licensed_now(visit: Visit) -> Card | None:
    """Who reads by a license now."""
    now = seconds(visit.node.clock.now())
    with visit.node.reading() as session:
        live = [
            each
            for of in mine(visit, session)
            for each in licenses(session, record=of.record)
            if each.word(now) is LicenseWord.LIVE
        ]
    if not live:
        return None
    names = sorted({name_of(visit, each.licensee) for each in live})
    return Card("exchange/licensed_now.html", {"names": ", ".join(names)})
