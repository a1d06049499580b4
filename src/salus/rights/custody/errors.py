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


class ClockBehind(SalusError):
    """The ledger is {ahead} seconds ahead of the clock of this key holder."""

    hint = "Set the clock of the key holder; by a wrong one it would believe in old blocks."
    status = 503


class StoreDamaged(SalusError):
    """What lies in the table {table} of this key holder is not what was written there."""

    hint = "Restore the store from a backup, and release nothing before: a changed log convicts."
    status = 500


class ForkSeen(SalusError):
    """Block {block} is not the one the reader saw."""

    hint = "Check which network the reader's node follows, then ask again."
    status = 409


class Expired(SalusError):
    """The request's deadline is past or too far ahead."""

    hint = "Check the clock of this machine, and those of the key holders, then ask again."
    status = 400


class Replayed(SalusError):
    """The request's nonce was used for another request."""

    hint = "Ask again with a fresh nonce."
    status = 409


class TooManyReads(SalusError):
    """The reader has asked {limit} times within a minute."""

    hint = "Wait a minute, then ask again."
    status = 429


class BadTerms(SalusError):
    """The terms are not those of a grant on the ledger."""

    hint = "Send the terms and the salt as they were when the grant was signed."
    status = 422


class TooFewShares(SalusError):
    """{answered} of the {needed} key holders needed have answered; missing: {missing}."""

    hint = "Start the missing custodians or the gateway, then try again."
    status = 503


class BadDealing(SalusError):
    """The shares of unit {unit} do not give its key.

    `receipts` has what each holder signed about its part, one a line, as `salus custody report`
    reads it. They name handles only.
    """

    hint = (
        "Tell the source of the record, which must deal this key again: `--json` has the receipts"
        " of the key holders."
    )
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


class BodyNotAwaited(SalusError):
    """Nobody announced this body, or another source did."""

    hint = "Hand over the keys and manifests of an object first; its source brings the body."
    status = 403


class HomeNotEmpty(SalusError):
    """The folder {home} is not empty and is not a home of Salus."""

    hint = "Take another folder with --home, or empty this one."
    status = 409


class NotMember(SalusError):
    """{signer} acts for no active organization and may not define a set."""

    hint = "Ask the governors to admit the organization."
    status = 403


class NotSource(SalusError):
    """{signer} is not the source of this record."""

    hint = "Only the organization that wrote a record chooses its first keepers."
    status = 403


class NotCustodian(SalusError):
    """{org} is not an active custodian."""

    hint = "Take organizations that were admitted as custodians."
    status = 422


class NotGateway(SalusError):
    """{org} is not an active gateway."""

    hint = "Take an organization that was admitted as a gateway."
    status = 422


class SameHolder(SalusError):
    """{org} would hold two parts of one key."""

    hint = "Name every custodian once, and another organization as the gateway."
    status = 422


class BadThreshold(SalusError):
    """{k} of {n} custodians cannot be asked for."""

    hint = "Take 1 to 16 custodians and a threshold of 1 to as many."
    status = 422


class UnknownSet(SalusError):
    """There is no set of keepers {set}."""

    hint = "Define the set first, or name one that is there."
    status = 404


class AlreadyExists(SalusError):
    """There is a set of keepers {set} already."""

    hint = "Draw a new id for the set."
    status = 409


class AlreadyAssigned(SalusError):
    """The record has its keepers already."""

    hint = "Only the patient gives a record other keepers."
    status = 409


class NotController(SalusError):
    """Only the patient may erase a part of the record; {signer} does not control it."""

    hint = "Sign with the key that controls the record."
    status = 403


class Erased(SalusError):
    """This part of the record is erased."""

    hint = "Nothing is to be done: what is erased stays so."
    status = 409


class BumpsSpent(SalusError):
    """The key of this part of the record was renewed 255 times, as often as it can be."""

    hint = "Erase this part, and let its source write it again."
    status = 409


class NotHolder(SalusError):
    """The receipt is not signed by a custodian or gateway; {signer} is neither."""

    hint = "Report the receipt exactly as it was given, together with its signature."
    status = 422


class NoFault(SalusError):
    """The receipt proves no fault."""

    hint = "Nothing is to be done. What a grant ended or an erasure forbids counts a second later."
    status = 409


class AlreadyReported(SalusError):
    """{holder} was convicted by this receipt before."""

    hint = "Nothing is to be done."
    status = 409


class UnknownKeeper(SalusError):
    """There is no keeper named {name} in this home."""

    hint = "Name a custodian, such as `c1`, or `gateway`."
    status = 404


class KeeperApart(SalusError):
    """{name} has a home of its own and cannot answer inside another one."""

    hint = "Start it in its own home, with `salus custodian` or `salus gateway`."
    status = 409


class KeyClosed(SalusError):
    """The source has closed this key; it adds nothing under it any more."""

    hint = "Begin the next epoch with `salus custody renew`, then import again."
    status = 409


class AuditForked(SalusError):
    """The audit of {name} is not the one whose first {size} lines were anchored."""

    hint = "Keep what you have, and ask the other members to do the same: {name} changed its log."
    status = 409
