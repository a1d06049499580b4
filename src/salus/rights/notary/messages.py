"""What a node and its witnesses say to each other about a checkpoint."""

from dataclasses import dataclass
from datetime import datetime

from salus.kernel.ids import Address, Digest
from salus.rights.notary.proof import Checkpoint


@dataclass(frozen=True, slots=True)
class Note:
    """The head of the anchor log that a witness is asked to sign.

    `proof` shows that it extends the log of `since` batches (RFC 6962 section 2.1.2); `since` is
    0 where nothing is known of what the witness signed before.
    """

    chain: int
    contract: Address
    size: int
    root: Digest
    time: datetime
    since: int
    proof: tuple[Digest, ...]

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.size, self.root, self.time)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The 65 bytes of a witness under a checkpoint."""

    signature: bytes
