"""What must go from every store is written down first, until all of them have confirmed.

A store that was away when a body was erased would bring the body back with the next repair.
"""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from salus.platform.files import private_folder, taking_turns
from salus.platform.vault.barrier import Barrier


class Deletions:
    """One empty file for each name, in a folder of the home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def turn(self) -> AbstractContextManager[None]:
        """Whoever deletes or repairs has the others wait."""
        private_folder(self._folder.parent)
        return taking_turns(self._folder.with_suffix(".lock"))

    def note(self, names: Collection[bytes]) -> None:
        """Durable on return."""
        private_folder(self._folder)
        new = [self._place(name) for name in names if name not in self]
        barrier = Barrier(self._folder, files=len(new))
        for place in new:
            barrier.write(place, b"")
            barrier.named(self._folder)
        barrier.wait()

    def forget(self, names: Collection[bytes]) -> None:
        for name in names:
            self._place(name).unlink(missing_ok=True)

    def __contains__(self, name: bytes) -> bool:
        return self._place(name).exists()

    def __iter__(self) -> Iterator[bytes]:
        if self._folder.exists():
            yield from sorted(bytes.fromhex(path.name) for path in self._folder.iterdir())

    def _place(self, name: bytes) -> Path:
        return self._folder / name.hex()
