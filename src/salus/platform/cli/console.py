"""What a command says: sentences and tables for people, or one JSON value for programs."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich import box
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from salus.kernel.errors import SalusError
from salus.platform.cli.progress import bar
from salus.platform.i18n import explain, translate

_WIDE = 200  # columns where no terminal says how many there are
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127), "�")


class Console:
    """Standard output carries the answer; standard error what happens meanwhile.

    With `--json` standard output holds one JSON value and nothing else, also when the command
    fails: then it is `{"error": {"type", "message", "hint", "details"}}`.
    """

    def __init__(self, home: Path, *, as_json: bool = False) -> None:
        self.home, self.json = home, as_json
        self._out, self._err = _terminal(sys.stdout), _terminal(sys.stderr)

    def say(self, message: str, **values: object) -> None:
        """A sentence, translated; `values` fill its placeholders."""
        if not self.json:
            self._out.print(_text(translate(message, **values)), soft_wrap=True)

    def warn(self, message: str, **values: object) -> None:
        """A sentence that must be seen beside any answer."""
        self._err.print(_text(translate(message, **values)), style="yellow", soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """`columns` are translated; numbers stand on the right."""
        if self.json:
            return
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for number, column in enumerate(columns):
            right = bool(rows) and all(isinstance(row[number], int) for row in rows)
            justify: Any = "right" if right else "left"
            table.add_column(_text(translate(column)), justify=justify, overflow="fold")
        for row in rows:
            table.add_row(*(_text(str(cell)) for cell in row))
        self._out.print(table)

    def answer(self, value: object) -> None:
        """The answer to a program: the only thing that `--json` prints."""
        if self.json:
            json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
            sys.stdout.write("\n")

    def fail(self, error: SalusError) -> None:
        """What went wrong and what to do."""
        message, hint = explain(error)
        if self.json:
            self.answer({"error": described(error)})
            return
        self._err.print(_text(message), style="bold red", soft_wrap=True)
        if hint:
            self._err.print(_text(translate("What to do: {hint}", hint=hint)), soft_wrap=True)

    @contextmanager
    def progress(self, doing: str, *, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show long work with count, rate and time left; call what is given with each step.

        Silent with `--json` and where nobody watches.
        """
        if self.json or not self._err.is_terminal:
            yield lambda _steps: None
            return
        with bar(self._err, translate(doing), total) as advance:
            yield advance


def described(error: SalusError) -> dict[str, object]:
    """An error as JSON members, in the language in force."""
    message, hint = explain(error)
    return {
        "type": error.problem(),
        "message": message,
        "hint": hint,
        "details": error.shown(),
    }


def _terminal(stream: TextIO) -> Terminal:
    width = None if stream.isatty() else _WIDE
    return Terminal(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _text(content: str) -> Text:
    """Content as it is: a value cannot steer the terminal."""
    return Text(content.translate(_CONTROL))
