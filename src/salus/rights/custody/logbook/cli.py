"""`salus custody compare`: whether a keeper's log only grew between two receipts."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.documents import parse
from salus.platform.cli import Console
from salus.platform.node import open_node
from salus.rights.consent.service import controller
from salus.rights.custody import household
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.group import custody
from salus.rights.custody.logbook.service import compare as compare_logs
from salus.rights.records.service import find_record


@custody.command()
def compare(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    first: Annotated[Path, typer.Argument(help="A receipt, as a JSON file.")],
    second: Annotated[Path, typer.Argument(help="Another receipt of the same keeper.")],
) -> None:
    """Let a keeper prove that it took nothing out of its log between two receipts.

    Example: `salus custody compare 3f2a receipts/c1-1.json receipts/c1-7.json`
    """
    one, other = (parse(Evidence, place.read_bytes()) for place in (first, second))
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = controller(session, found)
        keepers = household.all_keepers(node, console.home)
        name = compare_logs(node, keepers, found, (one, other), by=key)
    sizes = sorted((one.receipt.log_size, other.receipt.log_size))
    console.answer({"keeper": name, "from": sizes[0], "to": sizes[1]})
    console.say(
        "The log of {name} only grew between release {first} and release {second}.",
        name=name,
        first=sizes[0],
        second=sizes[1],
    )
