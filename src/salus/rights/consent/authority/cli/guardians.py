"""`salus guardians`, `salus invite`."""

from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.authority import reading, service
from salus.rights.consent.authority.cli.people import address_of, key_of, listed, named
from salus.rights.consent.authority.model import Circle
from salus.rights.consent.service import controller
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import LONGEST_NAME
from salus.rights.records.service import find_record

app = Commands()


@app.command()
def guardians(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    set_: Annotated[
        str | None,
        typer.Option("--set", help="Name these, separated by commas; an empty text names nobody."),
    ] = None,
    threshold: Annotated[int, typer.Option(help="How many of them recover the record.")] = 2,
    object_: Annotated[
        bool, typer.Option("--object", help="Stop the change of guardians that waits.")
    ] = False,
    by: Annotated[str, typer.Option(help="The guardian who objects; else the patient.")] = "",
) -> None:
    """Show who can recover a record, name them, or object to a change that waits.

    Example: salus guardians 5a10 --set mother,brother,doctor --threshold 2
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        if set_ is not None:
            _set(console, node, found, listed(set_), threshold)
        if object_:
            with node.reading() as session:
                key = key_of(session, console.home, by) if by else controller(session, found)
            service.cancel_guardians(node, record=found, by=key)
        node.follow()
        with node.reading() as session:
            present, waiting = reading.guardians(session, found, node.clock.now())
            told = [_told(console, session, each) for each in (present, waiting) if each]
    _show(console, found, told[0], told[1] if waiting else None)


def _set(console: Console, node: Node, record: RecordId, names: list[str], threshold: int) -> None:
    with node.reading() as session:
        members = [address_of(session, console.home, name) for name in names]
        key = controller(session, record)
    least = threshold if members else 0
    service.set_guardians(node, record=record, guardians=members, threshold=least, by=key)


def _told(console: Console, session: Session, circle: Circle) -> dict[str, Any]:
    return {
        "guardians": [named(session, console.home, each) for each in circle.guardians],
        "threshold": circle.threshold,
        "from": stamp(moment(circle.begins)),
    }


def _show(
    console: Console,
    record: RecordId,
    present: dict[str, Any],
    waiting: dict[str, Any] | None,
) -> None:
    known = {name: present[name] for name in ("guardians", "threshold")}
    console.answer({"record": record_text(record), **known, "waiting": waiting})
    if not present["guardians"]:
        console.say("Nobody can recover this record. Name guardians with --set.")
    else:
        console.say(
            "{guardians} can recover this record, {threshold} of them together.",
            guardians=", ".join(present["guardians"]),
            threshold=present["threshold"],
        )
    if waiting:
        console.say(
            "From {begins} on it will be: {guardians} ({threshold}). Each present guardian and the"
            " patient can object until then with --object.",
            begins=waiting["from"],
            guardians=", ".join(waiting["guardians"]) or "-",
            threshold=waiting["threshold"],
        )


@app.command()
def invite(
    console: Console,
    name: Annotated[str, typer.Argument(help="Letters and digits, such as `mother`.")],
) -> None:
    """Make a key for a guardian who has none, and keep it in this home.

    Example: salus invite mother
    """
    if not name.isalnum() or len(name) > LONGEST_NAME:
        raise UnknownParty(name=name[:LONGEST_NAME])
    with open_node(console.home) as node:
        address = service.invite(node, name)
    console.answer({"guardian": name, "address": to_hex(address)})
    console.say("{name} can now be named as a guardian.", name=name)
