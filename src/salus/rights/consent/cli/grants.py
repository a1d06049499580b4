"""`salus grant`, `salus grants`, `salus revoke`."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from salus.kernel.clock import seconds, stamp
from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent import service
from salus.rights.consent.cli import options
from salus.rights.consent.cli.words import (
    NEVER,
    PATIENT,
    PENDING,
    Grant,
    Record,
    Signer,
    chosen_units,
    listed,
    name_of,
    named,
    parse_from,
    parse_labels,
    parse_triggers,
    parse_until,
    reader_of,
    signer_of,
    state_of,
)
from salus.rights.consent.model import Effect, GrantState
from salus.rights.consent.service import Granted, More
from salus.rights.records.service import find_record

app = Commands()


@app.command()
def grant(
    console: Console,
    record: Record,
    *,
    sections: options.Sections,
    to: options.Reader,
    until: options.Until,
    since: options.Since = "",
    purpose: options.Purpose = "TREAT",
    restricted: options.Restricted = False,
    labels: options.Labels = "",
    reads: options.Reads = 0,
    condition: options.While = "",
    replaces: options.Replaces = "",
    starts_when: options.StartsWhen = "",
    suspends_when: options.SuspendsWhen = "",
    resumes_when: options.ResumesWhen = "",
    ends_when: options.EndsWhen = "",
    signer: Signer = PATIENT,
) -> None:
    """Allow somebody to read sections of a record, once all have agreed who must.

    Example: salus grant 5a10 --sections laboratory --to clinic --until 2027-12-31
    """
    wished, wanted = listed(sections) or [sections], parse_labels(labels, restricted=restricted)
    end, reader = parse_until(until), reader_of(console.home, to)
    more = More(wanted, parse_from(since), reads, condition)
    when = (starts_when, suspends_when, resumes_when, ends_when)
    allow = partial(service.grant, readers=[reader.address], purpose=purpose, until=end)
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            units = chosen_units(session, found, wished, wanted)
            key = signer_of(session, console.home, found, signer)
            more = _tied(session, console.home, more, replaces, when)
        granted = allow(node, record=found, units=units, by=key, more=more)
    _report(console, granted, reader.name, wished)


def _tied(session: Session, home: Path, more: More, replaces: str, when: Sequence[str]) -> More:
    """What a grant says, with the grants that it ends and the reports that it waits for."""
    ended = tuple(service.find_grant(session, each).id for each in named(replaces))
    return replace(more, replaces=ended, armed=parse_triggers(session, home, when))


def _report(console: Console, granted: Granted, reader: str, sections: list[str]) -> None:
    shown, end = to_hex(granted.id), stamp(granted.terms.not_after)
    console.answer({"grant": shown, "state": granted.state.name.lower(), "until": end})
    if granted.state is GrantState.LIVE:
        console.say(
            "{reader} may read {sections} until {until}. The grant is {grant}.",
            reader=reader,
            sections=", ".join(sections),
            until=end,
            grant=shown,
        )
    elif granted.state is GrantState.SUSPENDED:
        console.say("The grant {grant} starts when that is reported.", grant=shown)
    else:
        console.say("The grant {grant} waits for those who must approve it.", grant=shown)


@app.command()
def grants(console: Console, record: Record) -> None:
    """List what the patient of a record allows and denies, and what was allowed once.

    Example: salus grants 5a10
    """
    with open_node(console.home) as node, node.reading() as session:
        found = service.grants(session, find_record(session, record))
        now = seconds(node.clock.now())
    rows = [
        {
            "grant": to_hex(each.id),
            "effect": Effect(each.terms.effect).name.lower(),
            "state": state_of(each, now),
            "readers": [name_of(console.home, each_) for each_ in each.terms.clause.readers],
            "purpose": ", ".join(each.terms.clause.purposes),
            "until": stamp(each.terms.not_after),
        }
        for each in found
    ]
    console.answer(rows)
    if not rows:
        console.say("Nobody may read this record but its patient.")
        return
    console.table(
        ("grant", "effect", "state", "readers", "purpose", "until"),
        [tuple(map(_shown, row.values())) for row in rows],
    )
    _explain(console, {row["state"] for row in rows})


def _explain(console: Console, states: set[object]) -> None:
    """What the ledger does not have allows and denies nothing, whoever believes it does."""
    if PENDING in states:
        console.say(
            "What is pending has not reached the ledger. It comes within ten minutes of being asked"
            " for, or never; until then it allows and denies nothing."
        )
    if NEVER in states:
        console.say(
            "What never took effect was cut short before the ledger had it: it allows and denies"
            " nothing. Ask for it again if it is still wanted."
        )


def _shown(value: object) -> object:
    """A list in one cell; an empty one of a denial means every one."""
    return (", ".join(value) if isinstance(value, list) else value) or "*"


@app.command()
def revoke(console: Console, grant: Grant, *, signer: Signer = PATIENT) -> None:
    """End a grant, for ever. What was read stays read.

    Example: salus revoke 0x7f3a
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            granted = service.find_grant(session, grant)
            key = signer_of(session, console.home, granted.terms.record, signer)
        service.revoke(node, granted, by=key)
        node.follow()
    state = GrantState.ENDED.name.lower()
    console.answer({"grant": to_hex(granted.id), "state": state})
    console.say("The grant has ended. Nobody can open anything with it from now on.")
