"""A group of commands of which one goes without its name."""

from typing import Any

from typer.core import TyperGroup


def falling_back_to(name: str) -> type[TyperGroup]:
    """A group that takes `salus group RECORD` as `salus group NAME RECORD`."""

    class Group(TyperGroup):
        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
            if args and args[0] not in self.commands and not args[0].startswith("-"):
                args = [name, *args]
            return super().resolve_command(ctx, args)

    return Group
