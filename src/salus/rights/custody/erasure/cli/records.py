"""`salus erase`, `hold`, `holds`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import stamp
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.i18n import translate
from salus.platform.node import open_node
from salus.platform.work import Node, catch_up
from salus.rights.consent.cli.words import parse_until
from salus.rights.custody.erasure import holds as keeping
from salus.rights.custody.erasure.alarms import alarm_of
from salus.rights.custody.erasure.errors import NotConfirmed
from salus.rights.custody.erasure.jobs import eraser_of
from salus.rights.custody.erasure.model import Alarm, Erasure, Stage, Told
from salus.rights.custody.erasure.reading import erasure_of, find_erased, proof_of
from salus.rights.custody.erasure.service import pursue, request
from salus.rights.custody.household import keepers_of, source_of
from salus.rights.identity.keyring import of_home
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import find_record

app = Commands()
STEPS = 4  # of an erasure, as its progress counts them
_RECORD = Annotated[str, typer.Argument(help="The record, or a beginning of it.")]


@app.command()
def erase(
    console: Console,
    record: _RECORD,
    *,
    section: Annotated[
        str, typer.Option(help="Only these sections, separated by commas; else the whole record.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
    receipts: Annotated[
        Path | None, typer.Option(help="File for what proves it: the receipts of all keepers.")
    ] = None,
) -> None:
    """Erase a record for ever: its keys, its salts, its content. Nobody can undo it.

    The same command again goes on with an erasure that a key holder has not answered yet.

    Example: `salus erase 3f2a --section genomics --yes`
    """
    names = [name.strip() for name in section.split(",") if name.strip()]
    with open_node(console.home) as node:
        catch_up(node)
        found = _begun(node, record, names)
        if found is None:
            found = _begin(console, node, record, names, is_sure=yes)
        with console.progress("Erasing", total=STEPS) as step:
            eraser = eraser_of(node, console.home, found.record)
            found = pursue(eraser, found.number, progress=step)
        alarm = alarm_of(node, found)
        if receipts is not None and found.stage is Stage.PROVED:
            write_atomic(receipts, text(proof_of(node, found.number)) + b"\n")
    _report(console, found, receipts, alarm)


def _begun(node: Node, record: str, names: list[str]) -> Erasure | None:
    """The erasure of a record that is not a record here any more, or one that is on its way."""
    with node.reading() as session:
        found = find_erased(session, record)
    if found is None or names:
        return None
    return found if not found.sections or found.stage is not Stage.PROVED else None


def _begin(
    console: Console, node: Node, record: str, names: list[str], *, is_sure: bool
) -> Erasure:
    """Raises NotConfirmed."""
    with node.reading() as session:
        found = find_record(session, record)
    if not is_sure:
        question = translate(
            "Erase {record} for ever? Nobody will be able to read it again.",
            record=record_text(found),
        )
        if console.json or not typer.confirm(question):
            raise NotConfirmed
    eraser = eraser_of(node, console.home, found)
    return erasure_of(node, request(eraser, found, names))


def say_late(console: Console, alarm: Alarm) -> None:
    """That an erasure is late, who does not confirm it, and who was told."""
    ring, found = of_home(console.home), alarm.erasure
    console.warn(
        "The erasure of {record} that was asked for at {time} is late. Missing: {names}.",
        record=record_text(found.record),
        time=stamp(found.asked_at),
        names=", ".join(ring.name_of(each) for each in found.waits_for) or "-",
    )
    for notice in alarm.notices:
        if notice.role is Told.SUBJECT:
            console.say("The patient was told at {time}.", time=stamp(notice.at))
        else:
            name = ring.name_of(notice.told)
            console.say("{name} was told at {time}.", name=name, time=stamp(notice.at))


def _report(console: Console, found: Erasure, receipts: Path | None, alarm: Alarm | None) -> None:
    ring = of_home(console.home)
    waiting = [ring.name_of(each) for each in found.waits_for]
    sections = [SECTIONS[code] for code in found.sections]
    console.answer(
        {
            "record": record_text(found.record),
            "sections": sections,
            "stage": found.stage.value,
            "units": found.units,
            "receipts": found.receipts,
            "waits_for": waiting,
            "is_final": found.is_final,
            "late": alarm is not None,
            "told": [] if alarm is None else [each.role.value for each in alarm.notices],
        }
    )
    if alarm is not None:
        say_late(console, alarm)
    if found.stage is Stage.PROVED:
        console.say(
            "{units} parts of the record are erased. All key holders have signed that theirs are"
            " gone; their {receipts} receipts are anchored.",
            units=found.units,
            receipts=found.receipts,
        )
        if receipts is not None:
            console.say("The receipts: {file}", file=receipts)
    else:
        console.warn(
            "These key holders have not answered: {names}. They are asked again by every command.",
            names=", ".join(waiting),
        )
        if found.is_final:
            console.say("Enough keys are destroyed already: nobody can read it again.")
    if sections:
        console.say("What the hospital imports from now on is new, and is not erased by this.")


@app.command()
def hold(
    console: Console,
    record: _RECORD,
    *,
    reason: Annotated[str, typer.Option(help="Which law orders it, as the patient will read it.")],
    until: Annotated[str, typer.Option(help="The last day, such as 2036-12-31.")],
) -> None:
    """Keep a copy of a record that a law orders kept, so that an erasure leaves it.

    It lies under a key of its own, which is destroyed at its end. The patient sees it listed.

    Example: `salus hold 3f2a --reason 'Radiation law, section 85' --until 2055-12-31`
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        holder = keeping.Holder(
            node,
            console.home,
            keepers_of(node, console.home, found),
            source_of(console.home),
            keeping.storage_key_of(console.home),
        )
        made = keeping.hold(holder, found, reason=reason, until=parse_until(until))
    console.answer(_row(made))
    console.say(
        "A copy of {resources} resources is kept until {until}. The patient sees why.",
        resources=made.resources,
        until=stamp(made.until),
    )


@app.command()
def holds(
    console: Console,
    record: _RECORD,
    *,
    open_: Annotated[str, typer.Option("--open", help="The hold to open, or a beginning.")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File for NDJSON of what is held.")
    ] = None,
) -> None:
    """List what is kept of a record because a law orders it, why, and until when.

    Example: `salus holds 3f2a`
    """
    with open_node(console.home) as node:
        found = _held(node, record)
        if open_ and output is not None:
            _open(console, node, found, open_, output)
            return
        key = keeping.storage_key_of(console.home)
        with node.reading() as session:
            rows = [_row(each) for each in keeping.holds(session, found, storage_key=key)]
    console.answer(rows)
    if not rows:
        console.say("Nothing is kept by order of a law.")
        return
    columns = ("hold", "reason", "resources", "made", "until")
    console.table(columns, [tuple(row.values()) for row in rows])


def _held(node: Node, record: str) -> RecordId:
    """A record with holds, though it may be erased. Raises UnknownRecord."""
    with node.reading() as session:
        return keeping.find_held(session, record) or find_record(session, record)


def _open(console: Console, node: Node, record: RecordId, name: str, output: Path) -> None:
    resources = keeping.open_hold(node, console.home, record, name)
    lines = (raw.replace(b"\r", b"").replace(b"\n", b"") for raw in resources.values())
    write_atomic(output, b"".join(line + b"\n" for line in lines))
    console.answer({"file": str(output), "resources": len(resources)})
    console.say("{count} resources were held: {file}", count=len(resources), file=output)


def _row(each: keeping.Hold) -> dict[str, object]:
    return {
        "hold": to_hex(each.id),
        "reason": each.reason,
        "resources": each.resources,
        "made": stamp(each.made_at),
        "until": stamp(each.until),
    }
