"""`salus custody rotate` and `salus custody sweep`."""

from typing import Annotated

import typer

from salus.platform.cli import Console
from salus.platform.node import open_node
from salus.platform.settings import read
from salus.rights.custody.erasure.jobs import sweep_home
from salus.rights.custody.erasure.rotating import rotate_home
from salus.rights.custody.group import custody
from salus.rights.custody.settings import CustodySettings


@custody.command()
def rotate(
    console: Console,
    *,
    now: Annotated[bool, typer.Option("--now", help="Also keys that are not old yet.")] = False,
) -> None:
    """Replace the storage keys of this home, so that old copies and backups open nothing.

    Example: `salus custody rotate --now`
    """
    days = 0 if now else read(CustodySettings).storage_key_days
    with open_node(console.home) as node:
        done = rotate_home(node, console.home, days=days)
    console.answer(
        {name: {"rotated": each.is_new, "generation": each.generation} for name, each in done}
    )
    for name, each in done:
        if each.is_new:
            console.say(
                "{name} has a new storage key; the old one is destroyed. It is number"
                " {generation}.",
                name=name,
                generation=each.generation,
            )
        else:
            console.say(
                "The storage key of {name} is younger than {days} days.", name=name, days=days
            )


@custody.command()
def sweep(console: Console) -> None:
    """Take back what imports that died left, and erase what a restored backup brought back.

    It is also done by itself, an hour after each import.

    Example: `salus custody sweep`
    """
    with open_node(console.home) as node:
        done = sweep_home(node)
    console.answer({"objects": done})
    console.say("{count} objects that belonged to nothing were taken back.", count=done)
