"""A full disk and changed pages under a keeper's store.

What is asked of it is refused by an error that has a name, or answered rightly: never is there a
share whose release is not in the log, and never anything else than what was stored.
"""

import resource
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.platform.errors import DiskFull
from salus.rights.custody import messages as m
from salus.rights.custody.keeper import Keeper, hold
from salus.rights.custody.reading import Opened, read
from salus.rights.custody.release import release
from tests.support.scene import Asking, Beside, Scene, chart, new_patient, new_scene
from tests.support.stores import continues, filed, leaves_of, started

PAGE = 4096
NAMES = ("c1", "gateway")


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of a scene as files, after some releases; each test damages a copy."""

    scene: Scene
    record: RecordId
    asking: Asking
    files: dict[str, Path]
    leaves: dict[str, tuple[bytes, ...]]

    def keeper(self, name: str, store: Path) -> Keeper:
        """A keeper that starts on a store."""
        return started(self.scene.keeper(name), store)

    def copy(self, name: str, folder: Path) -> Path:
        return Path(shutil.copy(self.files[name], folder / f"{secrets.token_hex(4)}.db"))

    def read(self, name: str, keeper: Keeper) -> Opened:
        """Everybody honest, one on that store."""
        known = self.scene.keepers

        def on(each: object) -> Beside:
            assert isinstance(each, Beside)
            return replace(each, keeper=keeper) if each.name == name else each

        keepers = replace(
            known, custodians=tuple(map(on, known.custodians)), gateway=on(known.gateway)
        )
        reader = self.scene.subject(self.record)
        units = self.scene.units(self.record)
        return read(self.scene.node, keepers, reader, self.record, units)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    folder, stage = tmp_path_factory.mktemp("stores"), new_scene()
    record = stage.record()
    asking = stage.asking(record)
    for name in NAMES:
        for _ in range(3):
            release(stage.keeper(name), asking.changed())
    files = {name: filed(stage.keeper(name), folder / f"{name}.db") for name in NAMES}
    leaves = {name: leaves_of(stage.keeper(name)) for name in NAMES}
    return Stores(stage, record, asking, files, leaves)


"""A FULL DISK"""


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The kernel refuses to let a file grow further, as it does where a quota ends."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("name", NAMES)
def test_no_share_leaves_where_the_log_has_no_room(
    stores: Stores, name: str, tmp_path: Path
) -> None:
    """The disk is full at each page that the commit of a release writes, one after another."""
    full = 0
    for pages in range(1, 40):
        keeper = stores.keeper(name, stores.copy(name, tmp_path))
        before = leaves_of(keeper)
        wal = Path(str(keeper.database.engine.url.database) + "-wal").stat().st_size
        try:
            with files_up_to(wal + pages * PAGE):
                given = release(keeper, stores.asking.changed())
        except DiskFull:
            full += 1
            assert before == leaves_of(keeper)
        else:
            assert continues(before, keeper, given.released[0].receipt)
            break
        again = release(keeper, stores.asking.changed())

        assert continues(before, keeper, again.released[0].receipt)
        keeper.database.close()

    assert full > 0
    assert pages < 39


@pytest.mark.parametrize("name", NAMES)
def test_a_keeper_signs_for_no_part_that_it_has_no_room_for(
    stores: Stores, name: str, tmp_path: Path
) -> None:

    parcels = handed(stores.scene, name)
    keeper = stores.keeper(name, stores.copy(name, tmp_path))
    leaves_of(keeper)
    with files_up_to(PAGE), pytest.raises(DiskFull):
        hold(keeper, parcels)
    held = hold(keeper, parcels)

    assert len(held.signatures) == len(parcels.deals) > 0


def handed(stage: Scene, name: str) -> m.Hold:
    """What the source hands to one keeper for a new record."""
    found: list[m.Hold] = []

    @dataclass(frozen=True, slots=True)
    class Listening(Beside):
        def hold(self, parcel: m.Hold) -> m.Held:
            found.append(parcel)
            return hold(self.keeper, parcel)

    def listening(each: object) -> Beside:
        assert isinstance(each, Beside)
        own = Listening if each.name == name else Beside
        return own(each.member, each.peer, each.keeper)

    known = stage.keepers
    keepers = replace(
        known,
        custodians=tuple(map(listening, known.custodians)),
        gateway=listening(known.gateway),
    )
    desk = replace(stage.desk, keepers=keepers, find=None)
    replace(stage, desk=desk).take(chart(new_patient()))
    return found[0]


"""CHANGED PAGES"""


def a_bit(page: bytearray, chance: Random, _: list[bytes]) -> None:
    page[chance.randrange(PAGE)] ^= 1 << chance.randrange(8)


def many_bytes(page: bytearray, chance: Random, _: list[bytes]) -> None:
    for _at in range(64):
        page[chance.randrange(PAGE)] = chance.randrange(256)


def zeros(page: bytearray, _: Random, __: list[bytes]) -> None:
    page[:] = bytes(PAGE)


def noise(page: bytearray, chance: Random, _: list[bytes]) -> None:
    page[:] = chance.randbytes(PAGE)


def another_page(page: bytearray, chance: Random, pages: list[bytes]) -> None:
    page[:] = chance.choice(pages)


def half_a_page(page: bytearray, chance: Random, pages: list[bytes]) -> None:
    page[PAGE // 2 :] = chance.choice(pages)[PAGE // 2 :]


Damage = Callable[[bytearray, Random, list[bytes]], None]
DAMAGES: dict[str, Damage] = {
    each.__name__: each for each in (a_bit, many_bytes, zeros, noise, another_page, half_a_page)
}
TRIES = {"a_bit": 120}
USUALLY = 30


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_changed_page_is_an_error_with_a_name_or_changes_nothing(
    stores: Stores, name: str, kind: str, tmp_path: Path
) -> None:
    right = stores.read(name, stores.scene.keeper(name)).units
    pages = _pages(stores.files[name])
    chance = Random(f"{name} {kind}")
    for _ in range(TRIES.get(kind, USUALLY)):
        at = _used(chance, pages)
        page = bytearray(pages[at])
        DAMAGES[kind](page, chance, pages)
        store = stores.copy(name, tmp_path)
        store.write_bytes(b"".join([*pages[:at], page, *pages[at + 1 :]]))
        try:
            found = _asked(stores, name, store)
        except SalusError:
            continue
        assert right == found.units


def _asked(stores: Stores, name: str, store: Path) -> Opened:
    """What a reader gets when one keeper starts on a store; its receipt must fit the log."""
    keeper = stores.keeper(name, store)
    try:
        found = stores.read(name, keeper)
        role, index = (1, 0) if name == "gateway" else (0, 1)
        for receipt in found.receipts:
            if (receipt.role, receipt.index) == (role, index):
                assert _fits(stores.leaves[name], keeper, receipt)
        return found
    finally:
        keeper.database.close()


def _fits(leaves: tuple[bytes, ...], keeper: Keeper, receipt: m.Receipt) -> bool:
    """Whether a log goes on; or, where a page was lost, goes on from an earlier end of it.

    A store alone cannot know that its end is gone: whoever compares receipts sees it.
    """
    before = receipt.log_size - 1
    return continues(leaves[:before], keeper, receipt) and receipt.log_size <= len(leaves) + 1


def _pages(store: Path) -> list[bytes]:
    content = store.read_bytes()
    return [content[at : at + PAGE] for at in range(0, len(content), PAGE)]


def _used(chance: Random, pages: list[bytes]) -> int:
    """A page with something in it; most tables are empty."""
    return chance.choice([at for at, page in enumerate(pages) if page.count(0) < PAGE * 3 // 4])
