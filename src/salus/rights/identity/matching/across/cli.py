"""`salus match key`, `encode`, `compare`, `answer`: matching with another organization."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.node import STORAGE_KEY, open_node
from salus.platform.storage import read_secret
from salus.rights.identity.matching.across import service
from salus.rights.identity.matching.events import PARTS
from salus.rights.identity.wording import told

across = Commands()
_Output = Annotated[Path, typer.Option("-o", "--output", help="File to write.")]


@across.command()
def key(console: Console, *, output: _Output) -> None:
    """Make the key of one matching. Both organizations get it, and the matcher never.

    Example: salus match key -o match.key
    """
    service.make_key(output)
    console.answer({"file": str(output)})
    console.say(
        "The key is in {file}. Bring it to the other organization, and destroy it afterwards.",
        file=output,
    )


@across.command()
def encode(
    console: Console,
    *,
    key: Annotated[Path, typer.Option(help="The key that both organizations agreed on.")],
    names: Annotated[
        Path, typer.Option(help="File for whose the codes are. It stays in this house.")
    ],
    output: _Output,
) -> None:
    """Write the patients of this home as keyed codes, for an agreed matcher.

    Example: salus match encode --key match.key --names names.json -o codes.json
    """
    encoder = service.encoder_of(key)
    with open_node(console.home) as node, node.reading() as session:
        people = service.people_here(session, storage_key=read_secret(console.home / STORAGE_KEY))
        count = service.encode(people, encoder, output=output, names=names)
    console.answer({"people": count, "file": str(output), "names": str(names)})
    console.say("{count} people are in {file} as codes.", count=count, file=output)
    console.say("Give it to the matcher. Keep {names}, and the key, to yourselves.", names=names)


@across.command()
def compare(
    console: Console,
    left: Annotated[Path, typer.Argument(help="The codes of one organization.")],
    right: Annotated[Path, typer.Argument(help="The codes of the other.")],
    *,
    output: _Output,
) -> None:
    """As the matcher: find who is the same, write the answer, and destroy the codes.

    Example: salus match compare east.json west.json -o answer.json
    """
    with console.progress("Comparing"):
        answer = service.compare(left, right, output=output)
    console.answer({"pairs": len(answer.pairs), "file": str(output)})
    console.say(
        "{count} pairs are in {file}. The codes of both organizations are destroyed.",
        count=len(answer.pairs),
        file=output,
    )


@across.command()
def answer(
    console: Console,
    file: Annotated[Path, typer.Argument(help="The answer of the matcher.")],
    *,
    names: Annotated[Path, typer.Option(help="What `salus match encode` wrote for this house.")],
) -> None:
    """Show which records of this home the other organization has a patient for.

    Example: salus match answer answer.json --names names.json
    """
    found = service.found_in(file, names)
    console.answer(
        [
            {
                "record": each.record,
                "other": to_hex(each.other),
                "grade": each.grade,
                "score": each.millionths / PARTS,
            }
            for each in found
        ]
    )
    if not found:
        console.say("Nobody in this home is likely to be a patient there.")
        return
    console.table(
        ("record", "other", "grade", "score"),
        [
            (
                each.record,
                to_hex(each.other),
                told([each.grade]),
                f"{each.millionths / PARTS:.4f}",
            )
            for each in found
        ],
    )
