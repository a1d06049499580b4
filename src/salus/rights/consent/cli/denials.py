"""`salus deny`, `salus lift`, `salus end`."""

from salus.kernel.clock import stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent import service
from salus.rights.consent.cli import options
from salus.rights.consent.cli.words import (
    PATIENT,
    Grant,
    Record,
    Signer,
    named,
    parse_labels,
    parse_until,
    signer_of,
)
from salus.rights.consent.ledger import NONE
from salus.rights.consent.model import GrantState
from salus.rights.consent.rules import rules_of, sole_rule
from salus.rights.consent.service import Granted
from salus.rights.identity.keyring import of_home
from salus.rights.records.service import find_record, units_of

app = Commands()


@app.command()
def deny(
    console: Console,
    record: Record,
    *,
    until: options.Until,
    sections: options.DeniedSections = "",
    to: options.DeniedReaders = "",
    purpose: options.DeniedPurposes = "",
    labels: options.DeniedLabels = "",
    on_rule: options.OnRule = False,
    signer: Signer = PATIENT,
) -> None:
    """Refuse reads, whatever else allows them. The purpose BTG is an emergency.

    Example: salus deny 5a10 --sections laboratory --to research --until 2027-12-31
    """
    end, wanted = parse_until(until), parse_labels(labels)
    keyring = of_home(console.home)
    readers = [keyring.member(name).address for name in named(to)]
    with open_node(console.home) as node:
        with node.reading() as session:
            found, names = find_record(session, record), named(sections)
            units = [unit.id for unit in units_of(session, found, names)] if names else []
            key = signer_of(session, console.home, found, signer)
            rule = sole_rule(rules_of(session, found, units)) if on_rule else NONE
        denial = service.deny(
            node,
            record=found,
            units=units,
            readers=readers,
            purposes=named(purpose),
            until=end,
            by=key,
            labels=wanted,
            rule=rule,
        )
    _report(console, denial)


def _report(console: Console, denial: Granted) -> None:
    shown, end = to_hex(denial.id), stamp(denial.terms.not_after)
    console.answer({"denial": shown, "state": denial.state.name.lower(), "until": end})
    if denial.state is GrantState.LIVE:
        console.say(
            "This is denied until {until}. The denial is {denial}.", until=end, denial=shown
        )
    else:
        console.say("The denial {denial} waits for those who must approve it.", denial=shown)


@app.command()
def lift(console: Console, denial: Grant, *, signer: Signer = PATIENT) -> None:
    """End a denial; one on a rule ends when enough of its approvers did this.

    Example: salus lift 0x7f3a
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = service.find_grant(session, denial)
            key = signer_of(session, console.home, found.terms.record, signer)
        service.lift(node, found.id, by=key)
        node.follow()
        with node.reading() as session:
            state = service.granted_of(session, found.id).state
    console.answer({"denial": to_hex(found.id), "state": state.name.lower()})
    if state is GrantState.ENDED:
        console.say("The denial is lifted.")
    else:
        console.say("The denial stays until more of its approvers lift it.")


@app.command()
def end(console: Console, record: Record, *, signer: Signer = PATIENT) -> None:
    """End all grants of a record at once. Denials stay.

    Example: salus end 5a10
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = signer_of(session, console.home, found, signer)
        service.end_all(node, found, by=key)
        node.follow()
    console.answer({"record": record_text(found), "state": GrantState.ENDED.name.lower()})
    console.say("All grants of the record have ended. What is denied stays denied.")
