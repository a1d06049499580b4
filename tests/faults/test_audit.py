"""kill -9 in a read and in anchoring: the audit stays whole, and no release lacks its line."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from salus.kernel.clock import SystemClock
from salus.kernel.documents import parse
from salus.platform.node import open_node
from salus.platform.settings import read as settings
from salus.rights.consent.audit.service import lines
from salus.rights.custody import founding
from salus.rights.custody.auditing.jobs import JOBS
from salus.rights.custody.auditing.seeing import logs, verify
from salus.rights.custody.messages import Receipt
from salus.rights.custody.settings import CustodySettings
from salus.rights.custody.tables import LogLeaf
from tests.faults.killing import Act, live
from tests.faults.test_kill import _open, _with_grant

STRIDE = 3  # a commit has two points: every third comes to both sides


def _anchor(home: Path) -> None:
    with open_node(home) as node:
        JOBS["custody.anchor_audit"](node)


def _read_once(home: Path) -> None:
    _with_grant(home)
    _open(home)


ACTS = (Act("release", _with_grant, _open), Act("anchor", _read_once, _anchor))


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_the_audit_is_whole_wherever_the_process_dies(act: Act, tmp_path: Path) -> None:
    start, whole = tmp_path / "start", tmp_path / "whole"
    founding.found(start, clock=SystemClock(), settings=settings(CustodySettings))
    act.prepare(start)
    shutil.copytree(start, whole)
    _, steps = live(whole, act, None)
    assert steps > STRIDE

    for deadly in range(1, steps + 1, STRIDE):
        home = tmp_path / f"killed-{deadly}"
        shutil.copytree(start, home)
        live(home, act, deadly)
        _check(home)
        shutil.rmtree(home)


def _check(home: Path) -> None:
    """As the next commands find it; then the reader reads, and what is due is anchored."""
    with open_node(home) as node:
        checked, _ = verify(node, home)
        assert [log.faults for log in checked] == [()] * len(checked)
        for log in logs(node, home):
            with log.open() as session:
                noted = {line.entry().request for line in lines(session)}
                rows = [] if log.is_own else list(session.scalars(select(LogLeaf.receipt)))
            assert {parse(Receipt, raw).request for raw in rows} <= noted
    _open(home)
    _anchor(home)
    _anchor(home)
    with open_node(home) as node:
        checked, _ = verify(node, home)

    assert all(log.size == log.anchored and not log.faults for log in checked)
