"""Where what was opened is written to."""

from collections.abc import Mapping
from pathlib import Path

from salus.platform.files import private_folder, write_atomic
from salus.rights.records.formats.service import Format, format_named, refuse_nonsense, written


class Place:
    """A file for a section in a format, or a folder with a file for each of its resources.

    Raises UnknownFormat and NotInThisFormat, before anything is opened.
    """

    def __init__(self, output: str, section: str, form: str) -> None:
        self.path, self._section, self._form = Path(output), section, format_named(form)
        self._is_folder = self._form is Format.NDJSON and (
            output.endswith("/") or self.path.is_dir()
        )
        refuse_nonsense(section, self._form)

    def write(self, resources: Mapping[str, bytes]) -> None:
        """Each file of a folder has exactly its original bytes. Raises what `written` raises."""
        if not self._is_folder:
            write_atomic(self.path, written(resources, self._section, self._form))
            return
        private_folder(self.path)
        for name, raw in resources.items():
            write_atomic(self.path / f"{name.replace('/', '-')}.json", raw)
