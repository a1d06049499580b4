"""What can go wrong between two parties."""

from salus.kernel.errors import SalusError


class PeerUnreachable(SalusError):
    """{name} does not answer."""

    hint = "Start it, or correct its address in peers.json of this home."
    status = 503


class BodyTooLarge(SalusError):
    """The message has more than {limit} bytes."""

    hint = "Send fewer things at once."
    status = 413


class PeerFailed(SalusError):
    """{name} answered with status {status}."""

    hint = "Look at the log of that party."
    status = 502
