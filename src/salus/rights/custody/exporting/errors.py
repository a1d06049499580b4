"""What can go wrong with an export."""

from salus.kernel.errors import SalusError


class ExportRunning(SalusError):
    """An export of yours is being made already."""

    hint = "Wait until it is ready; the page shows how far it is."
    status = 409


class ExportGone(SalusError):
    """There is no export of yours under this address."""

    hint = "A file can be fetched for one hour; then make a new one."
    status = 404
