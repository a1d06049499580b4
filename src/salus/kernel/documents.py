"""The JSON we define: frozen dataclasses in, canonical members out, and strictly back.

Bytes are lower-case `0x` hex, times `YYYY-MM-DDThh:mm:ssZ`, integers from 2^53 on decimal strings.
Unknown members are refused, and `v` is checked first. The annotations of the dataclass are the
schema: NewTypes of `kernel.ids` have their size, tuples are lists, dataclasses nest.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import orjson

from salus.kernel.clock import stamp
from salus.kernel.encoding import from_hex, to_hex
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest, GrantId, ObjectId, RecordId, UnitId

SAFE_INTEGER = 2**53
LIMIT = 2**63  # of every integer but a record handle: what a database can store
VERSION = 1
_SIZES: dict[Any, int] = {Address: 20, Digest: 32, UnitId: 32, GrantId: 32, ObjectId: 32}
_Decoder = Callable[[Any], Any]
T = TypeVar("T")


class BadDocument(SalusError):
    """The {document} is not well formed at {member}."""

    hint = "Get the document again from the party that made it; do not edit it by hand."


def members(document: Any) -> dict[str, Any]:
    """A dataclass as JSON members, `v` first."""
    return {"v": VERSION, **_members(document)}


def canonical_bytes(document: Any) -> bytes:
    """What is hashed and signed of a document: FHIR-JCS of its members.

    Their keys are ASCII and their numbers integers, for which a sorting encoder writes the same.
    """
    return orjson.dumps(members(document), option=orjson.OPT_SORT_KEYS)


def text(document: Any) -> bytes:
    """As it travels; what is signed are the canonical bytes."""
    return orjson.dumps(members(document))


def parse(kind: type[T], raw: bytes) -> T:
    """A document from its JSON text. Raises BadDocument."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadDocument(document=kind.__name__, member="v") from None
    return read(kind, value)


def read(kind: type[T], value: Any) -> T:
    """The inverse of `members`. Raises BadDocument naming the first bad member."""
    if not isinstance(value, dict) or value.get("v") != VERSION:
        raise BadDocument(document=kind.__name__, member="v")
    return _read(kind, {name: member for name, member in value.items() if name != "v"})


def _read(kind: type[T], value: dict[str, Any]) -> T:
    decoders = _decoders(cast("Any", kind))
    if unknown := sorted(value.keys() - decoders.keys()):
        raise BadDocument(document=kind.__name__, member=unknown[0][:40])
    decoded = {}
    for name, decode in decoders.items():
        try:
            decoded[name] = decode(value[name])
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
            raise BadDocument(document=kind.__name__, member=name) from None
    return kind(**decoded)


def _members(document: Any) -> dict[str, Any]:
    encoders = _encoders(cast("Any", type(document)))
    return {name: encode(getattr(document, name)) for name, encode in encoders}


@cache
def _encoders(kind: type) -> tuple[tuple[str, _Decoder], ...]:
    hints = get_type_hints(kind)
    return tuple((each.name, _encoder(hints[each.name])) for each in fields(cast("Any", kind)))


def _encoder(hint: Any) -> _Decoder:
    if hint in _SIZES or hint is bytes:
        return to_hex
    if hint is int or hint is RecordId:
        return lambda value: int(value) if value < SAFE_INTEGER else str(value)
    if get_origin(hint) is tuple:
        each = _encoder(get_args(hint)[0])
        return lambda value: [each(member) for member in value]
    if is_dataclass(hint):
        return _members
    return stamp if hint is datetime else str


@cache
def _decoders(kind: type) -> dict[str, _Decoder]:
    hints = get_type_hints(kind)
    return {field.name: _decoder(hints[field.name]) for field in fields(cast("Any", kind))}


def _decoder(hint: Any) -> _Decoder:
    if hint in _SIZES:
        return lambda value: from_hex(value, _SIZES[hint])
    if hint is RecordId:
        return lambda value: _integer(value, 2**128)
    if get_origin(hint) is tuple:
        each = _decoder(get_args(hint)[0])
        return lambda value: tuple(each(item) for item in _list(value))
    if is_dataclass(hint):
        return lambda value: _read(cast("type", hint), dict(value))
    return _SCALARS[hint]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _integer(value: Any, limit: int = LIMIT) -> int:
    if isinstance(value, str):
        number = int(value)
        if str(number) != value or not SAFE_INTEGER <= number < limit:
            raise ValueError("not in canonical form")
        return number
    number = int(str(value)) if isinstance(value, int) and not isinstance(value, bool) else -1
    if not 0 <= number < SAFE_INTEGER:
        raise ValueError("not a natural number")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value).astimezone(UTC)
    if stamp(moment) != value:
        raise ValueError("not in canonical form")
    return moment


_SCALARS: dict[Any, _Decoder] = {int: _integer, str: _text, bytes: from_hex, datetime: _moment}
