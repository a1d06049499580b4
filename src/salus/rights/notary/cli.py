"""`salus verify`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from salus.platform.cli import Commands, Console
from salus.rights.notary.packing import check, refuse, trusted

app = Commands()


@app.command(name="verify")
def verify_(
    console: Console,
    proof: Annotated[Path, typer.Argument(help="A proof that `salus prove` wrote.")],
    *,
    trust: Annotated[
        Path | None, typer.Option(help="Your own trust file: chain, contracts, nodes, quorum.")
    ] = None,
) -> None:
    """Check a proof. Needs no network and no home."""
    raw = proof.read_bytes()
    verdict = check(raw, trusted(trust.read_bytes()) if trust else None)
    refuse(verdict)
    shown = json.loads(raw)["proof"]
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
    if trust is None:
        console.warn(
            "Checked against the network that the proof names itself. Give --trust to check"
            " against the one you know."
        )
