"""What a validator of `records.schemas` reports, as findings in plain words."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as _Kind

from salus.rights.records.findings import Finding
from salus.rights.records.schemas import Schema, schema

MAX_NAME: Final = 64  # characters shown of a name that a sender made up
_NOT_A_NAME: Final = re.compile(r"[^A-Za-z0-9_.\-]")

UNKNOWN_ELEMENT: Final = (
    "structure",
    "This element does not exist in FHIR R4.",
    "Check its spelling, take it out, or move what it says into an extension.",
)
MISSING: Final = (
    "required",
    "This element must be there.",
    "Add it; where the value is not known, an extension may say so.",
)
TWO_CHOICES: Final = (
    "structure",
    "Only one type of this element may be given.",
    "Keep one of them.",
)
BAD_CODE: Final = (
    "code-invalid",
    "The code is not one of those that FHIR R4 allows here.",
    "Take a code of the value set that FHIR R4 requires for this element.",
)
WRONG_TARGET: Final = (
    "value",
    "This is not a reference to a resource of a type that is allowed here.",
    "Refer to `Type/id`, `#id`, a urn or a URL, and to a type that FHIR R4 names for it.",
)
EMPTY: Final = ("structure", "This is empty.", "Give it content, or leave it out.")
TOO_LONG: Final = ("too-long", "This is longer than Salus takes.", "Divide it.")
NOT_AN_ARRAY: Final = ("structure", "An array must stand here.", "Put the value into [ ].")
NOT_AN_OBJECT: Final = ("structure", "An object must stand here.", "Put its parts into { }.")
OUT_OF_RANGE: Final = (
    "value",
    "The number is out of range.",
    "FHIR R4 ends integers at 2147483647; unsignedInt starts at 0, positiveInt at 1.",
)
WRONG_KIND: Final = (
    "value",
    "The value is of another JSON type than this element has.",
    "Write text in quotes, numbers and true or false without, and one value without [ ].",
)
FORMS: Final = {
    "base64Binary": "This is not base64.",
    "code": "This is not a code: no blanks at its ends, and only single ones inside.",
    "date": "This is not a day of the calendar: YYYY-MM-DD, YYYY-MM or YYYY.",
    "dateTime": "This is not a time: YYYY-MM-DDThh:mm:ss with a zone, or a date.",
    "id": "This is not an id: 1 to 64 letters, digits, dots and hyphens.",
    "instant": "This is not an instant: YYYY-MM-DDThh:mm:ss with a zone.",
    "oid": "This is not an OID: urn:oid: and numbers with dots.",
    "time": "This is not a time of the day: hh:mm:ss.",
    "uuid": "This is not a UUID: urn:uuid: and lower-case hex digits.",
    "MimeType": "This is not a MIME type.",
    "Currency": "This is not a currency: three capital letters of ISO 4217.",
}
"""What is wrong with a primitive that has not the form of its type."""
NO_URI: Final = "This is not a URI: it is empty or has a blank."
FORM_HINT: Final = "Correct the value where it was made; the calendar and the zone count too."


def faults(resource_type: str, at: str, errors: Iterable[ValidationError]) -> Iterator[Finding]:
    """The findings of one resource; `at` is the path of the resource itself."""
    root = schema(resource_type)
    for error in errors:
        yield from _findings(root, at, error)


def _findings(root: Schema, at: str, error: ValidationError) -> Iterator[Finding]:
    path = at + shown(error.instance_path)
    node = _node(root, error.schema_path[:-1])
    match error.kind:
        case _Kind.AdditionalProperties(unexpected=names):
            yield from (Finding(f"{path}.{_name(name)}", *UNKNOWN_ELEMENT) for name in names)
        case _Kind.Required(property=name):
            yield Finding(f"{path}.{name}", *MISSING)
        case _Kind.OneOfMultipleValid():
            yield Finding(f"{path}.{node['title']}", *TWO_CHOICES)
        case _Kind.AnyOf() | _Kind.OneOfNotValid() if "title" in node:
            yield Finding(f"{path}.{node['title']}", *MISSING)
        case _Kind.AnyOf(context=context) if _is_reference(error):
            kind = context[0][0].kind
            yield Finding(path, *(WRONG_KIND if _is_type(kind) else WRONG_TARGET))
        case _Kind.AnyOf(context=context):  # of a value or null: of the value
            yield from (found for each in context[0] for found in _findings(root, at, each))
        case _Kind.Not():
            yield _excluded(root, at, error)
        case _:
            yield Finding(path, *_simple(error, node))


def _is_reference(error: ValidationError) -> bool:
    return error.schema_path[-2:] == ["reference", "anyOf"]


def _is_type(kind: _Kind) -> bool:
    return isinstance(kind, _Kind.Type)


def _excluded(root: Schema, at: str, error: ValidationError) -> Finding:
    """A second form of a choice, or codings of which none is in the value set."""
    where = error.schema_path
    if "dependencies" not in where:
        return Finding(at + shown(error.instance_path), *BAD_CODE)
    rule = _node(root, where[: where.index("dependencies") + 2])
    return Finding(f"{at}{shown(error.instance_path[:-1])}.{rule['title']}", *TWO_CHOICES)


_SIMPLE: Final[tuple[tuple[tuple[type, ...], tuple[str, str, str]], ...]] = (
    ((_Kind.MinItems, _Kind.MinProperties, _Kind.MinLength), EMPTY),
    ((_Kind.MaxItems, _Kind.MaxLength), TOO_LONG),
    ((_Kind.Minimum, _Kind.Maximum), OUT_OF_RANGE),
)


def _simple(error: ValidationError, node: Schema) -> tuple[str, str, str]:
    """Code, message and hint of an error that needs no look around."""
    for kinds, meaning in _SIMPLE:
        if isinstance(error.kind, kinds):
            return meaning
    if isinstance(error.kind, _Kind.Enum):
        return WRONG_TARGET if _is_target_type(error) else BAD_CODE
    if isinstance(error.kind, _Kind.Pattern):
        return "value", FORMS.get(str(error.schema_path[1]), NO_URI), FORM_HINT
    expected = node.get("type")
    return {"array": NOT_AN_ARRAY, "object": NOT_AN_OBJECT}.get(str(expected), WRONG_KIND)


def _is_target_type(error: ValidationError) -> bool:
    is_reference = str(error.schema_path[1]).startswith("Reference")
    return is_reference and error.instance_path[-1:] == ["type"]


def shown(path: Iterable[str | int]) -> str:
    """An instance path as FHIRPath: `.component[0].valueString`, without `_` of a twin."""
    return "".join(
        f"[{step}]" if isinstance(step, int) else f".{step.removeprefix('_')}" for step in path
    )


def _name(name: str) -> str:
    return _NOT_A_NAME.sub("?", name[:MAX_NAME])


def _node(root: Schema, path: Iterable[str | int]) -> Schema:
    node: Any = root
    for step in path:
        node = node[step]
    return node if isinstance(node, dict) else {}
