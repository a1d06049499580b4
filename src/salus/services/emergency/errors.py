"""What can go wrong in an emergency, and with an offline card."""

from salus.kernel.errors import SalusError


class UnknownReason(SalusError):
    """There is no reason {reason}."""

    hint = "Take UNCONSCIOUS, CONFUSED, LIFE_AT_RISK, ALONE_CHILD or OTHER_EMERGENCY."
    status = 422


class UnknownPolicy(SalusError):
    """There is no policy {policy}."""

    hint = "Take allow, summary or forbid."
    status = 422


class UnknownVerdict(SalusError):
    """There is no verdict {verdict}."""

    hint = "Take justified, not-justified or unclear."
    status = 422


class UnknownEmergency(SalusError):
    """There is no emergency {emergency}."""

    hint = "List them with `salus notices`."
    status = 404


class SiteMissing(SalusError):
    """{clinician} acts for no organization of this home."""

    hint = "Name a clinician whose hospital lives here, such as `medic1`."
    status = 403


class CoSignerNeeded(SalusError):
    """The emergency {emergency} releases nothing before a second clinician signs."""

    hint = "Ask a colleague for `salus break-glass widen`, then read with `salus break-glass read`."
    status = 403


class SummaryMissing(SalusError):
    """The record has no emergency summary."""

    hint = "Its source makes one when it imports the whole record."
    status = 404


class BadCardTime(SalusError):
    """This is not a time."""

    hint = "Give day, hour and zone, such as 2027-01-31T18:30Z."
    status = 422


class NotACard(SalusError):
    """This is not a code of an emergency card."""

    hint = "Scan the large codes of a card; each gives a text that begins with SALUS1."
    status = 422


class TwoCards(SalusError):
    """These codes are of several cards."""

    hint = "Read one card at a time."
    status = 422


class PartMissing(SalusError):
    """Code {missing} of the {count} codes of this card is missing."""

    hint = "Scan every large code of the card."
    status = 422


class CardDamaged(SalusError):
    """What was read from the card is damaged."""

    hint = "Scan the codes again, with more light."
    status = 422


class CardTooLong(SalusError):
    """The summary does not fit on a card: it would need more than {limit} codes."""

    hint = "Show the record itself; a card is for the most important facts."
    status = 422


class CardNotTrusted(SalusError):
    """The card was not signed by a source that the file of trust names."""

    hint = "Get the file of trust from the network whose hospitals you trust."
    status = 403


class CardOutdated(SalusError):
    """The card was valid until {until}."""

    hint = "Read it with care, and print a new one. Use --outdated to see it all the same."
    status = 410


class CodeWrong(SalusError):
    """The tear-off code does not open this card."""

    hint = "Type the ten characters again; O and 0, I and 1 are the same."
    status = 403
