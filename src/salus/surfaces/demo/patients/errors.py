"""What can be wrong with an order for made-up patients."""

from salus.kernel.errors import SalusError


class TooFewResources(SalusError):
    """A patient has at least {least} resources, and {asked} were asked for."""

    hint = "Ask for more resources: the person and the hospital already need that many."
