"""`salus custody renew`: fresh keys for what is added, or for everything."""

from typing import Annotated

import typer

from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.custody import household
from salus.rights.custody.group import custody
from salus.rights.custody.ledger import epochs_of
from salus.rights.custody.renewing.ageing import begin_epochs, newest_keys
from salus.rights.custody.renewing.desks import desk_of
from salus.rights.custody.renewing.errors import NothingNamed
from salus.rights.custody.renewing.service import Stage
from salus.rights.custody.renewing.service import renew as renew_all
from salus.rights.custody.resharing.service import refuse_under_way
from salus.rights.records.ownership import Owned, code_of, owner
from salus.rights.records.service import find_record, units_of


@custody.command()
def renew(
    console: Console,
    record: Annotated[
        str,
        typer.Argument(
            help="The record, or a beginning of it; `3f2a/genomics` for a section that is a token"
            " of its own."
        ),
    ],
    *,
    section: Annotated[
        str, typer.Option(help="Sections with commas: what is added to them gets fresh keys.")
    ] = "",
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Encrypt all of it anew: when a key may be known to somebody, or the owner"
            " changed.",
        ),
    ] = False,
) -> None:
    """Renew keys: of what is added to sections from now on, or of all of a record or a section.

    What was read before stays read. Grants and licenses go on as they are, but grants to an owner.

    Example: `salus custody renew 3f2a --section laboratory`
    """
    names = [name.strip() for name in section.split(",") if name.strip()]
    handle, _, part = record.partition("/")
    if bool(names) == everything or (names and part):
        raise NothingNamed
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, handle)
        if everything:
            _renew_all(console, node, found, part)
        else:
            _bump(console, node, found, names)


def _bump(console: Console, node: Node, record: RecordId, names: list[str]) -> None:
    by = household.source_of(console.home).signing
    with node.reading() as session:
        units = units_of(session, record, names)
        dealt = list(newest_keys(session, [unit.id for unit in units]))
    begin_epochs(node, record, dealt, by=by)
    in_force = epochs_of(node, record, [unit.located for unit in units])
    console.answer({"record": record_text(record), "epochs": [each[-1] for each in in_force]})
    console.say(
        "What is added to {sections} from now on has keys of its own.", sections=", ".join(names)
    )


def _renew_all(console: Console, node: Node, record: RecordId, part: str) -> None:
    refuse_under_way(node, record)
    if part:
        owner(node, Owned(record, part))
    desk = desk_of(node, console.home, record, code_of(part) if part else 0)
    with console.progress("Changing keys", total=len(Stage) - 1) as step:
        waiting = renew_all(desk, step=lambda _: step(1))
    console.answer({"record": record_text(record), "section": part, "waits_for": list(waiting)})
    console.say("All of it is under new keys. The old ones open nothing any more.")
    if waiting:
        console.warn(
            "These have not deleted their old shares: {names}. Give the command again when they"
            " answer.",
            names=", ".join(waiting),
        )
