"""`salus hand`, `salus receive`: a grant from the home of the patient to that of the reader."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import stamp
from salus.kernel.documents import parse, text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.node import open_node
from salus.rights.consent.handing import service
from salus.rights.consent.handing.errors import BadGrantFile
from salus.rights.consent.handing.model import GrantFile
from salus.rights.consent.service import find_grant
from salus.rights.identity.keyring import of_home
from salus.rights.records.sections import SECTIONS

app = Commands()
LARGEST = 2**20  # bytes of a file that is read; a grant of all sections has some kilobytes


@app.command()
def hand(
    console: Console,
    grant: Annotated[str, typer.Argument(help="The grant, or a beginning of it.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="File for the reader.")],
) -> None:
    """Write a grant into a file for the reader, who receives it in a home of their own.

    Example: salus hand 0x7f3a -o grant.json
    """
    with open_node(console.home) as node, node.reading() as session:
        granted = find_grant(session, grant)
        write_atomic(output, text(service.hand(node, session, granted)) + b"\n")
    console.answer({"grant": to_hex(granted.id), "file": str(output)})
    console.say("The file {file} is for the reader only: it says who may read what.", file=output)


@app.command()
def receive(
    console: Console,
    file: Annotated[Path, typer.Argument(help="The file that `salus hand` wrote.")],
) -> None:
    """Receive a grant that was handed over, after comparing it with the ledger.

    Example: salus receive grant.json
    """
    if file.stat().st_size > LARGEST:
        raise BadGrantFile
    handed = parse(GrantFile, file.read_bytes())
    keyring = of_home(console.home)
    residents = [keyring.party(name).address for name in keyring.residents()]
    with open_node(console.home) as node:
        granted = service.receive(node, handed, residents=residents)
    record, until = record_text(handed.terms.record), stamp(handed.terms.not_after)
    sections = [SECTIONS[code] for code in sorted({each.section for each in handed.units})]
    console.answer(
        {
            "grant": to_hex(granted.id),
            "record": record,
            "sections": sections,
            "state": granted.state.name.lower(),
            "until": until,
        }
    )
    console.say(
        "{sections} of the record {record} can be opened until {until}.",
        sections=", ".join(sections),
        record=record,
        until=until,
    )
