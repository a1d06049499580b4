"""`salus rule`, `salus approve`, `salus decline`, `salus agree`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, GrantId, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent import conditions, ledger, service
from salus.rights.consent.authority.cli.people import address_of
from salus.rights.consent.cli import options
from salus.rights.consent.cli.words import PATIENT, Grant, Record, Signer, listed, signer_of
from salus.rights.consent.errors import ApproversMissing
from salus.rights.consent.model import GrantState
from salus.rights.consent.rules import Rule, free_units, set_rule
from salus.rights.identity.ledger import send
from salus.rights.records.service import find_record, units_of

app = Commands()


@app.command()
def rule(
    console: Console,
    record: Record,
    *,
    section: options.Sections,
    approvers: options.Approvers = "",
    threshold: options.Threshold = 1,
    each_use: options.EachUse = False,
    none: options.NoRule = False,
    signer: Signer = PATIENT,
) -> None:
    """Let sections open only when several people agree.

    Whatever makes a rule looser waits until as many approvers as it asks for today give the same
    command with `--as`.

    Example: salus rule 5a10 --section genomics --approvers patient,mother --threshold 2
    """
    names, wished = listed(approvers), listed(section) or [section]
    if not none and not names:
        raise ApproversMissing
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            units = [unit.id for unit in units_of(session, found, wished)]
            key = signer_of(session, console.home, found, signer)
            seats = tuple(_seat(node, session, console.home, found, name) for name in names)
        wanted = Rule(threshold, seats, each_use)
        done = (
            free_units(node, record=found, units=units, by=key)
            if none
            else set_rule(node, record=found, units=units, rule=wanted, by=key)
        )
    console.answer({"record": record_text(found), "sections": wished, "in_force": done})
    if not done:
        console.say("It is looser than before and waits until enough approvers do the same.")
    elif none:
        console.say("The sections are under no rule any more.")
    else:
        _say_rule(console, wished, names, threshold)


def _say_rule(console: Console, sections: list[str], approvers: list[str], threshold: int) -> None:
    console.say(
        "{sections} opens when {threshold} of {approvers} agree.",
        sections=", ".join(sections),
        threshold=threshold,
        approvers=", ".join(approvers),
    )


def _seat(node: Node, session: Session, home: Path, record: RecordId, name: str) -> Address:
    """The patient sits as the account of the record, which outlives a lost key."""
    if name == PATIENT:
        return ledger.account_of(node, record)
    return address_of(session, home, name)


@app.command()
def approve(console: Console, grant: Grant, *, signer: Signer = PATIENT) -> None:
    """Agree to a grant or a denial that waits.

    Example: salus approve 0x7f3a --as mother
    """
    state, shown = _decide(console, grant, signer, service.approve)
    if state is GrantState.PROPOSED:
        console.say("You have agreed. {grant} waits for more of its approvers.", grant=shown)
    elif state is GrantState.SUSPENDED:
        console.say("You have agreed. {grant} starts when that is reported.", grant=shown)
    else:
        console.say("You have agreed, and {grant} is in force.", grant=shown)


@app.command()
def decline(console: Console, grant: Grant, *, signer: Signer = PATIENT) -> None:
    """Refuse a grant that waits; it ends for ever.

    Example: salus decline 0x7f3a
    """
    _decide(console, grant, signer, service.decline)
    console.say("Declined. It has ended for ever.")


def _decide(
    console: Console,
    text: str,
    signer: str,
    verb: Callable[..., None],
) -> tuple[GrantState, str]:
    with open_node(console.home) as node:
        with node.reading() as session:
            found = service.find_grant(session, text)
            key = signer_of(session, console.home, found.terms.record, signer)
        verb(node, found.id, by=key)
        node.follow()
        with node.reading() as session:
            state = service.granted_of(session, found.id).state
    shown = to_hex(found.id)
    console.answer({"grant": shown, "state": state.name.lower()})
    return state, shown


@app.command()
def agree(
    console: Console,
    grant: Grant,
    *,
    signer: Annotated[str, typer.Option("--as", help="Which guardian signs.")],
    withdraw: Annotated[bool, typer.Option(help="Agree no longer.")] = False,
) -> None:
    """Agree, as a guardian, that a grant given `--while guardians` is in force.

    Example: salus agree 0x7f3a --as mother
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = service.find_grant(session, grant)
            key = signer_of(session, console.home, found.terms.record, signer)
        _agree(node, found.terms.record, found.id, key, withdraw=withdraw)
    console.answer({"grant": to_hex(found.id), "agreed": not withdraw})
    if withdraw:
        console.say("You agree no longer.")
    else:
        console.say("You have agreed.")


def _agree(
    node: Node, record: RecordId, grant: GrantId, key: SigningKey, *, withdraw: bool
) -> None:
    verb = conditions.withdraw if withdraw else conditions.agree
    send(node, verb(node, record, grant, by=key))
