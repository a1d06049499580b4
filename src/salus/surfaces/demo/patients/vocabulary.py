"""Small tables of what happens to people: a code, our own words for it, and likely values.

Codes name entries of SNOMED CT, LOINC, RxNorm and CVX; the choice and the words are ours, and no
value is fit for medicine.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from salus.surfaces.demo.patients.chart import CVX, LOINC, RXNORM, SNOMED, Resource, concept


class Gene(NamedTuple):
    """A gene, a change of it, and where that is in GRCh38, counted from 1."""

    code: str
    symbol: str
    change: str
    sequence: str
    position: int
    ref: str
    alt: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Something counted or measured, between two bounds in units of the last place."""

    code: Resource
    unit: str
    low: int
    high: int
    places: int


@dataclass(frozen=True, slots=True)
class Medicine:
    code: Resource
    times: int  # a day
    dose: str
    unit: str


def _snomed(code: str, display: str) -> Resource:
    return concept(SNOMED, code, display)


def _loinc(code: str, display: str) -> Resource:
    return concept(LOINC, code, display)


def _measure(code: str, display: str, unit: str, bounds: tuple[int, int], places: int) -> Measure:
    return Measure(_loinc(code, display), unit, *bounds, places)


def _medicine(code: str, display: str, times: int, dose: str, unit: str = "{tablet}") -> Medicine:
    return Medicine(concept(RXNORM, code, display), times, dose, unit)


VISITS: Final = (
    (_snomed("185349003", "Check-up visit"), "AMB"),
    (_snomed("390906007", "Follow-up visit"), "AMB"),
    (_snomed("50849002", "Emergency room visit"), "EMER"),
    (_snomed("448337001", "Visit by video call"), "VR"),
)
PROBLEMS: Final = (
    _snomed("38341003", "High blood pressure"),
    _snomed("44054006", "Type 2 diabetes"),
    _snomed("195967001", "Asthma"),
    _snomed("444814009", "Viral sinusitis"),
    _snomed("396275006", "Osteoarthritis"),
    _snomed("35489007", "Depression"),
    _snomed("37796009", "Migraine"),
    _snomed("271737000", "Anemia"),
)
ALLERGIES: Final = (
    (_snomed("91935009", "Allergy to peanut"), "food", _snomed("126485001", "Hives")),
    (_snomed("91936005", "Allergy to penicillin"), "medication", _snomed("271807003", "Rash")),
    (_snomed("232347008", "Allergy to dander"), "environment", _snomed("49727002", "Cough")),
)
MEDICINES: Final = (
    _medicine("314076", "Lisinopril 10 mg tablet", 1, "1.0"),
    _medicine("860975", "Metformin 500 mg tablet", 2, "1.0"),
    _medicine("313782", "Acetaminophen 325 mg tablet", 3, "2.0"),
    _medicine("308136", "Amlodipine 2.5 mg tablet", 1, "0.50"),
    _medicine("745679", "Albuterol 90 ug inhaler", 2, "1.0", "{puff}"),
)
VACCINES: Final = (
    (concept(CVX, "140", "Influenza vaccine, no preservative"), 50),
    (concept(CVX, "113", "Tetanus and diphtheria vaccine"), 50),
    (concept(CVX, "208", "COVID-19 mRNA vaccine"), 30),
    (concept(CVX, "43", "Hepatitis B vaccine, adult"), 100),
)
PROCEDURES: Final = (
    _snomed("430193006", "Review of all medicines"),
    _snomed("73761001", "Colonoscopy"),
    _snomed("171207006", "Screening for depression"),
    _snomed("399208008", "Chest X-ray"),
)
ACTIVITIES: Final = (
    _snomed("229065009", "Exercise"),
    _snomed("160670007", "Diet for diabetes"),
    _snomed("409002", "Food allergy diet"),
    _snomed("225323000", "Advice on smoking"),
)

HEIGHT: Final = _loinc("8302-2", "Body height")
WEIGHT: Final = _loinc("29463-7", "Body weight")
BODY_MASS: Final = _loinc("39156-5", "Body mass index")
PRESSURE: Final = _loinc("85354-9", "Blood pressure")
SYSTOLIC: Final = _measure("8480-6", "Systolic blood pressure", "mm[Hg]", (98, 162), 0)
DIASTOLIC: Final = _measure("8462-4", "Diastolic blood pressure", "mm[Hg]", (58, 96), 0)
VITALS: Final = (
    _measure("8867-4", "Heart rate", "/min", (52, 104), 0),
    _measure("9279-1", "Breaths a minute", "/min", (11, 20), 0),
    _measure("8310-5", "Body temperature", "Cel", (361, 378), 1),
    _measure("2708-6", "Oxygen saturation", "%", (930, 1000), 1),
)
PANELS: Final = (
    (
        _loinc("24323-8", "Metabolic panel"),
        (
            _measure("2345-7", "Glucose", "mg/dL", (6800, 18000), 2),
            _measure("2160-0", "Creatinine", "mg/dL", (50, 160), 2),
            _measure("2951-2", "Sodium", "mmol/L", (1340, 1460), 1),
            _measure("2823-3", "Potassium", "mmol/L", (340, 520), 2),
        ),
    ),
    (
        _loinc("57698-3", "Lipid panel"),
        (
            _measure("2093-3", "Cholesterol", "mg/dL", (14000, 26000), 2),
            _measure("2571-8", "Triglycerides", "mg/dL", (7000, 24000), 2),
            _measure("2085-9", "HDL cholesterol", "mg/dL", (320, 880), 1),
        ),
    ),
    (
        _loinc("58410-2", "Blood count"),
        (
            _measure("718-7", "Hemoglobin", "g/dL", (105, 175), 1),
            _measure("4544-3", "Hematocrit", "%", (3400, 5200), 2),
            _measure("777-3", "Platelets", "10*3/uL", (150, 400), 0),
        ),
    ),
    (
        _loinc("4548-4", "Glycated hemoglobin"),
        (_measure("4548-4", "Hemoglobin A1c", "%", (4800, 9900), 3),),
    ),
)
VIRAL_LOAD: Final = _loinc("20447-9", "HIV 1 RNA copies")
SMOKING: Final = _loinc("72166-2", "Tobacco smoking status")
SMOKING_ANSWERS: Final = (
    _snomed("266919005", "Never smoked"),
    _snomed("8517006", "Used to smoke"),
    _snomed("77176002", "Smokes"),
)
SURVEYS: Final = (
    _measure("44261-6", "Depression questionnaire, total", "{score}", (0, 27), 0),
    _measure("72514-3", "Pain, from 0 to 10", "{score}", (0, 10), 0),
)
GENES: Final = (
    Gene("HGNC:1100", "BRCA1", "NM_007294.4:c.68_69del", "NC_000017.11", 43124027, "ACT", "A"),
    Gene("HGNC:613", "APOE", "NM_000041.4:c.388T>C", "NC_000019.10", 44908684, "T", "C"),
    Gene("HGNC:2625", "CYP2D6", "NM_000106.6:c.506-1G>A", "NC_000022.11", 42128945, "C", "T"),
)
NOTE: Final = _loinc("34117-2", "History and examination")
IMAGES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("DX", "Digital radiography", {"system": SNOMED, "code": "51185008", "display": "Chest"}),
    ("US", "Ultrasound", {"system": SNOMED, "code": "113345001", "display": "Abdomen"}),
)
IMPLANTS: Final = (
    (_snomed("14106009", "Heart pacemaker"), "Pulsar 2"),
    (_snomed("304120007", "Total hip prosthesis"), "Hüfte Nord"),
)
