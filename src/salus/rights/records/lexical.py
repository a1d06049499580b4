"""The lexical forms of the FHIR R4 primitives (hl7.org/fhir/R4/datatypes.html), as JSON Schema.

HL7's own expressions accept 2023-02-29; these know the calendar. They are written for a regular
expression engine without look-ahead, whose `$` matches at the very end only.
"""

from typing import Any, Final

MAX_STRING: Final = 1_048_576  # characters, R4 `string`
ID: Final = r"[A-Za-z0-9\-.]{1,64}"

_LEAP_YEAR = (
    r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])"
    r"|(?:0[48]|[2468][048]|[13579][26])00)"
)
_YEAR = r"(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = (
    rf"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    rf"|{_LEAP_YEAR}-02-29)"
)
_MONTH = rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_MOMENT = rf"{_DAY}T{_CLOCK}{_ZONE}"
_BASE64 = r"[A-Za-z0-9+/]\s*"


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def _whole(least: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": 2_147_483_647}


_STRING = {"type": "string", "minLength": 1, "maxLength": MAX_STRING}
_URI = _text(r"\S+")

PRIMITIVES: Final[dict[str, dict[str, Any]]] = {
    "base64Binary": _text(
        rf"\s*(?:(?:{_BASE64}){{4}})*"
        rf"(?:(?:{_BASE64}){{4}}|(?:{_BASE64}){{3}}=\s*|(?:{_BASE64}){{2}}=\s*=\s*)"
    ),
    "boolean": {"type": "boolean"},
    "canonical": _URI,
    "code": _text(r"\S+(?: \S+)*"),
    "date": _text(rf"{_MONTH}|{_DAY}"),
    "dateTime": _text(rf"{_MONTH}|{_DAY}|{_MOMENT}"),
    "decimal": {"type": "number"},
    "id": _text(ID),
    "instant": _text(_MOMENT),
    "integer": _whole(-2_147_483_648),
    "markdown": _STRING,
    "oid": _text(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"),
    "positiveInt": _whole(1),
    "string": _STRING,
    "time": _text(_CLOCK),
    "unsignedInt": _whole(0),
    "uri": _URI,
    "url": _URI,
    "uuid": _text(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "xhtml": _STRING,
}
"""JSON Schema (draft 4, where 1.0 is no integer) of each primitive type."""

_NAME = r"[A-Za-z0-9!#$&^_.+\-]+"
OPEN_CODES: Final[dict[str, dict[str, Any]]] = {
    "MimeType": _text(rf"{_NAME}/{_NAME}(?: *;.*)?|json|xml|ttl"),
    "Currency": _text(r"[A-Z]{3}"),
}
"""Codes whose value set has no end or stands elsewhere: RFC 6838 (and FHIR's three), ISO 4217."""


def local_reference(types: str) -> dict[str, Any]:
    """A reference to one of some types: `Patient|Group`, for relative, conditional and REST URLs.

    A fragment and a urn say nothing of the type: whoever resolves them looks at the target.
    """
    rest = rf"(?:https?://\S+/)?(?:{types})/{ID}(?:/_history/{ID})?"
    return _text(rf"{rest}|urn:\S+|#(?:{ID})?|(?:{types})\?\S+")


def foreign_reference(types: str) -> dict[str, Any]:
    """An absolute URL that is no REST URL of any of these types, so its type is not known."""
    wrong = {"pattern": rf"/(?:{types})/{ID}(?:/_history/{ID})?$"}
    return _text(r"[a-zA-Z][a-zA-Z0-9+.\-]*:\S+") | {"not": wrong}
