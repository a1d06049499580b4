"""`salus account`."""

from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.web.portal import Role
from salus.platform.work import Work
from salus.rights.identity.accounts import service
from salus.rights.identity.keyring import of_home

app, account = Commands(), Commands()
app.add_typer(account, name="account", help="Who may sign in to the portal for an organization.")
_Name = Annotated[str, typer.Argument(help="The name to sign in with.")]
_Roles = Annotated[
    str,
    typer.Option(
        "--roles",
        help="Separated by commas: clinician, desk, privacy, administrator, licensee, lender,"
        " regulator, operator.",
    ),
]
_Party = Annotated[str, typer.Option("--for", help="The organization, by its name here.")]


@account.command()
def add(console: Console, name: _Name, *, roles: _Roles, party: _Party) -> None:
    """Make an account for somebody of an organization of this home.

    The first password is shown once and must be changed at the first sign-in.

    Example: salus account add "Li Wei" --roles clinician --for hospital
    """
    of_home(console.home).party(party)
    with open_node(console.home) as node:
        first = service.add_staff(node, name=name, roles=_roles(roles), party=party)
    console.answer({"name": name, "party": party, "password": first})
    console.say("{name} may sign in for {party}.", name=name, party=party)
    console.say("First password, shown once: {password}", password=first)


@account.command()
def roles(console: Console, name: _Name, *, roles: _Roles) -> None:
    """Change the roles of an account.

    Example: salus account roles "Li Wei" --roles clinician,privacy
    """
    with open_node(console.home) as node, node.sessions() as session, session.begin():
        service.set_roles(Work(node, session), name, _roles(roles))
    console.answer({"name": name, "roles": roles})
    console.say("{name} has these roles now: {roles}.", name=name, roles=roles)


@account.command()
def authenticator(console: Console, name: _Name) -> None:
    """Take a lost authenticator off an account, and sign it out everywhere.

    Make sure in person that it is the one who owns the account. Staff sets another one up at the
    next sign-in, before anything else.

    Example: salus account authenticator "Li Wei"
    """
    with open_node(console.home) as node, node.sessions() as session, session.begin():
        service.lose_authenticator(Work(node, session), name)
    console.answer({"name": name})
    console.say("{name} signs in without an authenticator, and sets up another one.", name=name)


@account.command(name="list")
def list_(console: Console, *, party: _Party) -> None:
    """List who may sign in for an organization.

    Example: salus account list --for hospital
    """
    with open_node(console.home) as node, node.reading() as session:
        rows = [(row.shown, row.roles) for row in service.of_party(session, party)]
    console.answer([{"name": name, "roles": roles.split()} for name, roles in rows])
    if not rows:
        console.say("Nobody yet.")
        return
    console.table(("name", "roles"), rows)


def _roles(text: str) -> list[Role]:
    known = [str(role) for role in Role if role is not Role.PATIENT]
    found = [each.strip() for each in text.split(",") if each.strip()]
    for each in found:
        if each not in known:
            raise typer.BadParameter(", ".join(known))
    if not found:
        raise typer.BadParameter(", ".join(known))
    return [Role(each) for each in found]
