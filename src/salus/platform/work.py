"""What every verb is given first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from salus.kernel.clock import Clock
from salus.platform.database import enqueue
from salus.platform.ledger import Contract, Ledger
from salus.platform.vault import Vault


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work: an open transaction and the ports a verb may use.

    The surface that opened the session commits it; a verb never does.
    """

    session: Session
    ledger: Ledger
    vault: Vault
    clock: Clock
    contracts: Mapping[str, Contract] = field(default_factory=dict)

    def later(self, job: str, *, run_at: datetime | None = None, **arguments: object) -> None:
        """Queue a job in this transaction, due now unless `run_at` says otherwise."""
        enqueue(self.session, job, run_at=run_at or self.clock.now(), **arguments)
