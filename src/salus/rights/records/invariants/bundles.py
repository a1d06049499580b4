"""Rules of Bundle and of the resources that gather others: Composition, List, Linkage, Group."""

from salus.rights.records.invariants.rules import (
    Names,
    Node,
    has,
    inner,
    invariant,
    many,
    presence,
)

_REQUESTS = frozenset({"batch", "transaction", "history"})
_RESPONSES = frozenset({"batch-response", "transaction-response", "history"})


@invariant("bdl-1", "Bundle", needs="total")
def total_is_of_a_search(node: Node) -> bool:
    """Only the answer to a search or a history has a total."""
    return not has(node, "total") or node.get("type") in {"searchset", "history"}


@invariant("bdl-2", "Bundle")
def search_is_of_a_search(node: Node) -> bool:
    """Only the entries of a searchset say how they were found."""
    return node.get("type") == "searchset" or not _entries_have(node, "search")


@invariant("bdl-3", "Bundle")
def request_is_where_it_belongs(node: Node) -> bool:
    """Every entry of a batch, transaction or history has a request; entries of others have none."""
    wanted = node.get("type") in _REQUESTS
    return all(("request" in entry) == wanted for entry in many(node, "entry"))


@invariant("bdl-4", "Bundle")
def response_is_where_it_belongs(node: Node) -> bool:
    """Every entry of a response or history has a response; entries of others have none."""
    wanted = node.get("type") in _RESPONSES
    return all(("response" in entry) == wanted for entry in many(node, "entry"))


@presence("bdl-5", "Bundle.entry")
def entry_holds_something(names: Names) -> bool:
    """An entry holds a resource, a request or a response."""
    return "resource" in names or "request" in names or "response" in names


@invariant("bdl-7", "Bundle")
def full_url_is_unique(node: Node) -> bool:
    """Two entries with one fullUrl must be different versions, except in a history."""
    if node.get("type") == "history":
        return True
    named = [
        (entry["fullUrl"], _version(entry)) for entry in many(node, "entry") if "fullUrl" in entry
    ]
    return len(set(named)) == len(named)


@invariant("bdl-8", "Bundle.entry", needs="fullUrl")
def full_url_names_no_version(node: Node) -> bool:
    """The fullUrl of an entry cannot name a version."""
    url = node.get("fullUrl")
    return not isinstance(url, str) or "/_history/" not in url


@invariant("bdl-9", "Bundle")
def document_has_identifier(node: Node) -> bool:
    """A document has an identifier with system and value."""
    identifier = inner(node, "identifier")
    named = has(identifier, "system") and has(identifier, "value")
    return named or node.get("type") != "document"


@invariant("bdl-10", "Bundle")
def document_has_date(node: Node) -> bool:
    """A document has a timestamp."""
    return "timestamp" in node or node.get("type") != "document"


@invariant("bdl-11", "Bundle")
def document_starts_with_composition(node: Node) -> bool:
    """The first resource of a document is a Composition."""
    return node.get("type") != "document" or _starts_with(node, "Composition")


@invariant("bdl-12", "Bundle")
def message_starts_with_header(node: Node) -> bool:
    """The first resource of a message is a MessageHeader."""
    return node.get("type") != "message" or _starts_with(node, "MessageHeader")


@presence("cmp-1", "Composition.section")
def section_holds_something(names: Names) -> bool:
    """A section holds text, entries or sections."""
    return "text" in names or "entry" in names or "section" in names


@presence("cmp-2", "Composition.section")
def empty_section_is_empty(names: Names) -> bool:
    """A section that says why it is empty has no entries."""
    return not ("emptyReason" in names and "entry" in names)


@presence("lst-1", "List")
def empty_list_is_empty(names: Names) -> bool:
    """A list that says why it is empty has no entries."""
    return not ("emptyReason" in names and "entry" in names)


@invariant("lst-2", "List")
def deletion_is_of_a_change_list(node: Node) -> bool:
    """Only a list of mode changes has deleted entries."""
    return node.get("mode") == "changes" or not _entries_have(node, "deleted")


@invariant("lst-3", "List")
def entry_date_is_of_a_working_list(node: Node) -> bool:
    """Only a list of mode working has dates on its entries."""
    return node.get("mode") == "working" or not _entries_have(node, "date")


@invariant("lnk-1", "Linkage")
def linkage_links_two(node: Node) -> bool:
    """A linkage names at least two resources."""
    return len(many(node, "item")) > 1


@invariant("grp-1", "Group", needs="member")
def members_are_of_an_actual_group(node: Node) -> bool:
    """Only an actual group has members."""
    return "member" not in node or node.get("actual") is True


def _entries_have(node: Node, name: str) -> bool:
    return any(has(entry, name) for entry in many(node, "entry"))


def _starts_with(node: Node, resource_type: str) -> bool:
    first = next(iter(many(node, "entry")), {})
    return inner(first, "resource").get("resourceType") == resource_type


def _version(entry: Node) -> str | None:
    version: str | None = inner(inner(entry, "resource"), "meta").get("versionId")
    return version
