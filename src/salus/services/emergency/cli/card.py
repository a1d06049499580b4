"""`salus card`: the summary on paper, for when nothing else works."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import SystemClock, seconds, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console, falling_back_to
from salus.platform.files import write_atomic
from salus.rights.notary.checking import trusted
from salus.services.emergency import card as cards
from salus.services.emergency.errors import BadCardTime

app = Commands()
card = Commands(cls=falling_back_to("make"))
app.add_typer(card, name="card", help="The emergency summary on paper, readable offline.")

LONGEST = 731  # days


@card.command()
def make(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    out: Annotated[Path, typer.Option(help="The page to print, such as `card.html`.")],
    days: Annotated[int, typer.Option(min=1, max=LONGEST, help="How long it is valid.")] = 365,
    is_open: Annotated[
        bool, typer.Option("--open", help="Print it in clear text, for everybody to read.")
    ] = False,
) -> None:
    """Print the emergency summary of a record as a card, sealed under a code on a strip.

    For example: salus card 3f2a --out card.html
    """
    # Reading a card needs none of this, and starts sooner without.
    from salus.platform.node import open_node  # noqa: PLC0415
    from salus.rights.custody.household import keepers_of, source_of  # noqa: PLC0415
    from salus.rights.records.service import find_record  # noqa: PLC0415
    from salus.services.emergency.page import page  # noqa: PLC0415
    from salus.services.emergency.printing import card_of  # noqa: PLC0415

    source = source_of(console.home)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        keepers = keepers_of(node, console.home, found)
        made = card_of(node, keepers, found, source=source.address, valid=timedelta(days=days))
    printed = cards.printed(made, by=source.signing, is_sealed=not is_open)
    write_atomic(out, page(made, printed))
    until, count = stamp(made.until), len(printed.parts)
    console.answer({"file": str(out), "codes": count, "until": until, "sealed": not is_open})
    console.say(
        "The card has {count} codes and is valid until {until}: {file}",
        count=count,
        until=until,
        file=out,
    )
    if is_open:
        console.warn("Everybody who sees this card can read it.")


@card.command(name="read")
def read_(
    console: Console,
    texts: Annotated[
        list[str], typer.Argument(help="Texts of the codes, or files with one text on each line.")
    ],
    *,
    trust: Annotated[Path, typer.Option(help="Your own file of trust, with its sources.")],
    code: Annotated[str, typer.Option(help="The code of the strip.")] = "",
    outdated: Annotated[bool, typer.Option("--outdated", help="Show it though it is old.")] = False,
) -> None:
    """Read a card. Needs no network and no home.

    For example: salus card read scanned.txt --trust trust.json --code 7KQ2M-XW4RT
    """
    parts, strips = _scanned(texts)
    made, signature = cards.opened(cards.joined(parts), code or next(iter(strips), ""))
    known = trusted(trust.read_bytes())
    cards.check(made, signature, known, SystemClock().now(), outdated=outdated)
    source = _name(known, to_hex(made.source))
    console.answer(
        {
            "record": record_text(made.record),
            "version": made.version,
            "source": source,
            "issued": stamp(made.issued),
            "until": stamp(made.until),
            "lines": [{"kind": line.kind, "text": line.text} for line in made.lines],
        }
    )
    console.say(
        "{source} signed this card on {issued}; it is valid until {until}.",
        source=source,
        issued=stamp(made.issued),
        until=stamp(made.until),
    )
    console.table(("fact", "text"), [(line.kind, line.text) for line in made.lines])


def _scanned(texts: list[str]) -> tuple[list[str], list[str]]:
    """The texts of the large codes, and those that may be the code of a strip."""
    lines: list[str] = []
    for text in texts:
        is_text = text.startswith(f"{cards.PREFIX}/")
        lines += [text] if is_text else Path(text).read_text(encoding="utf-8").split()
    strips = [line for line in lines if cards.is_code(line)]
    return [line for line in lines if not cards.is_code(line)], strips


def _name(trust: dict[str, object], address: str) -> str:
    sources = trust["sources"]
    assert isinstance(sources, list), "checked before"
    return next(str(each.get("organization")) for each in sources if each.get("key") == address)


@card.command(name="trust")
def trust_(
    console: Console,
    *,
    out: Annotated[Path, typer.Option(help="File of trust, such as `trust.json`.")],
) -> None:
    """Write the file of trust of this home's network, for those who read cards offline.

    For example: salus card trust --out trust.json
    """
    from salus.platform.node import open_node  # noqa: PLC0415
    from salus.rights.identity.keyring import of_home  # noqa: PLC0415
    from salus.services.emergency.printing import trust_of  # noqa: PLC0415

    with open_node(console.home) as node:
        found = trust_of(node, of_home(console.home).members())
    write_atomic(out, found)
    console.answer({"file": str(out)})
    console.say("The file names the network and its sources: {file}", file=out)


@card.command()
def used(
    console: Console,
    record: Annotated[str, typer.Argument(help="The record, or a beginning of it.")],
    *,
    clinician: Annotated[str, typer.Option("--as", help="The clinician, such as `medic1`.")],
    at: Annotated[str, typer.Option(help="When it was read, such as 2027-01-31T18:30Z.")],
) -> None:
    """Tell afterwards that a card was read, so that its patient learns of it.

    For example: salus card used 3f2a --as medic1 --at 2027-01-31T18:30Z
    """
    from salus.platform.node import open_node  # noqa: PLC0415
    from salus.rights.identity.keyring import of_home  # noqa: PLC0415
    from salus.rights.records.service import find_record  # noqa: PLC0415
    from salus.services.emergency import service  # noqa: PLC0415

    when = _moment(at)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        by = of_home(console.home).party(clinician).signing
        made = service.record_card(node, record=found, used_at=seconds(when), by=by)
    console.answer(
        {"emergency": service.handle(made.id), "record": record_text(found), "at": stamp(when)}
    )
    console.say("The use of the card is on the ledger. The patient is told of it.")


def _moment(text: str) -> datetime:
    """Raises BadCardTime for anything but a time with its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadCardTime from None
    if moment.tzinfo is None:
        raise BadCardTime
    return moment
