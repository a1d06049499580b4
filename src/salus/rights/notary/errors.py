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


class ProofInvalid(SalusError):
    """The proof is not valid: the step {step} failed, {reason}."""

    hint = "Do not rely on it. Ask whoever gave it to you for a new one."
    status = 422
