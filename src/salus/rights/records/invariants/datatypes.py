"""Rules of the datatypes, wherever they occur."""

from salus.rights.records.invariants.comparisons import may_be_below, may_precede
from salus.rights.records.invariants.rules import (
    Node,
    has,
    invariant,
    invariant_within,
    many,
)

_UCUM = "http://unitsofmeasure.org"
_NO_CONTENT = frozenset({"id", "url", "_url", "extension"})


@invariant("ele-1", "Element")
def element_has_content(node: Node) -> bool:
    """An element needs a value or something below it; an id alone says nothing."""
    return len(node) > ("id" in node)


@invariant("ext-1", "Extension")
def extension_has_value_or_extensions(node: Node) -> bool:
    """An extension holds either a value or further extensions, never both and never neither."""
    nested = "extension" in node
    for key in node:
        if key not in _NO_CONTENT and key.startswith(("value", "_value")):
            return not nested
    return nested


@invariant_within("ref-1", "Reference")
def local_reference_is_contained(node: Node, outermost: Node) -> bool:
    """A reference that starts with # must name a contained resource."""
    reference = node.get("reference")
    if not isinstance(reference, str) or reference[:1] != "#" or reference == "#":
        return True
    return any(reference[1:] == one.get("id") for one in many(outermost, "contained"))


@invariant("per-1", "Period")
def period_starts_before_it_ends(node: Node) -> bool:
    """A period cannot end before it starts."""
    return may_precede(node.get("start"), node.get("end"))


@invariant("qty-3", "Quantity")
def unit_code_has_system(node: Node) -> bool:
    """A quantity whose unit has a code must name the system of the code."""
    return not has(node, "code") or has(node, "system")


@invariant("rat-1", "Ratio")
def ratio_is_whole(node: Node) -> bool:
    """A ratio has both numerator and denominator, or neither and an extension."""
    if "numerator" in node:
        return "denominator" in node
    return "denominator" not in node and "extension" in node


@invariant("rng-2", "Range")
def range_is_ordered(node: Node) -> bool:
    """The low end of a range cannot be above its high end."""
    return may_be_below(node.get("low"), node.get("high"))


@invariant("att-1", "Attachment")
def attachment_names_content_type(node: Node) -> bool:
    """An attachment with content must name its content type."""
    return not has(node, "data") or has(node, "contentType")


@invariant("cpt-2", "ContactPoint")
def contact_point_names_system(node: Node) -> bool:
    """A contact point with a value must say what it is: phone, email ..."""
    return not has(node, "value") or has(node, "system")


@invariant("age-1", "Age")
def age_is_positive_time(node: Node) -> bool:
    """An age is positive and has a UCUM code of time."""
    value = node.get("value")
    return _coded_in_ucum(node) and not (isinstance(value, int | float) and value <= 0)


@invariant("cnt-3", "Count")
def count_is_whole(node: Node) -> bool:
    """A count is a whole number with the UCUM code 1."""
    value = node.get("value")
    whole = not isinstance(value, float) or value.is_integer()
    return _coded_in_ucum(node) and node.get("code", "1") == "1" and whole


@invariant("dis-1", "Distance")
def distance_has_unit(node: Node) -> bool:
    """A distance with a value has a UCUM code of length."""
    return _coded_in_ucum(node)


@invariant("drt-1", "Duration")
def duration_has_unit(node: Node) -> bool:
    """A duration with a code has a value, and its code is a UCUM code of time."""
    return not has(node, "code") or (node.get("system") == _UCUM and has(node, "value"))


def _coded_in_ucum(node: Node) -> bool:
    """The part that age-1, cnt-3 and dis-1 share."""
    unit = has(node, "code") or not has(node, "value")
    return unit and (not has(node, "system") or node.get("system") == _UCUM)
