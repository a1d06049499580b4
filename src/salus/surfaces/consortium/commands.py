"""The programs of a consortium that stay, each in the home of its name."""

from collections.abc import Sequence

from salus.rights.custody.consortium.model import LEDGER
from salus.rights.identity.charter import Charter
from salus.rights.identity.model import Roles


def staying(charter: Charter) -> dict[str, Sequence[str]]:
    """The command that each home runs until it is stopped, the ledger's first."""
    seats = {seat.name: _of(seat.name, Roles(seat.roles)) for seat in charter.seats}
    return {LEDGER: ("ledger", "serve"), **seats}


def _of(name: str, roles: Roles) -> Sequence[str]:
    if roles & Roles.GATEWAY:
        return ("gateway",)
    if roles & Roles.CUSTODIAN:
        return ("custodian", name)
    return ("witness", name)
