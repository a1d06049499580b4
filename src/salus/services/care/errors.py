"""What can go wrong with referrals."""

from salus.kernel.errors import SalusError


class AlreadyExists(SalusError):
    """The referral {id} is on the ledger already."""

    hint = "Look at it with `salus referral show ID`."
    status = 409


class UnknownReferral(SalusError):
    """There is no referral {id}."""

    hint = "List the referrals with `salus referral list`."
    status = 404


class NotSender(SalusError):
    """Only the referrer may do this; {signer} is not."""

    hint = "Sign with the key that the referral was sent with."
    status = 403


class NotAcceptor(SalusError):
    """Only the specialist that the referral was sent to may do this; {signer} is not."""

    hint = "Sign with the key that the referral names for the specialist."
    status = 403


class NotPatient(SalusError):
    """{signer} is not the key that the referral names for the patient."""

    hint = "Let the patient sign with the key that the referral names."
    status = 403


class NotParty(SalusError):
    """Only the referrer and the patient may cancel a referral; {signer} is neither."""

    hint = "The specialist gives it back with `salus referral return`."
    status = 403


class SameSigner(SalusError):
    """Referrer, specialist and patient of a referral need a key each."""

    hint = "Draw a fresh key for each of them."
    status = 422


class BadWindow(SalusError):
    """A referral waits at least until tomorrow and at most a year, with up to 90 days of grace."""

    hint = "Give --deadline a date from today to a year from now, such as 2027-12-31."
    status = 422


class BadState(SalusError):
    """The referral is not in a state that allows this."""

    hint = "Look at its state with `salus referral show ID`."
    status = 409


class DeadlinePassed(SalusError):
    """Nobody accepted the referral in time, and it can no longer be accepted."""

    hint = "Ask the referrer to cancel it and to send a new one."
    status = 409


class SameSide(SalusError):
    """{name} cannot refer a patient to itself."""

    hint = "Give --from and --to two different parties."
    status = 422


class BadReason(SalusError):
    """A reason has 1 to {longest} characters, not all of them blank, and no control characters."""

    hint = "Say in a sentence or two why."
    status = 422


class KeyMissing(SalusError):
    """The key for this side of the referral is not in this home."""

    hint = "Use the home of the party that acts."
    status = 404


class SummaryMissing(SalusError):
    """There is no file {file}."""

    hint = "Check the path."
    status = 404


class NothingHandedDown(SalusError):
    """There is no summary of this referral here."""

    hint = "Wait until the specialist has handed the referral down."
    status = 404


class BadSummary(SalusError):
    """The summary is no valid Composition: {fault} It stands at {where}."""

    hint = "{advice} Then hand the referral down again."
    status = 422


class SummaryOfAnother(SalusError):
    """The summary is not about the patient of this referral."""

    hint = "Give a Composition whose subject is the patient that the referral names."
    status = 422
