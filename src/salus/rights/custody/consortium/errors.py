"""What can go wrong when a consortium is founded."""

from salus.kernel.errors import SalusError


class BadOrganizations(SalusError):
    """These organizations do not make a consortium: {reason}."""

    hint = "Correct the file of organizations; docs/how-to/run-custodians-apart.md shows one."
    status = 422
