"""What can go wrong when a consortium is tried out."""

from salus.kernel.errors import SalusError


class DidNotStart(SalusError):
    """The program of {name} did not start."""

    hint = "Start it by hand in its home, with SALUS_HOME set, to see why."
    status = 500


class StepFailed(SalusError):
    """The step of {name} did not end as it must: {reason}."""

    hint = "Look at the homes that were left, and repeat the step by hand."
    status = 500
