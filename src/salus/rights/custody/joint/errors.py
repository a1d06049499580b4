"""What can go wrong with a read that several must sign."""

from salus.kernel.errors import SalusError


class JointReadOver(SalusError):
    """This read is over: it was opened, or its time has passed."""

    hint = "Ask for the signatures again; each opening needs new ones."
    status = 409


class JointReadUnsigned(SalusError):
    """Not enough of those who must sign have signed yet."""

    hint = "Speak to them, then look again."
    status = 409


class JointReadAnswered(SalusError):
    """You have answered this already."""

    hint = "There is nothing left to do for you."
    status = 409


class ApproversElsewhere(SalusError):
    """Too few of those who must sign have an account at this portal."""

    hint = "Gather their signatures at the command line: `salus open --cosign`."
    status = 409


class AskedTooOften(SalusError):
    """You have asked for signatures for this record {limit} times within an hour."""

    hint = "Speak to those who sign, and ask again later."
    status = 429
