"""The words of a card, in both languages at once: who finds it may read only one; and of pages."""

from collections.abc import Iterator
from pathlib import Path

from salus.platform.i18n import CATALOG, read_catalog, translate
from salus.rights.consent.emergency.model import EmergencyPolicy, Reason, Scope, Verdict

WORDS = {
    "title": "Emergency card",
    "name": "Name",
    "born": "Born",
    "sex": "Sex",
    "language": "Language",
    "blood": "Blood group",
    "allergy": "Allergy",
    "medication": "Medication",
    "problem": "Problem",
    "device": "Device",
    "contact": "Call",
    "valid": "Valid until",
    "issued": "Made on",
    "sealed": "For medical staff: scan every code with Salus, then the code of the strip.",
    "open": "For medical staff: the codes hold what is printed, signed by the hospital.",
    "fold": "Tear off here, or fold it behind.",
    "code": "Code that opens this card",
    "keep": "Who has this strip and the codes can read the card. Keep it where helpers look.",
}

POLICIES = {
    EmergencyPolicy.ALLOW: "Clinicians may open my emergency summary, and more if a second agrees.",
    EmergencyPolicy.SUMMARY_ONLY: "Clinicians may open my emergency summary and nothing else.",
    EmergencyPolicy.FORBID: "Nobody may open anything without my consent, even in an emergency.",
}
SCOPES = {
    Scope.NOTHING: "nothing yet",
    Scope.SUMMARY: "the emergency summary",
    Scope.RECORD: "the whole record, but for what is marked as sensitive",
}
VERDICTS = {
    Verdict.JUSTIFIED: "It was justified.",
    Verdict.NOT_JUSTIFIED: "It was not justified.",
    Verdict.UNCLEAR: "It could not be cleared up.",
}


def policy_words(policy: EmergencyPolicy) -> str:
    return translate(POLICIES[policy])


def scope_words(scope: Scope) -> str:
    return translate(SCOPES[scope])


def verdict_words(verdict: Verdict) -> str:
    return translate(VERDICTS[verdict])


def reason_words(name: str) -> str:
    """Why an opening was made, empty where this node does not know."""
    return translate(Reason[name].value) if name in Reason.__members__ else ""


def kind_words(kind: str) -> str:
    """What a line of a summary tells."""
    return translate(WORDS[kind])


def wording() -> Iterator[str]:
    """The messages that stand in no call."""
    yield from WORDS.values()
    yield from POLICIES.values()
    yield from SCOPES.values()
    yield from VERDICTS.values()
    yield from (each.value for each in Reason)


def in_both() -> dict[str, tuple[str, str]]:
    """English and Simplified Chinese by name."""
    known = read_catalog(Path(__file__).parent / CATALOG)
    return {name: (text, known.get(text, text)) for name, text in WORDS.items()}
