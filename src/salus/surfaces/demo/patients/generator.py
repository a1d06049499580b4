"""From a seed to the whole chart of a patient, and to the files that carry it."""

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from salus.surfaces.demo.patients import care, measures, papers
from salus.surfaces.demo.patients.chart import (
    Chart,
    Pointer,
    Resource,
    Site,
    Visit,
    by_type,
    by_uuid,
)
from salus.surfaces.demo.patients.directory import sites
from salus.surfaces.demo.patients.errors import TooFewResources
from salus.surfaces.demo.patients.person import open_chart

LEAST: Final = 40
"""The hospital, the person and the first visit, which holds one of each kind."""
_PER_VISIT: Final = 17
_FIRST_DAY: Final = 735_598  # 2015-01-01, in days since 0001-01-01
_DAYS: Final = 3_650


def patient(
    seed: int, *, resources: int = 200, changed: bool = False, marker: str | None = None
) -> bytes:
    """A transaction Bundle of one made-up patient with exactly so many resources.

    The same seed gives the same bytes. `changed` gives the same patient a while later: three
    resources differ. `marker` becomes the family name and stands in every resource about the
    patient, to be searched for where no plain text may be. Raises TooFewResources below `LEAST`.
    """
    return _bundle(_chart(seed, resources, by_uuid, changed=changed, marker=marker))


def ndjson(seed: int, resources: int = 200) -> bytes:
    """The same patient with one resource on each line, named as `Type/id`."""
    chart = _chart(seed, resources, by_type, changed=False, marker=None)
    return b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in chart)


def bundles(count: int, resources: int = 200) -> Iterator[bytes]:
    """The patients with the seeds 0 to count - 1."""
    return (patient(seed, resources=resources) for seed in range(count))


def directory() -> bytes:
    """A transaction Bundle of all hospitals and the people who work there."""
    return _bundle(each for site in sites(by_uuid) for each in site.resources)


def _bundle(resources: Iterable[Resource]) -> bytes:
    entries = [
        {
            "fullUrl": "urn:uuid:" + each["id"],
            "resource": each,
            "request": {"method": "POST", "url": each["resourceType"]},
        }
        for each in resources
    ]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _chart(
    seed: int, resources: int, pointer: Pointer, *, changed: bool, marker: str | None
) -> list[Resource]:
    if resources < LEAST:
        raise TooFewResources(least=LEAST, asked=resources)
    every = sites(pointer)
    site = every[seed % len(every)]
    chart = open_chart(f"salus/patient/{seed}", pointer=pointer, site=site, marker=marker)
    chart.resources += site.resources
    _live(chart, site, resources)
    del chart.resources[resources:]  # references point backwards, so none is left hanging
    return _later(chart.resources) if changed else chart.resources


def _live(chart: Chart, site: Site, resources: int) -> None:
    """Visits over ten years, until the chart is long enough."""
    step = _DAYS * 1440 * _PER_VISIT // (resources + _PER_VISIT)
    minute = _FIRST_DAY * 1440 + chart.chance.between(480, 1000)
    _first_visit(chart, care.encounter(chart, site, minute))
    while len(chart.resources) < resources:
        minute += chart.chance.between(step // 2, step)
        _visit(chart, care.encounter(chart, site, minute))


def _first_visit(chart: Chart, visit: Visit) -> None:
    """Everything at least once, so that a short chart holds every kind too."""
    for write in (
        care.problem,
        care.allergy,
        measures.vital_signs,
        measures.habits,
        measures.questionnaire,
        measures.laboratory,
        measures.viral_load,
        measures.genes,
        care.prescription,
        care.vaccination,
        care.procedure,
        care.plan,
        care.implant,
        care.images,
        papers.note,
        papers.bill,
    ):
        write(chart, visit)


_OFTEN: Final = (
    (45, care.problem),
    (80, measures.vital_signs),
    (20, measures.habits),
    (30, measures.questionnaire),
    (60, measures.laboratory),
    (5, care.allergy),
    (1, measures.genes),
    (40, care.prescription),
    (35, care.vaccination),
    (30, care.procedure),
    (10, care.plan),
    (3, care.images),
    (100, papers.note),
    (100, papers.bill),
)


def _visit(chart: Chart, visit: Visit) -> None:
    for percent, write in _OFTEN:
        if chart.chance.often(percent):
            write(chart, visit)


def _later(resources: list[Resource]) -> list[Resource]:
    """The person has moved phones, a medicine is stopped, a result is corrected."""
    first = {each["resourceType"]: each for each in reversed(resources)}
    first["Patient"]["telecom"] = [{"system": "phone", "value": "+00 555 0399", "use": "mobile"}]
    first["MedicationRequest"]["status"] = "stopped"
    first["Observation"]["status"] = "corrected"
    return resources
