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


class Unknown(SalusError):
    """{org} is no member of this consortium."""

    hint = "Ask the governors to admit it first."
    status = 404


class UnknownProposal(SalusError):
    """There is no proposal {id}."""

    hint = "Name a proposal that a governor has made."
    status = 404


class AlreadyExists(SalusError):
    """There is something with the id {id} already."""

    hint = "Draw a new id and sign again."
    status = 409


class AlreadyApproved(SalusError):
    """{governor} has approved the proposal {id} already."""

    hint = "Nothing is to be done."
    status = 409


class NotApproved(SalusError):
    """{governor} has not approved the proposal {id}."""

    hint = "Only an approval that was given can be taken back."
    status = 409


class ProposalExpired(SalusError):
    """The proposal {id} was carried out, or is older than 14 days."""

    hint = "Propose it again."
    status = 409


class NotRegistrar(SalusError):
    """{signer} may not publish one-time keys."""

    hint = "Sign with a key of an organization that is a registrar."
    status = 403


class KeyTaken(SalusError):
    """The key {key} belongs to an organization already."""

    hint = "Add a fresh key."
    status = 409


class KeyUnknown(SalusError):
    """The organization has no key {key} for this use."""

    hint = "Name a key that it has added and not retired."
    status = 404


class KeyUnproven(SalusError):
    """{signer} agreed to be a key of the organization, but it is not the key {key}."""

    hint = "Let the key itself sign that it belongs to the organization."
    status = 403


class BadWindow(SalusError):
    """A key or an epoch is not valid from {from} until {until}."""

    hint = "Give a beginning before the end, and an end that is not past."
    status = 422


class BadThreshold(SalusError):
    """{threshold} of {governors} governors cannot decide."""

    hint = "Take a threshold from 1 to the number of governors."
    status = 422


class BadValidator(SalusError):
    """{key} cannot vote on blocks with a power of {power}."""

    hint = "Take a key of that organization's own, a power to 1,000,000, and 128 keys in all."
    status = 422


class TooSoon(SalusError):
    """This is possible from {notBefore} on."""

    hint = "Wait until then."
    status = 409
