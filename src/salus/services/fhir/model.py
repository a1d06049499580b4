"""From the bytes of a file to resources that know their place. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orjson import loads

from salus.kernel.canonical import parse
from salus.kernel.decoding import Decoded, decode, decode_bundle
from salus.kernel.errors import SalusError
from salus.kernel.json_errors import TooLarge
from salus.services.fhir.errors import (
    BundleNotTaken,
    IdMissing,
    NotFhir,
    PatientUnknown,
    TooManyEntries,
    TwiceInFile,
)

MAX_BUNDLE = 64 * 2**20
MAX_ENTRIES = 10_000
_TAKEN = {"transaction", "batch", "collection", "searchset"}
_SUBJECT = ("subject", "patient", "beneficiary", "individual", "candidate", "person")


@dataclass(frozen=True, slots=True)
class Found:
    """A resource in a file: where, its reference `Type/id`, its URL there, and its bytes.

    `value` compares numbers, `exact` is what is committed; see `kernel.decoding`.
    """

    where: str
    reference: str
    url: str
    raw: bytes
    value: Any
    exact: Any
    is_removed: bool = False

    @property
    def type(self) -> str:
        return self.reference.partition("/")[0]

    @property
    def parsed(self) -> Any:
        """Each number as the text it has, for the few resources that are written anew."""
        return parse(self.raw)


def resources_of_bundle(raw: bytes) -> list[Found] | None:
    """The entries of a Bundle, or None when the JSON is another resource."""
    try:
        members, entries = decode_bundle(raw, max_bytes=MAX_BUNDLE)
    except TooLarge as error:  # names the entry, where it is one
        error.details["where"] = f"Bundle.{error.shown().get('where', 'entry')}"
        raise
    if members.get("resourceType") != "Bundle":
        return None
    if members.get("type") not in _TAKEN:
        raise BundleNotTaken(type=str(members.get("type"))[:32], where="Bundle.type")
    if len(entries) > MAX_ENTRIES:
        raise TooManyEntries(limit=MAX_ENTRIES, where="Bundle.entry")
    found = [
        _found(
            f"Bundle.entry[{index}].resource",
            entry.raw,
            entry.resource,
            entry.members.get("fullUrl"),
            entry.members.get("request"),
        )
        for index, entry in enumerate(entries)
    ]
    return without_twins(found)


def resource_of_line(number: int, line: bytes) -> Found:
    """One line of NDJSON; the errors of its JSON name the line in the file."""
    try:
        decoded = decode(line)
    except SalusError as error:
        error.details["line"] = number
        raise
    return _found(f"line {number}", line, decoded, None, None)


def single_resource(raw: bytes) -> Found:
    trimmed = raw.strip(b" \t\r\n")
    try:
        decoded = decode(trimmed)
    except TooLarge as error:
        error.details["where"] = "resource"
        raise
    return _found("resource", trimmed, decoded, None, None)


def _found(where: str, raw: bytes, decoded: Decoded | None, url: Any, request: Any) -> Found:
    if isinstance(request, dict) and request.get("method") == "DELETE":
        return Found(where, str(request.get("url")), "", b"", {}, {}, is_removed=True)
    value = decoded.value if decoded else None
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if decoded is None or not isinstance(kind, str):
        raise NotFhir(where=where)
    url = url if isinstance(url, str) else ""
    own = decoded.value.get("id") or url.rpartition(":")[2].rpartition("/")[2]
    if not isinstance(own, str) or not own:
        raise IdMissing(where=where)
    return Found(where, f"{kind}/{own}", url or f"{kind}/{own}", raw, value, decoded.exact)


def without_twins(found: list[Found]) -> list[Found]:
    """The resources of one file. Raises TwiceInFile."""
    seen: set[str] = set()
    for each in found:
        if each.reference in seen:
            raise TwiceInFile(where=each.where)
        seen.add(each.reference)
    return found


_KEY = b'"reference"'
_PLAIN = re.compile(rb'\s*:\s*"([^"\\]*)"')
_LITERAL = re.compile(rb'\s*:\s*("(?:[^"\\]|\\.)*")')


def references(raw: bytes) -> list[str]:
    """Every literal reference in a valid resource, but those to what it contains.

    In its text a quote inside a string is escaped, so only members are found.
    """
    found: dict[bytes, None] = {}
    for rest in raw.split(_KEY)[1:]:  # a pattern that searches is three times slower
        if match := _PLAIN.match(rest):
            found[match[1]] = None
        elif match := _LITERAL.match(rest):
            found[loads(match[1]).encode()] = None
    return [each.decode() for each in found if not each.startswith(b"#")]


def is_local(reference: str) -> bool:
    """Must be resolved here: not an absolute URL, and not conditional on a search."""
    return not reference.startswith(("http://", "https://"))


def patient_of(found: Found, by_url: Mapping[str, Found], patients: Sequence[Found]) -> str:
    """`Patient/id` of the record that a resource belongs to. Raises PatientUnknown."""
    if found.type == "Patient":
        return found.reference
    if len(patients) == 1:
        return patients[0].reference
    for name in _SUBJECT:
        literal = _literal(found.value.get(name))
        target = by_url.get(literal)
        if target is not None and target.type == "Patient":
            return target.reference
        if literal.startswith("Patient/"):
            return literal
    raise PatientUnknown(where=found.where)


def _literal(value: Any) -> str:
    literal = value.get("reference") if isinstance(value, dict) else None
    return literal if isinstance(literal, str) else ""
