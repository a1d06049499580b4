"""Only the owner of a home reads what its ledger keeps in files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from salus.kernel.clock import ManualClock
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import EmbeddedLedger
from salus.platform.ledger.outbox import Outbox


def chain(path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    EmbeddedLedger(path, clock=clock, chain_id=1, relayer=SigningKey.generate()).close()


def outbox(path: Path) -> None:
    Outbox(path).close()


@pytest.mark.parametrize("opens", [chain, outbox])
@pytest.mark.parametrize("is_older", [False, True])
def test_nobody_else_reads_the_file(tmp_path: Path, opens: object, *, is_older: bool) -> None:
    path = tmp_path / "file.db"
    if is_older:
        path.touch()
        path.chmod(0o644)
    assert callable(opens)
    opens(path)
    assert path.stat().st_mode & 0o777 == 0o600
