"""`salus custody report`, `receipts`: what keepers signed, and what it proves against them."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.documents import parse, text
from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.files import private_folder, write_atomic
from salus.platform.node import open_node
from salus.rights.custody import household
from salus.rights.custody.erasure.cli import keys  # noqa: F401 - adds its verbs to the group
from salus.rights.custody.errors import UnknownKeeper
from salus.rights.custody.evidence.model import Evidence, Fault
from salus.rights.custody.evidence.service import convict, receipts_of
from salus.rights.custody.group import custody
from salus.rights.custody.logbook import cli as logbook  # noqa: F401 - so does this
from salus.rights.custody.renewing import cli as renewing  # noqa: F401 - and this
from salus.rights.custody.resharing import cli as resharing  # noqa: F401 - and this
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles

app = Commands()
app.add_typer(custody, name="custody", help="Who keeps keys, what they signed, and what it proves.")


@custody.command()
def report(
    console: Console,
    file: Annotated[Path, typer.Argument(help="The signed receipt, as a JSON file.")],
) -> None:
    """Convict a keeper by a receipt that it signed itself.

    Example: `salus custody report receipts/c1-7.json`
    """
    evidence = parse(Evidence, file.read_bytes())
    with open_node(console.home) as node:
        found = convict(node, evidence)
    fault = found.fault.name.lower().replace("_", "-")
    console.answer({"holder": to_hex(found.holder), "fault": fault})
    name = of_home(console.home).name_of(found.holder)
    console.say("{name} is convicted on the ledger.", name=name)
    _say_why(console, found.fault)


def _say_why(console: Console, fault: Fault) -> None:
    match fault:
        case Fault.STALE_HEAD:
            console.say("It decided on a block that was too old.")
        case Fault.WRONG_BLOCK:
            console.say("It named a block that the ledger does not have.")
        case Fault.RECORD_ERASED:
            console.say("It released a key of a record that was erased.")
        case Fault.UNIT_ERASED:
            console.say("It released a key of a part that was erased.")
        case Fault.GRANT_ENDED:
            console.say("It released a key on a grant that had ended.")


@custody.command()
def receipts(
    console: Console,
    name: Annotated[str, typer.Argument(help="Which keeper: `c1` to `c5`, or `gateway`.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the receipts.")],
    last: Annotated[int, typer.Option(help="How many of the newest.", min=1, max=10_000)] = 100,
) -> None:
    """Write the receipts that a keeper of this home gave, one file each, for an auditor.

    Example: `salus custody receipts c1 -o receipts/`
    """
    if not of_home(console.home).party(name).roles & (Roles.CUSTODIAN | Roles.GATEWAY):
        raise UnknownKeeper(name=name[:40])
    with open_node(console.home) as node:
        found = list(receipts_of(household.keeper(node, console.home, name), last=last))
    private_folder(output)
    files = [output / f"{name}-{each.receipt.log_size}.json" for each in found]
    for place, each in zip(files, found, strict=True):
        write_atomic(place, text(each) + b"\n")
    console.answer({"files": [str(place) for place in files]})
    console.say(
        "{count} receipts of {name} are in {folder}.", count=len(files), name=name, folder=output
    )
