"""What can go wrong when a program is to be watched."""

from salus.kernel.errors import SalusError


class PortTaken(SalusError):
    """Another program answers at port {port}, where this one was to be watched."""

    hint = "Give each program of this machine a port of its own in SALUS_OBSERVE_PORT."
    status = 409
