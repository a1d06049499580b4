"""`salus recover`, `salus rotate`."""

from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent.authority import reading, service
from salus.rights.consent.authority.cli.people import address_of, key_of, named
from salus.rights.consent.service import controller
from salus.rights.records.service import find_record

app = Commands()
recover = Commands(help="Get back a record whose key is lost, with its guardians.")
app.add_typer(recover, name="recover", help="Get back a record whose key is lost.")

_Record = Annotated[str, typer.Argument(help="The record, or a beginning of it.")]


@recover.command(name="open")
def open_(
    console: Console,
    record: _Record,
    *,
    by: Annotated[str, typer.Option(help="The guardian who asks for it.")],
    to: Annotated[
        str, typer.Option(help="The address of the new key; else one that waits in this home.")
    ] = "",
) -> None:
    """Ask to give the record to a new key. The 72 hours begin when enough guardians asked.

    Example: salus recover open 5a10 --by mother
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = key_of(session, console.home, by)
            asked = address_of(session, console.home, to) if to else None
        new = asked or service.candidate(node, found).address
        service.open_recovery(node, record=found, controller=new, by=key)
    _status(console, record)


@recover.command()
def cancel(console: Console, record: _Record) -> None:
    """Veto a recovery, as the patient whose key is not lost.

    Example: salus recover cancel 5a10
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = controller(session, found)
        service.cancel_recovery(node, record=found, by=key)
    console.answer({"record": record_text(found), "state": "none"})
    console.say("The recovery has ended, and what guardians signed is void.")


@recover.command()
def finish(console: Console, record: _Record) -> None:
    """Give the record to the new key, 72 hours after the last guardian who was needed.

    Example: salus recover finish 5a10
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        service.finish_recovery(node, record=found)
        with node.reading() as session:
            known = reading.control(session, found)
    assert known is not None, "a record that was recovered is enrolled"
    address = to_hex(known.controller)
    console.answer({"record": record_text(found), "state": "finished", "controller": address})
    console.say("The new key controls the record. The old one can do nothing any more.")


@recover.command()
def status(console: Console, record: _Record) -> None:
    """Show which guardians asked for what, and when the recovery can be finished.

    Example: salus recover status 5a10
    """
    _status(console, record)


def _status(console: Console, record: str) -> None:
    with open_node(console.home) as node, node.reading() as session:
        found = find_record(session, record)
        known = reading.recovery(session, found, node.clock.now())
        wishes = [
            {"guardian": named(session, console.home, guardian), "controller": to_hex(wish)}
            for guardian, wish in known.wishes
        ]
    ready = stamp(moment(known.ready_at)) if known.ready_at else None
    state = "running" if ready else "asked" if wishes else "none"
    console.answer({"record": record_text(found), "state": state, "wishes": wishes, "ready": ready})
    if not wishes:
        console.say("Nobody asks for a recovery of this record.")
        return
    console.table(
        ("guardian", "new key"), [(each["guardian"], each["controller"]) for each in wishes]
    )
    if ready:
        console.say("The recovery runs and can be finished from {ready} on.", ready=ready)
    else:
        console.say("More guardians are needed.")


@app.command()
def rotate(console: Console, record: _Record) -> None:
    """Give a record to a fresh key of the patient; delegates end with the old key.

    Example: salus rotate 5a10
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = controller(session, found)
        fresh = service.rotate(node, record=found, by=key)
    console.answer({"record": record_text(found), "controller": to_hex(fresh.address)})
    console.say("A fresh key controls the record. The old one can do nothing any more.")
