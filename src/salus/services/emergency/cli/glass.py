"""`salus break-glass`, `salus emergency-policy`, `salus notices`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from salus.kernel.canonical import parse
from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console, falling_back_to
from salus.platform.files import private_folder, write_atomic
from salus.platform.node import open_node
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.consent.authority.keys import guardian_names
from salus.rights.consent.emergency.ledger import policy_of
from salus.rights.consent.emergency.model import (
    REVIEW_HOURS,
    EmergencyPolicy,
    Reason,
    Scope,
    Verdict,
)
from salus.rights.custody.household import keepers_of
from salus.rights.custody.reading import SUBJECT
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party
from salus.rights.records.service import find_record
from salus.services.emergency import service
from salus.services.emergency.errors import (
    SiteMissing,
    UnknownPolicy,
    UnknownReason,
    UnknownVerdict,
)
from salus.services.emergency.lines import Line, lines_of
from salus.services.emergency.notices import Notified, Told, tell
from salus.services.emergency.notices import notices as all_notices

app = Commands()
glass = Commands(cls=falling_back_to("open"))
app.add_typer(glass, name="break-glass", help="Open a record in an emergency, never in silence.")

_POLICIES = {
    "allow": EmergencyPolicy.ALLOW,
    "summary": EmergencyPolicy.SUMMARY_ONLY,
    "forbid": EmergencyPolicy.FORBID,
}
_VERDICTS = {
    "justified": Verdict.JUSTIFIED,
    "not-justified": Verdict.NOT_JUSTIFIED,
    "unclear": Verdict.UNCLEAR,
}
_Record = Annotated[str, typer.Argument(help="The record, or a beginning of it.")]
_Emergency = Annotated[str, typer.Argument(help="The emergency, or a beginning of its id.")]
_Clinician = Annotated[str, typer.Option("--as", help="The clinician, such as `medic1`.")]
_Out = Annotated[Path | None, typer.Option(help="Folder for the resources that were read.")]


@glass.command(name="open")
def open_(
    console: Console,
    record: _Record,
    *,
    clinician: _Clinician,
    reason: Annotated[
        str,
        typer.Option(help="UNCONSCIOUS, CONFUSED, LIFE_AT_RISK, ALONE_CHILD or OTHER_EMERGENCY."),
    ],
    out: _Out = None,
) -> None:
    """Open the emergency summary of a record for four hours, and read it.

    For example: salus break-glass 3f2a --as medic1 --reason UNCONSCIOUS
    """
    if reason not in Reason.__members__:
        raise UnknownReason(reason=reason[:32])
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
        by = of_home(console.home).party(clinician).signing
        made = service.break_glass(node, record=found, reason=Reason[reason], by=by)
        _read(console, node, made, clinician, out)


@glass.command(name="read")
def read_(
    console: Console, emergency: _Emergency, *, clinician: _Clinician, out: _Out = None
) -> None:
    """Read again, or more, while an emergency lasts.

    For example: salus break-glass read 8c1d --as medic1 --out build/seen
    """
    with open_node(console.home) as node:
        found = _find(node, emergency)
        _read(console, node, found, clinician, out)


def _find(node: Node, text: str) -> service.Emergency:
    with node.reading() as session:
        return service.find_emergency(session, text)


def _read(
    console: Console, node: Node, made: service.Emergency, clinician: str, out: Path | None
) -> None:
    seen = _look(console, node, made, clinician)
    if out is not None:
        private_folder(out)
        for name, raw in seen.resources.items():
            write_atomic(out / f"{name.replace('/', '-')}.json", raw)
    console.answer(
        _shown(made)
        | {
            "resources": len(seen.resources),
            "lines": [{"kind": line.kind, "text": line.text} for line in seen.lines],
        }
    )
    console.say(
        "The emergency {emergency} is open until {until}. The patient and those who care for them"
        " are told.",
        emergency=service.handle(made.id),
        until=stamp(moment(made.expires_at)),
    )
    console.table(("fact", "text"), [(line.kind, line.text) for line in seen.lines])


@dataclass(frozen=True, slots=True)
class _Seen:
    resources: dict[str, bytes]
    lines: tuple[Line, ...]


def _look(console: Console, node: Node, made: service.Emergency, clinician: str) -> _Seen:
    keyring = of_home(console.home)
    with console.progress("Opening") as step:
        opened = service.read_opened(
            node,
            keepers_of(node, console.home, made.record),
            made,
            hospital=_hospital(console, made),
            by=keyring.party(clinician).signing,
            progress=step,
        )
    resources = {name: raw for unit in opened.units for name, raw in unit.resources.items()}
    summaries = (raw for name, raw in resources.items() if name.startswith("Bundle/"))
    raw = next(summaries, None)
    return _Seen(resources, lines_of(parse(raw)) if raw else ())


def _hospital(console: Console, made: service.Emergency) -> Party:
    """The organization for which the clinician opened. Raises SiteMissing."""
    keyring = of_home(console.home)
    for member in keyring.members():
        if member.address == made.site:
            return keyring.party(member.name)
    raise SiteMissing(clinician=made.clinician)


@glass.command()
def widen(console: Console, emergency: _Emergency, *, clinician: _Clinician) -> None:
    """Agree as a second clinician: to the summary where that waits, then to the whole record.

    For example: salus break-glass widen 8c1d --as medic2
    """
    with open_node(console.home) as node:
        found = _find(node, emergency)
        by = of_home(console.home).party(clinician).signing
        made = service.widen(node, found.id, by=by)
    console.answer(_shown(made))
    if made.scope is Scope.RECORD:
        console.say("The emergency releases the whole record now, but what is restricted.")
    else:
        console.say("The emergency releases the summary now.")


@glass.command()
def close(
    console: Console,
    emergency: _Emergency,
    *,
    signer: Annotated[
        str, typer.Option("--as", help="A clinician of the hospital, or `subject`.")
    ] = SUBJECT,
) -> None:
    """End an emergency before its time.

    For example: salus break-glass close 8c1d --as medic1
    """
    with open_node(console.home) as node:
        found = _find(node, emergency)
        if signer == SUBJECT:
            with node.reading() as session:
                by = consent.controller(session, found.record)
        else:
            by = of_home(console.home).party(signer).signing
        made = service.close(node, found.id, by=by)
    console.answer(_shown(made))
    console.say("The emergency is over. Nothing more can be read with it.")


@glass.command()
def review(
    console: Console,
    emergency: _Emergency,
    *,
    verdict: Annotated[str, typer.Option(help="justified, not-justified or unclear.")],
    finding: Annotated[str, typer.Option(help="Why; it stays in this home.")],
    officer: Annotated[str, typer.Option("--as", help="The privacy office.")] = "privacy",
) -> None:
    """Say once, as the privacy officer, whether an emergency was justified.

    For example: salus break-glass review 8c1d --verdict justified --finding "Cardiac arrest"
    """
    if verdict not in _VERDICTS:
        raise UnknownVerdict(verdict=verdict[:32])
    with open_node(console.home) as node:
        found = _find(node, emergency)
        by = of_home(console.home).party(officer).signing
        made = service.review(node, found.id, verdict=_VERDICTS[verdict], finding=finding, by=by)
    console.answer(_shown(made) | {"verdict": verdict})
    console.say("The review is on the ledger. The patient is told of it.")


def _shown(made: service.Emergency) -> dict[str, object]:
    return {
        "emergency": service.handle(made.id),
        "id": to_hex(made.id),
        "record": record_text(made.record),
        "scope": made.scope.name.lower(),
        "until": stamp(moment(made.expires_at)),
    }


@app.command(name="emergency-policy")
def emergency_policy(
    console: Console,
    record: _Record,
    policy: Annotated[
        str, typer.Argument(help="allow, summary or forbid; without it the policy is shown.")
    ] = "",
) -> None:
    """Say what clinicians may open of a record in an emergency.

    For example: salus emergency-policy 3f2a summary
    """
    if policy and policy not in _POLICIES:
        raise UnknownPolicy(policy=policy[:32])
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_record(session, record)
            key = consent.controller(session, found) if policy else None
        if key is not None:
            service.set_policy(node, found, _POLICIES[policy], by=key)
        current = policy_of(node, found)
    name = next(name for name, each in _POLICIES.items() if each is current)
    console.answer({"record": record_text(found), "policy": name})
    if current is EmergencyPolicy.FORBID:
        console.warn(
            "Nobody can open this record in an emergency now, whatever happens. Carry a card:"
            " `salus card`."
        )
    console.say("In an emergency the policy of this record is: {policy}.", policy=name)


@app.command()
def notices(
    console: Console,
    record: Annotated[str, typer.Argument(help="A record; without it all of this home.")] = "",
) -> None:
    """Show which emergencies there were, who was told of them, and what was found.

    For example: salus notices 3f2a
    """
    with open_node(console.home) as node:
        tell(node)
        with node.reading() as session:
            chosen = find_record(session, record) if record else None
            rows = [_notice(console, session, each) for each in all_notices(session, chosen)]
    console.answer(rows)
    if not rows:
        console.say("There was no emergency.")
        return
    columns = ("time", "step", "told", "name", "clinician", "reason", "review", "emergency")
    console.table(columns, [tuple(row[name] for name in columns) for row in rows])


def _notice(console: Console, session: Session, notice: Notified) -> dict[str, str]:
    keyring, made = of_home(console.home), service.emergency_of(session, notice.emergency)
    names = {notice.told: SUBJECT} if notice.role is Told.SUBJECT else guardian_names(session)
    return {
        "time": stamp(moment(notice.at)),
        "step": notice.step.name.lower(),
        "told": notice.role.value,
        "name": names.get(notice.told) or keyring.name_of(notice.told),
        "clinician": keyring.name_of(made.clinician),
        "reason": made.reason,
        "review": _review(made),
        "emergency": service.handle(made.id),
        "id": to_hex(made.id),
        "record": record_text(made.record),
    }


def _review(made: service.Emergency) -> str:
    """The verdict and finding, or until when a review is due."""
    if made.reviewed_at:
        verdict = next(name for name, each in _VERDICTS.items() if each is made.verdict)
        return f"{verdict}: {made.finding}" if made.finding else verdict
    return f"until {stamp(moment(made.opened_at + REVIEW_HOURS * 3600))}" if made.opened_at else ""
