"""The emergency summary of one patient's part of a document."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from salus.kernel.canonical import canonical, parse
from salus.kernel.decoding import decode
from salus.rights.records.model import Place, UnitKind
from salus.rights.records.sections import EMERGENCY_SUMMARY
from salus.rights.records.summary import CLINICAL, may_enter, summary
from salus.services.fhir.model import Found

SUMMARY = Place(EMERGENCY_SUMMARY, UnitKind.SECTION)


@dataclass(frozen=True, slots=True)
class Summaries:
    """What the source needs to go on with a summary: the last one of a patient, and the time."""

    last: Callable[[str], bytes | None]
    now: Callable[[], datetime]


def summarize(
    patient: str,
    units: Mapping[Place, Mapping[str, Found]],
    gone: Iterable[str],
    base: int,
    known: Summaries,
) -> Found | None:
    """The summary that follows from a document, or None when it changes nothing.

    A record that has versions but no summary, from before there were any, gets none: what this
    document does not bring would be missing from it.
    """
    mine = [each for unit in units.values() for each in unit.values() if each.type in CLINICAL]
    left = [each for each in gone if each.partition("/")[0] in CLINICAL]
    if not mine and not left:
        return None
    raw = known.last(patient) if base else None
    if base and raw is None:
        return None
    names = {each.url: each.reference for each in mine}
    made = summary(
        ((each.reference, each.parsed if may_enter(each.value) else each.value) for each in mine),
        parse(raw) if raw else None,
        gone=left,
        resolve=lambda url: names.get(url, url),
        at=known.now(),
    )
    if made is None:
        return None
    reference, written = f"Bundle/{made['id']}", canonical(made)
    decoded = decode(written)
    place = "emergency-summary"
    return Found(place, reference, reference, written, decoded.value, decoded.exact)
