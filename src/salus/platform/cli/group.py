"""A root command whose verbs are loaded when they are asked for."""

from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from salus.platform.capability import load
from salus.platform.cli.verbs import Verb, verbs
from salus.platform.i18n import translate


def lazy_group(doors: Sequence[str]) -> type[TyperGroup]:
    """A group of every verb behind the doors; a verb's door is opened to run it."""
    known: dict[str, Verb] = {verb.name: verb for door in doors for verb in verbs(door)}

    class Root(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
            return list(known)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            if cmd_name not in known:
                return None
            behind: Any = typer.main.get_command(load(known[cmd_name].door))
            return behind.commands.get(cmd_name)

        def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
            rows = [(verb.name, translate(verb.help)) for verb in known.values()]
            if rows:
                with formatter.section(translate("Commands")):
                    formatter.write_dl(rows)

    return Root
