"""What can go wrong with a token. None of these says whether it is known."""

from salus.kernel.errors import SalusError


class TokenNeeded(SalusError):
    """A token that is in force is needed."""

    hint = "Make one in the settings of the portal, and send it as `Authorization: Bearer TOKEN`."
    status = 401


class ScopeMissing(SalusError):
    """This token does not allow it: it lacks {scope}."""

    hint = "Make another token with that scope in the settings of the portal."
    status = 403


class TooManyTokens(SalusError):
    """You have {most} tokens already."""

    hint = "Take one back first."
    status = 409
