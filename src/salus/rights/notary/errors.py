"""What can go wrong between a commitment and its proof."""

from salus.kernel.errors import SalusError


class NotMember(SalusError):
    """{signer} acts for no active organization and may not anchor."""

    hint = "Ask the governors to admit the organization."
    status = 403


class BadSize(SalusError):
    """A batch has 1 to 65,536 leaves, not {size}."""

    hint = "Anchor in several batches."


class NotAnchored(SalusError):
    """This commitment is in no batch on the ledger yet."""

    hint = "Import again, or wait until the next batch is anchored."
    status = 409


class OtherLog(SalusError):
    """This is the head of a log on another chain or in another contract."""

    hint = "Ask a witness of the network on which the proof is made."
    status = 409


class NoteTooOld(SalusError):
    """The head is not of now: its time differs by more than {limit} seconds."""

    hint = "Set the clocks of both machines, then ask again."


class LogAhead(SalusError):
    """A log of {size} batches was named, and this node has seen {known}."""

    hint = "Wait until this node has followed the ledger, then ask again."
    status = 409


class LogForked(SalusError):
    """The log of {size} batches is not the one that this node has seen."""

    hint = "Compare both nodes with the ledger; one of them was shown another chain."
    status = 409


class NotSince(SalusError):
    """This witness has signed a log of {size} batches, and wants to see how yours extends it."""

    hint = "Send a consistency proof since that size."
    status = 409


class TooFewWitnesses(SalusError):
    """{found} of the {needed} nodes needed have signed the checkpoint; missing: {names}."""

    hint = "Start the missing witnesses, or lower SALUS_NOTARY_CHECKPOINT_QUORUM."
    status = 503


class NoTrustFile(SalusError):
    """To remember a log, the network that it belongs to must be known."""

    hint = "Give a trust file with --trust."


class ProofInvalid(SalusError):
    """The proof is not valid: the step {step} failed, {reason}."""

    hint = "Do not rely on it. Ask whoever gave it to you for a new one."
    status = 422
