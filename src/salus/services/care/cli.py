"""`salus referral send`, `accept`, `return`, `down`, `close`, `cancel`, `show`, `list`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.node import open_node
from salus.platform.settings import read
from salus.rights.consent.model import end_of
from salus.rights.custody.household import SOURCE
from salus.rights.identity.errors import NotReader
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles
from salus.rights.records.service import find_record
from salus.services.care import service
from salus.services.care.errors import BadWindow, NothingHandedDown, SummaryMissing
from salus.services.care.letters import Desk, Referral, desk_of, find_referral, referrals
from salus.services.care.model import ReferralState, Role
from salus.services.care.resources import Organization
from salus.services.care.settings import CareSettings

app, steps = Commands(), Commands()
app.add_typer(steps, name="referral", help="Refer a patient to a specialist, and back.")

_Referral = Annotated[str, typer.Argument(help="The referral, or a beginning of its id.")]


@steps.command()
def send(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    to: Annotated[str, typer.Option(help="The specialist, such as `clinic`.")],
    sections: Annotated[str, typer.Option(help="Sections to share, separated by commas.")],
    reason: Annotated[str, typer.Option(help="Why; only the parties to the referral read it.")],
    deadline: Annotated[
        str, typer.Option(help="The last day to accept it, such as 2027-12-31.")
    ] = "",
    referrer: Annotated[str, typer.Option("--from", help="Who refers the patient.")] = SOURCE,
) -> None:
    """Refer the patient of a record to a specialist.

    Example: salus referral send 3f --to clinic --sections laboratory --reason "High HbA1c"
    """
    numbers, names = read(CareSettings), list(dict.fromkeys(map(str.strip, sections.split(","))))
    with open_node(console.home) as node:
        desk = desk_of(node, console.home)
        with node.reading() as session:
            found = find_record(session, record)
        waiting = timedelta(days=numbers.deadline_days)
        made = service.send(
            desk,
            record=found,
            referrer=_organization(console, referrer),
            specialist=_organization(console, to),
            sections=names,
            reason=reason,
            deadline=_end_of(deadline) if deadline else end_of(node.clock.now() + waiting),
            grace=timedelta(days=numbers.grace_days),
        )
        node.follow()
        with node.reading() as session:
            sent = find_referral(desk, session, made.hex())
    _report_sent(console, sent, to)


def _report_sent(console: Console, sent: Referral, to: str) -> None:
    shown, until = to_hex(sent.id), stamp(sent.course.deadline)
    console.answer({"referral": shown, "state": "sent", "deadline": until})
    console.say(
        "The referral {referral} waits for {to} until {until}.",
        referral=shown,
        to=to,
        until=until,
    )
    console.say("Let the patient share what it needs, for as long as it is open:")
    console.say(
        "salus grant {record} --sections {sections} --to {to} --until DATE"
        " --while referral:{referral}",
        record=record_text(sent.letter.record),
        sections=",".join(sent.letter.sections),
        to=to,
        referral=shown,
    )


def _organization(console: Console, name: str) -> Organization:
    """Raises UnknownParty and NotReader."""
    member = of_home(console.home).member(name)
    if not member.roles & Roles.READER:
        raise NotReader(name=member.name)
    return Organization(member.name, member.address)


def _end_of(text: str) -> datetime:
    """Raises BadWindow."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadWindow from None
    return end_of(datetime.combine(day, time.min))


@steps.command()
def accept(console: Console, referral: _Referral) -> None:
    """Take a referral on, as the specialist. What was shared with it opens from now.

    Example: salus referral accept 7c
    """
    _move(console, referral, service.accept)
    console.say("The referral is accepted. What was shared with it opens from now.")


@steps.command(name="return")
def return_(
    console: Console,
    referral: _Referral,
    *,
    reason: Annotated[str, typer.Option(help="Why; only the parties to the referral read it.")],
) -> None:
    """Give a referral back, as the specialist. What was shared with it is closed again.

    Example: salus referral return 7c --reason "Please see a nephrologist first"
    """
    _move(console, referral, lambda desk, found: service.return_(desk, found, reason=reason))
    console.say("The referral is returned. Nothing can be opened with it any more.")


@steps.command()
def down(
    console: Console,
    referral: _Referral,
    *,
    summary: Annotated[Path, typer.Option(help="A Composition of FHIR R4, in JSON.")],
) -> None:
    """Hand a referral down with its summary, as the specialist.

    Example: salus referral down 7c --summary discharge.json
    """
    if not summary.is_file():
        raise SummaryMissing(file=str(summary))
    raw = summary.read_bytes()
    _move(console, referral, lambda desk, found: service.hand_down(desk, found, summary=raw))
    console.say("The referral is handed down. The referrer can read the summary.")


@steps.command()
def close(console: Console, referral: _Referral) -> None:
    """Close what was handed down, as the referrer.

    Example: salus referral close 7c
    """
    closed = _move(console, referral, service.close)
    console.say(
        "The referral is closed. What was shared with it can be opened until {until}.",
        until=stamp(closed.course.since + closed.course.grace),
    )


@steps.command()
def cancel(
    console: Console,
    referral: _Referral,
    *,
    patient: Annotated[bool, typer.Option(help="The patient does it, not the referrer.")] = False,
) -> None:
    """Cancel a referral that was sent or accepted, as the referrer or the patient.

    Example: salus referral cancel 7c --patient
    """
    role = Role.PATIENT if patient else Role.SENDER
    _move(console, referral, lambda desk, found: service.cancel(desk, found, role=role))
    console.say("The referral is cancelled. Nothing can be opened with it any more.")


def _move(console: Console, text: str, verb: Callable[[Desk, Referral], None]) -> Referral:
    """Do one verb on a referral, and answer with its new state."""
    with _found(console, text) as (desk, before):
        verb(desk, before)
        desk.node.follow()
        with desk.node.reading() as session:
            after = find_referral(desk, session, before.id.hex())
    console.answer({"referral": to_hex(after.id), "state": _word(after.course.state)})
    return after


@contextmanager
def _found(console: Console, text: str) -> Iterator[tuple[Desk, Referral]]:
    with open_node(console.home) as node:
        desk = desk_of(node, console.home)
        with node.reading() as session:
            known = find_referral(desk, session, text)
        yield desk, known


@steps.command()
def show(
    console: Console,
    referral: _Referral,
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File for the summary, as it was given.")
    ] = None,
) -> None:
    """Show what a referral says, where it is, and how it came there.

    Example: salus referral show 7c --output discharge.json
    """
    keyring = of_home(console.home)
    with _found(console, referral) as (desk, found):
        row = _row(found, keyring.name_of, desk.node.clock.now())
    if output is not None:
        if not found.summary:
            raise NothingHandedDown
        write_atomic(output, found.summary.encode())
    _report(console, found, row)


def _report(console: Console, found: Referral, row: dict[str, object]) -> None:
    request, summary = service.request_of_now(found), service.summary_of_now(found)
    moves = [(_word(each.state), stamp(each.at)) for each in found.moves]
    reason = request["reasonCode"][0]["text"]
    console.answer(
        row
        | {
            "sections": list(found.letter.sections),
            "moves": [{"state": state, "at": at} for state, at in moves],
            "request": request,
            "task": service.task_of_now(found),
            "summary": summary,
        }
    )
    console.say("From {sender} to {to}: {reason}", sender=row["from"], to=row["to"], reason=reason)
    console.say("Sections: {sections}", sections=", ".join(found.letter.sections))
    console.say("To be accepted before {until}.", until=row["deadline"])
    console.table(("state", "since"), moves)
    if found.reason:
        console.say("It was returned: {reason}", reason=found.reason)
    if summary is not None:
        console.say("Summary: {title}", title=summary["title"])


@steps.command(name="list")
def list_(
    console: Console,
    *,
    party: Annotated[str, typer.Option("--as", help="Only those of one party.")] = "",
) -> None:
    """List the referrals of this home; what waits too long is marked.

    Example: salus referral list --as clinic
    """
    keyring = of_home(console.home)
    only = keyring.member(party).address if party else None
    with open_node(console.home) as node:
        with node.reading() as session:
            found = referrals(desk_of(node, console.home), session)
        now = node.clock.now()
    rows = [
        _row(each, keyring.name_of, now)
        for each in found
        if only in {None, each.letter.referrer, each.letter.specialist}
    ]
    console.answer(rows)
    if not rows:
        console.say("There are no referrals.")
        return
    columns = ("referral", "record", "from", "to", "state", "since", "deadline", "attention")
    console.table(
        ("referral", "record", "from", "to", "state", "since", "deadline", "attention"),
        [tuple(row[name] for name in columns) for row in rows],
    )


def _row(found: Referral, name_of: Callable[..., str], now: datetime) -> dict[str, object]:
    course = found.course
    return {
        "referral": to_hex(found.id),
        "record": record_text(found.letter.record),
        "from": name_of(found.letter.referrer),
        "to": name_of(found.letter.specialist),
        "state": _word(course.state),
        "since": stamp(course.since),
        "deadline": stamp(course.deadline),
        "attention": _attention(found, now),
    }


def _attention(found: Referral, now: datetime) -> str:
    limit = timedelta(days=read(CareSettings).overdue_days)
    if found.course.is_expired(now):
        return "expired"
    return "overdue" if found.course.is_overdue(now, limit) else ""


def _word(state: ReferralState) -> str:
    return state.name.lower()
