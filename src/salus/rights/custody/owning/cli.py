"""`salus divide`, `salus recombine`, `salus give`."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.ids import Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.service import controller
from salus.rights.identity.keyring import of_home
from salus.rights.records import ownership
from salus.rights.records.ledger import on_ledger
from salus.rights.records.ownership import Owned
from salus.rights.records.service import find_record

app = Commands()
PATIENT = "patient"
Record = Annotated[str, typer.Argument(help="The record, or a beginning of it.")]
Sections = Annotated[str, typer.Option(help="Names of sections, with commas.")]


@app.command()
def divide(console: Console, record: Record, *, sections: Sections) -> None:
    """Make sections tokens of their own, which can be given away, sold and pledged apart.

    Example: salus divide 5a10 --sections laboratory,genomics
    """
    names = _listed(sections)
    with open_node(console.home) as node:
        found, key = _opened(node, console.home, Owned(_find(node, record)))
        ownership.detach(node, record=found.record, sections=names, by=key)
        node.follow()
    console.answer({"record": record_text(found.record), "detached": names})
    console.say(
        "{sections}: divided from the record. The same person owns them, and earns from them"
        " as before.",
        sections=", ".join(names),
    )


@app.command()
def recombine(console: Console, record: Record, *, sections: Sections) -> None:
    """Put sections back into their record, whose keys are changed then.

    Example: salus recombine 5a10 --sections laboratory,genomics
    """
    names = _listed(sections)
    with open_node(console.home) as node:
        found, key = _opened(node, console.home, Owned(_find(node, record)))
        ownership.attach(node, record=found.record, sections=names, by=key)
        node.follow()
    console.answer({"record": record_text(found.record), "attached": names})
    console.say("{sections}: back in the record.", sections=", ".join(names))
    _say_renewal(console, found)


@app.command()
def give(
    console: Console,
    record: Annotated[
        str, typer.Argument(help="The record, or `RECORD/SECTION` for a divided section.")
    ],
    *,
    to: Annotated[str, typer.Option(help="Who gets it: a name that this home knows.")],
) -> None:
    """Give a record or a divided section away: who gets it licenses it and earns from it.

    The patient stays who consents, reads and erases. What was earned until now is settled before.

    Example: salus give 5a10/laboratory --to research
    """
    text, _, section = record.partition("/")
    with open_node(console.home) as node:
        found, key = _opened(node, console.home, Owned(_find(node, text), section))
        receiver = of_home(console.home).member(to)
        ownership.transfer(node, owned=found, to=receiver.address, by=key)
        node.follow()
    console.answer(
        {
            "record": record_text(found.record),
            "section": section or None,
            "owner": receiver.name,
        }
    )
    console.say("{name} owns it now.", name=receiver.name)
    _say_renewal(console, found)


def _say_renewal(console: Console, owned: Owned) -> None:
    """Until then nobody gives, sells or pledges it."""
    what = record_text(owned.record)[:8] + (f"/{owned.section}" if owned.section else "")
    console.say("Its source changes the keys next: `salus custody renew {what} --all`.", what=what)


def _find(node: Node, text: str) -> RecordId:
    with node.reading() as session:
        return find_record(session, text)


def _opened(node: Node, home: Path, owned: Owned) -> tuple[Owned, SigningKey]:
    """The token with the key of this home that signs for its owner.

    Raises NotDetached, WalletMissing and UnknownParty.
    """
    holder = ownership.owner(node, owned)
    if holder == on_ledger(node, owned.record).subject:
        with node.reading() as session:
            return owned, controller(session, owned.record)
    return owned, _of_party(home, holder)


def _of_party(home: Path, holder: Address) -> SigningKey:
    keyring = of_home(home)
    return keyring.party(keyring.name_of(holder)).signing


def _listed(text: str) -> list[str]:
    """`a, b` as names, each once."""
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
