"""`salus backup`, `salus restore`, `salus drill restore`: copies of a home that runs."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock, monotonic
from salus.kernel.documents import parse
from salus.platform.backup.errors import OtherNetwork
from salus.platform.backup.model import Manifest
from salus.platform.backup.packing import back_up, keys_of
from salus.platform.backup.places import files_of
from salus.platform.backup.stores import filled
from salus.platform.backup.unpacking import (
    Backup,
    files_in,
    put_at_server,
    put_in_place,
    unpacked,
)
from salus.platform.cli import Commands, Console
from salus.platform.database.places import server_in_settings
from salus.platform.files import Home
from salus.platform.i18n import translate as _
from salus.platform.ledger.errors import LedgerFailed, LedgerUnreachable
from salus.platform.node import LEDGER_FILE, open_copy, open_node
from salus.platform.work import Node
from salus.rights.custody.erasure.errors import KeepersMissing
from salus.rights.custody.erasure.jobs import sweep_home
from salus.rights.custody.erasure.returning import erase_returned
from salus.rights.custody.household import STORES, keeper
from salus.rights.identity.charter import Charter
from salus.surfaces.home import rows_in, stores_of

app, drill = Commands(), Commands()
app.add_typer(drill, name="drill", help="Try what must work on a bad day.")
_AWAY = (LedgerUnreachable, LedgerFailed)
_FILE = Annotated[Path, typer.Argument(help="What `salus backup` wrote.", dir_okay=False)]
_KEYS = Annotated[
    Path | None,
    typer.Option(help="The keys of the backup; unless said, beside it as `FILE.keys`."),
]
_WORDS = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="File whose first line is the passphrase; without it you are asked.",
        dir_okay=False,
        exists=True,
    ),
]


@app.command()
def backup(
    console: Console,
    *,
    out: Annotated[Path, typer.Option("--out", help="File to write; it must be new.")],
    words: _WORDS = None,
) -> None:
    """Copy this home while its programs run, and seal its keys in a file of their own.

    Rows that are at a server are in it like those that are in files.

    Keep `FILE.keys` elsewhere than `FILE`: only both together, and the passphrase, make a home.
    After `salus custody rotate` make a new backup and destroy the older keys; what was erased then
    cannot be read in older backups either.

    Example: salus backup --out /backup/hospital.tar --passphrase-file /etc/salus/passphrase
    """
    home = Home.open(console.home).path
    total = sum(1 for _file in files_of(home))
    with console.progress("Copying", total=total) as step:
        made = back_up(
            home,
            out,
            _passphrase(words, again=True),
            stores=stores_of(home),
            clock=SystemClock(),
            step=step,
        )
    console.answer(_shown(made) | {"file": str(out), "keys": str(keys_of(out))})
    console.say(
        "{count} files are in {file}, up to block {block}.",
        count=len(made.entries),
        file=out,
        block=made.block,
    )
    console.say("The keys are in {file}. Keep it elsewhere.", file=keys_of(out))


@app.command()
def restore(
    console: Console,
    file: _FILE,
    *,
    keys: _KEYS = None,
    words: _WORDS = None,
    network: Annotated[
        Path | None,
        typer.Option(help="`consortium.json` of the network that it must be of.", exists=True),
    ] = None,
) -> None:
    """Make the home of --home from a backup: a new folder, whole or not at all.

    Its rows go into files, or where SALUS_DATABASE_URL is set into that database, which is empty.
    Then the index follows the ledger to its end, and what was erased since is erased again.

    Example: salus restore /backup/hospital.tar --home /var/lib/salus/hospital
    """
    server = server_in_settings()
    home, given = console.home, Backup(file, keys or keys_of(file), _passphrase(words))
    with (
        console.progress("Restoring") as step,
        unpacked(given, home, step=step) as (draft, manifest),
    ):
        _refuse_other(manifest, network)
        _look(draft)
        if server is None:
            put_in_place(draft, home)
        else:
            put_at_server(draft, home, stores_of(draft), server)
    _report(console, manifest, _come_up(home))


def _refuse_other(manifest: Manifest, network: Path | None) -> None:
    if network is None:
        return
    charter = parse(Charter, network.read_bytes())
    if (manifest.chain, manifest.genesis) != (charter.chain, charter.genesis):
        raise OtherNetwork(file=str(network))


def _look(draft: Path) -> None:
    """A ledger that answers must be the one of the backup; one that is away is not asked."""
    if (draft / LEDGER_FILE).exists():
        return
    try:
        with open_copy(draft):
            return
    except _AWAY:
        return


@dataclass(frozen=True, slots=True)
class _Up:
    """How a restored home came up; None where its ledger was away."""

    block: int | None = None
    erased: int = 0
    waits: str = ""
    keeps_ledger: bool = False


def _come_up(home: Path) -> _Up:
    keeps_ledger = (home / LEDGER_FILE).exists()
    try:
        with open_node(home) as node:
            erased, waits = _erase_again(node, home)
            return _Up(node.index.cursor(), erased, waits, keeps_ledger)
    except _AWAY:
        return _Up(keeps_ledger=keeps_ledger)


def _erase_again(node: Node, home: Path) -> tuple[int, str]:
    """At every keeper of the home, and of its own records; whom it waits for."""
    stores = home / STORES
    names = sorted(each.name for each in stores.iterdir()) if stores.exists() else []
    erased = sum(erase_returned(keeper(node, home, name)) for name in names)
    try:
        sweep_home(node)
    except KeepersMissing as error:
        return erased, str(error.details["missing"])
    return erased, ""


def _report(console: Console, manifest: Manifest, up: _Up) -> None:
    replayed = None if up.block is None else max(0, up.block - manifest.block)
    console.answer(
        _shown(manifest)
        | {
            "home": str(console.home),
            "replayed_blocks": replayed,
            "erased_again": up.erased,
            "waits_for": up.waits,
        }
    )
    console.say("The home {home} is as it was at {time}.", home=console.home, time=manifest.made)
    if replayed is None:
        console.warn("Its ledger does not answer. The index follows when it does.")
    else:
        console.say(
            "The index stood at block {block}; {count} later blocks were replayed.",
            block=manifest.block,
            count=replayed,
        )
    if up.erased:
        console.say("{count} units that were erased since are erased again.", count=up.erased)
    if up.waits:
        console.warn("These have yet to confirm an erasure: {names}.", names=up.waits)
    if up.keeps_ledger:
        console.warn(
            "This home keeps its ledger itself: what came after block {block} is lost.",
            block=up.block if up.block is not None else manifest.block,
        )


@drill.command(name="restore")
def drill_restore(
    console: Console, file: _FILE, *, keys: _KEYS = None, words: _WORDS = None
) -> None:
    """Restore into a folder that is thrown away, and compare its index with the ledger.

    Nothing is sent to anybody. It ends with 1 when a row differs. Where SALUS_DATABASE_URL is set,
    the rows go to that server too, into schemas of which nothing stays.

    Example: salus drill restore /backup/hospital.tar
    """
    begun, given = monotonic(), Backup(file, keys or keys_of(file), _passphrase(words))
    with (
        TemporaryDirectory(prefix="salus-drill-") as scratch,
        console.progress("Restoring") as step,
        unpacked(given, Path(scratch) / "home", step=step) as (draft, manifest),
        open_copy(draft) as node,
    ):
        found, block = node.rebuild_index(), node.index.cursor()
        tried = _try_server(draft)
    seconds = round(monotonic() - begun, 1)
    rows = [{"table": each.table, "rows": each.rows} for each in found]
    told = {"differences": rows, "seconds": seconds, "ledger_block": block, "rows_at_server": tried}
    console.answer(_shown(manifest) | told)
    console.say(
        "{count} files were restored in {seconds} s; the index was compared up to block {block}.",
        count=len(manifest.entries),
        seconds=seconds,
        block=block,
    )
    if tried is not None:
        console.say("{count} rows arrived at the server, and were taken back.", count=tried)
    if found:
        console.table(("table", "rows"), [(each.table, each.rows) for each in found])
        raise typer.Exit(1)
    console.say("Every row is as the ledger says.")


def _try_server(draft: Path) -> int | None:
    """How many rows a server took and gave back as they were; None where the setting names none."""
    server = server_in_settings()
    if server is None:
        return None
    trial = f"drill_{secrets.token_hex(4)}_"
    with filled(server, files_in(draft, stores_of(draft)), trial=trial) as arrived:
        return sum(map(rows_in, arrived))


def _shown(manifest: Manifest) -> dict[str, object]:
    return {
        "made": manifest.made,
        "chain": manifest.chain,
        "block": manifest.block,
        "files": len(manifest.entries),
        "bytes": sum(entry.bytes for entry in manifest.entries),
    }


def _passphrase(words: Path | None, *, again: bool = False) -> str:
    if words is not None:
        return words.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    asked = typer.prompt(_("Passphrase"), hide_input=True, confirmation_prompt=again, err=True)
    return str(asked)
