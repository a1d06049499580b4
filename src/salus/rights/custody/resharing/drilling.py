"""A drill: try that the shares of a record's holders give its keys, without opening anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from salus.kernel.clock import seconds
from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest, RecordId, UnitId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.custody import messages as m
from salus.rights.custody.joining import Answers, collect, refuse
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.model import Dealing, GateHalf, Share, join
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import Reader, as_subject, ask_for
from salus.rights.custody.resharing.tables import Drill
from salus.rights.records.service import KnownUnit

TOGETHER = 8  # units tried in one request


@dataclass(frozen=True, slots=True)
class Tried:
    """One key in one epoch: whether it opened, and whose shares do not belong to the others."""

    unit: UnitId
    section: int
    epoch: int
    generation: int
    is_open: bool
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found: every key, and who did not answer or lacks a share."""

    keys: tuple[Tried, ...]
    missing: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def failed(self) -> int:
        return sum(not key.is_open for key in self.keys)

    @property
    def names(self) -> str:
        return ", ".join(sorted({*self.missing, *self.wrong}))


def drill(
    node: Node,
    keepers: Keepers,
    record: RecordId,
    units: Sequence[KnownUnit],
    *,
    by: SigningKey,
    trying: Digest = m.PRESENT_SET,
) -> Drilled:
    """Ask every holder for its share of every key, and join them in such a way that each is tried.

    Commitments say that a holder gave what it holds; only joining says that what it holds is right.
    `trying`: a set that does not keep the record yet. Raises NotPermitted, TooFewShares when
    nobody answers.
    """
    found: list[Tried] = []
    missing, wrong = set[str](), set[str]()
    for at in range(0, len(units), TOGETHER):
        reader, some = as_subject(by), units[at : at + TOGETHER]
        ask = ask_for(node, reader, record, some, objects=m.NO_OBJECTS, trying=trying)
        answers, errors = _asked(node, keepers, reader, ask)
        found += _tried_all(answers)
        missing |= errors | answers.lacking
        wrong |= answers.liars | {name for key in found for name in key.wrong}
    return Drilled(tuple(found), tuple(sorted(missing)), tuple(sorted(wrong)))


def _asked(node: Node, keepers: Keepers, reader: Reader, ask: m.Ask) -> tuple[Answers, set[str]]:
    shares, gate, errors = collect(keepers, ask)
    refuse(shares, gate, errors, needed=1)
    assert gate is not None, "checked by refuse"
    digest = m.request_digest(domain_of(node), ask.request)
    return Answers(node, keepers, reader.party.sealing, digest, shares, gate), set(errors)


def _tried_all(answers: Answers) -> Iterator[Tried]:
    units = dict.fromkeys(half.dealing.unit for half in answers.gate.released)
    for unit in units:
        for half in answers.halves(unit):
            yield _tried(answers, half)


def _tried(answers: Answers, half: m.ReleasedHalf) -> Tried:
    dealing, good = half.dealing, answers.good_shares(half.dealing)
    place = (UnitId(dealing.unit), dealing.section, dealing.epoch, dealing.generation)
    try:
        part = answers.part_of_gateway(half)
    except SalusError:
        answers.liars.add(answers.keepers.gateway.name)
        return Tried(*place, is_open=False, wrong=())
    right = _that_join(dealing, good, part)
    if not right:
        return Tried(*place, is_open=False, wrong=())
    names = [keeper.name for keeper in answers.keepers.custodians]
    wrong = [
        names[share.index - 1]
        for share in good
        if share not in right and join(dealing, [*right[1:], share], part) is None
    ]
    return Tried(*place, is_open=True, wrong=tuple(wrong))


def _that_join(dealing: Dealing, good: Sequence[Share], part: GateHalf) -> tuple[Share, ...]:
    """As many shares as are needed that give the key; none where no choice does."""
    choices = combinations(good, dealing.k)
    return next((chosen for chosen in choices if join(dealing, chosen, part) is not None), ())


def keep_drill(work: Work, record: RecordId, found: Drilled) -> None:
    """Remember when the shares of a record were tried last, and who was wrong or missing."""
    work.session.merge(
        Drill(
            record=record_text(record),
            at=seconds(work.node.clock.now()),
            keys=len(found.keys),
            failed=found.failed,
            names=found.names[:800],
        )
    )
