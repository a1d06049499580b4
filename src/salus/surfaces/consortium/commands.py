"""The programs of a consortium: which ones stay, and the home each works in."""

from collections.abc import Sequence

from salus.rights.custody.consortium.model import LEDGER
from salus.rights.identity.charter import Charter
from salus.rights.identity.model import Roles


def staying(charter: Charter, ledger_port: int) -> dict[str, Sequence[str]]:
    """The command that each home runs until it is stopped, the ledger's first."""
    commands: dict[str, Sequence[str]] = {
        LEDGER: ("ledger", "serve", "--port", str(ledger_port)),
    }
    for seat in charter.seats:
        commands[seat.name] = _of(seat.name, Roles(seat.roles))
    return commands


def _of(name: str, roles: Roles) -> Sequence[str]:
    if roles & Roles.GATEWAY:
        return ("gateway",)
    if roles & Roles.CUSTODIAN:
        return ("custodian", name)
    return ("witness", name)
