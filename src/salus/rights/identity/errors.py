"""What the ledger refuses when somebody acts, and what a home may lack."""

from salus.kernel.errors import SalusError


class Expired(SalusError):
    """The signature was valid until {deadline} and is not any more."""

    hint = "Sign again; if it stays, correct the clock of this machine."
    status = 409


class NonceUsed(SalusError):
    """This signature was used already."""

    hint = "Nothing is to be done: what it ordered has happened. Sign again to repeat it."
    status = 409


class BadSignature(SalusError):
    """The signature of {signer} does not fit what was sent."""

    hint = "Sign with the key of that party, for this network."
    status = 403


class NotGovernor(SalusError):
    """{org} does not govern this consortium."""

    hint = "Ask one of the governors to propose or approve it."
    status = 403


class NotAdmin(SalusError):
    """{signer} may not change the keys of {org}."""

    hint = "Sign with an admin key of that organization."
    status = 403


class AlreadyAdmitted(SalusError):
    """{org} is a member already."""

    hint = "Change its roles instead."
    status = 409


class NotReader(SalusError):
    """{name} is not registered as a reader."""

    hint = "Share with a party that is, such as `clinic` or `research`, or have it registered."
    status = 422


class UnknownParty(SalusError):
    """There is no party named {name} in this home."""

    hint = "Name one that lives here, such as `clinic` or `research`."
    status = 404
