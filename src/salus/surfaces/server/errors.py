"""What can go wrong when the portal is started."""

from salus.kernel.errors import SalusError


class NotSecured(SalusError):
    """The portal would answer at {host} without a certificate."""

    hint = "Give --certificate and --key, or let it listen on this machine only."


class LedgerSilent(SalusError):
    """The ledger has not been heard for some minutes; pages show what was known then."""

    hint = "Look at the node of the ledger, and at the network between it and this home."
    status = 503


class BadShare(SalusError):
    """Reader, sections, purpose or end of this share do not fit."""

    hint = "A reader is a member, a section one that the record has, the end within ten years."
    status = 422


class BadPurchase(SalusError):
    """The offer does not have these sections now, or it is of a whole record."""

    hint = "Ask for `/api/offers` again; ownership is bought at the portal."
    status = 422
