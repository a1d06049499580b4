"""What can be wrong with a loan; each is an error of the contracts of that name."""

from salus.kernel.errors import SalusError
from salus.services.lending.telling import BETTER, BOUNDS, Told


class NotSorted(SalusError):
    """The license at position {index} is out of order, or not paid ahead."""

    hint = "Order the licenses by their licensee, and then by their number."
    status = 422


class TooMany(SalusError):
    """{licenses} licenses were named; 32 are the most."""

    hint = "Name those that pay most."
    status = 422


class WeakerSet(Told, SalusError):
    """These licenses give the value {raw}, others gave {value}."""

    hint = "A lower value counts for the same licenses only; name those, or more."
    status = 409


class IncomeTooLow(Told, SalusError):
    """The record earns {rate} a day; the offer wants {least}."""

    hint = "Ask for another offer."
    status = 409


class TermsOutOfBounds(Told, SalusError):
    """The offer is out of bounds: {field}."""

    hint = "Change that term; `salus lend offer --help` names them all."
    status = 422
    said = BOUNDS


class ValueStale(Told, SalusError):
    """The value of {token} is older than seven days."""

    hint = "Appraise it again."
    status = 409


class OverLtv(Told, SalusError):
    """A loan of {principal} is too high; {limit} is the most for this value."""

    hint = "Borrow less."
    status = 422


class WrongState(Told, SalusError):
    """The loan {loan} is {state}, which does not allow this."""

    hint = "Look at it with `salus loans`."
    status = 409


class TooEarly(Told, SalusError):
    """This is possible from {at} on."""

    hint = "Wait until then."
    status = 409


class Curable(SalusError):
    """The loan {loan} is healthy again."""

    hint = "Cure it instead."
    status = 409


class NotCured(SalusError):
    """The loan {loan} is not healthy yet."""

    hint = "Pay some of it back, or wait for its income."
    status = 409


class NotBetter(Told, SalusError):
    """The offer is not better for the borrower: {field}."""

    hint = "Offer at most nine tenths of the rate, and no other term that is worse."
    status = 422
    said = BETTER


class Closed(SalusError):
    """The auction {loan} is over."""

    hint = "Nothing is to be done."
    status = 409


class NothingOffered(Told, SalusError):
    """Nobody asks a price for the loan {loan} that pays its debt of {debt}."""

    hint = "The borrower sets the price."
    status = 409


class NotModule(SalusError):
    """{caller} is not the contract whose verb this is."""

    hint = "Ask for what you want from the contract that offers it."
    status = 403


class OpeningPaused(SalusError):
    """No new loans are opened at present."""

    hint = "Wait until the governors have lifted the pause; repaying goes on."
    status = 503


class NotOwner(SalusError):
    """{signer} does not own the token, or is not the borrower."""

    hint = "Sign as the owner: the patient while the record is his."
    status = 403


class CannotLend(SalusError):
    """{signer} does not act for the lender of this offer, or that may not lend."""

    hint = "Sign with an acting key of an organization that governors let lend."
    status = 403


class FingerprintChanged(SalusError):
    """What is pledged is not what was looked at: {found} instead of {expected}."""

    hint = "Look again, and ask for a new offer if it is still wanted."
    status = 409


class PriceAbove(Told, SalusError):
    """The price is {price}, above the {max} that it may cost."""

    hint = "Wait until it has fallen, or pay more."
    status = 409


class CannotAcquire(SalusError):
    """{signer} acts for no organization that may own records."""

    hint = "Sign with an acting key of an organization that may acquire."
    status = 403


class NotHolder(SalusError):
    """{signer} does not hold the note of this loan."""

    hint = "Look with `salus loans` who does."
    status = 403


class NotBorrower(SalusError):
    """{signer} is not the borrower."""

    hint = "Sign as the borrower: the patient, while it was his record that was pledged."
    status = 403


class UnknownLoan(SalusError):
    """There is no loan {loan}."""

    hint = "List the loans with `salus loans`."
    status = 404


class UnknownOffer(SalusError):
    """There is no loan offer {offer} in this home."""

    hint = "List the offers with `salus lend list`, or name the file of one."
    status = 404


class UnknownMode(SalusError):
    """{mode} is no way in which income repays a loan."""

    hint = "Choose `amortize`, `sweep` or `fruits`."
    status = 422


class BadTerm(SalusError):
    """{value} does not fit as {term}."""

    hint = "Write percents with at most two places behind the point, and days as whole numbers."
    status = 422


class OfferExpired(SalusError):
    """The offer was good until {until} only."""

    hint = "Ask the lender for a new one."
    status = 409


class OfferTaken(SalusError):
    """A loan came of the offer already."""

    hint = "Ask the lender for a new one."
    status = 409


class OfferWithdrawn(SalusError):
    """The lender has taken the offer back."""

    hint = "Ask the lender for a new one."
    status = 409


class OfferOfAnother(SalusError):
    """The offer was signed by {signer}, which alone can take it back."""

    hint = "Name with `--as` the lender that signed it."
    status = 403


class OfferDamaged(SalusError):
    """The offer does not say what its lender signed."""

    hint = "Get it again from the lender; do not edit it."
    status = 422


class OfferMissing(SalusError):
    """There is no offer in the file {file}."""

    hint = "Name the file that the lender wrote with `salus lend offer -o`."
    status = 404


class MoneyMissing(Told, SalusError):
    """This needs {needed}, and {account} can pay {held}."""

    hint = "Issue money to that account, or let the router pull more with `salus money allow`."
    status = 402


class DebtNotCovered(Told, SalusError):
    """The debt is {debt}, and the new loan brings {principal} only."""

    hint = "Repay some of it first, or ask for a larger offer."
    status = 409


class NothingToBuy(SalusError):
    """The borrower of the loan {loan} asks no price for the record."""

    hint = "Wait for an auction, or ask the borrower to name a price."
    status = 409


class AgreementMissing(SalusError):
    """This home does not have the agreement of the loan {loan}."""

    hint = "Ask its lender or its borrower for the file of the offer."
    status = 404


class FileOfAnother(SalusError):
    """The offer is on {record}."""

    hint = "Name that record, or ask for an offer on this one."
    status = 422


class OfferUnnamed(SalusError):
    """It is not said by what the loan is to be replaced."""

    hint = "Name an offer with `--offer`, or a lender with `--as` and its interest with `--apr`."
    status = 422


class PriceMissing(SalusError):
    """It is not said whether a price is asked or paid."""

    hint = "Ask one with `--price`, or buy with `--as NAME`."
    status = 422
