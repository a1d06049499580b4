"""Purposes, states and grants in words that people use."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from salus.platform.i18n import translate
from salus.platform.web.portal.rendering import day
from salus.rights.consent.model import Purpose

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
    yield from (PERMIT, DENY)
