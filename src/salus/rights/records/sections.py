"""Where each R4 type goes: every one of the 146 concrete types has exactly one place."""

from enum import Enum
from typing import Any, Final

SECTIONS: Final = {
    1: "demographics-and-social",
    2: "problems",
    3: "allergies",
    4: "medications",
    5: "immunizations",
    6: "vital-signs",
    7: "laboratory",
    8: "imaging-and-reports",
    9: "encounters-and-notes",
    10: "procedures",
    11: "devices",
    12: "genomics",
    13: "insurance-and-costs",
    14: "emergency-summary",
    15: "other",
}
EMERGENCY_SUMMARY = 14
OTHER = 15

_BY_SECTION: Final = {
    1: "Patient Person RelatedPerson",
    2: "Condition ClinicalImpression RiskAssessment DetectedIssue Flag FamilyMemberHistory"
    " AdverseEvent Goal",
    3: "AllergyIntolerance",
    4: "MedicationRequest MedicationStatement MedicationAdministration MedicationDispense",
    5: "Immunization ImmunizationEvaluation ImmunizationRecommendation",
    7: "Specimen",
    8: "DiagnosticReport ImagingStudy Media BodyStructure",
    9: "Encounter EpisodeOfCare Composition DocumentReference DocumentManifest CarePlan CareTeam"
    " Communication CommunicationRequest QuestionnaireResponse List Appointment"
    " AppointmentResponse RequestGroup GuidanceResponse NutritionOrder",
    10: "Procedure ServiceRequest VisionPrescription",
    11: "Device DeviceMetric DeviceRequest DeviceUseStatement SupplyRequest SupplyDelivery",
    12: "MolecularSequence",
    13: "Coverage CoverageEligibilityRequest CoverageEligibilityResponse Claim ClaimResponse"
    " ExplanationOfBenefit Account ChargeItem Invoice Contract PaymentNotice"
    " PaymentReconciliation EnrollmentRequest EnrollmentResponse",
    14: "Bundle",
    15: "Basic Linkage MeasureReport",
}
SECTION_OF: Final = {
    name: section for section, names in _BY_SECTION.items() for name in names.split()
}
CATEGORY_SECTION: Final = {
    "genomics": 12,
    "laboratory": 7,
    "imaging": 8,
    "vital-signs": 6,
    "procedure": 10,
    "social-history": 1,
    "activity": 6,
    "exam": 9,
    "survey": 9,
    "therapy": 9,
}
"""Of several Observation categories the first of this order wins."""
_GENETICS: Final = "genomics"
_V2_GENETICS: Final = ("http://terminology.hl7.org/CodeSystem/v2-0074", "GE")


class Keeping(Enum):
    """What happens to a type that belongs to no section."""

    DIRECTORY = (
        "Organization OrganizationAffiliation Practitioner PractitionerRole Location"
        " HealthcareService Endpoint Medication Substance InsurancePlan DeviceDefinition Schedule"
        " Slot Questionnaire"
    )
    CONTROL = (
        "Consent Task Subscription AuditEvent Group VerificationResult ResearchStudy"
        " ResearchSubject"
    )
    FOLLOWS = "Provenance Binary"
    READ_ONLY = (
        "CapabilityStatement OperationDefinition SearchParameter StructureDefinition ValueSet"
        " CodeSystem CompartmentDefinition"
    )
    TRANSIENT = "Parameters OperationOutcome"
    NOT_STORED = (
        "ActivityDefinition BiologicallyDerivedProduct CatalogEntry ChargeItemDefinition"
        " ConceptMap EffectEvidenceSynthesis EventDefinition Evidence EvidenceVariable"
        " ExampleScenario GraphDefinition ImplementationGuide Library Measure"
        " MedicationKnowledge MedicinalProduct MedicinalProductAuthorization"
        " MedicinalProductContraindication MedicinalProductIndication"
        " MedicinalProductIngredient MedicinalProductInteraction"
        " MedicinalProductManufactured MedicinalProductPackaged"
        " MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition"
        " MessageHeader NamingSystem ObservationDefinition PlanDefinition"
        " ResearchDefinition ResearchElementDefinition RiskEvidenceSynthesis"
        " SpecimenDefinition StructureMap SubstanceNucleicAcid SubstancePolymer"
        " SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial"
        " SubstanceSpecification TerminologyCapabilities TestReport TestScript"
    )

    def types(self) -> frozenset[str]:
        return frozenset(self.value.split())


KEEPING_OF: Final = {name: keeping for keeping in Keeping for name in keeping.types()}


def section_of(resource: dict[str, Any]) -> int | None:
    """The section of a valid resource, or None when its type has none."""
    kind = resource["resourceType"]
    if kind == "Observation":
        return _observation_section(resource)
    if kind == "Bundle" and resource.get("type") != "document":
        return OTHER
    return SECTION_OF.get(kind)


def _observation_section(resource: dict[str, Any]) -> int:
    codes = {
        _GENETICS if (coding.get("system"), coding.get("code")) == _V2_GENETICS else coding["code"]
        for category in resource.get("category", ())
        for coding in category.get("coding", ())
        if "code" in coding
    }
    return next((each for code, each in CATEGORY_SECTION.items() if code in codes), OTHER)
