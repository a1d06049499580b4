"""What can be wrong with an offer or a license; each is the error of LicenseBook of that name."""

from salus.kernel.errors import SalusError


class OfferClosed(SalusError):
    """The offer {offer} is closed."""

    hint = "Look at what is offered now with `salus market`."
    status = 409


class OutsidePolicy(SalusError):
    """The patient does not allow this for the record {record}."""

    hint = "Look at what the patient allows, and offer or buy less."
    status = 403


class NotAccredited(SalusError):
    """{account} is not accredited to license health data."""

    hint = "The governors of the network accredit organizations."
    status = 403


class NotLicensable(SalusError):
    """The section with the code {code} is never licensed."""

    hint = "Leave it out."
    status = 422


class MaskNotOffered(SalusError):
    """The offer does not have these sections (mask {mask}), or has them only all together."""

    hint = "Choose among the sections of the offer."
    status = 422


class TermOutOfRange(SalusError):
    """A term of {term_days} days is not offered."""

    hint = "Choose a term between the shortest and the longest of the offer."
    status = 422


class PriceAbove(SalusError):
    """It costs {price} units now, and at most {limit} were to be paid."""

    hint = "Look at the price again, and raise the limit if it is right."
    status = 409


class Expired(SalusError):
    """This had to happen before {until} (seconds since 1970)."""

    hint = "Ask again."
    status = 409


class Overlap(SalusError):
    """The section {section} is taken until {until} (seconds since 1970)."""

    hint = "Wait until then, or choose another section."
    status = 409


class NotCancelable(SalusError):
    """The license {license} cannot be canceled."""

    hint = "A perpetual license runs for ever; one that has ended needs no canceling."
    status = 409


class NonTransferable(SalusError):
    """A license belongs to whom it was issued to."""

    hint = "Sublicense it where the offer allows that."
    status = 409


class TooDeep(SalusError):
    """The offer does not allow a sublicense at the depth {depth}."""

    hint = "Ask the owner for a license of your own."
    status = 422


class WrongKind(SalusError):
    """The offer {offer} is of another kind."""

    hint = "Rent, subscribe, acquire or buy, as the offer says."
    status = 409


class OutsideDuo(SalusError):
    """The terms of use do not fit: DUO:{term:0>7}."""

    hint = "Look at the terms of the offer, or of what the patient allows."
    status = 403


class OutsideUses(SalusError):
    """The use number {use} is not allowed."""

    hint = "Choose a use that the offer, or the patient, allows."
    status = 403


class OutsideRegions(SalusError):
    """{account} is in none of the regions that are allowed."""

    hint = "Choose an offer for your region."
    status = 403


class BadPrices(SalusError):
    """The offer has {given} prices instead of {expected}."""

    hint = "Give one price for each section, or one for a sale."
    status = 422


class BadSublicense(SalusError):
    """Sublicenses cannot have the depth {depth} at {bps} basis points."""

    hint = "The depth is at most 3, and the part at most 10000."
    status = 422


class SectionClosed(SalusError):
    """The patient has closed the section {section}."""

    hint = "Leave it out; what was paid ahead for it comes back."
    status = 409


class ApprovalMissing(SalusError):
    """The record {token} is pledged, and its lender has not agreed to the offer."""

    hint = "Ask the lender to sign the offer."
    status = 409


class ValueNotAccepted(SalusError):
    """A license is paid with the settlement token, never with the ledger's own coin."""

    hint = "Send no value."
    status = 422


class SaleClosed(SalusError):
    """The sale {sale} is over."""

    hint = "Nothing is to be done."
    status = 409


class FingerprintChanged(SalusError):
    """What is sold has changed since it was looked at."""

    hint = "Look at it again, and then decide again."
    status = 409


class Ended(SalusError):
    """The license {license} has ended."""

    hint = "Buy another one."
    status = 409
