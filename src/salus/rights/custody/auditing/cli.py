"""`salus audit`, `salus accounting`: who saw what, and why they might."""

from pathlib import Path
from typing import Annotated, Any

import typer

from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console, falling_back_to
from salus.platform.files import write_atomic
from salus.platform.node import open_node
from salus.platform.work import Node, Work
from salus.rights.consent.audit.accounting import Window, account, window
from salus.rights.consent.audit.errors import AuditBroken
from salus.rights.consent.audit.page import page
from salus.rights.custody.auditing import seeing
from salus.rights.custody.auditing.anchoring import keep_heads_anchored
from salus.rights.custody.auditing.seeing import Seen, see
from salus.rights.custody.auditing.showing import (
    deed_row,
    disclosure_row,
    event_lines,
    page_row,
    time_of,
)
from salus.rights.custody.reading import SUBJECT
from salus.rights.identity.charter import charter_of
from salus.rights.identity.keyring import of_home
from salus.rights.records.service import find_record

app = Commands()
audit = Commands(cls=falling_back_to("show"))
app.add_typer(audit, name="audit", help="Every decision on a record, in a log that cannot change.")

_By = Annotated[
    str, typer.Option("--as", help="`subject`, or a privacy office that lives here: `privacy`.")
]
_First = Annotated[str, typer.Option("--from", help="The first day, such as 2026-01-31.")]
_Last = Annotated[str, typer.Option("--to", help="The last day.")]


@audit.command()
def show(
    console: Console,
    record: Annotated[
        str, typer.Argument(help="A record; only a privacy office may leave it out.")
    ] = "",
    *,
    by: _By = SUBJECT,
    first: _First = "",
    last: _Last = "",
    fhir: Annotated[
        Path | None, typer.Option(help="File for AuditEvents of FHIR R4, one in a line.")
    ] = None,
) -> None:
    """Show what was decided on a record: who asked, for what, and on what ground.

    For example: salus audit 3f2a --from 2026-01-01 --fhir audit.ndjson
    """
    ring = of_home(console.home)
    with open_node(console.home) as node:
        seen = _see(console, node, record, by, window(first, last, now=node.clock.now()))
    rows = [deed_row(ring, deed) for deed in seen.deeds]
    if fhir is not None:
        write_atomic(fhir, b"".join(event_lines(ring, seen.kept)))
    console.answer({"entries": rows, **_doubts(seen), **({"file": str(fhir)} if fhir else {})})
    _warn(console, seen)
    if not rows:
        console.say("There is nothing in the audit.")
    else:
        columns = ("time", "who", "role", "purpose", "sections", "outcome", "rule")
        console.table(
            ("time", "who", "role", "purpose", "sections", "outcome", "rule", "logs"),
            [[*(_cell(row[each]) for each in columns), len(row["logs"])] for row in rows],
        )
    if fhir is not None:
        console.say("The AuditEvents are in {file}.", file=fhir)


def _see(console: Console, node: Node, record: str, by: str, span: Window) -> Seen:
    with node.reading() as session:
        found = find_record(session, record) if record else None
    with node.sessions() as session, session.begin():
        keep_heads_anchored(Work(node, session))
    with console.progress("Asking those who keep the audit"):
        return see(node, console.home, found, by=by, span=span)


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _doubts(seen: Seen) -> dict[str, list[str]]:
    return {"silent": list(seen.silent), "forked": list(seen.forked)}


def _warn(console: Console, seen: Seen) -> None:
    for name in seen.silent:
        console.warn("{name} did not show its audit.", name=name)
    for name in seen.forked:
        console.warn("The audit of {name} is not what it signed before.", name=name)


@audit.command()
def verify(console: Console) -> None:
    """Check every line of the logs in this home, and that they are those that were anchored.

    For example: salus audit verify
    """
    with open_node(console.home) as node, console.progress("Checking"):
        found, silent = seeing.verify(node, console.home)
    for log in found:
        for fault in log.faults:
            raise AuditBroken(log=log.log, sequence=fault.sequence, reason=fault.reason)
    rows = [(each.log, each.size, each.anchored, each.block) for each in found]
    named = [dict(zip(("log", "lines", "anchored", "block"), row, strict=True)) for row in rows]
    console.answer({"logs": named, "silent": silent})
    for name in silent:
        console.warn("{name} did not show its audit.", name=name)
    console.say("Every line is as it was written.")
    console.table(("log", "lines", "anchored", "block"), rows)


@app.command()
def accounting(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    by: _By = SUBJECT,
    first: _First = "",
    last: _Last = "",
    html: Annotated[Path | None, typer.Option(help="File for a page to print.")] = None,
) -> None:
    """Account for what was disclosed of a record, in the last six years unless days are named.

    For example: salus accounting 3f2a --html accounting.html
    """
    ring, charter = of_home(console.home), charter_of(console.home)
    with open_node(console.home) as node:
        now = node.clock.now()
        span = window(first, last, now=now)
        seen = _see(console, node, record, by, span)
    disclosed = account(deed.entry for deed in seen.deeds if deed.is_disclosed)
    rows = [disclosure_row(ring, charter, each) for each in disclosed]
    days = {"from": time_of(span.first)[:10], "to": time_of(span.end - 1)[:10]}
    if html is not None:
        name = record_text(seen.record) if seen.record is not None else ""
        shown = "{from} - {to}".format(**days)
        write_atomic(html, page([*map(page_row, rows)], record=name, made=now, span=shown))
    file = {"file": str(html)} if html else {}
    console.answer({**days, "disclosures": rows, **_doubts(seen), **file})
    _warn(console, seen)
    _say(console, rows)
    if html is not None:
        console.say("The page is {file}.", file=html)


def _say(console: Console, rows: list[dict[str, Any]]) -> None:
    if not rows:
        console.say("Nothing was disclosed.")
        return
    columns = ("first", "last", "count", "recipient", "address", "sections", "purpose", "exemption")
    console.table(
        ("first", "last", "count", "recipient", "address", "sections", "purpose", "exemption"),
        [[row[each] if each == "count" else _cell(row[each]) for each in columns] for row in rows],
    )
