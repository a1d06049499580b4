"""Rules of what is observed, found and given: Observation, Condition, Immunization ..."""

from salus.rights.records.invariants.comparisons import may_precede
from salus.rights.records.invariants.rules import (
    Node,
    chosen,
    coded,
    has,
    has_any,
    invariant,
    inner,
    many,
)

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_UCUM = "http://unitsofmeasure.org"


@invariant("obs-3", "Observation.referenceRange")
def reference_range_says_something(node: Node) -> bool:
    """A reference range has a low end, a high end or a text."""
    return "low" in node or "high" in node or has(node, "text")


@invariant("obs-6", "Observation")
def absent_value_is_absent(node: Node) -> bool:
    """An observation with a value gives no reason why the value is absent."""
    return "dataAbsentReason" not in node or not chosen(node, "value")


@invariant("obs-7", "Observation")
def value_is_given_once(node: Node) -> bool:
    """An observation with a value has no component with the same code."""
    if "component" not in node or not chosen(node, "value"):
        return True
    codings = many(inner(node, "code"), "coding")
    return not any(
        coding in codings
        for component in many(node, "component")
        for coding in many(inner(component, "code"), "coding")
    )


@invariant("con-1", "Condition.stage")
def stage_says_something(node: Node) -> bool:
    """A stage has a summary or an assessment."""
    return "summary" in node or "assessment" in node


@invariant("con-2", "Condition.evidence")
def evidence_says_something(node: Node) -> bool:
    """An evidence has a code or details."""
    return "code" in node or "detail" in node


@invariant("con-4", "Condition")
def abated_condition_is_not_active(node: Node) -> bool:
    """A condition that has abated is inactive, resolved or in remission."""
    return not chosen(node, "abatement") or coded(
        node,
        "clinicalStatus",
        _TERMINOLOGY + "condition-clinical",
        "resolved",
        "remission",
        "inactive",
    )


@invariant("con-5", "Condition")
def mistaken_condition_has_no_status(node: Node) -> bool:
    """A condition entered in error has no clinical status."""
    system = _TERMINOLOGY + "condition-ver-status"
    return "clinicalStatus" not in node or not coded(
        node, "verificationStatus", system, "entered-in-error"
    )


@invariant("ait-1", "AllergyIntolerance")
def allergy_has_status(node: Node) -> bool:
    """An allergy has a clinical status, unless it was entered in error."""
    return "clinicalStatus" in node or _is_mistaken_allergy(node)


@invariant("ait-2", "AllergyIntolerance")
def mistaken_allergy_has_no_status(node: Node) -> bool:
    """An allergy entered in error has no clinical status."""
    return "clinicalStatus" not in node or not _is_mistaken_allergy(node)


@invariant("imm-1", "Immunization.education")
def education_names_material(node: Node) -> bool:
    """The education given names a type of document or a reference."""
    return has_any(node, "documentType", "reference")


@invariant("imr-1", "ImmunizationRecommendation.recommendation")
def recommendation_names_target(node: Node) -> bool:
    """A recommendation names a vaccine or a disease."""
    return "vaccineCode" in node or "targetDisease" in node


@invariant("fhs-1", "FamilyMemberHistory")
def age_or_birth(node: Node) -> bool:
    """A family member has an age or a birth, not both."""
    return not (chosen(node, "age") and chosen(node, "born"))


@invariant("fhs-2", "FamilyMemberHistory")
def estimated_age_has_age(node: Node) -> bool:
    """Only an age that is given can be estimated."""
    return not has(node, "estimatedAge") or chosen(node, "age")


@invariant("mad-1", "MedicationAdministration.dosage")
def dosage_has_dose_or_rate(node: Node) -> bool:
    """The dosage of an administration has a dose or a rate."""
    return "dose" in node or chosen(node, "rate")


@invariant("mdd-1", "MedicationDispense")
def prepared_before_handed_over(node: Node) -> bool:
    """A medication cannot be handed over before it is prepared."""
    return may_precede(node.get("whenPrepared"), node.get("whenHandedOver"))


@invariant("ras-1", "RiskAssessment.prediction")
def probability_range_is_in_percent(node: Node) -> bool:
    """The ends of a range of probability are in percent of UCUM."""
    bounds = inner(node, "probabilityRange")
    return all(
        end.get("code") == "%" and end.get("system") == _UCUM
        for end in (inner(bounds, "low"), inner(bounds, "high"))
        if end
    )


@invariant("ras-2", "RiskAssessment.prediction")
def probability_is_at_most_one_hundred(node: Node) -> bool:
    """A probability is at most 100 percent."""
    value = node.get("probabilityDecimal")
    return not isinstance(value, int | float) or value <= 100


@invariant("msq-3", "MolecularSequence")
def coordinate_system_is_known(node: Node) -> bool:
    """The coordinate system of a sequence is 0 or 1."""
    return node.get("coordinateSystem") in {0, 1}


@invariant("msq-5", "MolecularSequence.referenceSeq")
def chromosome_has_build(node: Node) -> bool:
    """A reference sequence names chromosome and genome build together or not at all."""
    return ("chromosome" in node) == has(node, "genomeBuild")


@invariant("msq-6", "MolecularSequence.referenceSeq")
def reference_sequence_is_named_once(node: Node) -> bool:
    """A reference sequence is given in exactly one way: build, id, pointer or string."""
    ways = ("genomeBuild", "referenceSeqId", "referenceSeqPointer", "referenceSeqString")
    return sum(has(node, way) for way in ways) == 1


def _is_mistaken_allergy(node: Node) -> bool:
    system = _TERMINOLOGY + "allergyintolerance-verification"
    return coded(node, "verificationStatus", system, "entered-in-error")
