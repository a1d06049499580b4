"""What can go wrong between a reader and those who keep the keys."""

from salus.kernel.errors import SalusError


class NotPermitted(SalusError):
    """Not permitted."""

    hint = "Ask the patient for a grant; the reason is in the log that the patient reads."
    status = 403


class StaleHead(SalusError):
    """The ledger is {age} seconds behind, too far to decide on."""

    hint = "Wait until the node has caught up with the ledger, then ask again."
    status = 503


class ForkSeen(SalusError):
    """Block {block} is not the one the reader saw."""

    hint = "Check which network the reader's node follows, then ask again."
    status = 409


class Expired(SalusError):
    """The request's deadline is past or too far ahead."""

    hint = "Check the clock of this machine, then ask again."
    status = 400


class Replayed(SalusError):
    """The request's nonce was used for another request."""

    hint = "Ask again with a fresh nonce."
    status = 409


class TooManyReads(SalusError):
    """The reader has asked {limit} times within a minute."""

    hint = "Wait a minute, then ask again."
    status = 429


class TooFewShares(SalusError):
    """{answered} of the {needed} key holders needed have answered; missing: {missing}."""

    hint = "Start the missing custodians or the gateway, then try again."
    status = 503


class BadDealing(SalusError):
    """The shares of unit {unit} do not give its key."""

    hint = "Tell the source of the record: it must deal this key again."
    status = 409


class BadHold(SalusError):
    """{holder} was handed something it cannot hold: {reason}."""

    hint = "Import the record again."
    status = 409


class HolderFailed(SalusError):
    """Only {held} of the {needed} key holders needed took their part of the key."""

    hint = "Start the missing custodians and the gateway, then import again."
    status = 503


class NothingThere(SalusError):
    """The record has nothing at {place}."""

    hint = "Name a resource as `Type/id`, and a value by its JSON Pointer, such as `/status`."
    status = 404


class VersionMismatch(SalusError):
    """The gateway's version of the record is not the one on the ledger."""

    hint = "Try again; if it stays, tell the source of the record."
    status = 409


class TicketRefused(SalusError):
    """The ticket for this body is not valid."""

    hint = "Ask the gateway for a new ticket."
    status = 403


class HomeNotEmpty(SalusError):
    """The folder {home} is not empty and is not a home of Salus."""

    hint = "Take another folder with --home, or empty this one."
    status = 409
