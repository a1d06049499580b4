"""What one line of the audit says, and how each line holds the one before it. Pure.

Fields as in section 7 of the design. A line names keys, organizations, units and grants; it never
holds a name, a value or the handle of a record: its subject is a random pseudonym of one log.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from salus.kernel.documents import BadDocument, canonical_bytes, parse
from salus.kernel.ids import Address, Digest, GrantId, RecordId, UnitId
from salus.kernel.merkle import leaf_hash

LEAF = b"\x80"
SALT, PSEUDONYM, ID = 16, 16, 16  # bytes
FIRST = Digest(bytes(32))
"""What the first line of a log holds in the place of the one before it."""


class Outcome(Enum):
    """What became of an act: given, refused by the decision, or ended by an error before it."""

    PERMITTED = "permitted"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """One unit that an act was about."""

    unit: UnitId
    section: int
    kind: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a key, the organization it is of, and for whom; `NOBODY` where there is none.

    `role` is `subject`, `delegate`, `clinician`, `licensee`, `source`, `reader` or `unknown`;
    `credential` the hash of the key that things were to be sealed to; `client` the door that was
    used.
    """

    key: Address
    organization: Address
    role: str
    credential: bytes
    client: str
    acting_for: Address


@dataclass(frozen=True, slots=True)
class Basis:
    """What the decision rests on. `rule` names it; an error stands there where an act failed."""

    decision: str
    rule: str
    grants: tuple[GrantId, ...] = ()
    policies: tuple[Digest, ...] = ()
    obligations: tuple[str, ...] = ()
    emergency: bytes = b""
    license: bytes = b""


@dataclass(frozen=True, slots=True)
class Act:
    """What a verb did, or was refused, to the record of one subject; `at` in ms since 1970.

    `query` is the SHA-256 of a search and `count` how many it found; of a read by ids it is empty.
    """

    record: RecordId
    at: int
    request: bytes
    action: str
    purpose: str
    outcome: Outcome
    actor: Actor
    parts: tuple[Part, ...]
    basis: Basis
    query: bytes = b""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log of one node, numbered from 1. `previous` is the leaf hash before it."""

    id: bytes
    sequence: int
    at: int
    node: Address
    request: bytes
    action: str
    purpose: str
    outcome: str
    actor: Actor
    subject: bytes
    parts: tuple[Part, ...]
    query: bytes
    count: int
    basis: Basis
    previous: Digest


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is kept: its canonical bytes, and the salt, empty once that was erased."""

    sequence: int
    subject: bytes
    salt: bytes
    content: bytes
    leaf: bytes

    def entry(self) -> Entry:
        """Raises BadDocument."""
        return parse(Entry, self.content)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a log ends: the number of its lines and the leaf hash of the last."""

    sequence: int = 0
    leaf: Digest = FIRST


@dataclass(frozen=True, slots=True)
class Fault:
    """The line at which a log is not what it was, and what is wrong with it."""

    sequence: int
    reason: str


def leaf_of(salt: bytes, content: bytes) -> Digest:
    """The hash of a line, in the tree and in the next line: leaf data is 80, salt, content."""
    return Digest(leaf_hash(LEAF + salt + content))


def line_of(entry: Entry, salt: bytes) -> Line:
    content = canonical_bytes(entry)
    return Line(entry.sequence, entry.subject, salt, content, leaf_of(salt, content))


def faults(lines: Iterable[Line], node: Address, since: Link | None = None) -> Iterator[Fault]:
    """Every line that was changed, moved, put in or taken out, in the order of the log.

    Of a line whose salt was erased the place and the link are checked; its content is not bound.
    What was cut off at the end only a head can show that was anchored before.
    """
    last = since or Link()
    for line in lines:
        if reason := _fault(line, last, node):
            yield Fault(line.sequence, reason)
        last = Link(line.sequence, Digest(line.leaf))


def _fault(line: Line, last: Link, node: Address) -> str | None:
    if line.sequence != last.sequence + 1:
        return "gap"
    if line.salt and (len(line.salt) != SALT or leaf_of(line.salt, line.content) != line.leaf):
        return "changed"
    try:
        entry = line.entry()
    except BadDocument:
        return "unreadable"
    if entry.previous != last.leaf:
        return "unchained"
    place = (entry.sequence, entry.subject, entry.node)
    return None if place == (line.sequence, line.subject, node) else "misplaced"
