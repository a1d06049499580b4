"""Rules of the datatypes, wherever they occur."""

from salus.rights.records.invariants.comparisons import may_be_below, may_precede
from salus.rights.records.invariants.rules import (
    Names,
    Node,
    has,
    invariant,
    many,
    presence,
)

_UCUM = "http://unitsofmeasure.org"
_NO_CONTENT = frozenset({"id", "url", "_url", "extension"})


@presence("ele-1", "Element")
def element_has_content(names: Names) -> bool:
    """An element needs a value or something below it; an id alone says nothing."""
    return len(names) > ("id" in names)


@presence("ext-1", "Extension")
def extension_has_value_or_extensions(names: Names) -> bool:
    """An extension holds either a value or further extensions, never both and never neither."""
    nested = "extension" in names
    for key in names:
        if key not in _NO_CONTENT and key.startswith(("value", "_value")):
            return not nested
    return nested


def _is_contained(node: Node, outermost: Node) -> bool:
    return any(node["reference"][1:] == one.get("id") for one in many(outermost, "contained"))


@invariant("ref-1", "Reference", needs="reference", unless=_is_contained)
def local_reference_is_contained(node: Node) -> bool:
    """A reference that starts with # must name a contained resource."""
    reference = node.get("reference")
    return not isinstance(reference, str) or reference[:1] != "#" or reference == "#"


@invariant("per-1", "Period", needs="start end")
def period_starts_before_it_ends(node: Node) -> bool:
    """A period cannot end before it starts."""
    return may_precede(node.get("start"), node.get("end"))


@presence("qty-3", "Quantity")
def unit_code_has_system(names: Names) -> bool:
    """A quantity whose unit has a code must name the system of the code."""
    return not has(names, "code") or has(names, "system")


@presence("rat-1", "Ratio")
def ratio_is_whole(names: Names) -> bool:
    """A ratio has both numerator and denominator, or neither and an extension."""
    if "numerator" in names:
        return "denominator" in names
    return "denominator" not in names and "extension" in names


@invariant("rng-2", "Range", needs="low high")
def range_is_ordered(node: Node) -> bool:
    """The low end of a range cannot be above its high end."""
    return may_be_below(node.get("low"), node.get("high"))


@presence("att-1", "Attachment")
def attachment_names_content_type(names: Names) -> bool:
    """An attachment with content must name its content type."""
    return not has(names, "data") or has(names, "contentType")


@presence("cpt-2", "ContactPoint")
def contact_point_names_system(names: Names) -> bool:
    """A contact point with a value must say what it is: phone, email ..."""
    return not has(names, "value") or has(names, "system")


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


@invariant("drt-1", "Duration", needs="code")
def duration_has_unit(node: Node) -> bool:
    """A duration with a code has a value, and its code is a UCUM code of time."""
    return not has(node, "code") or (node.get("system") == _UCUM and has(node, "value"))


def _coded_in_ucum(node: Node) -> bool:
    """The part that age-1, cnt-3 and dis-1 share."""
    unit = has(node, "code") or not has(node, "value")
    return unit and (not has(node, "system") or node.get("system") == _UCUM)
