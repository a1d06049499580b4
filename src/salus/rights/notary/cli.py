"""`salus verify`, `salus witness`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.rights.notary.checking import check, named, refuse, remember, remembering, trusted
from salus.rights.notary.errors import NoTrustFile

app = Commands()


@app.command(name="verify")
def verify_(
    console: Console,
    proof: Annotated[Path, typer.Argument(help="A proof that `salus prove` wrote.")],
    *,
    trust: Annotated[
        Path | None, typer.Option(help="Your own trust file: chain, contracts, nodes, quorum.")
    ] = None,
    memory: Annotated[
        Path | None,
        typer.Option("--remember", help="File that keeps the newest log, and refuses an older."),
    ] = None,
) -> None:
    """Check a proof. Needs no network and no home.

    For example: salus verify proof.json --trust trust.json --remember seen.json
    """
    raw = proof.read_bytes()
    known = trusted(trust.read_bytes()) if trust else None
    if memory is not None:
        if known is None:
            raise NoTrustFile
        known = remembering(known, memory)
    verdict = check(raw, known)
    refuse(verdict)
    if memory is not None:
        remember(raw, verdict, memory)
    _report(console, raw, is_trusted=trust is not None)


def _report(console: Console, raw: bytes, *, is_trusted: bool) -> None:
    shown = json.loads(raw)
    disclosed = [{"path": each["path"], "value": each["value"]} for each in shown["disclosed"]]
    source, header = shown["source"], shown["header"]
    console.answer(
        {
            "valid": True,
            "source": source["name"],
            "sealed_at": header["sealed_at"],
            "chain": shown["anchor"]["chain"],
            "block": shown["anchor"]["block"],
            "disclosed": disclosed,
            "network": named(raw),
        }
    )
    console.say(
        "Valid. {source} sealed this at {time}, in block {block} of chain {chain}:",
        source=source["name"],
        time=header["sealed_at"],
        block=shown["anchor"]["block"],
        chain=shown["anchor"]["chain"],
    )
    for each in disclosed:
        place = each["path"] if each["path"] is not None else "the whole resource"
        console.say("  {path}  {value}", path=place, value=each["value"])
    if not is_trusted:
        console.warn(
            "Checked against the network that the proof names itself. Give --trust to check"
            " against the one you know."
        )


@app.command()
def witness(
    console: Console,
    name: Annotated[str, typer.Argument(help="The party of this home that signs.")],
    *,
    address: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; port 0 takes a free one. In a consortium the one of"
            " `consortium.json` unless another is given."
        ),
    ] = None,
) -> None:
    """Co-sign checkpoints that agree with the ledger, until it is stopped.

    For example: salus witness c1 --address 127.0.0.1:9101
    """
    # Checking a proof needs neither a web server nor a ledger.
    from salus.platform.node import open_node  # noqa: PLC0415
    from salus.platform.observe.checks import certificate_check, node_checks  # noqa: PLC0415
    from salus.platform.observe.door import watched  # noqa: PLC0415
    from salus.platform.web import serve  # noqa: PLC0415
    from salus.rights.identity.doors import open_door  # noqa: PLC0415
    from salus.rights.identity.keyring import of_home  # noqa: PLC0415
    from salus.rights.notary.api import witness_app  # noqa: PLC0415

    party = of_home(console.home).party(name)
    with open_node(console.home) as node:
        door = open_door(console.home, name, address)
        console.say("{name} co-signs at {url}. Stop it with Ctrl-C.", name=name, url=door.url)
        checks = node_checks(node) | certificate_check(door.secured, node.clock)
        with watched(checks):
            serve(witness_app(node, party.signing), door.listener, door.secured)
