"""How a licensee gives a part of a license on, to another organization."""

from dataclasses import dataclass

from salus.platform.i18n import translate
from salus.platform.web.portal import Page, Pages, Redirect, Role, Visit
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
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Member, Roles
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.naming import amount
from salus.services.exchange import service
from salus.services.exchange.model import Kind, Quote, codes
from salus.services.exchange.pages.words import buyer_of, last_day, own_license, section_list
from salus.services.exchange.reading import KnownLicense
from salus.services.exchange.service import Choice

pages = Pages("exchange")
LIBRARY = f"{ROOT}/library"
CODES = {name: code for code, name in SECTIONS.items()}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is given on, to whom, and what it costs now."""

    parent: KnownLicense
    to: Member
    choice: Choice
    quote: Quote


@pages.get("/library/{license_}/give", Role.LICENSEE)
def giving(visit: Visit, license_: str) -> Answer:
    """Raises Ended and TooDeep, where the offer does not let it be given on."""
    found = own_license(visit, license_)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, _typed(visit, found)))
    offer, _ = service.given_under(visit.node, found)
    return Page(
        "exchange/give.html",
        {
            "license": license_,
            "what": section_list(found.mask),
            "use": use_name(found.use),
            "end": "" if found.kind is Kind.PERPETUAL else last_day(found.end),
            "others": [(each.name, each.name) for each in _others(visit)],
            "sections": [(SECTIONS[code], section_name(code)) for code in codes(found.mask)],
            "most": offer.max_days,
        },
    )


def _others(visit: Visit) -> list[Member]:
    """Organizations that may have licenses, without the visitor's own."""
    members = of_home(visit.home).members()
    own = visit.who.party
    return [each for each in members if each.roles & Roles.LICENSEE and each.name != own]


def _typed(visit: Visit, found: KnownLicense) -> _Asked:
    """What was chosen, with its price of now. Raises FormInvalid and what the verb raises."""
    form, others = visit.form, {each.name: each for each in _others(visit)}
    offer, _ = service.given_under(visit.node, found)
    to = form.choice("to", list(others))
    names = form.choices("sections", [SECTIONS[code] for code in codes(found.mask)])
    days = form.whole("days", least=1, most=offer.max_days)
    form.check()
    choice = Choice(sum(1 << CODES[name] for name in names), days, found.use)
    buyer, licensee = buyer_of(visit).account, others[to].address
    quote = service.giving_quoted(visit.node, found, licensee, choice, by=buyer)
    return _Asked(found, others[to], choice, quote)


def _review(visit: Visit, asked: _Asked) -> Review:
    before = tuple(pair for pair in kept(visit.form) if pair[0] != "price")
    notes = (
        translate("It ends when your own license ends, whoever ends that."),
        translate(
            "The patient may close a part or end the license at any time. What was paid ahead"
            " and not earned then comes back."
        ),
        translate("{to} is bound by the same agreement as you.", to=asked.to.name),
    )
    return Review(
        _sentence(visit, asked),
        f"{LIBRARY}/{license_text(asked.parent.id)}/give",
        translate("Sign and pay"),
        facts=((translate("Price"), amount(asked.quote.price)),),
        notes=notes,
        kept=(*before, ("price", str(asked.quote.price))),
    )


def _sentence(visit: Visit, asked: _Asked) -> str:
    return translate(
        "{party} pays {price} now, and {to} may use {sections} for {use} until {end}.",
        party=visit.who.party,
        price=amount(asked.quote.price),
        to=asked.to.name,
        sections=section_list(asked.choice.mask),
        use=use_name(asked.choice.use),
        end=last_day(asked.quote.end),
    )


@pages.post("/library/{license_}/give", Role.LICENSEE, again=giving, signs=True)
def give(visit: Visit, license_: str) -> Answer:
    found, form = own_license(visit, license_), visit.form
    if step(form) == CHANGE:
        return giving(visit, license_)
    asked = _typed(visit, found)
    if step(form) != SIGN:
        return _review(visit, asked).page()
    most = form.whole("price", most=10**18)
    form.check()
    confirm(visit)
    service.give_on(
        visit.node,
        found,
        licensee=asked.to.address,
        mask=asked.choice.mask,
        days=asked.choice.days,
        by=buyer_of(visit),
        most=most,
    )
    return Redirect(f"{LIBRARY}/{license_}", said=_sentence(visit, asked))
