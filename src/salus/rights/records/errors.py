"""What can be wrong with a record, its parts and its files."""

from salus.kernel.errors import SalusError


class UnknownRecord(SalusError):
    """There is no record {record} in this home."""

    hint = "List the records with `salus records`."
    status = 404


class UnknownSection(SalusError):
    """This record has no section {section}; it has: {known}."""

    hint = "Take one of those names."
    status = 404


class UnknownResource(SalusError):
    """The record has no resource {resource}."""

    hint = "Name it as `Type/id`; `salus open` shows what a section holds."
    status = 404


class InvalidResource(SalusError):
    """{fault} It stands at {where}."""

    hint = "{advice} Then import the file again."
    status = 422


class HandleTaken(SalusError):
    """The record handle is taken."""

    hint = "Import again: a new handle is drawn."
    status = 409


class NotSource(SalusError):
    """{signer} is not the source of this record."""

    hint = "Only the organization that wrote a record adds to it."
    status = 403


class StaleRoot(SalusError):
    """The record moved on the ledger meanwhile."""

    hint = "Import again: the change is made on the newest version."
    status = 409


class BodyDoesNotMatch(SalusError):
    """What was opened is not what the source committed to ({step})."""

    hint = "Do not use it. Tell the source of the record, and try another gateway."
    status = 409


class NotSubject(SalusError):
    """{signer} is not the subject account of this record."""

    hint = "Sign with the key that controls the record."
    status = 403


class OpeningPaused(SalusError):
    """No new records are opened at present."""

    hint = "Wait until the governors have lifted the pause."
    status = 503


class BadShares(SalusError):
    """Shares of income that sum up to {sum} basis points are not allowed."""

    hint = "Give the subject at least 500, and everybody together at most 4,000."
    status = 422


class Locked(SalusError):
    """The token {tokenId} is pledged or is being sold."""

    hint = "Wait until the loan is repaid, or the sale is completed or aborted."
    status = 409


class StaleEpoch(SalusError):
    """The epoch of the keys is {current}, not {given}."""

    hint = "Import again: the change is made with the newest keys."
    status = 409


class StaleVersion(SalusError):
    """The record is at version {current}; {given} does not follow."""

    hint = "Import again: the change is made on the newest version."
    status = 409


class SectionMissing(SalusError):
    """The record does not have exactly these sections, or they cannot be taken from it."""

    hint = "Look at `salus records`. The emergency summary stays with its record."
    status = 409


class TooMany(SalusError):
    """{versions} records cannot be moved in one transaction."""

    hint = "Announce at most 128 of them at once."
    status = 413


class RekeyPending(SalusError):
    """New keys for this token were asked for already."""

    hint = "Finish that with `salus custody renew`."
    status = 409


class NotReceiver(SalusError):
    """The new keys are made for {given}, but the token belongs to {current}."""

    hint = "Make the new keys again."
    status = 409


class RekeyLate(SalusError):
    """The signatures for the new keys have expired."""

    hint = "Ask the custodians for them again, with `salus custody renew`."
    status = 409


class TooFewSignatures(SalusError):
    """Too few custodians signed that they hold the new keys of the record."""

    hint = "Start the missing custodians, then try again."
    status = 503


class NotModule(SalusError):
    """{caller} is not the contract that may do this with a token."""

    hint = "Sell through the exchange, and borrow through the lending."
    status = 403


class NotOwner(SalusError):
    """{signer} does not own the token {tokenId}."""

    hint = "Only the owner divides, recombines, gives, sells or pledges. See `salus records`."
    status = 403


class NotPledged(SalusError):
    """The token {tokenId} is not pledged."""

    hint = "A pledge ends once, with its loan."
    status = 409


class NotPayee(SalusError):
    """{signer} is not paid that share of what the record {recordId} earns."""

    hint = "Whoever is paid a share lowers it, and nobody else."
    status = 403


class NotDetached(SalusError):
    """Not every one of these sections is divided from its record."""

    hint = "See the owners in `salus records`; `salus divide` divides sections."
    status = 409


class ShareRaised(SalusError):
    """A share of {current} basis points can only fall, not become {given}."""

    hint = "Name fewer basis points."
    status = 422


class NoRekey(SalusError):
    """No such change of keys is under way for the token {tokenId}."""

    hint = "It was completed or aborted meanwhile; see `salus records`."
    status = 409


class UserUnexpired(SalusError):
    """The section {sectionId} is rented exclusively until {until}."""

    hint = "Wait until then."
    status = 409
