"""Where a referral is, in words of pages."""

from collections.abc import Iterator

from salus.platform.i18n import translate
from salus.services.care.model import ReferralState

STATES = {
    ReferralState.NONE: "not on its way yet",
    ReferralState.SENT: "sent",
    ReferralState.ACCEPTED: "accepted",
    ReferralState.RETURNED: "sent back",
    ReferralState.HANDED_DOWN: "the summary has come",
    ReferralState.CLOSED: "closed",
    ReferralState.CANCELLED: "cancelled",
}
NEXT = {
    ReferralState.SENT: "{specialist} has to accept it.",
    ReferralState.ACCEPTED: "{specialist} sees the patient and writes a summary.",
    ReferralState.RETURNED: "Nobody. {referrer} may send another one.",
    ReferralState.HANDED_DOWN: "{referrer} reads the summary and closes it.",
    ReferralState.CLOSED: "Nobody. It is done.",
    ReferralState.CANCELLED: "Nobody. It is over.",
}


def state_words(state: ReferralState) -> str:
    return translate(STATES[state])


def next_words(state: ReferralState, *, referrer: str, specialist: str) -> str:
    """Who is to do what next."""
    template = NEXT.get(state, "")
    return translate(template, referrer=referrer, specialist=specialist) if template else ""


def wording() -> Iterator[str]:
    yield from STATES.values()
    yield from NEXT.values()
