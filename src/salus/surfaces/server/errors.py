"""What can go wrong when the portal is started."""

from salus.kernel.errors import SalusError


class NotSecured(SalusError):
    """The portal would answer at {host} without a certificate."""

    hint = "Give --certificate and --key, or let it listen on this machine only."
