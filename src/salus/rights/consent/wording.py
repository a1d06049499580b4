"""Purposes, states and grants in words that people use."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from salus.platform.i18n import translate
from salus.platform.web.portal.rendering import day
from salus.rights.consent.licensing.wording import wording as of_licensing
from salus.rights.consent.model import PolicyKind, Purpose

PURPOSES = {
    Purpose.TREAT: "treatment",
    Purpose.ETREAT: "treatment in an emergency",
    Purpose.HPAYMT: "payment of care",
    Purpose.HOPERAT: "running the hospital",
    Purpose.HRESCH: "health research",
    Purpose.CLINTRCH: "a clinical trial",
    Purpose.PUBHLTH: "public health",
    Purpose.PATRQT: "your own wish",
    Purpose.FAMRQT: "the wish of your family",
    Purpose.HMARKT: "advertising",
    Purpose.COMMERCIAL: "commercial use",
    Purpose.BTG: "breaking the glass",
}
STATES = {
    "pending": "waiting for the ledger",
    "never": "never took effect",
    "proposed": "waits for others to agree",
    "live": "live",
    "suspended": "paused",
    "ended": "ended",
    "over": "time is over",
}
PERMIT = (
    "I allow {readers} to read {sections} of my record for {purpose} until {until}."
    " I can end this at any time; what was read stays read."
)
DENY = (
    "I refuse that {readers} reads {sections} of my record for {purpose} until {until},"
    " whatever else I have allowed."
)

RULES = {
    "subject": "It is your own record.",
    "erased": "The record is erased.",
    "grant": "You allowed it with a share.",
    "denial": "You refuse it, and a refusal is stronger than everything else.",
    "emergency": "An emergency is running, and you let emergencies read.",
    "delegate": "It is somebody whom you let act for you.",
    "license": "It has a license that you agreed to.",
    "source": "It wrote this part itself.",
    "co-signatures-missing": "Others must sign each read as well, and nobody has.",
    "no-grant": "You have not shared it.",
    "grant-not-live": "Your share has ended, or it still waits for somebody.",
    "outside-window": "The time of your share is over, or has not begun.",
    "no-reads-left": "It was read as often as your share allows.",
    "another-reader": "You shared it with somebody else.",
    "another-section": "You shared other parts with it.",
    "another-purpose": "You shared it for another purpose.",
    "another-label": "It is marked as sensitive, and your share leaves that out.",
    "another-rule": "Those who must agree have not agreed to this.",
    "excepted": "Your share leaves this out.",
}
CONDITIONS = {
    "organization": "It holds only while the reader is a member of this network.",
    "guardians": "It holds only once my guardians agree, and while they do.",
}
OTHER_RULE = "Nothing allows it."
KINDS = {
    PolicyKind.WORDING: "wording of a consent",
    PolicyKind.LEGAL_LIMIT: "a limit of the law",
    PolicyKind.PROFILE: "a profile of de-identification",
}
POWERS = {
    "read": "read my record",
    "grant": "share my record with others",
    "revoke": "end what I share",
    "approve": "agree in my place where others must agree",
    "notify": "be told what happens",
}


def rule_words(rule: str) -> str:
    """Why something may be read or not; ids behind the name of a rule stay out of it."""
    return translate(RULES.get(rule.partition(" ")[0], OTHER_RULE))


def condition_name(condition: str) -> str:
    return translate(CONDITIONS[condition])


def kind_name(kind: PolicyKind) -> str:
    return translate(KINDS[kind])


def power_name(power: str) -> str:
    return translate(POWERS[power])


def purpose_name(purpose: Purpose) -> str:
    return translate(PURPOSES[purpose])


def state_name(state: str) -> str:
    return translate(STATES[state])


def sentence(
    *, refuses: bool, readers: Sequence[str], sections: Sequence[str], purpose: str, until: datetime
) -> str:
    """What a signature says, as one sentence."""
    template = DENY if refuses else PERMIT
    return translate(
        template,
        readers=", ".join(readers) or translate("anybody"),
        sections=", ".join(sections) or translate("everything"),
        purpose=purpose or translate("any purpose"),
        until=day(until),
    )


def wording() -> Iterator[str]:
    yield from PURPOSES.values()
    yield from STATES.values()
    yield from RULES.values()
    yield from CONDITIONS.values()
    yield from (*POWERS.values(), *KINDS.values())
    yield from (PERMIT, DENY, OTHER_RULE)
    yield from of_licensing()
