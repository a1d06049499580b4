"""What can be wrong with who allows what."""

from salus.kernel.errors import SalusError


class UnknownRecord(SalusError):
    """Nobody controls the record."""

    hint = "Import the record first: that enrolls its patient."
    status = 404


class UnknownGrant(SalusError):
    """There is no grant {grant}."""

    hint = "List the grants of a record with `salus grants RECORD`."
    status = 404


class NotController(SalusError):
    """Only the patient, or who acts for them, may do this; {signer} is neither."""

    hint = "Sign with the key that controls the record."
    status = 403


class BadState(SalusError):
    """The grant is not in a state that allows this."""

    hint = "Look at its state with `salus grants RECORD`."
    status = 409


class BadWindow(SalusError):
    """A grant ends after now and within ten years."""

    hint = "Give --until a date from tomorrow to ten years from now, such as 2027-12-31."
    status = 422


class OnlyRestricted(SalusError):
    """All that the record holds in the section {section} is labeled restricted."""

    hint = "Add --restricted when the patient wants to share that as well."
    status = 422


class UnknownPurpose(SalusError):
    """There is no purpose {purpose}."""

    hint = "Take TREAT, HPAYMT, HOPERAT, HRESCH, CLINTRCH, PUBHLTH, PATRQT, FAMRQT or HMARKT."
    status = 422


class AlreadyExists(SalusError):
    """That was done already."""

    hint = "Nothing is to be done."
    status = 409


class ConsentNotUnderstood(SalusError):
    """The Consent says at {element} what a grant cannot keep."""

    hint = "Say it in the elements that docs/reference names, or leave it out."
    status = 422


class WalletMissing(SalusError):
    """The key that controls this record is not in this home."""

    hint = "Use the home in which the record was made, or the patient's own wallet."
    status = 404
