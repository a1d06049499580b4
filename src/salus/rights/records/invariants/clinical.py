"""Rules of what is observed, found and given: Observation, Condition, Immunization ..."""

from salus.rights.records.invariants.comparisons import may_precede
from salus.rights.records.invariants.rules import (
    Names,
    Node,
    chosen,
    coded,
    has,
    inner,
    invariant,
    many,
    presence,
)

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_UCUM = "http://unitsofmeasure.org"


@presence("obs-3", "Observation.referenceRange")
def reference_range_says_something(names: Names) -> bool:
    """A reference range has a low end, a high end or a text."""
    return "low" in names or "high" in names or has(names, "text")


@presence("obs-6", "Observation")
def absent_value_is_absent(names: Names) -> bool:
    """An observation with a value gives no reason why the value is absent."""
    return "dataAbsentReason" not in names or not chosen(names, "value")


@invariant("obs-7", "Observation", needs="component")
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


@presence("con-1", "Condition.stage")
def stage_says_something(names: Names) -> bool:
    """A stage has a summary or an assessment."""
    return "summary" in names or "assessment" in names


@presence("con-2", "Condition.evidence")
def evidence_says_something(names: Names) -> bool:
    """An evidence has a code or details."""
    return "code" in names or "detail" in names


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


@invariant("con-5", "Condition", needs="clinicalStatus verificationStatus")
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


@invariant("ait-2", "AllergyIntolerance", needs="clinicalStatus verificationStatus")
def mistaken_allergy_has_no_status(node: Node) -> bool:
    """An allergy entered in error has no clinical status."""
    return "clinicalStatus" not in node or not _is_mistaken_allergy(node)


@presence("imm-1", "Immunization.education")
def education_names_material(names: Names) -> bool:
    """The education given names a type of document or a reference."""
    return has(names, "documentType", "reference")


@presence("imr-1", "ImmunizationRecommendation.recommendation")
def recommendation_names_target(names: Names) -> bool:
    """A recommendation names a vaccine or a disease."""
    return "vaccineCode" in names or "targetDisease" in names


@presence("fhs-1", "FamilyMemberHistory")
def age_or_birth(names: Names) -> bool:
    """A family member has an age or a birth, not both."""
    return not (chosen(names, "age") and chosen(names, "born"))


@presence("fhs-2", "FamilyMemberHistory")
def estimated_age_has_age(names: Names) -> bool:
    """Only an age that is given can be estimated."""
    return not has(names, "estimatedAge") or chosen(names, "age")


@presence("mad-1", "MedicationAdministration.dosage")
def dosage_has_dose_or_rate(names: Names) -> bool:
    """The dosage of an administration has a dose or a rate."""
    return "dose" in names or chosen(names, "rate")


@invariant("mdd-1", "MedicationDispense", needs="whenPrepared whenHandedOver")
def prepared_before_handed_over(node: Node) -> bool:
    """A medication cannot be handed over before it is prepared."""
    return may_precede(node.get("whenPrepared"), node.get("whenHandedOver"))


@invariant("ras-1", "RiskAssessment.prediction", needs="probabilityRange")
def probability_range_is_in_percent(node: Node) -> bool:
    """The ends of a range of probability are in percent of UCUM."""
    bounds = inner(node, "probabilityRange")
    return all(
        end.get("code") == "%" and end.get("system") == _UCUM
        for end in (inner(bounds, "low"), inner(bounds, "high"))
        if end
    )


@invariant("ras-2", "RiskAssessment.prediction", needs="probabilityDecimal")
def probability_is_at_most_one_hundred(node: Node) -> bool:
    """A probability is at most 100 percent."""
    value = node.get("probabilityDecimal")
    return not isinstance(value, int | float) or value <= 100


@invariant("msq-3", "MolecularSequence")
def coordinate_system_is_known(node: Node) -> bool:
    """The coordinate system of a sequence is 0 or 1."""
    return node.get("coordinateSystem") in {0, 1}


@presence("msq-5", "MolecularSequence.referenceSeq")
def chromosome_has_build(names: Names) -> bool:
    """A reference sequence names chromosome and genome build together or not at all."""
    return ("chromosome" in names) == has(names, "genomeBuild")


@presence("msq-6", "MolecularSequence.referenceSeq")
def reference_sequence_is_named_once(names: Names) -> bool:
    """A reference sequence is given in exactly one way: build, id, pointer or string."""
    ways = ("genomeBuild", "referenceSeqId", "referenceSeqPointer", "referenceSeqString")
    return sum(has(names, way) for way in ways) == 1


def _is_mistaken_allergy(node: Node) -> bool:
    system = _TERMINOLOGY + "allergyintolerance-verification"
    return coded(node, "verificationStatus", system, "entered-in-error")
