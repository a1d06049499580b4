"""What is measured or asked: vital signs, laboratory, habits, questionnaires, genes."""

from html import escape
from typing import Final

from orjson import Fragment

from salus.surfaces.demo.patients import vocabulary
from salus.surfaces.demo.patients.chance import decimal
from salus.surfaces.demo.patients.chart import (
    HL7,
    LOINC,
    XHTML,
    Chart,
    Reference,
    Resource,
    Visit,
    code,
    concept,
    quantity,
)
from salus.surfaces.demo.patients.vocabulary import Measure

_OBSERVED: Final = HL7 + "observation-category"
_VITALS: Final = [concept(_OBSERVED, "vital-signs", "Vital signs")]
_LABORATORY: Final = [concept(_OBSERVED, "laboratory", "Laboratory")]
_SOCIAL: Final = [concept(_OBSERVED, "social-history", "Social history")]
_SURVEY: Final = [concept(_OBSERVED, "survey", "Survey")]
_GENETICS: Final = [*_LABORATORY, concept(HL7 + "v2-0074", "GE", "Genetics")]
_REPORTED: Final = [concept(HL7 + "v2-0074", "LAB", "Laboratory")]
_PRESENT: Final = concept(LOINC, "LA9633-4", "Present")
_GENE: Final = concept(LOINC, "48018-6", "Gene studied")
_CHANGE: Final = concept(LOINC, "48004-6", "DNA change")
_SHARE: Final = concept(LOINC, "81258-6", "Share of the reads that show it")
_SEQUENCE: Final = concept(LOINC, "48013-7", "Genomic reference sequence")
_POSITION: Final = concept(LOINC, "81254-5", "Genomic allele start-end")
_COUNTING: Final = concept(LOINC, "92822-6", "Genomic coordinate system")
_FROM_ONE: Final = concept(LOINC, "LA30102-0", "1-based character counting")
_REF: Final = concept(LOINC, "69547-8", "Genomic ref allele")
_ALT: Final = concept(LOINC, "69551-0", "Genomic alt allele")


def _observe(
    chart: Chart, visit: Visit, category: list[Resource], what: Resource, **value: object
) -> Reference:
    return chart.add(
        "Observation",
        {
            "status": "final",
            "category": category,
            "code": what,
            "subject": chart.subject,
            "encounter": visit.encounter,
            "effectiveDateTime": visit.start,
            "issued": visit.end,
            **value,
        },
    )


def _measured(chart: Chart, measure: Measure) -> Resource:
    value = chart.chance.decimal(measure.low, measure.high, measure.places)
    return quantity(value, measure.unit)


def vital_signs(chart: Chart, visit: Visit) -> None:
    """Height, weight, body mass, blood pressure, and a few more."""
    chart.weight += chart.chance.between(-9, 9)
    mass = round(chart.weight * 10_000_000 / chart.height**2)
    for what, value, unit in (
        (vocabulary.HEIGHT, decimal(chart.height, 1), "cm"),
        (vocabulary.WEIGHT, decimal(chart.weight, 1), "kg"),
        (vocabulary.BODY_MASS, decimal(mass, 2), "kg/m2"),
    ):
        _observe(chart, visit, _VITALS, what, valueQuantity=quantity(value, unit))
    components = [
        {"code": each.code, "valueQuantity": _measured(chart, each)}
        for each in (vocabulary.DIASTOLIC, vocabulary.SYSTOLIC)
    ]
    _observe(chart, visit, _VITALS, vocabulary.PRESSURE, component=components)
    for each in vocabulary.VITALS:
        _observe(chart, visit, _VITALS, each.code, valueQuantity=_measured(chart, each))


def laboratory(chart: Chart, visit: Visit) -> None:
    """One panel: its results, then the report that names them."""
    panel, measures = chart.chance.pick(vocabulary.PANELS)
    results = [
        _observe(chart, visit, _LABORATORY, each.code, valueQuantity=_measured(chart, each))
        for each in measures
    ]
    title = escape(panel["text"])
    chart.add(
        "DiagnosticReport",
        {
            "text": {
                "status": "generated",
                "div": f'<div xmlns="{XHTML}"><p>{title}, {visit.day}</p></div>',
            },
            "status": "final",
            "category": _REPORTED,
            "code": panel,
            "subject": chart.subject,
            "encounter": visit.encounter,
            "effectiveDateTime": visit.start,
            "issued": visit.end,
            "performer": [visit.site.practitioner],
            "result": results,
        },
    )


def viral_load(chart: Chart, visit: Visit) -> None:
    """A value written with an exponent, which must come back as it was written."""
    value = Fragment(f"{chart.chance.between(1, 9)}.{chart.chance.between(0, 9)}0E3")
    _observe(
        chart,
        visit,
        _LABORATORY,
        vocabulary.VIRAL_LOAD,
        valueQuantity=quantity(value, "{copies}/mL"),
        interpretation=[code("v3-ObservationInterpretation", "H")],
    )


def habits(chart: Chart, visit: Visit) -> None:
    answer = chart.chance.pick(vocabulary.SMOKING_ANSWERS)
    _observe(chart, visit, _SOCIAL, vocabulary.SMOKING, valueCodeableConcept=answer)


def questionnaire(chart: Chart, visit: Visit) -> None:
    asked = chart.chance.pick(vocabulary.SURVEYS)
    _observe(chart, visit, _SURVEY, asked.code, valueQuantity=_measured(chart, asked))


def genes(chart: Chart, visit: Visit) -> None:
    """One variant, with the gene, the change, its share of the reads, and where it is."""
    gene = chart.chance.pick(vocabulary.GENES)
    named = concept("http://www.genenames.org/geneId", gene.code, gene.symbol)
    written = concept("http://varnomen.hgvs.org", gene.change, gene.change)
    sequence = concept("http://www.ncbi.nlm.nih.gov/refseq", gene.sequence, gene.sequence)
    share = quantity(chart.chance.decimal(4200, 5600, 4), "1")
    _observe(
        chart,
        visit,
        _GENETICS,
        concept(LOINC, "69548-6", "Genetic variant"),
        valueCodeableConcept=_PRESENT,
        component=[
            {"code": _GENE, "valueCodeableConcept": named},
            {"code": _CHANGE, "valueCodeableConcept": written},
            {"code": _SHARE, "valueQuantity": share},
            {"code": _SEQUENCE, "valueCodeableConcept": sequence},
            {"code": _POSITION, "valueRange": {"low": {"value": gene.position}}},
            {"code": _COUNTING, "valueCodeableConcept": _FROM_ONE},
            {"code": _REF, "valueString": gene.ref},
            {"code": _ALT, "valueString": gene.alt},
        ],
    )
