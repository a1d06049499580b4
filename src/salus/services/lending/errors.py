"""What can be wrong with a loan; each is an error of the contracts of that name."""

from salus.kernel.errors import SalusError


class NotSorted(SalusError):
    """The license at position {index} is out of order, or not paid ahead."""

    hint = "Order the licenses by their licensee, and then by their number."
    status = 422


class TooMany(SalusError):
    """{licenses} licenses were named; 32 are the most."""

    hint = "Name those that pay most."
    status = 422


class WeakerSet(SalusError):
    """These licenses give the value {raw}, others gave {value}."""

    hint = "A lower value counts for the same licenses only; name those, or more."
    status = 409


class IncomeTooLow(SalusError):
    """The record earns {rate} units a day; the offer wants {least}."""

    hint = "Ask for another offer."
    status = 409


class TermsOutOfBounds(SalusError):
    """The offer is out of bounds in the field {field}."""

    hint = "Look at the bounds in the reference."
    status = 422


class ValueStale(SalusError):
    """The value of {token} is older than seven days."""

    hint = "Appraise it again."
    status = 409


class OverLtv(SalusError):
    """A loan of {principal} is too high; {limit} is the most for this value."""

    hint = "Borrow less."
    status = 422


class WrongState(SalusError):
    """The loan {loan} is in the state {state}, which does not allow this."""

    hint = "Look at the loan first."
    status = 409


class TooEarly(SalusError):
    """This is possible from {at} on (seconds since 1970)."""

    hint = "Wait until then; at 0 it is not a matter of time."
    status = 409


class Curable(SalusError):
    """The loan {loan} is healthy again."""

    hint = "Cure it instead."
    status = 409


class NotCured(SalusError):
    """The loan {loan} is not healthy yet."""

    hint = "Pay some of it back, or wait for its income."
    status = 409


class NotBetter(SalusError):
    """The offer is not better for the borrower in the field {field}."""

    hint = "Offer at most nine tenths of the rate, and no other term that is worse."
    status = 422


class Closed(SalusError):
    """The auction {loan} is over."""

    hint = "Nothing is to be done."
    status = 409


class NothingOffered(SalusError):
    """Nobody asks a price for the loan {loan} that pays its debt of {debt}."""

    hint = "The borrower sets the price."
    status = 409
