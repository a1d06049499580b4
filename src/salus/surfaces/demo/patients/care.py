"""What is found and done: problems, allergies, medicines, vaccines, procedures, plans."""

from html import escape
from typing import Final

from orjson import Fragment

from salus.surfaces.demo.patients import vocabulary
from salus.surfaces.demo.patients.chance import decimal
from salus.surfaces.demo.patients.chart import (
    HL7,
    SNOMED,
    XHTML,
    Chart,
    Reference,
    Resource,
    Site,
    Visit,
    code,
    concept,
    moment,
    quantity,
)
from salus.surfaces.demo.patients.vocabulary import Medicine

_DIAGNOSIS: Final = [concept(HL7 + "condition-category", "encounter-diagnosis", "Diagnosis")]
_PATIENT_ROLE: Final = [concept(SNOMED, "116154003", "Patient")]
_DOCTOR_ROLE: Final = [concept(SNOMED, "59058001", "General practitioner")]


def encounter(chart: Chart, site: Site, minute: int) -> Visit:
    """A visit that starts at this minute and lasts a quarter to a whole hour."""
    kind, setting = chart.chance.pick(vocabulary.VISITS)
    start = moment(minute, chart.zone)
    end = moment(minute + chart.chance.between(15, 60), chart.zone)
    reference = chart.add(
        "Encounter",
        {
            "status": "finished",
            "class": {"system": HL7 + "v3-ActCode", "code": setting},
            "type": [kind],
            "subject": chart.subject,
            "participant": [{"individual": site.practitioner}],
            "period": {"start": start, "end": end},
            "location": [{"location": site.location}],
            "serviceProvider": site.organization,
        },
    )
    return Visit(encounter=reference, site=site, start=start, end=end)


def problem(chart: Chart, visit: Visit) -> None:
    """A condition; every third is over the same day."""
    what = chart.chance.pick(vocabulary.PROBLEMS)
    is_over = chart.chance.often(33)
    members = {
        "clinicalStatus": code("condition-clinical", "resolved" if is_over else "active"),
        "verificationStatus": code("condition-ver-status", "confirmed"),
        "category": _DIAGNOSIS,
        "code": what,
        "subject": chart.subject,
        "encounter": visit.encounter,
        "onsetDateTime": visit.start,
        "recordedDate": visit.start,
    }
    if is_over:
        members["abatementDateTime"] = visit.end
    chart.problems.append((what, chart.add("Condition", members)))


def allergy(chart: Chart, visit: Visit) -> None:
    what, category, reaction = chart.chance.pick(vocabulary.ALLERGIES)
    chart.add(
        "AllergyIntolerance",
        {
            "clinicalStatus": code("allergyintolerance-clinical", "active"),
            "verificationStatus": code("allergyintolerance-verification", "confirmed"),
            "type": "allergy",
            "category": [category],
            "criticality": chart.chance.pick(("low", "high")),
            "code": what,
            "patient": chart.subject,
            "recordedDate": visit.start,
            "reaction": [{"manifestation": [reaction], "severity": "moderate"}],
        },
    )


def prescription(chart: Chart, visit: Visit) -> None:
    medicine = chart.chance.pick(vocabulary.MEDICINES)
    chart.add(
        "MedicationRequest",
        {
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": medicine.code,
            "subject": chart.subject,
            "encounter": visit.encounter,
            "authoredOn": visit.start,
            "requester": visit.site.practitioner,
            "reasonReference": [_reason(chart)],
            "dosageInstruction": [_dosage(medicine)],
        },
    )


def _reason(chart: Chart) -> Reference:
    return chart.problems[-1][1]


def _dosage(medicine: Medicine) -> Resource:
    dose = quantity(Fragment(medicine.dose), medicine.unit)
    return {
        "sequence": 1,
        "timing": {
            "repeat": {
                "frequency": medicine.times,
                "period": decimal(10, 1),
                "periodUnit": "d",
            }
        },
        "asNeededBoolean": False,
        "doseAndRate": [{"doseQuantity": dose}],
    }


def vaccination(chart: Chart, visit: Visit) -> None:
    vaccine, dose = chart.chance.pick(vocabulary.VACCINES)
    chart.add(
        "Immunization",
        {
            "status": "completed",
            "vaccineCode": vaccine,
            "patient": chart.subject,
            "encounter": visit.encounter,
            "occurrenceDateTime": visit.start,
            "primarySource": True,
            "location": visit.site.location,
            "lotNumber": f"L{chart.chance.between(10_000, 99_999)}",
            "doseQuantity": quantity(decimal(dose, 2), "mL"),
        },
    )


def procedure(chart: Chart, visit: Visit) -> None:
    chart.add(
        "Procedure",
        {
            "status": "completed",
            "code": chart.chance.pick(vocabulary.PROCEDURES),
            "subject": chart.subject,
            "encounter": visit.encounter,
            "performedPeriod": {"start": visit.start, "end": visit.end},
            "performer": [{"actor": visit.site.practitioner}],
            "location": visit.site.location,
        },
    )


def plan(chart: Chart, visit: Visit) -> None:
    """A care team, and the plan that it follows."""
    what, condition = chart.problems[-1]
    period = {"start": visit.start}
    team = chart.add(
        "CareTeam",
        {
            "status": "active",
            "subject": chart.subject,
            "encounter": visit.encounter,
            "period": period,
            "participant": [
                {"role": _PATIENT_ROLE, "member": chart.subject},
                {"role": _DOCTOR_ROLE, "member": visit.site.practitioner},
            ],
            "managingOrganization": [visit.site.organization],
        },
    )
    activity = chart.chance.pick(vocabulary.ACTIVITIES)
    words = f"{escape(activity['text'])}<br/>{escape(what['text'])}"
    chart.add(
        "CarePlan",
        {
            "text": {"status": "generated", "div": f'<div xmlns="{XHTML}">{words}</div>'},
            "status": "active",
            "intent": "plan",
            "subject": chart.subject,
            "encounter": visit.encounter,
            "period": period,
            "careTeam": [team],
            "addresses": [condition],
            "activity": [{"detail": {"code": activity, "status": "in-progress"}}],
        },
    )


def implant(chart: Chart, visit: Visit) -> None:
    what, name = chart.chance.pick(vocabulary.IMPLANTS)
    serial = f"{chart.chance.between(10**9, 10**10 - 1)}"
    chart.add(
        "Device",
        {
            "udiCarrier": [{"deviceIdentifier": serial[:6], "carrierHRF": f"(21){serial}"}],
            "status": "active",
            "distinctIdentifier": serial[:6],
            "manufactureDate": visit.start,
            "lotNumber": serial[6:],
            "serialNumber": serial,
            "deviceName": [{"name": name, "type": "user-friendly-name"}],
            "type": what,
            "patient": chart.subject,
        },
    )


def images(chart: Chart, visit: Visit) -> None:
    """A study of one series with one image; only the description, no pixels."""
    modality, words, place = chart.chance.pick(vocabulary.IMAGES)
    study = f"2.25.{chart.chance.between(10**15, 10**16 - 1)}"
    image = {
        "uid": study + ".1.1",
        "sopClass": {"system": "urn:ietf:rfc:3986", "code": "urn:oid:1.2.840.10008.5.1.4.1.1.1.1"},
        "number": 1,
    }
    series = {
        "uid": study + ".1",
        "number": 1,
        "modality": {
            "system": "http://dicom.nema.org/resources/ontology/DCM",
            "code": modality,
            "display": words,
        },
        "numberOfInstances": 1,
        "bodySite": place,
        "instance": [image],
    }
    chart.add(
        "ImagingStudy",
        {
            "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{study}"}],
            "status": "available",
            "subject": chart.subject,
            "encounter": visit.encounter,
            "started": visit.start,
            "numberOfSeries": 1,
            "numberOfInstances": 1,
            "location": visit.site.location,
            "series": [series],
        },
    )
