"""A request that passed."""

from dataclasses import dataclass

from salus.kernel.ids import Digest
from salus.rights.custody import messages as m
from salus.rights.custody.kept import Held


@dataclass(frozen=True, slots=True)
class Permit:
    """A request that passed every check at one block and is in the log."""

    ask: m.Ask
    digest: Digest
    held: tuple[Held, ...]
    root: Digest
    receipts: tuple[m.Receipt, ...]
