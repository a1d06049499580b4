"""The administrator of an organization: who may sign in for it, as what, and its keys."""

from collections.abc import Callable
from dataclasses import dataclass

from salus.kernel.encoding import to_hex
from salus.kernel.hpke import key_hash
from salus.platform.i18n import translate
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.platform.work import Work
from salus.rights.identity.accounts import administration, changes, service
from salus.rights.identity.accounts.errors import NameTaken, UnknownAccount
from salus.rights.identity.accounts.pages import confirm
from salus.rights.identity.accounts.tables import AccountRow
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.wording import duty

ORGANIZATION = f"{ROOT}/admin/organization"
pages = Pages(
    "identity",
    nav=(
        Nav(Role.ADMINISTRATOR, "Home", f"{ROOT}/home", 0),
        Nav(Role.ADMINISTRATOR, "People", ORGANIZATION, 10),
    ),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in for the organization."""

    account: str
    name: str
    roles: tuple[str, ...]
    is_suspended: bool
    has_authenticator: bool
    must_change: bool


def _party(visit: Visit) -> Party:
    """Raises UnknownParty."""
    return of_home(visit.home).party(visit.who.party)


def _account(row: AccountRow) -> Account:
    return Account(
        row.account,
        row.shown,
        tuple(translate(each) for each in service.roles_of(row)),
        administration.is_suspended(row),
        bool(row.totp),
        row.must_change,
    )


@pages.get("/admin/organization", Role.ADMINISTRATOR)
def organization(visit: Visit) -> Answer:
    party = _party(visit)
    with visit.node.reading() as session:
        people = [_account(row) for row in service.of_party(session, party.name)]
    return Page(
        "identity/organization.html",
        {
            "people": people,
            "offered": _offered(party),
            "duties": [translate(duty(each)) for each in Roles if each & party.roles],
            "signing": to_hex(party.address),
            "sealing": to_hex(key_hash(party.sealing.public())),
        },
    )


def _offered(party: Party, *held: Role) -> list[tuple[str, str]]:
    roles = dict.fromkeys((*administration.offered(party.roles), *held))
    return [(str(role), translate(role)) for role in roles]


@pages.post("/admin/organization", Role.ADMINISTRATOR, again=organization)
def add(visit: Visit) -> Answer:
    """An account with a first password, which is shown this once."""
    form, party = visit.form, _party(visit)
    name = form.text("name", longest=64)
    roles = form.choices("roles", [value for value, _ in _offered(party)])
    form.check()
    confirm(visit)
    try:
        first = service.add_staff(
            visit.node,
            name=name,
            roles=[Role(each) for each in roles],
            party=party.name,
            language=visit.language,
            by=visit.account,
        )
    except NameTaken as error:
        form.blame("name", error)
        raise
    return Page("identity/first_password.html", {"name": name, "password": first})


# ONE ACCOUNT


@pages.get("/admin/organization/{account}", Role.ADMINISTRATOR)
def one(visit: Visit, account: str) -> Answer:
    row = _found(visit, account)
    held = service.roles_of(row)
    with visit.node.reading() as session:
        done = changes.changes(session, account)
    return Page(
        "identity/account.html",
        {
            "each": _account(row),
            "offered": _offered(_party(visit), *held),
            "held": [str(role) for role in held],
            "is_own": account == visit.account,
            "changes": [(each.at, changes.said(each.what), each.by) for each in done],
        },
    )


def _found(visit: Visit, account: str) -> AccountRow:
    """Raises PageMissing, also for an account of another organization."""
    with visit.node.reading() as session:
        try:
            return administration.account_of(session, _party(visit).name, account)
        except UnknownAccount:
            raise PageMissing from None


@pages.post("/admin/organization/{account}", Role.ADMINISTRATOR, again=one)
def change(visit: Visit, account: str) -> Answer:
    row, party = _found(visit, account), _party(visit)
    allowed = [value for value, _ in _offered(party, *service.roles_of(row))]
    roles = visit.form.choices("roles", allowed)
    visit.form.check()
    confirm(visit)
    with visit.node.sessions() as session, session.begin():
        work = Work(visit.node, session)
        kept = [Role(each) for each in roles]
        administration.set_roles(work, party.name, account, kept, by=visit.account)
    return Redirect(_after(visit, account), said=translate("The roles are changed."))


@pages.post("/admin/organization/{account}/suspend", Role.ADMINISTRATOR, again=one)
def suspend(visit: Visit, account: str) -> Answer:
    said = translate("The account is suspended, and signed out everywhere.")
    return _done(visit, account, administration.suspend, said)


@pages.post("/admin/organization/{account}/reinstate", Role.ADMINISTRATOR, again=one)
def reinstate(visit: Visit, account: str) -> Answer:
    said = translate("The account is open again.")
    return _done(visit, account, administration.reinstate, said)


@pages.post("/admin/organization/{account}/authenticator", Role.ADMINISTRATOR, again=one)
def take_authenticator(visit: Visit, account: str) -> Answer:
    said = translate("The authenticator is taken off. A new one is set up at the next sign-in.")
    return _done(visit, account, administration.take_authenticator, said)


def _done(visit: Visit, account: str, act: Callable[..., None], said: str) -> Answer:
    """One act of an administrator on an account of the own organization."""
    _found(visit, account)
    confirm(visit)
    with visit.node.sessions() as session, session.begin():
        act(Work(visit.node, session), _party(visit).name, account, by=visit.account)
    return Redirect(_after(visit, account), said=said)


def _after(visit: Visit, account: str) -> str:
    """Who changed the own account may not be an administrator any more."""
    return f"{ROOT}/home" if account == visit.account else f"{ORGANIZATION}/{account}"


@pages.card(Role.ADMINISTRATOR, order=10)
def people(visit: Visit) -> Card | None:
    """How many may sign in, and who has no authenticator yet."""
    with visit.node.reading() as session:
        rows = service.of_party(session, visit.who.party)
    open_ = [row for row in rows if not administration.is_suspended(row)]
    bare = [row.shown for row in open_ if not row.totp]
    return Card("identity/people_here.html", {"count": len(open_), "bare": bare})
