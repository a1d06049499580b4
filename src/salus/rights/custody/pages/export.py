"""Taking the whole record along: made while one waits, fetched within an hour."""

from salus.platform.i18n import translate
from salus.platform.web.portal import Download, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.pages.mine import mine
from salus.rights.custody.exporting import service
from salus.rights.custody.exporting.service import Asked
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.wallet import Wallet

pages = Pages("custody")
LINK = ("0123456789abcdef", 32)  # the letters of an id, and how many


@pages.get("/export", Role.PATIENT)
def export(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = mine(visit, session)
        found = service.exports(session, visit.account, visit.node.clock.now())
    running = any(each.until is None and not each.error for each in found)
    return Page(
        "custody/export.html",
        {"exports": found, "is_running": running, "has_record": bool(records)},
    )


@pages.post("/export", Role.PATIENT, again=export)
def begin(visit: Visit) -> Answer:
    confirm(visit)
    with visit.node.reading() as session:
        records = [each.record for each in mine(visit, session)]
    if not records:
        raise PageMissing
    asked = Asked(visit.account, visit.who.name, Wallet(visit.root), visit.language)
    service.start(visit.node, visit.home, asked, records)
    return Redirect(f"{ROOT}/export", said=translate("It is being made. This may take a while."))


@pages.get("/export/{made}", Role.PATIENT)
def fetch(visit: Visit, made: str) -> Answer:
    content = service.fetch(visit.node, visit.home, _id(made), visit.account, Wallet(visit.root))
    return Download("record.zip", content, "application/zip")


@pages.post("/export/{made}/drop", Role.PATIENT)
def drop(visit: Visit, made: str) -> Answer:
    service.drop(visit.node, visit.home, _id(made), visit.account)
    return Redirect(f"{ROOT}/export", said=translate("The file is deleted."))


def _id(text: str) -> str:
    """Raises PageMissing."""
    if len(text) != LINK[1] or set(text) - set(LINK[0]):
        raise PageMissing
    return text
