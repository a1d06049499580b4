"""`salus vault status|scrub|repair`: where the bodies of this home lie, and if all are whole."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock, stamp
from salus.kernel.documents import members
from salus.kernel.encoding import to_hex
from salus.kernel.errors import SalusError
from salus.platform.cli import Commands, Console
from salus.platform.files import Home
from salus.platform.i18n import translate as _
from salus.platform.vault.opening import VAULT, open_stores
from salus.platform.vault.scrubbing import Progress, last
from salus.platform.vault.scrubbing import scrub as look_through
from salus.platform.vault.stores import Store

app, vault = Commands(), Commands()
app.add_typer(vault, name="vault", help="Where the bodies of this home lie.")
ANEW = Annotated[
    bool, typer.Option("--anew", help="Begin with the first body, not where the last one ended.")
]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One store: how many bodies it has, None when it does not answer."""

    name: str
    bodies: int | None


@vault.command()
def status(console: Console) -> None:
    """Say which stores answer, how many bodies each has, and what the last scrub found.

    Example: salus vault status
    """
    root = _root(console)
    stores = open_stores(root)
    seen = [_seen(store) for store in stores.stores]
    waiting, found = len(list(stores.deletions)), last(root)
    console.answer(
        {
            "copies": stores.copies,
            "stores": [{"name": each.name, "bodies": each.bodies} for each in seen],
            "waiting_deletions": waiting,
            "last": None if found is None else members(found),
        }
    )
    rows = [(each.name, _bodies(each)) for each in seen]
    console.table(("store", "bodies"), rows)
    console.say(
        "A body counts as kept when {copies} of {stores} stores have it.",
        copies=stores.copies,
        stores=len(seen),
    )
    if waiting:
        console.warn("{count} bodies have yet to be deleted from a store.", count=waiting)
    if found is not None:
        _say_when(console, found)
        _say_found(console, found)


def _seen(store: Store) -> _Seen:
    try:
        return _Seen(store.name, store.ask(lambda each: sum(1 for _name in each.names())))
    except SalusError:
        return _Seen(store.name, None)


def _bodies(seen: _Seen) -> str:
    return _("does not answer") if seen.bodies is None else str(seen.bodies)


@vault.command()
def scrub(console: Console, *, anew: ANEW = False) -> None:
    """Read every copy of every body and check its hash; it goes on where it was ended.

    It changes no copy, and ends with 1 when one is missing, damaged or out of reach.

    Example: salus vault scrub --json
    """
    _look(console, repairs=False, anew=anew)


@vault.command()
def repair(console: Console, *, anew: ANEW = False) -> None:
    """Scrub, and copy each body from a whole copy to where it is missing or damaged.

    It ends with 1 when a copy could not be made good.

    Example: salus vault repair
    """
    _look(console, repairs=True, anew=anew)


def _look(console: Console, *, repairs: bool, anew: bool) -> None:
    root = _root(console)
    stores = open_stores(root)
    doing = _("Mending copies") if repairs else _("Reading copies")
    with console.progress(doing, total=sum(1 for _name in stores.listed([]))) as step:
        found = look_through(stores, root, SystemClock(), repairs=repairs, anew=anew, step=step)
    console.answer(members(found))
    _say_found(console, found)
    if not found.is_whole():
        raise typer.Exit(1)


def _say_when(console: Console, found: Progress) -> None:
    if found.is_over:
        console.say("The last look at all copies ended at {time}.", time=stamp(found.seen))
    else:
        console.say("A look at all copies has come this far at {time}.", time=stamp(found.seen))


def _say_found(console: Console, found: Progress) -> None:
    if found.is_whole():
        console.say(
            "Every copy of {bodies} bodies is whole; {mended} were made good.",
            bodies=found.bodies,
            mended=found.mended,
        )
        return
    console.say("Of {bodies} bodies these copies were not whole:", bodies=found.bodies)
    console.table(
        ("missing", "damaged", "out of reach", "made good"),
        [(found.missing, found.damaged, found.unknown, found.mended)],
    )
    if found.away:
        console.warn("{count} stores do not answer; see `salus vault status`.", count=found.away)
    if found.thin:
        console.warn("{count} bodies have too few whole copies.", count=found.thin)
    if found.lost:
        console.warn("{count} bodies have no whole copy anywhere:", count=found.lost)
        console.table(("body",), [(to_hex(name),) for name in found.lost_names])


def _root(console: Console) -> Path:
    return Home.open(console.home).path / VAULT
