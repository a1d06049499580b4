"""The checks that every node has, whatever it serves."""

import shutil
from pathlib import Path

from salus.kernel.clock import Clock, seconds
from salus.platform.database import worktable
from salus.platform.ledger import Ledger
from salus.platform.observe.figures import Figure
from salus.platform.observe.health import Check, Finding
from salus.platform.vault.errors import VaultFull
from salus.platform.web import Secured
from salus.platform.web.certificates import ends_at
from salus.platform.web.errors import CertificateEnded
from salus.platform.work import Node

LEAST_FREE = 64 * 2**20  # bytes without which nothing can be taken
_NOWHERE = bytes(32)  # the name of no body


def node_checks(node: Node) -> dict[str, Check]:
    """Ledger, database, index, vault, and the room on the disk of the home."""
    checks: dict[str, Check] = {
        "ledger": lambda: ledger_found(node.ledger, node.clock),
        "database": lambda: _database(node),
        "index": lambda: _index(node),
        "vault": lambda: _vault(node),
    }
    home = node.home
    return checks if home is None else checks | {"disk": lambda: _disk(home)}


def ledger_found(ledger: Ledger, clock: Clock) -> Finding:
    """It answers, and how old its last word is: an idle chain is silent without being ill."""
    final = ledger.final()
    age = max(0, seconds(clock.now()) - final.time)
    return Finding(
        (
            Figure("salus_ledger_final_block", final.number),
            Figure("salus_ledger_final_age_seconds", age),
        )
    )


def _database(node: Node) -> Finding:
    with node.reading() as session:
        waiting, failing = worktable.counted(session)
    return Finding(
        (Figure("salus_jobs_waiting", waiting), Figure("salus_jobs_failing", failing)),
    )


def _index(node: Node) -> Finding:
    """A program that asks the ledger itself does not follow: then its lag is no fault."""
    cursor, final = node.index.cursor(), node.ledger.final().number
    return Finding(
        (
            Figure("salus_index_block", cursor),
            Figure("salus_index_lag_blocks", max(0, final - cursor)),
        )
    )


def _vault(node: Node) -> Finding:
    node.vault.has(_NOWHERE)
    return Finding()


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    fault = VaultFull.key() if free < LEAST_FREE else None
    return Finding((Figure("salus_home_free_bytes", free),), fault)


def certificate_check(secured: Secured | None, clock: Clock) -> dict[str, Check]:
    """The own certificate, where a door has one."""
    if secured is None:
        return {}

    def look() -> Finding:
        end = ends_at(secured.certificate.read_text())
        fault = CertificateEnded.key() if end <= clock.now() else None
        figure = Figure("salus_certificate_expiry_timestamp_seconds", seconds(end))
        return Finding((figure,), fault)

    return {"certificate": look}
