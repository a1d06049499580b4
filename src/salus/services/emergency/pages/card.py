"""A clinician reads the card of a patient. Nothing here asks the ledger: it works without one."""

from salus.platform.web.portal import Form, FormInvalid, Page, Pages, Role, Visit
from salus.platform.web.portal.pages import Answer
from salus.platform.work import Work
from salus.rights.identity.keyring import of_home
from salus.services.emergency import card as cards
from salus.services.emergency.card import Card
from salus.services.emergency.errors import (
    CardDamaged,
    CardNotTrusted,
    CardOutdated,
    CodeWrong,
    NotACard,
    PartMissing,
    TwoCards,
)
from salus.services.emergency.jobs import tell_later
from salus.services.emergency.printing import trust_here
from salus.services.emergency.wording import kind_words

pages = Pages("emergency")
LONGEST = cards.MOST_PARTS * 600  # characters of all codes
_OF_CODES = (NotACard, TwoCards, PartMissing, CardDamaged, CardNotTrusted)


@pages.get("/clinic/card", Role.CLINICIAN)
def scan(visit: Visit) -> Answer:
    asks = "outdated" in visit.form.faults or visit.form.ticked("outdated", "yes")
    return Page("emergency/scan.html", {"asks_whether_old": asks})


@pages.post("/clinic/card", Role.CLINICIAN, again=scan)
def read(visit: Visit) -> Answer:
    """What stands on it, in this one answer; its patient is told once the ledger answers."""
    ring = of_home(visit.home)
    reader = ring.party(visit.who.party)
    card = _read(visit)
    with visit.node.sessions() as session, session.begin():
        tell_later(Work(visit.node, session), card, reader)
    shown = {
        "lines": [(kind_words(line.kind), line.text) for line in card.lines],
        "source": ring.name_of(card.source),
        "issued": card.issued,
        "until": card.until,
        "is_old": visit.node.clock.now() >= card.until,
    }
    return Page("emergency/card_read.html", shown)


def _read(visit: Visit) -> Card:
    """Raises FormInvalid, with what is wrong beside the field."""
    form = visit.form
    texts, code = _typed(form)
    trust = trust_here(visit.node, of_home(visit.home).members())
    is_old = form.ticked("outdated", "yes")
    try:
        card, signature = cards.opened(cards.joined(texts), code)
        cards.check(card, signature, trust, visit.node.clock.now(), outdated=is_old)
    except _OF_CODES as error:
        form.blame("codes", error)
    except CodeWrong as error:
        form.blame("code", error)
    except CardOutdated as error:
        form.blame("outdated", error)
    else:
        return card
    raise FormInvalid


def _typed(form: Form) -> tuple[list[str], str]:
    """The texts of the large codes, and that of the strip, which may be scanned among them."""
    lines = form.text("codes", longest=LONGEST).split()
    code = form.text("code", required=False, longest=40)
    form.check()
    strips = [line for line in lines if cards.is_code(line)]
    return [line for line in lines if line not in strips], code or next(iter(strips), "")
