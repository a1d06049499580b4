"""Terms under which orders are accepted while the patient is away; he signs them once."""

from datetime import timedelta

from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds
from salus.platform.i18n import translate
from salus.platform.web.portal import Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.web.portal.rendering import day
from salus.rights.consent.licensing.model import NO_USE, OFF, Use, section_codes
from salus.rights.consent.licensing.reading import known_policy, standing_terms
from salus.rights.consent.licensing.service import set_standing
from salus.rights.consent.licensing.standing import MOST_ORDERS, Standing, standing_of
from salus.rights.consent.licensing.wording import use_name, use_names
from salus.rights.consent.pages.mine import Mine, one_of
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
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS
from salus.rights.revenue.currency import shown
from salus.rights.revenue.naming import amount, currency, typed_amount

pages = Pages("revenue")
LONGEST = timedelta(days=365)


@pages.get("/earn/standing/{record}", Role.PATIENT)
def standing(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
        allowed, _ = known_policy(session, of.record)
        known = _known(session, of)
    if lacks_password_only(visit.form):
        return once_more(visit.form, lambda: _review(visit, of, _typed(visit, of)))
    return Page(
        "revenue/standing.html",
        {
            "record": record,
            "currency": currency(),
            "said": _sentence(known) if known else "",
            "sections": [(SECTIONS[code], section_name(code)) for code in allowed.sections],
            "uses": [(use.name, use_name(use)) for use in Use if use in allowed.uses],
            "usual_uses": [use.name for use in Use if use in allowed.uses and use not in OFF],
            "least": shown(known.least_price) if known else "",
            "most": known.most_orders if known else 2,
            "usual": (visit.node.clock.now() + timedelta(days=180)).date().isoformat(),
        },
    )


def _known(session: Session, of: Mine) -> Standing | None:
    found = standing_terms(session, of.record)
    return standing_of(found[0]) if found else None


def _typed(visit: Visit, of: Mine) -> Standing:
    """What was chosen. Raises FormInvalid."""
    form = visit.form
    with visit.node.reading() as session:
        allowed, _ = known_policy(session, of.record)
    names = form.choices("sections", [SECTIONS[code] for code in allowed.sections])
    uses = form.choices("uses", [str(use.name) for use in Use if use in allowed.uses])
    least = typed_amount(form, "least")
    most = form.whole("most", least=1, most=MOST_ORDERS)
    until = form.day("until", after=visit.node.clock.now(), within=LONGEST)
    form.check()
    mask = sum(1 << code for code in section_codes(names))
    return Standing(of.record, mask, int(_uses(uses)), least, most, seconds(until))


def _uses(names: list[str]) -> Use:
    found = NO_USE
    for name in names:
        found |= Use[name]
    return found


def _sentence(terms: Standing) -> str:
    codes = [code for code in SECTIONS if terms.mask >> code & 1]
    return translate(
        "While I am away, orders for {sections} may be accepted for me when they pay {least} or"
        " more, for {uses}, at most {count} within 30 days, until {until}.",
        sections=", ".join(section_name(code) for code in codes),
        least=amount(terms.least_price),
        uses=", ".join(use_names(Use(terms.uses))),
        count=terms.most_orders,
        until=day(moment(terms.until)),
    )


def _review(visit: Visit, of: Mine, terms: Standing) -> Review:
    return Review(
        _sentence(terms),
        f"{ROOT}/earn/standing/{of.text}",
        translate("Sign"),
        notes=(
            translate(
                "You can change or end this at any time; what was delivered stays delivered."
            ),
        ),
        kept=kept(visit.form),
    )


@pages.post("/earn/standing/{record}", Role.PATIENT, again=standing, signs=True)
def set_terms(visit: Visit, record: str) -> Answer:
    if step(visit.form) == CHANGE:
        return standing(visit, record)
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    terms = _typed(visit, of)
    if step(visit.form) != SIGN:
        return _review(visit, of, terms).page()
    confirm(visit)
    set_standing(visit.node, record=of.record, terms=terms.document(), by=of.key)
    said = translate("Signed: {said}", said=_sentence(terms))
    return Redirect(f"{ROOT}/earn/standing/{record}", said=said)


@pages.post("/earn/standing/{record}/end", Role.PATIENT, signs=True)
def end(visit: Visit, record: str) -> Answer:
    with visit.node.reading() as session:
        of = one_of(visit, session, record)
    set_standing(visit.node, record=of.record, terms=None, by=of.key)
    said = translate("Nothing is accepted for you any more while you are away.")
    return Redirect(f"{ROOT}/earn/standing/{record}", said=said)
