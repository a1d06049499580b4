"""`salus money`: settlement tokens are issued, allowed to be pulled, and given back."""

from typing import Annotated

import typer

from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Work
from salus.rights.consent.authority.cli.people import address_of
from salus.rights.identity.keyring import of_home
from salus.rights.revenue import service
from salus.rights.revenue.cli.words import Amount, Name
from salus.rights.revenue.currency import parse_amount, shown

app = Commands()
money = Commands(help="Settlement tokens: claims on deposits that the platform keeps.")
app.add_typer(money, name="money", help="Settlement tokens: claims on deposits at the platform.")

_Issuer = Annotated[str, typer.Option("--as", help="Who signs: the platform.")]


@money.command()
def issue(
    console: Console,
    amount: Amount,
    *,
    to: Annotated[str, typer.Option(help="A name or an address.")],
    name: _Issuer = "platform",
) -> None:
    """Issue money against a deposit that the platform has received.

    Example: salus money issue 5000 --to research
    """
    units = parse_amount(amount)
    issuer = of_home(console.home).party(name)
    with open_node(console.home) as node:
        with node.sessions() as session, session.begin():
            receiver = address_of(session, console.home, to)
            service.keep_settling(Work(node, session))
        service.issue(node, to=receiver, amount=units, by=issuer.signing)
    console.answer({"to": to_hex(receiver), "units": units})
    console.say("{amount} was issued to {to}.", amount=shown(units), to=to)


@money.command()
def allow(console: Console, amount: Amount, *, name: Name = "research") -> None:
    """Let the router pull money for what its holder buys, up to an amount.

    It takes the place of what was allowed before.

    Example: salus money allow 500 --as research
    """
    units = parse_amount(amount)
    holder = of_home(console.home).party(name)
    with open_node(console.home) as node:
        service.allow(node, units, by=holder.signing)
    console.answer({"account": to_hex(holder.address), "units": units})
    console.say("Up to {amount} may be pulled from {name}.", amount=shown(units), name=name)


@money.command()
def redeem(console: Console, amount: Amount, *, name: Name = "hospital") -> None:
    """Give money back to the platform, which then pays the deposit out.

    Example: salus money redeem 120.50 --as hospital
    """
    units = parse_amount(amount)
    holder = of_home(console.home).party(name)
    with open_node(console.home) as node:
        service.redeem(node, units, by=holder.signing)
    console.answer({"account": to_hex(holder.address), "units": units})
    console.say("{amount} was given back by {name}.", amount=shown(units), name=name)


@money.command()
def block(
    console: Console,
    account: Annotated[str, typer.Argument(help="A name or an address.")],
    *,
    name: _Issuer = "platform",
) -> None:
    """Stop an account from sending and receiving money, as the platform; what it is owed stays.

    Nobody else is stopped: income is divided, and whoever is not blocked takes out his part.

    Example: salus money block acme
    """
    _set_blocked(console, account, name, is_blocked=True)
    console.say("{account} can neither send nor receive money now.", account=account)


@money.command()
def unblock(
    console: Console,
    account: Annotated[str, typer.Argument(help="A name or an address.")],
    *,
    name: _Issuer = "platform",
) -> None:
    """Let an account send and receive money again, as the platform.

    Example: salus money unblock acme
    """
    _set_blocked(console, account, name, is_blocked=False)
    console.say("{account} can send and receive money again.", account=account)


def _set_blocked(console: Console, account: str, name: str, *, is_blocked: bool) -> None:
    issuer = of_home(console.home).party(name)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = address_of(session, console.home, account)
        service.set_blocked(node, found, is_blocked=is_blocked, by=issuer.signing)
    console.answer({"account": to_hex(found), "blocked": is_blocked})
