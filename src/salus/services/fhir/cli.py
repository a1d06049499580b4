"""`salus import`, `salus share`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Commands, Console
from salus.platform.i18n import explain
from salus.platform.node import open_node
from salus.rights.consent import service as consent
from salus.rights.consent.cli.words import listed, parse_until, reader_of
from salus.rights.consent.service import Granted, More
from salus.rights.records import listing
from salus.rights.records import service as records
from salus.services.fhir.files import Refused, ordered
from salus.services.fhir.pipeline import import_documents
from salus.services.fhir.service import desk_of, finish
from salus.services.fhir.snapshots import seal_apart

app = Commands()


@app.command(name="import")
def import_(
    console: Console,
    files: Annotated[list[Path], typer.Argument(help="Bundles, NDJSON or single resources.")],
) -> None:
    """Check FHIR R4 files, seal them into records and anchor them."""
    outlines, refused = ordered(files)
    taken: dict[RecordId, None] = {}
    with open_node(console.home) as node:
        desk = desk_of(node, console.home)
        finish(desk)  # what an interrupted import left to do
        with console.progress("Importing", total=len(outlines)) as step:
            for outcome in import_documents(desk, console.home, outlines):
                taken |= dict.fromkeys(outcome.records)
                if outcome.error is not None:
                    refused.append(Refused(str(outcome.document.path), outcome.error))
                step(1)
        finish(desk)
        with node.reading() as session:
            summaries = [listing.summary(session, each) for each in taken]
    _report(console, summaries, refused)


def _report(console: Console, summaries: list[listing.Summary], refused: list[Refused]) -> None:
    _answer(console, summaries, refused)
    for summary in summaries:
        console.say(
            "Record {record}, version {version}: {count} resources in {sections} sections.",
            record=record_text(summary.record),
            version=summary.version,
            count=sum(summary.sections.values()),
            sections=len(summary.sections),
        )
    for each in refused:
        message, hint = explain(each.error)
        where = each.where()
        is_said = where == each.file or where in message
        fault = message if is_said else f"{where}: {message}"
        console.warn("{file} was not taken: {fault}", file=each.file, fault=fault)
        console.warn("What to do: {hint}", hint=hint)
    if refused:
        raise typer.Exit(1)


def _answer(console: Console, summaries: list[listing.Summary], refused: list[Refused]) -> None:
    console.answer(
        {
            "records": [
                {
                    "record": record_text(each.record),
                    "version": each.version,
                    "sections": each.sections,
                }
                for each in summaries
            ],
            "refused": [
                {"file": each.file, "where": each.where(), "error": message, "hint": hint}
                for each in refused
                for message, hint in [explain(each.error)]
            ],
        }
    )


@app.command()
def share(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    only: Annotated[str, typer.Option(help="Resources as Type/id, separated by commas.")],
    to: Annotated[str, typer.Option(help="Who may read: `clinic`, `research`, an address.")],
    until: Annotated[str, typer.Option(help="The last day, such as 2027-12-31.")],
    purpose: Annotated[str, typer.Option(help="What for.")] = "TREAT",
    reads: Annotated[int, typer.Option(min=0, help="How many reads; 0 does not count them.")] = 0,
) -> None:
    """Allow somebody to read single values of a record, and nothing else.

    The source seals a copy of just these values; later versions of the record do not change it.

    Example: salus share 5a10 --only Observation/12 --to clinic --until 2027-12-31
    """
    references, end = tuple(sorted(listed(only))), parse_until(until)
    reader = reader_of(console.home, to)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = records.find_record(session, record)
            key = consent.controller(session, found)
        consent.window_for(node, purpose, end)
        units = seal_apart(desk_of(node, console.home), found, references)
        granted = consent.grant(
            node,
            record=found,
            units=[unit.id for unit in units],
            readers=[reader.address],
            purpose=purpose,
            until=end,
            by=key,
            more=More(max_reads=reads, ids=references),
        )
    _report_shared(console, granted, reader.name, references)


def _report_shared(
    console: Console, granted: Granted, reader: str, references: Sequence[str]
) -> None:
    shown, end = to_hex(granted.id), stamp(granted.terms.not_after)
    console.answer({"grant": shown, "only": list(references), "until": end})
    console.say(
        "{reader} may read {only} until {until}. The grant is {grant}.",
        reader=reader,
        only=", ".join(references),
        until=end,
        grant=shown,
    )
