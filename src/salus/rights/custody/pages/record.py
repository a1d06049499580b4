"""The whole record of a patient: a timeline, a section as a table with its trend, one entry."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from salus.kernel.canonical import parse as parse_json
from salus.platform.i18n import translate
from salus.platform.settings import read as settings
from salus.platform.web.portal import (
    Card,
    Download,
    Nav,
    Page,
    PageMissing,
    Pages,
    Role,
    Visit,
    charts,
)
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.custody import household, proving
from salus.rights.custody.pages.delegated import readable, shelf_of, shown, shown_one
from salus.rights.custody.pages.shelf import SHELF, Key, Shelved
from salus.rights.custody.reading import Opened, as_subject, read
from salus.rights.identity.charter import charter_of
from salus.rights.notary.settings import NotarySettings
from salus.rights.notary.witnesses import quorum_of
from salus.rights.records.naming import section_name
from salus.rights.records.readable import Entry, entries
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.rights.records.service import KnownUnit, plain_units, units_holding, units_of

pages = Pages("custody", nav=(Nav(Role.PATIENT, "My record", f"{ROOT}/record", 10),))
A_PAGE = {False: 50, True: 20}  # entries, by whether the text is large
CODES = {name: code for code, name in SECTIONS.items()}
SERIES = 2  # values of one kind that make a trend


# OPENING


def _opened(visit: Visit, of: Mine, names: Sequence[str]) -> list[Shelved]:
    """Sections, opened and checked by the key of the patient; what is not here yet in one read."""

    def opened(missing: Sequence[Key]) -> dict[Key, Shelved]:
        wanted = [name for *_, name in missing]
        with visit.node.reading() as session:
            units = readable(visit, of, units_of(session, of.record, wanted))
        found: dict[str, dict[str, bytes]] = {name: {} for name in wanted}
        for unit in _read(visit, of, units).units:
            found[SECTIONS[unit.place.section]] |= unit.resources
        return {
            key: Shelved(found[key[-1]], tuple(entries(CODES[key[-1]], found[key[-1]])))
            for key in missing
        }

    under = shelf_of(visit, of)
    keys = [(under, of.record, of.summary.version, name) for name in names]
    return SHELF.take(keys, opened)


def opened_section(visit: Visit, of: Mine, name: str) -> Shelved:
    return _opened(visit, of, [name])[0]


def _read(visit: Visit, of: Mine, units: Sequence[KnownUnit]) -> Opened:
    keepers = household.keepers_of(visit.node, visit.home, of.record)
    return read(visit.node, keepers, as_subject(of.key), of.record, units)


# THE TIMELINE


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry, and the record that it is from."""

    record: str
    entry: Entry


@pages.get("/record", Role.PATIENT, acts=("read",))
def record(visit: Visit) -> Answer:
    with visit.node.reading() as session:
        records = shown(visit, session)
    wanted = _wanted(visit, records)
    found = [
        (each, handle)
        for of, handle in ((of, of.text) for of in records)
        for shelved in _opened(visit, of, [n for n in of.summary.sections if CODES[n] in wanted])
        for each in _matching(visit, shelved.entries)
    ]
    found.sort(key=lambda pair: pair[0].at, reverse=True)
    size, number = A_PAGE[visit.who.large], _whole(visit.query.get("page", "1"))
    chosen = found[(number - 1) * size : number * size]
    return Page(
        "custody/record.html",
        {
            "records": records,
            "sections": _sections(records),
            "placed": [Placed(handle, each) for each, handle in chosen],
            "count": len(found),
            "number": number,
            "pages": max(1, -(-len(found) // size)),
            "chosen": visit.query,
            "names": section_name,
            "link": _query(visit),
        },
    )


def _wanted(visit: Visit, records: Sequence[Mine]) -> set[int]:
    held = {CODES[name] for of in records for name in of.summary.sections} - {EMERGENCY_SUMMARY}
    name = visit.query.get("section", "")
    return held & {CODES[name]} if name in CODES else held


def _sections(records: Sequence[Mine]) -> list[tuple[str, str, str, int]]:
    """Handle of the record, name, words and count of each section, in their order."""
    return [
        (of.text, name, section_name(CODES[name]), count)
        for of in records
        for name, count in of.summary.sections.items()
        if CODES[name] != EMERGENCY_SUMMARY
    ]


def _matching(visit: Visit, found: Sequence[Entry]) -> Sequence[Entry]:
    text = visit.query.get("text", "").strip().casefold()
    first, last = visit.query.get("from", ""), visit.query.get("to", "")
    if text:
        found = [each for each in found if text in f"{each.what} {each.words}".casefold()]
    if first:
        found = [each for each in found if each.day >= first]
    return [each for each in found if each.day <= last] if last else found


def _query(visit: Visit) -> str:
    """The filter as the rest of a link; what a person searches for stays out of it."""
    kept = ("section", "from", "to")
    return "".join(f"&{name}={visit.query[name]}" for name in kept if _is_plain(visit, name))


def _is_plain(visit: Visit, name: str) -> bool:
    value = visit.query.get(name, "")
    return bool(value) and all(char.isalnum() or char == "-" for char in value)


def _source(visit: Visit, of: Mine) -> str:
    return household.source_of(visit.home).name if of.summary.subject else "?"


# A SECTION


@pages.get("/record/{handle}/{name}", Role.PATIENT, acts=("read",))
def section(visit: Visit, handle: str, name: str) -> Answer:
    of = _mine(visit, handle, name)
    found: Sequence[Entry] = opened_section(visit, of, name).entries
    if kind := visit.query.get("what", ""):
        found = [each for each in found if each.code == kind]
    return Page(
        "custody/section.html",
        {
            "of": of,
            "name": name,
            "title": section_name(CODES[name]),
            "entries": found,
            "kinds": _kinds(found),
            "kind": kind,
            "chart": _trend(found) if kind else None,
            "source": _source(visit, of),
        },
    )


def _mine(visit: Visit, handle: str, name: str) -> Mine:
    with visit.node.reading() as session:
        of = shown_one(visit, session, handle)
    if name not in of.summary.sections:
        raise PageMissing
    return of


def _kinds(found: Sequence[Entry]) -> list[tuple[str, str, int]]:
    """What was measured often enough for a picture: code, words, how often."""
    counted: dict[str, list[Entry]] = {}
    for each in found:
        if each.code and each.amount.number is not None and each.day:
            counted.setdefault(each.code, []).append(each)
    often = [(code, rows[0].what, len(rows)) for code, rows in counted.items()]
    return sorted((row for row in often if row[2] >= SERIES), key=lambda row: row[1].casefold())


def _trend(found: Sequence[Entry]) -> object | None:
    dated = sorted((each for each in found if _ordinal(each) is not None), key=lambda e: e.at)
    if len(dated) < SERIES:
        return None
    days = [_ordinal(each) or 0 for each in dated]
    span = max(1, days[-1] - days[0])
    points = [
        charts.Point((at - days[0]) / span, each.day, each.amount.number)
        for at, each in zip(days, dated, strict=True)
    ]
    low, high = dated[-1].amount.usual
    said = translate(
        "{what}: {count} values from {first} to {last}; the latest is {value} {unit}.",
        what=dated[-1].what,
        count=len(dated),
        first=dated[0].day,
        last=dated[-1].day,
        value=dated[-1].amount.value,
        unit=dated[-1].amount.unit,
    )
    band, unit = charts.Band(low, high), dated[-1].amount.unit
    return charts.line(dated[-1].what, said, points, unit=unit, band=band)


def _ordinal(each: Entry) -> int | None:
    if each.amount.number is None:
        return None
    try:
        return date.fromisoformat(each.day).toordinal()
    except ValueError:
        return None


@pages.get("/record/{handle}/{name}/file", Role.PATIENT, acts=("read",))
def download(visit: Visit, handle: str, name: str) -> Answer:
    """The section as a file: NDJSON as it was sealed, or a table."""
    of = _mine(visit, handle, name)
    shelved = opened_section(visit, of, name)
    if visit.query.get("form") == "ndjson":
        lines = b"\n".join(shelved.resources.values()) + b"\n"
        return Download(f"{name}.ndjson", lines, "application/fhir+ndjson")
    return Download(f"{name}.csv", _csv(shelved.entries), "text/csv; charset=utf-8")


def _csv(found: Sequence[Entry]) -> bytes:
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(("when", "what", "code", "value", "unit", "low", "high", "words", "entry"))
    for each in found:
        amount = (each.amount.value, each.amount.unit, each.amount.low, each.amount.high)
        row = (each.at, each.what, each.code, *amount, each.words, each.reference)
        rows.writerow([_harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _harmless(cell: str) -> str:
    """A spreadsheet must not take what a source wrote for a formula."""
    is_number = cell.lstrip("+-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and not is_number else cell


# ONE ENTRY


@pages.get("/record/{handle}/entry/{kind}/{id_}", Role.PATIENT, acts=("read",))
def item(visit: Visit, handle: str, kind: str, id_: str) -> Answer:
    of, name, raw = _item(visit, handle, f"{kind}/{id_}")
    resource = parse_json(raw)
    found = entries(CODES[name], {f"{kind}/{id_}": raw})[0]
    with visit.node.reading() as session:
        units = units_holding(session, of.record, found.reference)
    return Page(
        "custody/item.html",
        {
            "of": of,
            "name": name,
            "section": section_name(CODES[name]),
            "entry": found,
            "raw": raw.decode(),
            "fields": _fields(resource),
            "source": _source(visit, of),
            "is_restricted": not plain_units(units),
        },
    )


def _item(visit: Visit, handle: str, reference: str) -> tuple[Mine, str, bytes]:
    """Raises PageMissing."""
    with visit.node.reading() as session:
        of = one_of(visit, session, handle)
        units = readable(visit, of, units_holding(session, of.record, reference))
    sections = {SECTIONS[unit.place.section] for unit in units}
    for name in sorted(sections):
        raw = opened_section(visit, of, name).resources.get(reference)
        if raw is not None:
            return of, name, raw
    raise PageMissing


def _fields(resource: object, path: str = "") -> list[tuple[str, str]]:
    """Every value with the way to it, in the order of the source."""
    if isinstance(resource, dict):
        return [
            pair
            for key, value in resource.items()
            if key != "text"
            for pair in _fields(value, f"{path} / {key}" if path else key)
        ]
    if isinstance(resource, list):
        return [
            pair
            for number, value in enumerate(resource, 1)
            for pair in _fields(value, f"{path} {number}" if len(resource) > 1 else path)
        ]
    return [(path, str(resource))]


@pages.get("/record/{handle}/proof/{kind}/{id_}", Role.PATIENT, acts=("read",))
def proof(visit: Visit, handle: str, kind: str, id_: str) -> Answer:
    """A file that proves this entry to anybody, without network and account."""
    reference = f"{kind}/{id_}"
    of, name, _ = _item(visit, handle, reference)
    with visit.node.reading() as session:
        units = readable(visit, of, units_of(session, of.record, [name]))
    made = proving.prove(
        visit.node,
        _read(visit, of, units),
        reference,
        None,
        by=household.source_of(visit.home),
        quorum=quorum_of(settings(NotarySettings), charter_of(visit.home)),
    )
    return Download("proof.json", made, "application/json")


# THE FIRST PAGE


@pages.card(Role.PATIENT, order=20)
def newest(visit: Visit) -> Card | None:
    """How far the record is."""
    with visit.node.reading() as session:
        records = mine(visit, session)
    if not records:
        return None
    count = sum(number for of in records for number in of.summary.sections.values())
    return Card("custody/newest.html", {"count": count, "records": records})


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else 1
