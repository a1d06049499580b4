"""What can go wrong on the way out. None of these says to whom."""

from salus.kernel.errors import SalusError


class MailRefused(SalusError):
    """The mail server did not take a message: {reason}."""

    hint = "It is tried again; see SALUS_NOTICES_SMTP_HOST and the other settings of notices."
    status = 503


class WebhookRefused(SalusError):
    """The receiver of a webhook did not take a message: {reason}."""

    hint = "It is tried again."
    status = 503


class WebhookForbidden(SalusError):
    """A webhook goes to an https address on the public internet."""

    hint = "Give an address such as https://example.org/salus; addresses inside are refused."
    status = 422


class NoMailServer(SalusError):
    """This node sends no mail."""

    hint = "The operator sets SALUS_NOTICES_SMTP_HOST and SALUS_NOTICES_SENDER."
    status = 409
