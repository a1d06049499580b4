"""The verbs of both organizations and of their matcher; everything between them is a file."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from salus.kernel.documents import parse, text
from salus.kernel.errors import SalusError
from salus.platform.errors import FileTrouble
from salus.platform.files import write_atomic
from salus.platform.storage import destroy, read_secret, write_secret
from salus.rights.identity.matching import tables as t
from salus.rights.identity.matching.across.encoding import KEY_SIZE, Encoded, Encoder
from salus.rights.identity.matching.across.model import Encodings, Pair, pairs_of
from salus.rights.identity.matching.errors import (
    BadEncodings,
    BadMatchKey,
    NotSameKey,
    SameFile,
)
from salus.rights.identity.matching.person import Person
from salus.rights.identity.matching.register import opened_person

CODES: Final = "salus-match-codes/1"
ANSWER: Final = "salus-match-answer/1"
NAMES: Final = "salus-match-names/1"
LARGEST: Final = 2**30  # bytes of a file: some 300,000 people
T = TypeVar("T", "Encodings", "Answer", "Names")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the matcher found; both organizations get the same."""

    format: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class NameOf:
    handle: bytes
    record: str


@dataclass(frozen=True, slots=True)
class Names:
    """Whose handles they are: the file that an organization gives to nobody."""

    format: str
    people: tuple[NameOf, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A record of this home that is probably somebody of the other organization."""

    record: str
    other: bytes
    grade: str
    millionths: int


def make_key(path: Path) -> None:
    """A new key for one matching, in a file that both organizations get and the matcher does not.

    Raises FileTrouble where the file is there already.
    """
    if path.exists():
        raise FileTrouble(file=path.name, reason="File exists")
    write_secret(path, secrets.token_bytes(KEY_SIZE))


def encoder_of(path: Path) -> Encoder:
    """Raises BadMatchKey."""
    try:
        key = read_secret(path)
    except (OSError, ValueError):
        raise BadMatchKey(file=path.name) from None
    if len(key) != KEY_SIZE:
        raise BadMatchKey(file=path.name)
    return Encoder(key)


def people_here(session: Session, *, storage_key: bytes) -> Iterator[tuple[str, Person]]:
    """Everybody who is known in this home, by record."""
    for row in session.scalars(select(t.Known).order_by(t.Known.record)):
        yield row.record, opened_person(row, storage_key)


def encode(
    people: Iterable[tuple[str, Person]], encoder: Encoder, *, output: Path, names: Path
) -> int:
    """Write the codes for the matcher, and beforehand whose they are; how many people there are.

    Handles are random, and the codes lie in their order, so that nothing follows from the order.
    """
    drawn = sorted((secrets.token_bytes(16), record, person) for record, person in people)
    known = tuple(NameOf(handle, record) for handle, record, _ in drawn)
    codes = tuple(encoder.encode(person, handle) for handle, _, person in drawn)
    write_atomic(names, text(Names(NAMES, known)) + b"\n")
    write_atomic(output, text(Encodings(CODES, encoder.check(), codes)) + b"\n")
    return len(codes)


def compare(left: Path, right: Path, *, output: Path) -> Answer:
    """The matcher's verb: write the answer, then destroy the codes of both organizations.

    Whatever ends it in between, the same command again destroys what is left.
    Raises SameFile, BadEncodings and NotSameKey; then nothing is destroyed.
    """
    if left.resolve() == right.resolve() or output.resolve() in {left.resolve(), right.resolve()}:
        raise SameFile(file=left.name)
    if output.exists() and not (left.exists() and right.exists()):
        return _destroyed(_read(Answer, output, ANSWER), left, right)
    one, other = _read(Encodings, left, CODES), _read(Encodings, right, CODES)
    if one.check != other.check:
        raise NotSameKey
    answer = Answer(ANSWER, tuple(pairs_of(_well_formed(left, one), _well_formed(right, other))))
    write_atomic(output, text(answer) + b"\n")
    return _destroyed(answer, left, right)


def _destroyed(answer: Answer, *codes: Path) -> Answer:
    """With the answer on the disk, codes are needed no more."""
    for path in codes:
        destroy(path)
    return answer


def _well_formed(path: Path, encodings: Encodings) -> tuple[Encoded, ...]:
    """Every handle once. Raises BadEncodings."""
    if len({each.handle for each in encodings.people}) != len(encodings.people):
        raise BadEncodings(file=path.name)
    return encodings.people


def found_in(answer: Path, names: Path) -> list[Found]:
    """Own records that an answer names, whichever side this organization was on.

    Raises BadEncodings.
    """
    known = {each.handle: each.record for each in _read(Names, names, NAMES).people}
    found = []
    for pair in _read(Answer, answer, ANSWER).pairs:
        for own, other in ((pair.left, pair.right), (pair.right, pair.left)):
            if own in known:
                found.append(Found(known[own], other, pair.grade, pair.millionths))
    return sorted(found, key=lambda each: (-each.millionths, each.record))


def _read(kind: type[T], path: Path, form: str) -> T:
    """Raises BadEncodings, FileTrouble."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadEncodings(file=path.name)
        raw = path.read_bytes()
    except OSError as error:
        raise FileTrouble(file=path.name, reason=error.strerror or "") from None
    try:
        found = parse(kind, raw)
    except SalusError:
        raise BadEncodings(file=path.name) from None
    if found.format != form:
        raise BadEncodings(file=path.name)
    return found
