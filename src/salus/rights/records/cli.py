"""`salus records`, `salus deidentify`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.identity.keyring import of_home
from salus.rights.records import listing
from salus.rights.records.deidentify.cli import release
from salus.rights.records.deidentify.profile import load

app = Commands()


@app.command()
def records(console: Console) -> None:
    """List the records of this home with their sections, and who owns them.

    Example: salus records
    """
    with open_node(console.home) as node, node.reading() as session:
        found = listing.records(session)
    console.answer(
        [
            {
                "record": record_text(each.record),
                "version": each.version,
                "sections": each.sections,
                "anchored": each.is_anchored,
                "owners": {name or "record": owner for name, owner in _owners(console, each)},
            }
            for each in found
        ]
    )
    if not found:
        console.say("No records yet. Bring one in with `salus import FILE`.")
        return
    rows = [
        (
            record_text(each.record),
            each.version,
            ", ".join(f"{name} {count}" for name, count in each.sections.items()),
            ", ".join(
                f"{name}: {owner}" if name else owner for name, owner in _owners(console, each)
            ),
        )
        for each in found
    ]
    console.table(("record", "version", "sections and resources", "owners"), rows)


def _owners(console: Console, found: listing.Summary) -> list[tuple[str, str]]:
    """Each token by its section, empty for the record, with the name of who owns it."""
    name_of = of_home(console.home).name_of
    return [
        (name, "patient" if owner == found.subject else name_of(owner))
        for name, owner in found.owners.items()
    ]


@app.command()
def deidentify(
    console: Console,
    files: Annotated[list[Path], typer.Argument(help="Bundles, NDJSON or single resources.")],
    *,
    profile: Annotated[
        str,
        typer.Option(help="`safe-harbor`, `limited-data-set`, `research-minimum`, or a file."),
    ],
    project: Annotated[str, typer.Option(help="Whom it is for, such as `asthma-2027`.")],
    out: Annotated[Path, typer.Option(help="The new NDJSON file.")],
    quasi: Annotated[
        list[str] | None,
        typer.Option(help="A path or a `system|code` that nobody may stand out by either."),
    ] = None,
) -> None:
    """Write what a profile lets out of FHIR files, if nobody stands out in it.

    Example: salus deidentify *.ndjson --profile safe-harbor --project asthma-2027 --out out.ndjson
    """
    release(console, files, load(profile), project=project, out=out, quasi=quasi or [])
