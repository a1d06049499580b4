"""`salus report`, `salus triggers`: what a grant waits for, and that it happened."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent import triggers as arming
from salus.rights.consent.authority.cli.people import named
from salus.rights.consent.cli.words import Grant, signer_of
from salus.rights.consent.ledger import NONE
from salus.rights.consent.model import GrantState
from salus.rights.consent.service import find_grant, granted_of
from salus.rights.consent.triggers import KnownTrigger

app = Commands()


@app.command()
def report(
    console: Console,
    grant: Grant,
    *,
    trigger: Annotated[str, typer.Option(help="The name of what has happened.")],
    signer: Annotated[str, typer.Option("--as", help="Who reports: a name of this home.")],
    evidence: Annotated[
        Path | None,
        typer.Option(help="What shows it. It stays here; the ledger gets a salted hash."),
    ] = None,
) -> None:
    """Report that what a grant waits for has happened: it starts, pauses, goes on or ends.

    Example: salus report 0x7f3a --trigger surgery-done --as clinic --evidence letter.pdf
    """
    shows = evidence.read_bytes() if evidence else None
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_grant(session, grant)
            key = signer_of(session, console.home, found.terms.record, signer)
            known = arming.find_trigger(session, found.id, found.salt, trigger)
        salt = arming.report(node, found.id, known, evidence=shows, by=key)
        node.follow()
        with node.reading() as session:
            state = granted_of(session, found.id).state
    answer = {"grant": to_hex(found.id), "state": state.name.lower()}
    console.answer(answer | {"salt": to_hex(salt) if salt else None})
    _say(console, state, to_hex(found.id))


def _say(console: Console, state: GrantState, grant: str) -> None:
    if state is GrantState.LIVE:
        console.say("Reported. The grant {grant} is in force.", grant=grant)
    elif state is GrantState.SUSPENDED:
        console.say("Reported. The grant {grant} opens nothing until it goes on.", grant=grant)
    else:
        console.say("Reported. The grant {grant} has ended.", grant=grant)


@app.command()
def triggers(console: Console, grant: Grant) -> None:
    """List what a grant waits for, who reports it, and what was reported.

    Example: salus triggers 0x7f3a
    """
    with open_node(console.home) as node, node.reading() as session:
        found = arming.triggers(session, find_grant(session, grant).id)
        rows = [_row(each, named(session, console.home, each.reporter)) for each in found]
    console.answer(rows)
    if not rows:
        console.say("The grant waits for nothing.")
        return
    console.table(
        ("trigger", "reporter", "effect", "reported"),
        [(row["trigger"], row["reporter"], row["effect"], row["reported"] or "") for row in rows],
    )


def _row(known: KnownTrigger, reporter: str) -> dict[str, str | None]:
    reported = stamp(moment(known.reported_at)) if known.reported_at else None
    return {
        "trigger": known.name or to_hex(known.id),
        "reporter": reporter,
        "effect": known.effect.name.lower(),
        "reported": reported,
        "evidence": to_hex(known.evidence) if known.evidence != NONE else None,
        "salt": to_hex(known.salt) if known.salt else None,
    }
