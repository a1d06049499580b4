"""A vault in a folder: written beside, on the disk, then renamed into place."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from salus.platform.files import FULL, private_folder
from salus.platform.operations import observed
from salus.platform.vault.barrier import Barrier
from salus.platform.vault.drafts import Drafts, sweep
from salus.platform.vault.errors import BlobMissing, VaultFull
from salus.platform.vault.port import DigestOf, check


class FolderVault:
    """`ab/abcd...` under the root, two hex digits of fan-out. What has its name is whole.

    Drafts lie in a folder of their own for each writer, under a lock that ends with the process;
    drafts that no lock guards are of a writer that was killed, and are swept on opening.
    """

    def __init__(self, root: Path, *, digest_of: DigestOf | None = None) -> None:
        self._root = private_folder(root)
        self._digest_of = digest_of
        self._turn = Lock()
        drafts = private_folder(root / "drafts")
        sweep(drafts)
        self._drafts = Drafts(drafts)

    @observed("vault.folder.put")
    def put(self, bodies: Mapping[bytes, bytes]) -> None:
        check(bodies, self._digest_of)
        with self._turn:
            new = {name: body for name, body in bodies.items() if not self.has(name)}
            if new:
                self._store(new)

    def _store(self, new: Mapping[bytes, bytes]) -> None:
        drafts = {self._drafts.path(name): self._place(name) for name in new}
        try:
            barrier = Barrier(self._root, files=len(new))
            for draft, body in zip(drafts, new.values(), strict=True):
                barrier.write(draft, body)
            barrier.wait()
            self._place_all(drafts, barrier)
        except BaseException as error:
            for path in (*drafts, *drafts.values()):
                path.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in FULL:
                raise VaultFull(size=sum(map(len, new.values()))) from error
            raise

    def _place_all(self, drafts: Mapping[Path, Path], barrier: Barrier) -> None:
        for draft, place in drafts.items():
            if not place.parent.exists():
                place.parent.mkdir(mode=0o700)
                barrier.named(self._root)
            draft.replace(place)
            barrier.named(place.parent)
        barrier.wait()

    @observed("vault.folder.get")
    def get(self, name: bytes) -> bytes:
        with self.open(name) as file:
            return file.read()

    def open(self, name: bytes) -> BinaryIO:
        try:
            return self._place(name).open("rb")
        except FileNotFoundError:
            raise BlobMissing(name=name) from None

    def has(self, name: bytes) -> bool:
        return self._place(name).exists()

    def size(self, name: bytes) -> int:
        try:
            return self._place(name).stat().st_size
        except FileNotFoundError:
            raise BlobMissing(name=name) from None

    def delete(self, name: bytes) -> None:
        self.delete_all([name])

    def delete_all(self, names: Iterable[bytes]) -> None:
        places = [self._place(name) for name in names]
        barrier = Barrier(self._root, files=len(places))
        for place in places:
            try:
                place.unlink()
            except FileNotFoundError:
                continue
            barrier.named(place.parent)
        barrier.wait()

    def names(self, *, after: bytes = b"") -> Iterator[bytes]:
        first = after.hex()
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            if folder.name >= first[:2]:
                found = sorted(path.name for path in folder.iterdir())
                yield from (bytes.fromhex(each) for each in found if each > first)

    def _place(self, name: bytes) -> Path:
        text = name.hex()
        return self._root / text[:2] / text
