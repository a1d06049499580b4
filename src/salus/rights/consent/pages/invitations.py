"""A patient brings the invitation of a hospital, and takes the control of his records."""

from salus.kernel.clock import seconds
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, FormInvalid, Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.consent.authority import claiming
from salus.rights.consent.pages.mine import mine
from salus.rights.identity.accounts.errors import InvitationUnknown
from salus.rights.identity.accounts.wallet import Wallet

pages = Pages("consent")


@pages.get("/invitation", Role.PATIENT)
def invitation(visit: Visit) -> Answer:
    return Page("consent/invitation.html")


@pages.post("/invitation", Role.PATIENT, again=invitation, signs=True)
def accept(visit: Visit) -> Answer:
    form = visit.form
    code = form.text("code", longest=64)
    form.check()
    with visit.node.reading() as session:
        if not claiming.is_good(session, code, seconds(visit.node.clock.now())):
            form.blame("code", InvitationUnknown())
            raise FormInvalid
    with visit.node.sessions() as session, session.begin():
        claiming.accept(Work(visit.node, session), code, visit.account)
    count = claiming.take_over(visit.node, visit.account, Wallet(visit.root))
    if count == 0:
        said = translate(
            "The hospital is still bringing your record to the ledger. You control it as soon as it"
            " is there; open your first page in a minute."
        )
    elif count == 1:
        said = translate("You control your record now. Nobody else can decide for you.")
    else:
        said = translate(
            "You control {count} records now. Nobody else can decide for you.", count=count
        )
    return Redirect(f"{ROOT}/record", said=said)


@pages.card(Role.PATIENT, order=10)
def nothing_yet(visit: Visit) -> Card | None:
    """How to bring records in, for somebody who has none."""
    if claiming.take_over(visit.node, visit.account, Wallet(visit.root)):
        visit.ask_again()
    with visit.node.reading() as session:
        if mine(visit, session):
            return None
    return Card("consent/nothing_yet.html", urgent=True)
