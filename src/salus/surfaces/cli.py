"""`salus`: the commands of all capabilities and surfaces on one root. No rule lives here."""

import sys
from collections.abc import Sequence
from contextlib import suppress

from salus.platform.capability import discover
from salus.platform.cli import Commands, lazy_group
from salus.platform.errors import UnknownLanguage
from salus.platform.i18n import choose

SURFACES: tuple[str, ...] = (
    "salus.surfaces.node:app",
    "salus.surfaces.vault:app",
    "salus.surfaces.backup:app",
    "salus.surfaces.home:app",
    "salus.surfaces.demo.cli:app",
    "salus.surfaces.consortium.cli:app",
    "salus.surfaces.network.cli:app",
    "salus.surfaces.server.cli:app",
    "salus.surfaces.server.seed.cli:app",
    "salus.surfaces.validator.cli:app",
)
"""Import strings of the commands that belong to the node as a whole."""


def main() -> None:
    """The entry point. Help is written when commands load, so the language comes first."""
    with suppress(UnknownLanguage):  # the command that was asked for says so
        choose(_language(sys.argv))
    root()()


def root() -> Commands:
    """Every command there is."""
    doors = [*SURFACES, *(door for each in discover() for door in each.commands())]
    return Commands(
        cls=lazy_group(doors),
        help="Own, share and earn from health data, on a ledger the parties share.",
    )


def _language(arguments: Sequence[str]) -> str:
    for given, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if given == "--language":
            return following
        if given.startswith("--language="):
            return given.partition("=")[2]
    return ""
