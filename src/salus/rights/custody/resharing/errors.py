"""What can go wrong when keys go to other holders."""

from salus.kernel.errors import SalusError


class NotOrdered(SalusError):
    """Nobody who may say so ordered that the keys of this record move."""

    hint = "Sign with the key that controls the record."
    status = 403


class BadSplit(SalusError):
    """{holder} was handed something that it cannot split, join or keep: {reason}."""

    hint = "Begin again with `salus custody reshare`; the present holders keep what they have."
    status = 409


class HoldersMissing(SalusError):
    """These key holders are needed and did not answer: {missing}."""

    hint = "Start them, then give the same command again: it goes on where it stopped."
    status = 503


class DrillFailed(SalusError):
    """The new shares do not open every key; wrong or missing: {names}."""

    hint = "Nothing was deleted. Look at these holders, then begin again with other ones."
    status = 409


class OtherGateway(SalusError):
    """The gateway cannot be changed: it keeps half of every key, and wraps."""

    hint = "Name custodians only."
    status = 422


class SameHolders(SalusError):
    """These custodians keep the keys of the record already."""

    hint = "Name the custodians that are to keep them, in any number."
    status = 409


class UnderWay(SalusError):
    """The keys of this record are on their way to other custodians: {names}."""

    hint = "Finish that first: name the same custodians again."
    status = 409


class ApartHome(SalusError):
    """The members of this consortium stand in its charter, which is equal in every home."""

    hint = "Found the consortium with the custodian among its organizations."
    status = 409


class NoGovernors(SalusError):
    """The governors who admit members do not live in this home."""

    hint = "Let two of them admit the custodian on the ledger."
    status = 403


class NotOnLedger(SalusError):
    """The record is not on the ledger yet."""

    hint = "Finish its import first: run `salus import` again."
    status = 409
