"""kill -9 in what patients, guardians, clinicians, clerks, lenders and witnesses do.

Each verb is a command on a copy of one home. It dies at some of its write steps, drawn with a fixed
seed. Then either the verb is done or it is not: what was acknowledged is, what was not can be asked
for again, and then it is done once. The record opens, and the index is what the ledger says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from salus.kernel.clock import ManualClock, SystemClock
from salus.kernel.ids import Digest
from salus.kernel.merkle import root
from salus.platform.node import open_node
from salus.platform.work import Work
from salus.rights.consent.authority.model import WAIT
from salus.rights.consent.ledger import NONE
from salus.rights.consent.rules import rule_for
from salus.rights.custody.household import source_of
from salus.rights.notary.messages import Note
from salus.rights.notary.service import cosign, log_of
from salus.rights.notary.tables import SignedHead
from salus.rights.records.service import find_record, units_of
from tests.faults.killing import Act, live
from tests.journeys.stage import answer, chart, copy, grant, lines, opening, record_of, run, written

DEATHS = 4
"""Of each verb, at steps drawn from all that it has; all of all verbs would take half an hour."""
UNTIL = ("--until", "2030-12-31")
GUARDIANS = ("mother", "brother", "doctor")


@dataclass(frozen=True, slots=True)
class Story:
    """A home and what its verbs speak of: two records, a file, and whatever came before."""

    home: Path
    record: str
    other: str
    known: str = ""

    def at(self, home: Path) -> "Story":
        return Story(home, self.record, self.other, self.known)

    def say(self, *words: str) -> Any:
        """A command with what this story has in the place of RECORD, OTHER, KNOWN and FILE."""
        names = {"RECORD": self.record, "OTHER": self.other, "KNOWN": self.known}
        names["FILE"] = str(self.home / "offer.json")
        return answer(self.home, *(names.get(word, word) for word in words))


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: what comes before, what is done, and whether it is done.

    before: words of commands; the member `known` of the answer of the last is KNOWN afterwards
    """

    name: str
    words: tuple[str, ...]
    done: Callable[[Story], bool]
    before: tuple[tuple[str, ...], ...] = ()
    known: str = ""
    run: Callable[[Story], None] | None = None
    is_later: bool = False

    def act(self, story: Story) -> None:
        if self.run is None:
            story.say(*self.words)
        else:
            self.run(story)

    def prepared(self, start: Story, home: Path) -> Story:
        made, said = start.at(copy(start.home, home)), dict[str, Any]()
        for words in self.before:
            said = made.say(*words)
        return Story(home, start.record, start.other, said[self.known] if self.known else "")


"""WHETHER IT IS DONE"""


def states(story: Story, effect: str) -> list[str]:
    found = story.say("grants", "RECORD")
    return [each["state"] for each in found if each["effect"] == effect]


def is_denied(story: Story) -> bool:
    """The gateway has its terms as well: else it would refuse what another may read."""
    if not grants("deny", "live")(story):
        return False
    clinic = run(story.home, "open", story.record, *reads(story, "clinic"))
    assert clinic.status == 0
    return run(story.home, "open", story.record, *reads(story, "research")).status == 1


def reads(story: Story, reader: str) -> tuple[str | Path, ...]:
    return opening("laboratory", story.home.parent / "read.ndjson", reader=reader)


def has(story: Story, *words: str, **members: Any) -> bool:
    """Whether exactly one line, or the only answer, has these members."""
    said = story.say(*words)
    told = said if isinstance(said, list) else [said]
    count: int = sum(members.items() <= each.items() for each in told)
    assert count <= 1
    return count == 1


def grants(effect: str, *expected: str) -> Callable[[Story], bool]:
    """Whether grants of that effect have come to these states; what is not there has none."""
    return lambda story: (
        sorted(each for each in states(story, effect) if each != "pending") == sorted(expected)
    )


def is_reported(story: Story) -> bool:
    """What opens the evidence is here as soon as the ledger has the report."""
    (told,) = story.say("triggers", story.known)
    assert (told["reported"] is None) == (told["salt"] is None)
    return told["reported"] is not None


def generation(story: Story) -> tuple[int, bool]:
    """Of the laboratory: how often it was reopened, and whether it is closed."""
    sections = story.say("licensing", "show", "RECORD")["sections"]
    (found,) = [each for each in sections if each["section"] == "laboratory"]
    return found["generation"], found["closed"] is not None


def is_ruled(story: Story) -> bool:
    with open_node(story.home) as node, node.reading() as session:
        record = find_record(session, story.record)
        units = [unit.id for unit in units_of(session, record, ["laboratory"])]
        return bool(rule_for(node, record, units) != NONE)


def told(step: str) -> Callable[[Story], bool]:
    """Whether the patient was told, once."""
    return lambda story: has(story, "notices", "RECORD", step=step, told="subject")


def head(story: Story) -> Note:
    with open_node(story.home) as node, node.reading() as session:
        log = log_of(Work(node, session))
        contract = node.contracts["Anchors"].address
        now = node.clock.now().replace(microsecond=0)
        return Note(node.ledger.chain_id, contract, len(log), Digest(root(log)), now, 0, ())


def loaned(**members: Any) -> Callable[[Story], bool]:
    """Whether there is a loan with these members."""
    return lambda story: has(story, "loans", **members)


def signs(story: Story) -> None:
    note = head(story)
    with open_node(story.home) as node:
        cosign(node, note, by=source_of(story.home).signing)


def has_signed(story: Story) -> bool:
    """What was signed is remembered, so that no other head of that size is signed."""
    with open_node(story.home) as node, node.reading() as session:
        row = session.get(SignedHead, source_of(story.home).address)
        log = log_of(Work(node, session))
        assert row is None or (row.size, row.root) == (len(log), root(log))
        return row is not None


GUARDED = ("guardians", "RECORD", "--set", ",".join(GUARDIANS), "--threshold", "2")
ASKED = (GUARDED, ("recover", "open", "RECORD", "--by", "mother"))
RULED = ("rule", "RECORD", "--section", "laboratory", "--approvers", "patient,mother,brother")
TWO = (*RULED, "--threshold", "2")
PROPOSED = ("grant", "RECORD", "--sections", "laboratory", "--to", "research", *UNTIL)
BROKEN = ("break-glass", "RECORD", "--as", "medic1", "--reason", "UNCONSCIOUS")
SAME = ("--reason", "the same person")
LINKED = ("match", "link", "RECORD", "OTHER", *SAME)
ARMED = (*PROPOSED, "--ends-when", "clinic:discharged")
LETTER = str(Path(__file__).parents[1] / "journeys" / "stage.py")
REPORTED = ("report", "KNOWN", "--trigger", "discharged", "--as", "clinic", "--evidence", LETTER)
LICENSED = ("licensing", "set", "RECORD", "--sections", "laboratory", "--duo", "GRU")
CLOSED = ("licensing", "close", "RECORD", "--sections", "laboratory")
DENIED = ("deny", "RECORD", "--to", "research", *UNTIL)
RICH = (("money", "issue", "2000", "--to", "bank"), ("money", "issue", "2000", "--to", "acme"))
OFFERED = ("lend", "offer", "RECORD", "--principal", "400", "--liquidate", "0", "-o", "FILE")
BORROWED = (*RICH, OFFERED, ("borrow", "RECORD", "--offer", "FILE"))
LARGER = ("lend", "offer", "RECORD", "--principal", "500", "--liquidate", "0", "-o", "FILE")

VERBS = (
    Verb("deny", DENIED, is_denied, before=(PROPOSED,)),
    Verb("lift", ("lift", "KNOWN"), grants("deny", "ended"), before=(DENIED,), known="denial"),
    Verb("rule", TWO, is_ruled),
    Verb(
        "loosen",
        ("rule", "RECORD", "--section", "laboratory", "--none", "--as", "brother"),
        lambda story: not is_ruled(story),
        before=(TWO, ("rule", "RECORD", "--section", "laboratory", "--none")),
    ),
    Verb(
        "approve",
        ("approve", "KNOWN", "--as", "mother"),
        grants("permit", "live", "live"),
        before=(TWO, PROPOSED),
        known="grant",
    ),
    Verb(
        "decline",
        ("decline", "KNOWN", "--as", "mother"),
        grants("permit", "live", "ended"),
        before=(TWO, PROPOSED),
        known="grant",
    ),
    Verb("arm", ARMED, grants("permit", "live", "live")),
    Verb("report", REPORTED, is_reported, before=(ARMED,), known="grant"),
    Verb("licensing", LICENSED, lambda story: has(story, "licensing", "show", "RECORD", changes=1)),
    Verb("close-section", CLOSED, lambda story: generation(story) == (0, True)),
    Verb(
        "reopen-section",
        ("licensing", "reopen", "RECORD", "--sections", "laboratory"),
        lambda story: generation(story) == (1, False),
        before=(CLOSED,),
    ),
    Verb(
        "publish",
        ("policy", "publish", LETTER, "--for", "wording", "--as", "hospital"),
        lambda story: has(story, "policy", "list", **{"for": "wording"}),
    ),
    Verb("end", ("end", "RECORD"), grants("permit", "ended", "ended"), before=(PROPOSED,)),
    Verb(
        "guardians",
        GUARDED,
        lambda story: has(story, "guardians", "RECORD", threshold=2, waiting=None),
    ),
    Verb(
        "recover-open",
        ("recover", "open", "RECORD", "--by", "doctor"),
        lambda story: has(story, "recover", "status", "RECORD", state="running"),
        before=ASKED,
    ),
    Verb(
        "recover-cancel",
        ("recover", "cancel", "RECORD"),
        lambda story: has(story, "recover", "status", "RECORD", state="none"),
        before=(*ASKED, ("recover", "open", "RECORD", "--by", "doctor")),
    ),
    Verb(
        "recover-finish",
        ("recover", "finish", "RECORD"),
        lambda story: has(story, "recover", "status", "RECORD", state="none"),
        before=(*ASKED, ("recover", "open", "RECORD", "--by", "doctor")),
        is_later=True,
    ),
    Verb(
        "delegate",
        ("delegate", "RECORD", "--to", "research", "--powers", "notify", *UNTIL),
        lambda story: has(story, "delegates", "RECORD", delegate="research", active=True),
    ),
    Verb(
        "emergency-policy",
        ("emergency-policy", "RECORD", "forbid"),
        lambda story: has(story, "emergency-policy", "RECORD", policy="forbid"),
    ),
    Verb("break-glass", BROKEN, told("opened")),
    Verb(
        "widen",
        ("break-glass", "widen", "KNOWN", "--as", "medic2"),
        told("widened"),
        before=(BROKEN,),
        known="emergency",
    ),
    Verb(
        "close",
        ("break-glass", "close", "KNOWN"),
        told("closed"),
        before=(BROKEN,),
        known="emergency",
    ),
    Verb(
        "review",
        ("break-glass", "review", "KNOWN", "--verdict", "justified", "--finding", "Cold"),
        told("reviewed"),
        before=(BROKEN,),
        known="emergency",
    ),
    Verb(
        "share",
        ("share", "RECORD", "--only", "Observation/o1", "--to", "research", *UNTIL),
        grants("permit", "live", "live"),
    ),
    Verb("link", LINKED, lambda story: has(story, "match", "history", event="linked")),
    Verb(
        "unlink",
        ("match", "unlink", "RECORD", "OTHER", *SAME),
        lambda story: has(story, "match", "history", event="unlinked"),
        before=(LINKED,),
    ),
    Verb(
        "hold",
        ("hold", "RECORD", "--reason", "Radiation law, section 85", *UNTIL),
        lambda story: has(story, "holds", "RECORD", reason="Radiation law, section 85"),
    ),
    Verb("cosign", (), has_signed, run=signs),
    Verb("lend-offer", OFFERED, lambda story: has(story, "lend", "list", state="open"), RICH),
    Verb("borrow", BORROWED[-1], loaned(state="active"), before=(*RICH, OFFERED)),
    Verb("repay", ("repay", "1", "--all", "--as", "acme"), loaned(state="repaid"), BORROWED),
    Verb(
        "refinance",
        ("refinance", "1", "--offer", "FILE"),
        loaned(round=1),
        before=(*BORROWED, LARGER),
    ),
    Verb("sell-note", ("lend", "sell-note", "1", "--to", "acme"), loaned(holder="acme"), BORROWED),
    Verb("ask-buyout", ("buyout", "1", "--price", "900"), loaned(asked=900_000_000), BORROWED),
    Verb(
        "buy-out",
        ("buyout", "1", "--as", "acme"),
        loaned(state="settled"),
        before=(*BORROWED, ("buyout", "1", "--price", "900")),
    ),
)


"""THE TEST"""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A home with two records, of which the clinic may read the laboratory of one."""
    folder = tmp_path_factory.mktemp("verbs")
    home = folder / "home"
    assert run(home, "init").status == 0
    record = record_of(home, written(folder, "one.json", chart()))
    apart = chart().replace(b"p1", b"p2").replace(b'"o1"', b'"o2"').replace(b'"a1"', b'"a2"')
    other = record_of(home, written(folder, "two.json", apart))
    grant(home, record, "laboratory")
    for name in GUARDIANS:
        answer(home, "invite", name)
    return Story(home, record, other)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_verb_is_done_once_or_not_at_all_wherever_the_process_dies(
    verb: Verb, start: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = verb.prepared(start, tmp_path / "ready")
    if verb.is_later:
        later = ManualClock(SystemClock().now() + WAIT)
        monkeypatch.setattr("salus.platform.node.SystemClock", lambda: later)
    steps = whole(verb, ready, tmp_path)

    for deadly in drawn(verb, steps):
        done_once(verb, ready, tmp_path, deadly)


def whole(verb: Verb, ready: Story, folder: Path) -> int:
    """Lets a verb come to its end; answers how many steps at which it can die it has."""
    story = ready.at(copy(ready.home, folder / "whole"))
    assert not verb.done(story)
    acknowledged, steps = lived(verb, story, None)
    assert acknowledged
    assert verb.done(story)
    return steps


def drawn(verb: Verb, steps: int) -> list[int]:
    """The steps at which it is killed, the same at every run."""
    points = sorted(Random(verb.name).sample(range(1, steps + 1), min(DEATHS, steps)))
    print(f"{verb.name}: killed at {points} of {steps} steps")  # noqa: T201 - shown when it fails
    return points


def lived(verb: Verb, story: Story, deadly: int | None) -> tuple[bool, int]:
    def act(_: Path) -> None:
        verb.act(story)

    return live(story.home, Act(verb.name, act, act), deadly)


def done_once(verb: Verb, ready: Story, folder: Path, deadly: int) -> None:
    """A verb that died never happened, or all of it did; done again, it is there once."""
    story = ready.at(copy(ready.home, folder / f"killed-{deadly}"))
    acknowledged, _ = lived(verb, story, deadly)
    if not verb.done(story):
        assert not acknowledged
        verb.act(story)
    output = story.home.parent / f"{story.home.name}.ndjson"

    assert verb.done(story)
    assert story.say("index", "rebuild") == {"differences": []}
    story.say("open", "RECORD", *map(str, opening("laboratory", output)))
    assert b"12.0 g/dL" in lines(output)[0]
