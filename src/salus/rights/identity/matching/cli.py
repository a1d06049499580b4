"""`salus match`: who in this home is the same person, and what people decided about it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from salus.kernel.clock import stamp
from salus.platform.cli import Commands, Console
from salus.platform.node import STORAGE_KEY, open_node
from salus.platform.storage import read_secret
from salus.platform.work import Node, Work
from salus.rights.identity.keyring import of_home
from salus.rights.identity.matching import service
from salus.rights.identity.matching.across.cli import across
from salus.rights.identity.matching.events import PARTS
from salus.rights.identity.matching.reading import people_in
from salus.rights.identity.matching.register import (
    Match,
    find_known,
    near,
    person_in,
)
from salus.rights.identity.wording import told

app = Commands()


class _FindUnlessNamed(typer.core.TyperGroup):
    """`salus match FILE` is `salus match find FILE`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        known = args[0] in self.commands
        return super().resolve_command(ctx, args if known else ["find", *args])


match = Commands(cls=_FindUnlessNamed)
match.registered_commands += across.registered_commands
app.add_typer(match, name="match", help="Find records of the same person, and link them.")

_Left = Annotated[str, typer.Argument(help="A record, or a beginning of it.")]
_Right = Annotated[str, typer.Argument(help="The other record, or a beginning of it.")]
_Reason = Annotated[str, typer.Option(help="What was seen, without a name or a number.")]
_By = Annotated[str, typer.Option(help="The party of this home that decides.")]


@match.command()
def find(
    console: Console,
    who: Annotated[str, typer.Argument(help="A file with FHIR Patients, or a record.")],
    *,
    certain: Annotated[bool, typer.Option(help="Only a match that is certain.")] = False,
) -> None:
    """Look for a person among the patients of this home.

    Example: salus match find patient.json --certain
    """
    with open_node(console.home) as node, node.reading() as session:
        key = read_secret(console.home / STORAGE_KEY)
        answers = [
            service.only_certain(found) if certain else found
            for found in (
                [near(session, each, storage_key=key) for each in people_in(Path(who))]
                if Path(who).is_file()
                else [_beside(session, who, key)]
            )
        ]
    console.answer([[_shown(each) for each in found] for found in answers])
    for found in answers:
        _say(console, found, certain=certain)


def _beside(session: Any, who: str, key: bytes) -> list[Match]:
    """Candidates for somebody who is known already, without the record itself."""
    record = find_known(session, who)
    person = person_in(session, record, storage_key=key)
    return near(session, person, without=[record], storage_key=key)


def _shown(found: Match) -> dict[str, object]:
    return {
        "record": found.candidate.key,
        "enterprise": found.candidate.cluster,
        "active": found.is_active,
        "score": round(found.candidate.scored.probability, 6),
        "grade": found.candidate.grade.value,
        "agrees": list(found.candidate.agrees),
        "bars": [bar.value for bar in found.candidate.bars],
    }


def _say(console: Console, found: list[Match], *, certain: bool) -> None:
    if not found:
        console.say(
            "Nobody in this home is certainly this person."
            if certain
            else "Nobody in this home is likely to be this person."
        )
        return
    rows = [
        (
            each.candidate.key,
            told([each.candidate.grade.value]),
            f"{each.candidate.scored.probability:.4f}",
            told(each.candidate.agrees),
        )
        for each in found
    ]
    console.table(("record", "grade", "score", "agrees in"), rows)


@match.command()
def review(console: Console) -> None:
    """List pairs of records that a person must look at.

    Example: salus match review
    """
    with open_node(console.home) as node, node.reading() as session:
        found = service.waiting(session)
    console.answer(
        [
            {
                "left": each.left,
                "right": each.right,
                "score": each.parts / PARTS,
                "agrees": list(each.agrees),
                "bars": list(each.bars),
            }
            for each in found
        ]
    )
    if not found:
        console.say("Nothing waits for a decision.")
        return
    console.table(
        ("record", "other record", "score", "agrees in", "not automatic because"),
        [(e.left, e.right, f"{e.parts / PARTS:.4f}", told(e.agrees), told(e.bars)) for e in found],
    )


@match.command()
def link(
    console: Console, left: _Left, right: _Right, *, reason: _Reason, by: _By = "hospital"
) -> None:
    """Say that two records are of one person.

    Example: salus match link 3f2a 91bc --reason "passport seen"
    """
    with open_node(console.home) as node, node.sessions() as session, session.begin():
        clerk = _clerk(console, by)
        work, ends = _ends(node, session, left, right)
        service.link(work, *ends, reason=reason, by=clerk)
    console.answer({"event": "linked", "left": ends[0], "right": ends[1]})
    console.say("The two records are of one person from now on.")


@match.command()
def unlink(
    console: Console, left: _Left, right: _Right, *, reason: _Reason, by: _By = "hospital"
) -> None:
    """Take a link back, and list what was written while it held.

    Example: salus match unlink 3f2a 91bc --reason "two passports"
    """
    with open_node(console.home) as node, node.sessions() as session, session.begin():
        clerk = _clerk(console, by)
        work, ends = _ends(node, session, left, right)
        done = service.unlink(work, *ends, reason=reason, by=clerk)
    written = [{"record": record, "resource": name} for record, name in done.written]
    console.answer(
        {
            "event": "unlinked",
            "left": list(done.left),
            "right": list(done.right),
            "written": written,
        }
    )
    console.say("The link is taken back; both sides are again what they were.")
    if written:
        console.say("This was written meanwhile. Look at whose it is:")
        console.table(("record", "resource"), list(done.written))


@match.command()
def apart(
    console: Console, left: _Left, right: _Right, *, reason: _Reason, by: _By = "hospital"
) -> None:
    """Say that two records are of two people, so that nobody is asked again.

    Example: salus match apart 3f2a 91bc --reason "twins"
    """
    with open_node(console.home) as node, node.sessions() as session, session.begin():
        clerk = _clerk(console, by)
        work, ends = _ends(node, session, left, right)
        service.confirm_apart(work, *ends, reason=reason, by=clerk)
    console.answer({"event": "apart", "left": ends[0], "right": ends[1]})
    console.say("The two records are of two people. Nobody is asked again.")


@match.command()
def history(console: Console) -> None:
    """Check the signatures of all links ever made or taken back, and list them.

    Example: salus match history
    """
    keyring = of_home(console.home)
    with open_node(console.home) as node, node.reading() as session:
        found = service.log(session)
    rows = [
        {
            "number": each.number,
            "event": each.kind,
            "left": each.left,
            "right": each.right,
            "reason": each.reason,
            "score": each.parts / PARTS,
            "by": keyring.name_of(each.by),
            "at": stamp(each.at),
        }
        for each in found
    ]
    console.answer(rows)
    if not rows:
        console.say("No record was ever linked with another.")
        return
    columns = ("number", "left", "right", "reason", "by", "at")
    console.table(
        ("event", "number", "record", "other record", "reason", "by", "at"),
        [[told([str(row["event"])]), *(row[name] for name in columns)] for row in rows],
    )


def _clerk(console: Console, name: str) -> service.Clerk:
    """Raises UnknownParty."""
    party = of_home(console.home).party(name)
    return service.Clerk(party, read_secret(console.home / STORAGE_KEY))


def _ends(node: Node, session: Any, left: str, right: str) -> tuple[Work, tuple[str, str]]:
    return Work(node, session), (find_known(session, left), find_known(session, right))
