"""`/app/settings/tokens`: letting programs act, and stopping them."""

from salus.platform.i18n import translate
from salus.platform.web.portal import Page, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.tokens import service
from salus.rights.identity.tokens.service import Scope

pages = Pages("identity")
HERE = f"{ROOT}/settings/tokens"
ROLES = (Role.PATIENT, Role.LICENSEE)


@pages.get("/settings/tokens", *ROLES)
def tokens(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        found = service.tokens(session, visit.account)
    return Page(
        "identity/tokens.html",
        {"tokens": found, "scopes": _scopes(visit), "words": dict(_scopes(visit))},
    )


def _scopes(visit: Visit) -> list[tuple[str, str]]:
    signs = {
        Role.PATIENT: translate("Sign for me: share, and end shares"),
        Role.LICENSEE: translate("Sign and pay for my organization: buy licenses"),
    }
    return [(Scope.READ, translate("Read what I can read")), (Scope.SIGN, signs[visit.who.role])]


@pages.post("/settings/tokens", *ROLES, again=tokens)
def make(visit: Visit) -> Answer:
    form = visit.form
    name = form.text("name", longest=40)
    scopes = form.choices("scopes", [str(each) for each in Scope])
    days = form.whole("days", least=1, most=service.LONGEST.days)
    form.check()
    confirm(visit)
    with visit.node.sessions() as session, session.begin():
        token = service.make(
            Work(visit.node, session),
            account=visit.account,
            role=visit.who.role,
            name=name,
            scopes=[Scope(each) for each in scopes],
            days=days,
            root=visit.root,
        )
    return Page("identity/token.html", {"token": token})


@pages.post("/settings/tokens/{id_}/revoke", *ROLES)
def revoke(visit: Visit, id_: str) -> Answer:
    with visit.node.sessions() as session, session.begin():
        service.revoke(session, visit.account, id_)
    return Redirect(HERE, said=translate("It opens nothing any more."))
