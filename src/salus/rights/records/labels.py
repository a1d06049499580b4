"""Security labels that put a resource into the restricted unit of its section."""

from typing import Any

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
RESTRICTED = frozenset({"R", "V"})


def is_restricted(resource: dict[str, Any]) -> bool:
    """Labeled R (restricted) or V (very restricted) in `meta.security`."""
    labels = resource.get("meta", {}).get("security", ())
    return any(
        label.get("system") == CONFIDENTIALITY and label.get("code") in RESTRICTED
        for label in labels
    )
