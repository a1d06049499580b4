"""Money that the router may pull from whoever lends, pays or buys."""

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.revenue import ledger as money
from salus.rights.revenue.service import allow
from salus.services.lending.errors import MoneyMissing

_MOST = 2**256 - 1


def let_pull(node: Node, more: int, *, least: int | None = None, by: SigningKey) -> None:
    """Let the router pull `more` units than until now, for offers that were signed before hold too.

    The account needs all of it, or only `least`. Raises MoneyMissing.
    """
    needed, held = more if least is None else least, money.balance_of(node, by.address)
    if held < needed:
        raise MoneyMissing(needed=needed, account=by.address, held=held)
    if more:
        allow(node, min(money.allowance_of(node, by.address) + more, _MOST), by=by)


def check_payer(node: Node, account: Address, units: int) -> None:
    """Whether the router can pull so much from an account. Raises MoneyMissing."""
    can = min(money.balance_of(node, account), money.allowance_of(node, account))
    if can < units:
        raise MoneyMissing(needed=units, account=account, held=can)
