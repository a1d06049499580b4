"""Several stores, some of them away, full, slow or lying: what was acknowledged is there."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from salus.kernel.clock import ManualClock
from salus.kernel.crypt4gh import segment_root
from salus.platform.vault import BlobMissing, MemoryVault, VaultFull
from salus.platform.vault.deletions import Deletions
from salus.platform.vault.errors import BlobDamaged, ScrubRunning, StoreDown, TooFewStores
from salus.platform.vault.replicated import ReplicatedVault
from salus.platform.vault.scrubbing import Progress, last, scrub
from salus.platform.vault.stores import Store

CLOCK = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))


class Moody(MemoryVault):
    """A store that may be away, be full, or hang until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = self.is_full = False
        self.let_go = Event()
        self.let_go.set()

    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        self._answer()
        if self.is_full:
            raise VaultFull(size=1)
        super().put(bodies)

    def get(self, name: bytes) -> bytes:
        self._answer()
        return super().get(name)

    def has(self, name: bytes) -> bool:
        self._answer()
        return super().has(name)

    def delete_all(self, names: object) -> None:
        self._answer()
        super().delete_all(names)  # type: ignore[arg-type]

    def names(self, *, after: bytes = b"") -> object:  # type: ignore[override]
        self._answer()
        return super().names(after=after)

    def spoil(self, name: bytes, body: bytes) -> None:
        self._bodies[name] = body

    def _answer(self) -> None:
        self.let_go.wait(10)
        if self.is_away:
            raise StoreDown(store="moody")


@dataclass(slots=True)
class Made:
    vault: ReplicatedVault
    moody: list[Moody]
    root: Path
    waking: list[Store] = field(default_factory=list)

    def has(self, name: bytes) -> list[bool]:
        return [name in each._bodies for each in self.moody]

    def scrub(self, *, repairs: bool = False, **how: object) -> Progress:
        return scrub(self.vault, self.root, CLOCK, repairs=repairs, **how)  # type: ignore[arg-type]

    def wake(self) -> None:
        for each in self.moody:
            each.is_away = each.is_full = False
        for store in self.vault.stores:
            store.wake()


def made(root: Path, *, stores: int = 3, copies: int = 2) -> Made:
    moody = [Moody() for _ in range(stores)]
    named = [Store(f"s{n}", lambda each=each: each) for n, each in enumerate(moody)]  # type: ignore[misc]
    deletions = Deletions(root / "deleting")
    vault = ReplicatedVault(named, copies=copies, deletions=deletions, digest_of=segment_root)
    return Made(vault, moody, root)


def body(number: int) -> tuple[bytes, bytes]:
    content = b"body %d" % number
    return segment_root(content), content


def test_a_body_is_in_every_store_that_answers(tmp_path: Path) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.moody[1].is_away = True
    it.vault.put({name: content})

    assert it.has(name) == [True, False, True]
    assert it.vault.get(name) == content


@pytest.mark.parametrize(("fault", "error"), [("is_away", TooFewStores), ("is_full", VaultFull)])
def test_what_too_few_stores_took_is_in_none_of_them(
    tmp_path: Path, fault: str, error: type[Exception]
) -> None:
    it = made(tmp_path)
    for each in it.moody[1:]:
        setattr(each, fault, True)
    with pytest.raises(error):
        it.vault.put(dict([body(1), body(2)]))

    assert [it.has(body(n)[0]) for n in (1, 2)] == [[False] * 3] * 2


def test_what_was_there_before_stays_when_it_is_put_again_in_vain(tmp_path: Path) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.vault.put({name: content})
    for each in it.moody[1:]:
        each.is_away = True
    with pytest.raises(TooFewStores):
        it.vault.put(dict([body(1), body(2)]))

    assert it.has(name) == [True] * 3
    assert it.has(body(2)[0]) == [False] * 3


def test_the_others_keep_a_body_when_one_store_is_full(tmp_path: Path) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.moody[0].is_full = True
    it.vault.put({name: content})

    assert it.has(name) == [False, True, True]


@pytest.mark.parametrize("damage", [b"", b"body", b"body 2", b"body 1 and more"])
def test_a_damaged_copy_is_never_read(tmp_path: Path, damage: bytes) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.vault.put({name: content})
    it.moody[0].spoil(name, damage)

    assert it.vault.get(name) == content
    with it.vault.open(name) as file:
        assert file.read() == content
    for each in it.moody:
        each.spoil(name, damage)
    with pytest.raises(BlobDamaged):
        it.vault.get(name)


def test_missing_is_only_what_so_many_stores_lack_that_one_must_have_it(tmp_path: Path) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.moody[2].is_away = True
    it.vault.put({name: content})
    it.moody[0].is_away = True

    assert it.vault.get(name) == content
    it.moody[1].is_away = True
    for ask in (it.vault.get, it.vault.has, it.vault.size):
        with pytest.raises(StoreDown):
            ask(name)
    it.wake()
    with pytest.raises(BlobMissing):
        it.vault.get(body(2)[0])


def test_a_deletion_reaches_a_store_that_was_away_and_no_repair_undoes_it(tmp_path: Path) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.vault.put({name: content})
    it.moody[1].is_away = True
    with pytest.raises(StoreDown):
        it.vault.delete(name)

    assert not it.vault.has(name)
    assert list(it.vault.names()) == []
    assert it.has(name) == [False, True, False]
    it.wake()
    it.scrub(repairs=True)
    assert it.has(name) == [False] * 3
    assert list(it.vault.deletions) == []


def test_what_is_put_again_after_such_a_deletion_stays(tmp_path: Path) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.vault.put({name: content})
    it.moody[1].is_away = True
    with pytest.raises(StoreDown):
        it.vault.delete(name)
    it.wake()
    it.vault.put({name: content})
    it.scrub(repairs=True)

    assert it.vault.get(name) == content
    assert it.has(name) == [True] * 3


def test_a_store_that_failed_is_left_alone_for_a_while(tmp_path: Path) -> None:
    it = made(tmp_path)
    asked: list[int] = []
    it.moody[0].is_away = True
    it.moody[0]._answer = lambda: asked.append(1) or _away()  # type: ignore[func-returns-value,method-assign]
    for number in range(5):
        it.vault.put(dict([body(number)]))

    assert asked == [1]


def _away() -> None:
    raise StoreDown(store="moody")


def test_a_slow_store_is_waited_for_so_that_no_late_copy_comes_after_a_deletion(
    tmp_path: Path,
) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.moody[2].let_go.clear()
    it.moody[0].is_away = True
    original = it.moody[1].put

    def put_and_let_go(bodies: Mapping[bytes, bytes]) -> None:
        original(bodies)
        it.moody[2].let_go.set()

    it.moody[1].put = put_and_let_go  # type: ignore[method-assign]
    it.vault.put({name: content})

    assert it.has(name) == [False, True, True]


def test_a_scrub_finds_what_is_missing_damaged_and_lost_and_changes_nothing(
    tmp_path: Path,
) -> None:
    it = made(tmp_path)
    it.vault.put(dict(body(n) for n in range(10)))
    del it.moody[0]._bodies[body(0)[0]]
    it.moody[1].spoil(body(1)[0], b"cut")
    for each in it.moody:
        each.spoil(body(2)[0], b"gone")
    found = it.scrub()

    assert (found.bodies, found.missing, found.damaged, found.unknown) == (10, 1, 4, 0)
    assert (found.lost, found.lost_names, found.mended) == (1, (body(2)[0],), 0)
    assert (found.thin, found.is_over, found.is_whole()) == (1, 1, False)
    assert it.has(body(0)[0]) == [False, True, True]
    assert it.moody[1].get(body(1)[0]) == b"cut"


def test_a_repair_makes_good_what_one_whole_copy_is_left_of(tmp_path: Path) -> None:
    it = made(tmp_path)
    it.vault.put(dict(body(n) for n in range(10)))
    for number in range(5):
        del it.moody[0]._bodies[body(number)[0]]
        it.moody[1].spoil(body(number)[0], b"cut")
    found = it.scrub(repairs=True)

    assert (found.missing, found.damaged, found.mended, found.lost) == (5, 5, 10, 0)
    assert found.is_whole()
    for each in it.moody:
        assert each._bodies == dict(body(n) for n in range(10))
    assert it.scrub(repairs=True).mended == 0


def test_a_store_that_is_away_is_neither_called_missing_nor_mended(tmp_path: Path) -> None:
    it = made(tmp_path)
    it.vault.put(dict(body(n) for n in range(4)))
    it.moody[2].is_away = True
    found = it.scrub(repairs=True)

    assert (found.unknown, found.missing, found.mended, found.lost) == (4, 0, 0, 0)
    assert not found.is_whole()


def test_a_repair_that_was_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    it = made(tmp_path)
    it.vault.put(dict(body(n) for n in range(10)))
    del it.moody[0]._bodies[max(body(n)[0] for n in range(10))]
    steps: list[int] = []
    first = it.scrub(repairs=True, seconds=0)

    assert (first.bodies, first.is_over) == (1, 0)
    assert last(tmp_path) == first
    second = it.scrub(repairs=True, step=steps.append)
    assert (second.bodies, second.mended, second.is_over) == (10, 1, 1)
    assert steps == [1] * 10, "one step for what was seen before, nine after it"
    assert it.scrub(repairs=True, anew=True, seconds=0).bodies == 1


def test_two_do_not_look_through_one_vault_at_once(tmp_path: Path) -> None:
    it = made(tmp_path)
    it.vault.put(dict([body(1)]))

    def again(_count: int) -> None:
        with pytest.raises(ScrubRunning):
            it.scrub()

    assert it.scrub(step=again).bodies == 1


def test_what_is_deleted_while_it_is_mended_does_not_come_back(tmp_path: Path) -> None:
    it, (name, content) = made(tmp_path), body(1)
    it.vault.put({name: content})
    del it.moody[2]._bodies[name]
    get = it.moody[1].get

    def deleted_after(name: bytes) -> bytes:
        found = get(name)
        it.vault.delete(name)
        return found

    it.moody[1].get = deleted_after  # type: ignore[method-assign]
    it.scrub(repairs=True)

    assert it.has(name) == [False] * 3


class Life(RuleBasedStateMachine):
    """Random puts, deletions, faults and repairs: nothing acknowledged is lost, or comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.it = made(Path(self.folder.name))
        self.kept: set[int] = set()
        self.gone: set[int] = set()

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(number=st.integers(0, 8))
    def put(self, number: int) -> None:
        try:
            self.it.vault.put(dict([body(number)]))
        except (TooFewStores, VaultFull):
            return
        self.kept.add(number)
        self.gone.discard(number)

    @rule(number=st.integers(0, 8))
    def delete(self, number: int) -> None:
        with suppress(StoreDown):
            self.it.vault.delete(body(number)[0])
        self.kept.discard(number)
        self.gone.add(number)

    @rule(number=st.integers(0, 2), fault=st.sampled_from(["is_away", "is_full"]))
    def fail(self, number: int, fault: str) -> None:
        setattr(self.it.moody[number], fault, True)

    @rule()
    def recover(self) -> None:
        self.it.wake()

    @rule(at=st.integers(0, 2), number=st.integers(0, 8))
    @precondition(lambda self: not any(each.is_away for each in self.it.moody))
    def spoil_one_and_repair(self, at: int, number: int) -> None:
        self.it.wake()
        self.it.scrub(repairs=True, anew=True)
        if number in self.kept:
            self.it.moody[at].spoil(body(number)[0], b"spoiled")

    @invariant()
    def acknowledged_is_there_and_deleted_is_not(self) -> None:
        away = sum(each.is_away for each in self.it.moody)
        for number in self.gone:
            assert not self._has(number)
        if away == 0:
            for store in self.it.vault.stores:
                store.wake()
            for number in self.kept:
                assert self.it.vault.get(body(number)[0]) == body(number)[1]

    def _has(self, number: int) -> bool:
        try:
            return self.it.vault.has(body(number)[0])
        except StoreDown:
            return False


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
