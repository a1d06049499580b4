"""What can be wrong with an offer or a license; each is the error of LicenseBook of that name."""

from salus.kernel.errors import SalusError
from salus.rights.revenue.telling import Told


class OfferClosed(SalusError):
    """The offer {offer} is closed."""

    hint = "Look at what is offered now with `salus market`."
    status = 409


class OutsidePolicy(Told, SalusError):
    """The patient does not allow this for the record {record}."""

    hint = "Look at what the patient allows, and offer or buy less."
    status = 403


class NotAccredited(SalusError):
    """{account} is not accredited to license health data."""

    hint = "The governors of the network accredit organizations."
    status = 403


class NotLicensable(Told, SalusError):
    """The section {code} is never licensed."""

    hint = "Leave it out."
    status = 422


class MaskNotOffered(Told, SalusError):
    """The offer does not have these sections, or has them only all together: {mask}."""

    hint = "Choose among the sections of the offer."
    status = 422


class TermOutOfRange(SalusError):
    """A term of {termDays} days is not offered."""

    hint = "Choose a term between the shortest and the longest of the offer."
    status = 422


class PriceAbove(Told, SalusError):
    """It costs {price} now, and at most {limit} were to be paid."""

    hint = "Look at the price again, and raise the limit if it is right."
    status = 409


class Expired(Told, SalusError):
    """This had to happen before {until}."""

    hint = "Ask again."
    status = 409


class Overlap(Told, SalusError):
    """The section {section} is taken until {until}."""

    hint = "Wait until then, or choose another section."
    status = 409


class NotCancelable(Told, SalusError):
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


class OutsideDuo(Told, SalusError):
    """The terms of use do not fit: {term}."""

    hint = "Look at the terms of the offer, or of what the patient allows."
    status = 403


class OutsideUses(Told, SalusError):
    """The use {use} is not allowed."""

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


class SectionClosed(Told, SalusError):
    """The patient has closed the section {section}."""

    hint = "Leave it out; what was paid ahead for it comes back."
    status = 409


class ApprovalMissing(Told, SalusError):
    """The record {token} is pledged, and its lender has not agreed to the offer."""

    hint = (
        "Draft it with `salus offer RECORD ... --draft FILE`, and let the lender sign that with"
        " `salus approve-offer FILE`."
    )
    status = 409


class NotPledged(Told, SalusError):
    """The record {token} is not pledged, so nobody has to agree to an offer of it."""

    hint = "Offer it with `salus offer`."
    status = 409


class NotCreditor(Told, SalusError):
    """{signer} does not act for whoever lent on {token}."""

    hint = "Sign as the holder of its note; `salus loans` shows who that is."
    status = 403


class UnknownDraft(SalusError):
    """No draft of this home has the agreement {agreement}."""

    hint = "The offer is posted from the home that drafted it, unless its record was erased."
    status = 404


class ApprovalDamaged(SalusError):
    """The approval is not one of the offer that was drafted here."""

    hint = "Get it again from the lender; do not edit it."
    status = 422


class AgreementUnknown(SalusError):
    """No offer on the ledger has the agreement of this file."""

    hint = (
        "Give its salt with `--salt`, as `salus license show` printed it. If it stays, the text was"
        " changed."
    )
    status = 409


class ValueNotAccepted(SalusError):
    """A license is paid with the settlement token, never with the ledger's own coin."""

    hint = "Send no value."
    status = 422


class SaleClosed(Told, SalusError):
    """The sale {sale} is over."""

    hint = "Nothing is to be done."
    status = 409


class FingerprintChanged(SalusError):
    """What is sold has changed since it was looked at."""

    hint = "Look at it again, and then decide again."
    status = 409


class Ended(Told, SalusError):
    """The license {license} has ended."""

    hint = "Buy another one."
    status = 409


class OpeningPaused(SalusError):
    """The governors have paused the opening of anything new."""

    hint = "Wait; what runs goes on, and money can be taken out."
    status = 503


class NotOwner(Told, SalusError):
    """{signer} does not act for the owner of {token}."""

    hint = "Only the owner offers it, or who pledged it."
    status = 403


class NotOfferBook(SalusError):
    """{caller} is not the book of offers."""

    hint = "Post and close offers; the rest follows."
    status = 403


class NotSubject(Told, SalusError):
    """{signer} is not the patient whose record the license {license} opens."""

    hint = "Sign as the patient."
    status = 403


class NotLicensee(Told, SalusError):
    """{signer} does not act for the one who pays for the license {license}."""

    hint = "Sign as the one who bought it."
    status = 403


class CannotAcquire(SalusError):
    """{account} cannot become the owner of it."""

    hint = "The governors of the network say who may; nobody buys what is their own."
    status = 403


class UnknownLicense(Told, SalusError):
    """There is no license {license}."""

    hint = "List the licenses with `salus license list`."
    status = 404


class StaleVersion(SalusError):
    """The version {given} was asked for, and the record has {current}."""

    hint = "Look at the record again."
    status = 409


class RekeyPending(Told, SalusError):
    """New keys are being made for {token}, so nothing is sold of it meanwhile."""

    hint = "Try again when they are in force."
    status = 409


class AlreadyExists(Told, SalusError):
    """There is a license or a sale {id} already."""

    hint = "Nothing was bought twice. List what there is with `salus license list`."
    status = 409


class NothingToPrune(Told, SalusError):
    """No section of the license {license} was closed."""

    hint = "Nothing is to be done."
    status = 409


class Orphaned(Told, SalusError):
    """The license {license} carries this no more."""

    hint = "Ask who holds the license above."
    status = 409


class WrongToken(Told, SalusError):
    """New keys for {given} do not complete the sale of {expected}."""

    hint = "Make new keys for what is sold."
    status = 422


class TooEarly(Told, SalusError):
    """This is not possible before {at}."""

    hint = "Wait until then."
    status = 409


class UnknownOffer(SalusError):
    """There is no offer {offer}."""

    hint = "Look at what is offered with `salus market`."
    status = 404


class UnknownSale(Told, SalusError):
    """There is no sale {sale}."""

    hint = "List the sales with `salus sales`."
    status = 404


class UnknownKind(SalusError):
    """{kind} is no kind of offer."""

    hint = "Choose among {known}."
    status = 422


class UnclearPrice(SalusError):
    """{price} does not say what one of the sections costs."""

    hint = (
        "Write `laboratory=0.50/day` for each section, separated by commas; of a sale one amount."
    )
    status = 422


class UnclearDays(SalusError):
    """{days} is no range of days."""

    hint = "Write a shortest and a longest term, such as 30..365."
    status = 422


class BadUntil(SalusError):
    """An offer cannot end then."""

    hint = "Choose a day that is to come, within ten years."
    status = 422


class BalanceTooLow(SalusError):
    """This costs {price}, and {account} has {held}."""

    hint = "The platform issues money with `salus money issue`."
    status = 402


class AgreementMissing(SalusError):
    """The text of the agreement of the offer {offer} is not in this home."""

    hint = "Ask the seller for it; its hash on the ledger proves it."
    status = 404


class SeveralTokens(SalusError):
    """These sections do not belong to one token."""

    hint = "Offer those of each token by themselves."
    status = 422


class PermissionUnclear(SalusError):
    """The patient permits several kinds of use, and the offer must choose one."""

    hint = "Name one of {known} with --duo."
    status = 422


class DiseaseMissing(SalusError):
    """The offer is for research on one disease, and does not say which."""

    hint = "Name it with --disease; it stands in the agreement only."
    status = 422


class UnclearUse(SalusError):
    """A license is for one use."""

    hint = "Name just one with --use, such as academic."
    status = 422
