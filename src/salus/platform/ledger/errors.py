"""What can go wrong between Salus and a ledger."""

from salus.kernel.errors import SalusError


class SecondWriter(SalusError):
    """The ledger file is in use by process {pid}."""

    hint = "Stop that process, or let it serve the ledger with `salus ledger serve`."
    status = 409


class WrongChain(SalusError):
    """The ledger is chain {found}, but this home belongs to chain {expected}."""

    hint = "Point to the ledger of this home, or make a new home with `salus init`."
    status = 409


class CodeDiffers(SalusError):
    """The contract {contract} on the ledger is not the one this version of Salus knows."""

    hint = "Install the version of Salus that this network runs."
    status = 409


class TransactionRefused(SalusError):
    """The ledger refused: {contract} answered {reason}."""

    hint = "Nothing has changed. Look the reason up in the reference of the contract."
    status = 409


class BadTransaction(SalusError):
    """The transaction cannot be taken: {reason}."""

    hint = "Sign it again for this chain, with the next nonce of its sender."


class LedgerDamaged(SalusError):
    """The ledger file is damaged at block {block}."""

    hint = "Restore the file from a backup, together with the files beside it."
    status = 500


class LedgerUnreachable(SalusError):
    """The ledger at {url} does not answer."""

    hint = "Start it, or correct its address in `ledger/served.json` of this home."
    status = 503


class LedgerFailed(SalusError):
    """The ledger at {url} cannot do {method}: {reason}."""

    hint = "Ask whoever runs that node; Salus needs the standard Ethereum methods."
    status = 502


class LedgersDisagree(SalusError):
    """The nodes of the ledger do not agree on what {method} answers; {agreement} must."""

    hint = "Nothing is decided by it. Ask again, and ask whoever runs these nodes if it stays so."
    status = 502


class TooFewNodes(SalusError):
    """The ledger has {count} nodes to ask, of which {agreement} must agree."""

    hint = "Name more nodes in `ledger/served.json` of this home, or run one of your own."
    status = 500


class LedgerBehind(SalusError):
    """The ledger at {url} does not have block {block} yet, which is final."""

    hint = "Wait until it has caught up, or ask whoever runs that node."
    status = 503


class FinalityBroken(SalusError):
    """The ledger at {url} no longer says what it said of block {block}, which was final."""

    hint = "Do not decide anything by it. Ask whoever runs that node, and ask another node."
    status = 502


class AnswerUnreadable(SalusError):
    """What the ledger answers to {view} of {contract} cannot be read."""

    hint = "Ask whoever runs the node; it may lie, or follow another network."
    status = 502


class StateGone(SalusError):
    """The state of block {block} is no longer kept."""

    hint = "Ask again at the present head."
    status = 503


class NotFinal(SalusError):
    """The transaction was not in a final block within {seconds} seconds."""

    hint = "It is kept; look again later."
    status = 503


class NotLoopback(SalusError):
    """The ledger answers this machine only, not {host}."""

    hint = "Ask it as http://127.0.0.1 from the machine that serves it."
    status = 403


class LedgerOlder(SalusError):
    """The ledger ends at block {block}, but this home has seen block {seen}."""

    hint = "The ledger was restored from an older backup. Restore a newer one of it first."
    status = 409
