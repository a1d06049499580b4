"""What a bridge refuses, and what ends it. Each end has an exit status of its own."""

from typing import ClassVar

from salus.kernel.errors import SalusError

_PROPOSER = "Nothing is lost: another validator proposes next. Ask whoever proposed it why."


class Refused(SalusError):
    """A proposed block breaks a rule of the network."""

    hint = _PROPOSER
    status = 422


class NotOnePayload(Refused):
    """A proposed block carries {count} payloads instead of one."""


class Oversized(Refused):
    """A proposed payload is larger than {limit} bytes."""


class Undecodable(Refused):
    """A proposed payload is not well formed at {member}."""


class ForeignParent(Refused):
    """A proposed payload does not follow block {block}."""


class WrongNumber(Refused):
    """A proposed payload has the number {found} instead of {expected}."""


class WrongRecipient(Refused):
    """A proposed payload pays its fees to somebody else."""


class WrongMix(Refused):
    """A proposed payload has a mix that does not come from its parent."""


class WrongGasLimit(Refused):
    """A proposed payload has the gas limit {found} instead of {expected}."""


class HasWithdrawals(Refused):
    """A proposed payload has withdrawals, which this network does not know."""


class HasBlobs(Refused):
    """A proposed payload has blobs, which this network does not know."""


class NothingInside(Refused):
    """A proposed payload has no transactions."""


class PastDated(Refused):
    """A proposed payload is dated {found}, before {earliest}."""


class FutureDated(Refused):
    """A proposed payload is dated {found}, after {latest}."""

    hint = "Compare the clocks of the validators; they must agree within two seconds."


class NotExecutable(Refused):
    """The execution client says {verdict} to a proposed payload."""


class ExecutionUnreachable(SalusError):
    """The execution client does not answer {method}."""

    hint = "See whether it runs, and whether its addresses and its secret are those of the bridge."
    status = 503


class ConsensusUnreachable(SalusError):
    """CometBFT does not answer at its RPC."""

    hint = "See whether it runs, and whether its address is that of the bridge."
    status = 503


class BadBridge(SalusError):
    """The file of the bridge has no usable {member}."""

    hint = "Correct the file, or have it written again with `salus network init`."


class Ended(SalusError):
    """The bridge had to end."""

    hint = "Start the bridge and CometBFT again, together; both find where they were."
    status = 500
    exit: ClassVar[int] = 3
    """3 a doubt, 4 CometBFT went away, 5 the execution client stayed away, 6 another chain."""


class OutOfOrder(Ended):
    """CometBFT decided height {found} while height {expected} was next."""

    hint = (
        "Start both again; when it returns, the data of CometBFT and the table do not belong"
        " together: delete the table, and CometBFT plays everything to the bridge again."
    )


class DecidedRefused(Ended):
    """The block that was decided at height {height} breaks a rule here: {rule}."""

    hint = "Compare the settings and the versions of this validator with those of the others."


class DecidedInvalid(Ended):
    """The block that was decided at height {height} is not valid for the execution client."""

    hint = "Compare the version and the genesis of the execution client with those of the others."


class NotThatBlock(Ended):
    """CometBFT has another block at height {height} than the table of the bridge."""

    hint = "Delete the table of the bridge; CometBFT plays everything to it again."


class NothingStaged(Ended):
    """CometBFT committed a height that it did not decide."""


class MembershipUnreadable(Ended):
    """The contract that names the validators does not answer as it must."""

    hint = "See whether `organizations` in the file of the bridge is the address of that contract."


class BadMessage(Ended):
    """A message of CometBFT could not be read."""

    hint = "See whether CometBFT is of the version of this release, and the only one that connects."


class ConsensusWent(Ended):
    """CometBFT closed its connection, so both start again."""

    exit = 4


class ExecutionStayedAway(Ended):
    """The execution client did not get to block {block} within {seconds} seconds."""

    hint = "Look at the log of the execution client; start it, then the bridge and CometBFT."
    exit = 5


class AnotherChain(Ended):
    """The execution client has another genesis than the table of the bridge."""

    hint = "Give the bridge the execution client and the table of one network."
    exit = 6
