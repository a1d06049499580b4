"""`salus governance`: what the governors of a consortium decide, and who belongs to it."""

from datetime import timedelta
from typing import Annotated, Any, NamedTuple

import typer

from salus.kernel.clock import moment, seconds, stamp
from salus.kernel.encoding import from_hex, to_hex
from salus.kernel.ids import NOBODY, Address, Digest
from salus.platform.cli import Commands, Console
from salus.platform.i18n import translate
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent.authority.cli.people import address_of
from salus.rights.consent.cli.words import listed as words_in
from salus.rights.consent.cli.words import parse_until
from salus.rights.consent.licensing.attributes import (
    Attributes,
    attributes_of,
    attributes_word,
)
from salus.rights.consent.licensing.model import names_of, regions_of
from salus.rights.identity.governing import reading, service
from salus.rights.identity.governing.errors import ActionUnclear
from salus.rights.identity.governing.model import (
    Proposal,
    Wished,
    action_named,
    action_of,
    name_of,
    role_names,
    roles_of,
)
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import ActionKind, Roles

app, governance = Commands(), Commands()
app.add_typer(governance, name="governance", help="What governors decide, and who belongs.")
_DAY = int(timedelta(days=1).total_seconds())
_ROLES = frozenset({ActionKind.ADMIT, ActionKind.SET_ROLES})
_ATTESTS = frozenset({ActionKind.ADMIT, ActionKind.SET_ATTRIBUTES})

_As = Annotated[
    str, typer.Option("--as", help="The governor that signs; the one of this home without.")
]
_Proposal = Annotated[str, typer.Argument(help="The proposal, or a beginning of its id.")]
_Name = Annotated[str, typer.Argument(help="Lower-case letters and digits.")]


@governance.command()
def propose(
    console: Console,
    action: Annotated[str, typer.Argument(help="Such as `admit`, `suspend`, `pause-opening`.")],
    org: Annotated[str, typer.Argument(help="About whom or what: a name or an address.")] = "",
    *,
    roles: Annotated[str, typer.Option(help="Such as `licensee,reader`.")] = "",
    regions: Annotated[str, typer.Option(help="Attested: where a licensee is.")] = "",
    non_profit: Annotated[bool, typer.Option(help="Attested: it is not for profit.")] = False,
    ethics_until: Annotated[
        str, typer.Option(help="Attested: the last day of its ethics approval.")
    ] = "",
    other: Annotated[str, typer.Option(help="The second organization of `link`.")] = "",
    threshold: Annotated[int | None, typer.Option(help="How many have to agree.")] = None,
    days: Annotated[int | None, typer.Option(help="Of a pause; 30 at most.")] = None,
    key: Annotated[str, typer.Option(help="The key of a validator, 0x and 64 hex digits.")] = "",
    power: Annotated[int | None, typer.Option(help="The power of its vote; 0 takes it.")] = None,
    name: _As = "",
) -> None:
    """Propose a decision to the governors, and agree to it. It lasts for 14 days.

    Example: salus governance propose admit 0x1f3a --roles licensee,reader --regions eu
    """
    said = _Said(org, roles, regions, non_profit, ethics_until, other, threshold, days, key, power)
    kind = action_named(action)
    with open_node(console.home) as node:
        decided = action_of(kind, _wished(node, console, kind, said))
        governor = service.governor_of(node, console.home, name)
        found = service.propose(node, decided, by=governor.signing)
        _report(node, console, found)


class _Said(NamedTuple):
    """A decision as it was written."""

    org: str
    roles: str
    regions: str
    non_profit: bool
    ethics_until: str
    other: str
    threshold: int | None
    days: int | None
    key: str
    power: int | None


def _wished(node: Node, console: Console, kind: ActionKind, said: _Said) -> Wished:
    return Wished(
        org=_address(node, console, said.org),
        other=_address(node, console, said.other),
        roles=roles_of(words_in(said.roles)) if said.roles else None,
        attributes=_attested(said) if kind in _ATTESTS else None,
        threshold=said.threshold,
        pause=None if said.days is None else said.days * _DAY,
        key=_key(said.key),
        power=said.power,
    )


def _address(node: Node, console: Console, text: str) -> Address | None:
    """Raises UnknownParty."""
    if not text:
        return None
    with node.reading() as session:
        return address_of(session, console.home, text)


def _attested(said: _Said) -> Digest:
    """The word of what the governors attest. Raises UnknownRegion and BadWindow."""
    until = seconds(parse_until(said.ethics_until)) if said.ethics_until else 0
    regions = regions_of(words_in(said.regions))
    word = attributes_word(Attributes(regions, said.non_profit, until))
    return Digest(word.to_bytes(32, "big"))


def _key(text: str) -> Digest | None:
    """Raises ActionUnclear."""
    try:
        return Digest(from_hex(text.lower(), 32)) if text else None
    except ValueError:
        raise ActionUnclear(needed="--key") from None


@governance.command()
def approve(console: Console, proposal: _Proposal, *, name: _As = "") -> None:
    """Agree to a proposal, as a governor. The last word that is needed carries it out.

    Example: salus governance approve 7f3a --as clinic
    """
    with open_node(console.home) as node:
        governor = service.governor_of(node, console.home, name)
        with node.reading() as session:
            known = reading.find_proposal(session, proposal)
        found = service.approve(node, known, by=governor.signing)
        _report(node, console, found)


@governance.command()
def withdraw(console: Console, proposal: _Proposal, *, name: _As = "") -> None:
    """Take one's own word on a proposal back, as long as it is open.

    Example: salus governance withdraw 7f3a --as hospital
    """
    with open_node(console.home) as node:
        governor = service.governor_of(node, console.home, name)
        with node.reading() as session:
            known = reading.find_proposal(session, proposal)
        found = service.withdraw(node, known, by=governor.signing)
        _report(node, console, found)


def _report(node: Node, console: Console, found: Proposal) -> None:
    row = _described(node, console, found)
    console.answer(row)
    said = {"proposal": to_hex(found.id)[:12], "action": _what(row)}
    if found.done_at:
        console.say("{action} is decided. The proposal {proposal} was carried out.", **said)
        return
    console.say(
        "{action} is proposed as {proposal}: {count} of {needed} agree, until {until}.",
        count=found.counted,
        needed=found.needed,
        until=row["until"],
        **said,
    )


@governance.command(name="list")
def list_(
    console: Console,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also what is decided or over.")] = False,
) -> None:
    """List the proposals that are open: what they are, who agreed, who is still needed.

    Example: salus governance list --all
    """
    with open_node(console.home) as node:
        node.ledger.advance()
        node.follow()
        with node.reading() as session:
            known = reading.proposals(session)
        rows = [_described(node, console, each) for each in known]
    rows = [row for row in rows if every or row["state"] == "open"]
    console.answer(rows)
    if not rows:
        console.say("There are no proposals.")
        return
    console.table(
        ("proposal", "what", "by", "agreed", "needed", "state", "until"),
        [
            (
                str(row["proposal"])[:12],
                _what(row),
                row["by"],
                ", ".join(row["agreed"]),
                row["needed"],
                translate(str(row["state"])),
                row["until"],
            )
            for row in rows
        ],
    )


def _described(node: Node, console: Console, found: Proposal) -> dict[str, Any]:
    """`value` is that of the ledger: bits of roles, a number of governors, seconds, a power."""
    named, action = of_home(console.home).name_of, found.action
    return {
        "proposal": to_hex(found.id),
        "action": name_of(action.kind),
        "organization": named(action.org) if action.org != NOBODY else None,
        "other": named(action.other) if action.other != NOBODY else None,
        "value": action.value,
        "roles": role_names(Roles(action.value)) if action.kind in _ROLES else None,
        "attributes": to_hex(action.attributes),
        "by": named(found.proposer),
        "agreed": [named(each) for each in found.approvals],
        "counted": found.counted,
        "needed": found.needed,
        "state": found.state(seconds(node.clock.now())).value,
        "proposed_at": stamp(moment(found.proposed_at)),
        "until": stamp(moment(found.until)),
        "done_at": stamp(moment(found.done_at)) if found.done_at else None,
    }


def _what(row: dict[str, Any]) -> str:
    """A decision in a few words, such as `admit acme: licensee, reader`."""
    parties = [str(row[each]) for each in ("organization", "other") if row[each]]
    more = str(row["value"] or "") if row["roles"] is None else ", ".join(row["roles"])
    if row["action"] == name_of(ActionKind.PAUSE_OPENING):
        more = translate("{days} days", days=row["value"] // _DAY)
    return f"{row['action']} {' '.join(parties)}".strip() + (f": {more}" if more else "")


@governance.command()
def members(console: Console) -> None:
    """List who belongs to the consortium: roles, what is attested, and who governs.

    Example: salus governance members
    """
    with open_node(console.home) as node, node.reading() as session:
        known = reading.organizations(session)
    ring = of_home(console.home)
    rows: list[dict[str, Any]] = [
        {
            "organization": ring.name_of(each.address),
            "address": to_hex(each.address),
            "roles": role_names(each.roles),
            "governs": each.is_governor,
            "state": "active" if each.is_active else "suspended",
            "regions": names_of(found.regions),
            "non_profit": found.is_non_profit,
            "ethics_until": stamp(moment(found.ethics_until)) if found.ethics_until else None,
        }
        for each in known
        for found in (attributes_of(int.from_bytes(each.attributes, "big")),)
    ]
    console.answer(rows)
    console.table(
        ("organization", "roles", "governs", "state", "regions", "ethics until"),
        [
            (
                row["organization"],
                ", ".join(row["roles"]),
                translate("yes") if row["governs"] else "",
                translate(str(row["state"])),
                ", ".join(row["regions"]),
                str(row["ethics_until"] or "")[:10],
            )
            for row in rows
        ],
    )


@governance.command()
def newcomer(
    console: Console,
    name: _Name,
    *,
    roles: Annotated[str, typer.Option(help="What it asks for, such as `licensee,reader`.")] = "",
) -> None:
    """Make the keys of a party that wants to join. The governors are told its address.

    Example: salus governance newcomer thrift --roles licensee,reader
    """
    made = service.newcomer(console.home, name, roles_of(words_in(roles)))
    console.answer({"name": name, "address": to_hex(made.address), "roles": role_names(made.roles)})
    console.say(
        "The keys of {name} are in this home. The governors admit {address}.",
        name=name,
        address=to_hex(made.address),
    )


@governance.command()
def join(console: Console, name: _Name) -> None:
    """Say, as a new member, to which key things are sealed; after its admission.

    Example: salus governance join thrift
    """
    party = of_home(console.home).party(name)
    with open_node(console.home) as node:
        is_new = service.join(node, party)
    console.answer({"name": name, "address": to_hex(party.address), "new": is_new})
    console.say("{name} belongs to the consortium, and can be sealed to.", name=name)
