"""kill -9 at every write step of a vault of three stores: while it puts, deletes and repairs."""

from functools import partial
from pathlib import Path

import pytest

from salus.kernel.clock import SystemClock
from salus.kernel.crypt4gh import segment_root
from salus.platform.vault import FolderVault
from salus.platform.vault.deletions import Deletions
from salus.platform.vault.replicated import ReplicatedVault
from salus.platform.vault.scrubbing import Progress, scrub
from salus.platform.vault.stores import Store
from tests.faults.killing import Act, live

NAMES = ("one", "two", "three")
OLD = {segment_root(body): body for body in (b"old body %d" % n for n in range(3))}
NEW = {segment_root(body): body for body in (b"new body %d" % n for n in range(3))}


def opened(home: Path) -> ReplicatedVault:
    stores = [Store(name, partial(FolderVault, home / name)) for name in NAMES]
    deletions = Deletions(home / "deleting")
    return ReplicatedVault(stores, copies=2, deletions=deletions, digest_of=segment_root)


def repaired(home: Path) -> Progress:
    return scrub(opened(home), home, SystemClock(), repairs=True)


def _with_old(home: Path) -> None:
    opened(home).put(OLD)


def _with_damage(home: Path) -> None:
    """Of each old body one copy is gone and one is cut."""
    _with_old(home)
    for number, name in enumerate(OLD):
        gone, cut = (home / NAMES[(number + at) % 3] for at in (0, 1))
        (gone / name.hex()[:2] / name.hex()).unlink()
        (cut / name.hex()[:2] / name.hex()).write_bytes(b"cut")


def _delete(home: Path) -> None:
    opened(home).delete_all(OLD)


def _repair(home: Path) -> None:
    assert repaired(home).is_whole()


PUT = Act("put", _with_old, lambda home: opened(home).put(NEW))
DELETE = Act("delete", _with_old, _delete)
REPAIR = Act("repair", _with_damage, _repair)


@pytest.mark.parametrize("act", [PUT, DELETE, REPAIR], ids=lambda act: act.name)
def test_a_vault_is_whole_wherever_a_process_dies(act: Act, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    act.prepare(whole)
    acknowledged, steps = live(whole, act, None)
    assert acknowledged
    assert steps > 5

    for deadly in range(1, steps + 1):
        home = tmp_path / f"killed-{deadly}"
        act.prepare(home)
        acknowledged, _ = live(home, act, deadly)
        _check(home, act, is_done=acknowledged)


def _check(home: Path, act: Act, *, is_done: bool) -> None:
    """As the next process finds it; then it is repaired, and done again."""
    vault = opened(home)
    present = {name: vault.get(name) for name in (OLD | NEW) if vault.has(name)}
    assert present.items() <= (OLD | NEW).items()
    if act is DELETE:
        assert not is_done or present == {}
    else:
        assert OLD.items() <= present.items()
    if act is PUT and is_done:
        assert present == OLD | NEW

    assert repaired(home).is_whole()
    kept = {name: opened(home).get(name) for name in opened(home).names()}
    assert kept == present, "a repair brings nothing back, and loses nothing"
    act.run(home)
    expected = {PUT.name: OLD | NEW, DELETE.name: {}, REPAIR.name: OLD}[act.name]
    for name in NAMES:
        store = FolderVault(home / name)
        assert {each: store.get(each) for each in store.names()} == expected
