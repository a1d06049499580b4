"""What is written about a visit and what it costs: notes, claims, explanations of benefits."""

from base64 import b64encode
from typing import Final

from salus.surfaces.demo.patients import vocabulary
from salus.surfaces.demo.patients.chance import decimal
from salus.surfaces.demo.patients.chart import HL7, Chart, Reference, Resource, Visit, code, concept

_NOTE_CATEGORY: Final = [concept(HL7 + "v2-0074", "OTH", "Other")]
_KIND: Final = code("claim-type", "professional")
_SUBMITTED: Final = code("adjudication", "submitted")
_BENEFIT: Final = code("adjudication", "benefit")
_INSURER: Final = {"display": "Ellery Mutual Health Plan"}


def note(chart: Chart, visit: Visit) -> None:
    """The doctor's note, once as a report and once as a document, with the same text inside."""
    found = "; ".join(what["text"] for what, _ in chart.problems[-3:])
    text = f"{visit.day}\n{chart.name}\n\nFound: {found}.\nFeels well, 一切正常.\n"
    attachment = {
        "contentType": "text/plain; charset=utf-8",
        "data": b64encode(text.encode()).decode("ascii"),
    }
    chart.add(
        "DiagnosticReport",
        {
            "status": "final",
            "category": _NOTE_CATEGORY,
            "code": vocabulary.NOTE,
            "subject": chart.subject,
            "encounter": visit.encounter,
            "effectiveDateTime": visit.start,
            "issued": visit.end,
            "performer": [visit.site.practitioner],
            "presentedForm": [attachment],
        },
    )
    chart.add(
        "DocumentReference",
        {
            "status": "current",
            "type": vocabulary.NOTE,
            "subject": chart.subject,
            "date": visit.end,
            "author": [visit.site.practitioner],
            "content": [{"attachment": attachment}],
            "context": {
                "encounter": [visit.encounter],
                "period": {"start": visit.start, "end": visit.end},
            },
        },
    )


def bill(chart: Chart, visit: Visit) -> None:
    """A claim for the visit, and what the insurer answered."""
    cents = chart.chance.between(4_000, 90_000)
    _, condition = chart.problems[-1]
    common = {
        "status": "active",
        "type": _KIND,
        "use": "claim",
        "patient": chart.subject,
        "billablePeriod": {"start": visit.start, "end": visit.end},
        "created": visit.end,
        "insurer": _INSURER,
        "provider": visit.site.organization,
        "facility": visit.site.location,
        "diagnosis": [{"sequence": 1, "diagnosisReference": condition}],
    }
    service = {
        "sequence": 1,
        "diagnosisSequence": [1],
        "productOrService": vocabulary.VISITS[0][0],
        "encounter": [visit.encounter],
    }
    claim = chart.add("Claim", _claim(common, service, cents))
    chart.add("ExplanationOfBenefit", _benefit(chart, common, service, cents, claim))


def _money(cents: int) -> Resource:
    return {"value": decimal(cents, 2), "currency": "USD"}


def _claim(common: Resource, service: Resource, cents: int) -> Resource:
    return {
        **common,
        "priority": code("processpriority", "normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": _INSURER}],
        "item": [{**service, "net": _money(cents)}],
        "total": _money(cents),
    }


def _benefit(
    chart: Chart, common: Resource, service: Resource, cents: int, claim: Reference
) -> Resource:
    paid = cents * 8 // 10 // 10 * 10
    coverage = {
        "resourceType": "Coverage",
        "id": "coverage",
        "status": "active",
        "beneficiary": chart.subject,
        "payor": [_INSURER],
    }
    return {
        "contained": [coverage],
        **common,
        "claim": claim,
        "outcome": "complete",
        "insurance": [{"focal": True, "coverage": {"reference": "#coverage"}}],
        "item": [
            {**service, "adjudication": [{"category": _BENEFIT, "amount": _money(paid)}]},
        ],
        "total": [{"category": _SUBMITTED, "amount": _money(cents)}],
        "payment": {"amount": _money(paid)},
    }
