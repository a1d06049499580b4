"""Rules of who, when and on what terms: Patient, Appointment, plans, orders, consents."""

from salus.rights.records.invariants.rules import (
    Names,
    Node,
    chosen,
    has,
    inner,
    invariant,
    many,
    presence,
)

_MISSED = frozenset({"no-show", "cancelled"})
_UNPLANNED = frozenset({"proposed", "cancelled", "waitlist"})


def _referred_type(reference: Node, outermost: Node) -> str | None:
    """Type of what is referred to; None where the reference does not tell."""
    if isinstance(kind := reference.get("type"), str):
        return kind
    target = reference.get("reference")
    if isinstance(target, str) and target[:1] == "#":
        found = (one for one in many(outermost, "contained") if one.get("id") == target[1:])
        return next(found, {}).get("resourceType")
    parts = target.split("/_history/")[0].split("/") if isinstance(target, str) else []
    return parts[-2] if len(parts) > 1 and parts[-2].isalpha() else None


def _member_may_represent(node: Node, outermost: Node) -> bool:
    return _referred_type(inner(node, "member"), outermost) in {None, "Practitioner"}


@presence("pat-1", "Patient.contact")
def contact_has_details(names: Names) -> bool:
    """A contact of a patient has a name, a telecom, an address or an organization."""
    return has(names, "name", "telecom", "address", "organization")


@presence("org-1", "Organization")
def organization_is_named(names: Names) -> bool:
    """An organization has a name or an identifier."""
    return "identifier" in names or has(names, "name")


@invariant("org-2", "Organization", needs="address")
def organization_has_no_home_address(node: Node) -> bool:
    """An address of an organization is no home."""
    return not any(address.get("use") == "home" for address in many(node, "address"))


@invariant("org-3", "Organization", needs="telecom")
def organization_has_no_home_telecom(node: Node) -> bool:
    """A telecom of an organization is not that of a home."""
    return not any(telecom.get("use") == "home" for telecom in many(node, "telecom"))


@presence("app-1", "Appointment.participant")
def participant_is_named(names: Names) -> bool:
    """A participant of an appointment has a type or an actor."""
    return "type" in names or "actor" in names


@presence("app-2", "Appointment")
def appointment_has_both_ends(names: Names) -> bool:
    """An appointment has both start and end, or neither."""
    return has(names, "start") == has(names, "end")


@invariant("app-3", "Appointment")
def appointment_has_time(node: Node) -> bool:
    """Only a proposed, cancelled or waiting appointment can lack its start and end."""
    timed = has(node, "start") and has(node, "end")
    return timed or node.get("status") in _UNPLANNED


@invariant("app-4", "Appointment", needs="cancelationReason")
def cancellation_has_reason(node: Node) -> bool:
    """Only an appointment that was cancelled or missed has a reason of cancellation."""
    return "cancelationReason" not in node or node.get("status") in _MISSED


@presence("apr-1", "AppointmentResponse")
def response_names_participant(names: Names) -> bool:
    """A response to an appointment has the type of the participant or the actor."""
    return "participantType" in names or "actor" in names


@presence("cpl-3", "CarePlan.activity")
def activity_is_given_once(names: Names) -> bool:
    """An activity has a reference or details, not both."""
    return not ("detail" in names and "reference" in names)


@invariant("ctm-1", "CareTeam.participant", needs="onBehalfOf", unless=_member_may_represent)
def represented_member_is_practitioner(node: Node) -> bool:
    """Only a practitioner is in a care team on behalf of an organization."""
    return "onBehalfOf" not in node


@presence("gol-1", "Goal.target")
def target_detail_has_measure(names: Names) -> bool:
    """A target with a value names what is measured."""
    return not chosen(names, "detail") or "measure" in names


@presence("prr-1", "ServiceRequest")
def order_detail_has_code(names: Names) -> bool:
    """A request with details of the order has a code."""
    return "orderDetail" not in names or "code" in names


@presence("rqg-1", "RequestGroup.action")
def action_is_given_once(names: Names) -> bool:
    """An action has a resource or further actions, not both."""
    return ("resource" in names) != ("action" in names)


@presence("qrs-1", "QuestionnaireResponse.item")
def question_or_group(names: Names) -> bool:
    """A question has answers or further questions below it, not both."""
    return not ("answer" in names and "item" in names)


@presence("ces-1", "CoverageEligibilityResponse.insurance.item")
def benefit_is_named_once(names: Names) -> bool:
    """A benefit has a category or a billing code, not both."""
    return ("category" in names) != ("productOrService" in names)


@presence("ppc-1", "Consent")
def consent_names_policy(names: Names) -> bool:
    """A consent names a policy or a policy rule."""
    return "policy" in names or "policyRule" in names


@invariant("mrp-1", "MeasureReport", needs="group")
def collection_has_no_scores(node: Node) -> bool:
    """A report for the collection of data has no groups and scores."""
    return node.get("type") != "data-collection" or "group" not in node


@presence("mrp-2", "MeasureReport.group.stratifier.stratum")
def stratum_is_given_once(names: Names) -> bool:
    """A stratum has a value or components, not both."""
    return ("value" in names) != ("component" in names)


@presence("sev-1", "AuditEvent.entity")
def audited_entity_has_name_or_query(names: Names) -> bool:
    """An audited entity has a name or a query, not both."""
    return not (has(names, "name") and has(names, "query"))
