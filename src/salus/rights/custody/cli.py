"""`salus init`, `open`, `looks`, `custodian`, `gateway`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.node import open_node
from salus.platform.observe.checks import certificate_check, node_checks
from salus.platform.observe.door import watched
from salus.platform.settings import read as settings
from salus.platform.web import serve
from salus.rights.consent import service as consent
from salus.rights.consent.cli.words import listed
from salus.rights.consent.licensing.licenses import license_from_text
from salus.rights.custody import founding, household, proving
from salus.rights.custody.api import keeper_app
from salus.rights.custody.opening import Wish, open_units, open_wished
from salus.rights.custody.reading import SUBJECT, Opened
from salus.rights.custody.service import looks as looks_of
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import charter_of
from salus.rights.identity.doors import open_door
from salus.rights.identity.keyring import of_home
from salus.rights.notary.checking import known_size
from salus.rights.notary.settings import NotarySettings
from salus.rights.notary.witnesses import quorum_of
from salus.rights.records.formats.placing import Place
from salus.rights.records.service import find_record, units_holding

app = Commands()
_Output = Annotated[
    str,
    typer.Option("-o", "--output", help="File to write, or a folder that ends in / for ndjson."),
]
_Form = Annotated[
    str,
    typer.Option(
        "--format",
        help="`ndjson`; `csv` or `parquet` for laboratory, vital-signs and medications; `vcf` for"
        " genomics.",
    ),
]
_As = Annotated[
    str | None,
    typer.Option(
        "--as",
        help="Who reads: a party, or `subject` for the patient. Unless said, the patient where"
        " the wallet is, else the only party of this home.",
    ),
]
_License = Annotated[
    str, typer.Option("--license", help="The license to read by, as it was shown when bought.")
]
_Cosign = Annotated[
    str, typer.Option(help="Who signs this use as well, where a rule asks for several keys.")
]


@app.command()
def init(console: Console) -> None:
    """Make a home with a small consortium in it."""
    made = founding.found(console.home, clock=SystemClock(), settings=settings(CustodySettings))
    names = [party.name for party in made.all()]
    console.answer({"home": str(console.home), "parties": names})
    console.say("The home {home} is ready.", home=console.home)
    console.say("In it live: {names}.", names=", ".join(names))
    _say_who_keeps(console)


def _say_who_keeps(console: Console) -> None:
    if names := household.inside(console.home):
        console.warn(
            "These key holders run in this process: {names}. Custody is then not independent.",
            names=", ".join(names),
        )


@app.command(name="open")
def open_(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    section: Annotated[str, typer.Option(help="The section to open.")],
    output: _Output,
    form: _Form = "ndjson",
    reader: _As = None,
    license_: _License = "",
    cosign: _Cosign = "",
) -> None:
    """Open a section of a record, and check every byte of it.

    Example: salus open 4f --section laboratory --as clinic -o laboratory.ndjson
    """
    place = Place(output, section, form)
    licensed = license_from_text(license_) if license_ else None
    wish = Wish(record, section, reader, licensed, tuple(listed(cosign)))
    with open_node(console.home) as node, console.progress("Opening") as step:
        opened = open_wished(node, console.home, wish, step=step)
    resources = {name: raw for unit in opened.units for name, raw in unit.resources.items()}
    place.write(resources)
    _report(console, opened, resources, place.path)


def _report(console: Console, opened: Opened, resources: dict[str, bytes], output: Path) -> None:
    console.answer(
        {
            "version": opened.content.header.version,
            "resources": len(resources),
            "file": str(output),
            "missing": list(opened.missing),
            "wrong_certificates": list(opened.strangers),
            "refused_shares": list(opened.liars),
        }
    )
    for name in opened.strangers:
        console.warn(
            "{name} shows another certificate than the one it is known by. It was not asked;"
            " somebody may stand between you.",
            name=name,
        )
    for name in sorted(set(opened.missing) - set(opened.strangers)):
        console.warn("{name} did not answer; the others were enough.", name=name)
    for name in opened.liars:
        console.warn(
            "{name} gave a share that is not the one it holds. It was not used.", name=name
        )
    console.say(
        "{count} resources of version {version} opened and checked against the ledger: {file}",
        count=len(resources),
        version=opened.content.header.version,
        file=output,
    )
    _say_who_keeps(console)


@app.command()
def prove(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    resource: Annotated[str, typer.Argument(help="The resource, as `Type/id`.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="File for the proof.")],
    path: Annotated[
        str | None, typer.Option(help="JSON Pointer to one value, such as `/status`.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="What `salus verify --remember` wrote for the reader.")
    ] = None,
) -> None:
    """Write a proof of a resource, or of one value in it, that anybody can check offline."""
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            units = units_holding(session, found, resource)
        with console.progress("Opening") as step:
            opened = open_units(node, console.home, found, units, reader=SUBJECT, step=step)
        source = household.source_of(console.home)
        proof = proving.prove(
            node,
            opened,
            resource,
            path,
            by=source,
            quorum=quorum_of(settings(NotarySettings), charter_of(console.home)),
            since=None if since is None else known_size(since),
        )
        write_atomic(output, proof)
    size = output.stat().st_size
    console.answer({"file": str(output), "bytes": size})
    console.say("The proof has {size} bytes: {file}", size=size, file=output)


@app.command()
def looks(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
) -> None:
    """Show who read a record or was refused, when and why."""
    keyring = of_home(console.home)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = consent.controller(session, found)
        seen = looks_of(node, household.keepers_of(node, console.home, found), found, by=key)
    rows = [
        {
            "time": each.time,
            "reader": SUBJECT if each.reader == key.address else keyring.name_of(each.reader),
            "purpose": each.purpose,
            "section": each.section,
            "outcome": each.outcome,
            "rule": each.rule,
        }
        for each in seen
    ]
    console.answer(rows)
    if not rows:
        console.say("Nobody has looked.")
        return
    console.table(
        ("time", "reader", "purpose", "section", "outcome", "rule"),
        [tuple(row.values()) for row in rows],
    )


_LISTEN = Annotated[
    str | None,
    typer.Option(
        help="Address to listen on; port 0 takes a free one. In a consortium the one of"
        " `consortium.json` unless another is given."
    ),
]
_INSIDE = Annotated[
    bool, typer.Option("--inside", help="Take it back into the process of each command.")
]


@app.command()
def custodian(
    console: Console,
    name: Annotated[str, typer.Argument(help="Which one, such as `c1`.")],
    *,
    address: _LISTEN = None,
    inside: _INSIDE = False,
) -> None:
    """Run a custodian in a process of its own, until it is stopped.

    Example: salus custodian c1 --address 127.0.0.1:9101
    """
    _run_keeper(console, name, address, inside=inside)


@app.command()
def gateway(console: Console, *, address: _LISTEN = None, inside: _INSIDE = False) -> None:
    """Run the gateway in a process of its own, until it is stopped.

    Example: salus gateway --address 127.0.0.1:9100
    """
    name = household.custody_of(console.home).gateway
    _run_keeper(console, name, address, inside=inside)


def _run_keeper(console: Console, name: str, address: str | None, *, inside: bool) -> None:
    if inside:
        of_home(console.home).party(name)
        household.announce_peer(console.home, name, None)
        console.say("{name} answers in the process of each command again.", name=name)
        return
    with open_node(console.home) as node:
        door = open_door(console.home, name, address)
        keeper = household.keeper(node, console.home, name)
        household.announce_peer(console.home, name, door.url)
        console.say("{name} answers at {url}. Stop it with Ctrl-C.", name=name, url=door.url)
        checks = node_checks(node) | certificate_check(door.secured, node.clock)
        with watched(checks):
            serve(keeper_app(keeper), door.listener, door.secured)
