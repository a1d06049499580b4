"""Rules of the narrative: the check itself stands in `records.narrative`."""

from salus.rights.records.invariants.rules import Node, invariant
from salus.rights.records.narrative import NO_CONTENT, check_narrative


@invariant("txt-1", "Narrative", needs="div")
def narrative_is_plain(node: Node) -> bool:
    """The narrative holds something other than plain XHTML text, tables, lists and images."""
    return _fault(node) in {None, NO_CONTENT}


@invariant("txt-2", "Narrative", needs="div")
def narrative_says_something(node: Node) -> bool:
    """The narrative has neither text nor an image."""
    return _fault(node) != NO_CONTENT


def _fault(node: Node) -> str | None:
    div = node.get("div")
    return check_narrative(div) if isinstance(div, str) else None
