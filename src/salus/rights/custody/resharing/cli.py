"""`salus custody status`, `drill`, `reshare`, `admit`: who keeps keys, and who is to keep them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_text
from salus.platform.cli import Console
from salus.platform.node import STORAGE_KEY, open_node
from salus.platform.storage import read_secret
from salus.platform.work import Node, Work
from salus.rights.consent.service import controller
from salus.rights.custody import household
from salus.rights.custody.erasure.alarms import alarms
from salus.rights.custody.erasure.cli.records import say_late
from salus.rights.custody.erasure.model import Alarm
from salus.rights.custody.errors import NotCustodian
from salus.rights.custody.group import custody
from salus.rights.custody.ledger import KeeperSet, set_of
from salus.rights.custody.peers import Keepers
from salus.rights.custody.renewing.service import refuse_renewal
from salus.rights.custody.resharing import seeing, service
from salus.rights.custody.resharing.admitting import admit_custodian
from salus.rights.custody.resharing.drilling import Drilled, keep_drill
from salus.rights.custody.resharing.drilling import drill as drill_keys
from salus.rights.custody.resharing.errors import NotOnLedger, SameHolders
from salus.rights.custody.resharing.move import Move
from salus.rights.custody.resharing.stages import Stage
from salus.rights.custody.resharing.tables import Resharing
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Member, Roles
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import all_units, find_record

_RECORD = Annotated[str, typer.Argument(help="The record, or a beginning of it.")]


@custody.command()
def status(
    console: Console,
    record: Annotated[
        str, typer.Argument(help="A record, or a beginning of it, to see its keys as well.")
    ] = "",
) -> None:
    """Show who keeps keys, who answers, what is anchored, and the keys of a record.

    Example: `salus custody status 3f2a`
    """
    with open_node(console.home) as node:
        keepers = seeing.keeper_states(node, household.all_keepers(node, console.home))
        waiting, late = seeing.erasures_waiting(node), alarms(node)
        shown = None
        if record:
            with node.reading() as session:
                found = find_record(session, record)
            kept = household.keepers_of(node, console.home, found)
            source = household.source_of(console.home)
            shown = (kept, seeing.record_state(node, kept, found, by=source.signing))
    members = {
        "keepers": [_keeper_row(each) for each in keepers],
        "erasures_waiting": waiting,
        "erasures_late": [_late_row(console, each) for each in late],
    }
    if shown is None:
        console.answer(members)
    else:
        console.answer(members | _record_members(*shown))
    _say_keepers(console, keepers)
    if waiting:
        console.warn("{count} erasures wait for keepers that have not answered.", count=waiting)
    for each in late:
        say_late(console, each)
    if shown is not None:
        _say_record(console, *shown)


def _late_row(console: Console, alarm: Alarm) -> dict[str, object]:
    ring, found = of_home(console.home), alarm.erasure
    return {
        "record": record_text(found.record),
        "asked_at": stamp(found.asked_at),
        "waits_for": [ring.name_of(each) for each in found.waits_for],
        "told": [each.role.value for each in alarm.notices],
    }


def _keeper_row(state: seeing.KeeperState) -> dict[str, object]:
    return {
        "name": state.name,
        "answers": state.log is not None,
        "log": state.log,
        "anchored": state.anchored,
        "anchored_at": stamp(moment(state.anchored_at)) if state.anchored_at else None,
        "forked": state.is_forked,
    }


def _say_keepers(console: Console, keepers: Sequence[seeing.KeeperState]) -> None:
    console.table(
        ("keeper", "releases", "anchored", "at"),
        [
            (
                each.name,
                "-" if each.log is None else str(each.log),
                str(each.anchored),
                stamp(moment(each.anchored_at)) if each.anchored_at else "-",
            )
            for each in keepers
        ],
    )
    for each in keepers:
        if each.log is None:
            console.warn("{name} does not answer.", name=each.name)
        if each.is_forked:
            console.warn(
                "{name} has changed its log: it does not extend what was anchored before.",
                name=each.name,
            )


def _record_members(keepers: Keepers, state: seeing.RecordState) -> dict[str, object]:
    drill, moving = state.drill, state.resharing
    return {
        "set": to_hex(keepers.id),
        "custodians": [each.name for each in keepers.custodians],
        "keys": [
            {
                "section": SECTIONS[key.section],
                "epoch": key.epoch,
                "generation": key.generation,
                "needed": key.k,
                "holders": key.n,
                "lacking": list(key.lacking),
                "lost": list(key.lost),
            }
            for key in state.keys
        ],
        "silent": list(state.silent),
        "drill": None
        if drill is None
        else {
            "at": stamp(moment(drill.at)),
            "keys": drill.keys,
            "failed": drill.failed,
            "names": drill.names,
        },
        "resharing": None
        if moving is None
        else {"to": moving.names, "stage": moving.stage, "since": stamp(moment(moving.begun_at))},
    }


def _say_record(console: Console, keepers: Keepers, state: seeing.RecordState) -> None:
    console.say(
        "The record is kept by {names}.", names=", ".join(each.name for each in keepers.custodians)
    )
    console.table(
        ("section", "epoch", "generation", "needed", "holders", "lacking"),
        [
            (
                SECTIONS[key.section],
                key.epoch,
                key.generation,
                key.k,
                key.n,
                ", ".join(key.lacking) or "-",
            )
            for key in state.keys
        ],
    )
    for key in state.keys:
        if key.lost:
            console.warn(
                "{names} signed for a part of {section} and has it no more. Move the keys with"
                " `salus custody reshare`.",
                names=", ".join(key.lost),
                section=SECTIONS[key.section],
            )
    if state.drill is None:
        console.say("Its keys were never tried. Try them with `salus custody drill`.")
    else:
        at = stamp(moment(state.drill.at))
        console.say("Its keys were tried last at {time}.", time=at)
    if state.resharing is not None and state.resharing.stage != Stage.DONE:
        console.warn(
            "Its keys are on their way to {names}. Go on with `salus custody reshare`.",
            names=state.resharing.names,
        )


@custody.command()
def drill(console: Console, record: _RECORD) -> None:
    """Try that the keepers of a record can open its keys, without opening anything.

    Example: `salus custody drill 3f2a`
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            units, key = all_units(session, found), controller(session, found)
        keepers = household.keepers_of(node, console.home, found)
        with console.progress("Trying"):
            tried = drill_keys(node, keepers, found, units, by=key)
        with node.sessions() as session, session.begin():
            keep_drill(Work(node, session), found, tried)
    _say_drilled(console, tried)


def _say_drilled(console: Console, tried: Drilled) -> None:
    console.answer(
        {
            "keys": len(tried.keys),
            "failed": tried.failed,
            "missing": list(tried.missing),
            "wrong": list(tried.wrong),
        }
    )
    for name in tried.missing:
        console.warn("{name} did not answer, or lacks a share.", name=name)
    for name in tried.wrong:
        console.warn("{name} gave a share that does not belong to the others.", name=name)
    if tried.failed:
        console.warn("{count} keys cannot be opened now.", count=tried.failed)
        raise typer.Exit(1)
    console.say("All {count} keys of the record can be opened.", count=len(tried.keys))


@custody.command()
def admit(
    console: Console,
    name: Annotated[str, typer.Argument(help="Its name, such as `c6`.")],
) -> None:
    """Let a new custodian into the consortium of this home, with keys and a store of its own.

    Example: `salus custody admit c6`
    """
    with open_node(console.home) as node:
        party = admit_custodian(node, console.home, name)
    console.answer({"name": party.name, "address": to_hex(party.address)})
    console.say("{name} may keep keys now. Give it some with `salus custody reshare`.", name=name)


@custody.command()
def reshare(
    console: Console,
    record: _RECORD,
    *,
    to: Annotated[str, typer.Option(help="The custodians that are to keep it, with commas.")],
    needed: Annotated[
        int, typer.Option(help="How many of them open a key; as many as now when not said.", min=0)
    ] = 0,
) -> None:
    """Bring the keys of a record to other custodians. The same command goes on after a failure.

    Example: `salus custody reshare 3f2a --to c1,c2,c3,c6,c7`
    """
    names = list(dict.fromkeys(name.strip() for name in to.split(",") if name.strip()))
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        move = _move(console, node, found, names, needed)
        with console.progress("Moving keys", total=len(Stage) - 1) as step:
            waiting = service.pursue(move, step=lambda _: step(1))
    console.answer(
        {
            "record": record_text(found),
            "set": to_hex(move.set),
            "custodians": names,
            "waits_for": list(waiting),
        }
    )
    console.say("The record is kept by {names} now.", names=", ".join(names))
    if waiting:
        console.warn(
            "These have not deleted their old shares: {names}. Give the command again when they"
            " answer.",
            names=", ".join(waiting),
        )


def _move(
    console: Console, node: Node, record: RecordId, names: Sequence[str], needed: int
) -> Move:
    """Raises UnknownParty, NotCustodian, NotOnLedger, SameHolders and UnderWay."""
    members, home = [_custodian(console, name) for name in names], console.home
    if set_of(node, record) == bytes(32):
        raise NotOnLedger
    refuse_renewal(node, record)
    _refuse_same(node, home_keepers := household.keepers_of(node, home, record), record, names)
    row = service.begin(node, record, names)
    k = needed or min(home_keepers.k, len(members))
    keepers = KeeperSet(
        tuple(member.address for member in members),
        home_keepers.gateway.member.address,
        k,
        min(home_keepers.k_emergency, k),
    )
    source = household.source_of(home)
    service.define(node, row.set, keepers, by=source)
    with node.reading() as session:
        key = controller(session, record)
    return Move(
        node,
        record,
        household.keepers_in(node, home, row.earlier),
        household.keepers_in(node, home, row.set),
        source,
        key,
        read_secret(home / STORAGE_KEY),
    )


def _custodian(console: Console, name: str) -> Member:
    member = of_home(console.home).member(name)
    if not member.roles & Roles.CUSTODIAN:
        raise NotCustodian(org=member.name)
    return member


def _refuse_same(node: Node, present: Keepers, record: RecordId, names: Sequence[str]) -> None:
    """Whoever has moved the keys already, and has only old shares to delete, may go on."""
    with node.reading() as session:
        row = session.get(Resharing, record_text(record))
    is_under_way = row is not None and row.stage != Stage.DONE
    if not is_under_way and [each.name for each in present.custodians] == list(names):
        raise SameHolders
