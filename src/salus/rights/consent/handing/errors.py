"""What can go wrong with a grant that comes as a file."""

from salus.kernel.errors import SalusError


class NotThisNetwork(SalusError):
    """The grant is of another network than this home."""

    hint = "Use the home that belongs to the consortium of the grant."
    status = 409


class NotForThisHome(SalusError):
    """Nobody who lives in this home may read by this grant."""

    hint = "Receive it in the home of the reader whom the patient named."
    status = 403


class BadGrantFile(SalusError):
    """The file is not what the patient agreed to on the ledger."""

    hint = "Ask for the file again; `salus hand` writes it as it was granted."
    status = 422
