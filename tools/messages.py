"""Collect the messages of each folder and keep its Chinese catalog complete.

`python -m tools.messages` writes `locale/zh_Hans.po` of every folder: new messages come in empty,
messages that no code has go out. `--check` changes nothing and fails when a catalog is not
complete and current.
"""

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Formatter

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from salus.kernel.errors import SalusError

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = SOURCE / "salus"
CALLS = {"_", "translate", "say", "warn", "progress", "step", "line"}
"""Functions whose first argument is a message."""
TABLES = {"table"}
"""Functions whose first argument is a list of messages."""
ENTRIES = {"Nav"}
"""Functions whose second argument is a message."""
TEMPLATE = re.compile(r"""_\(\s*(["'])(.+?)\1""")
WORDING = "wording.py"
"""A module whose function `wording` gives the messages that stand in no call."""


def main(arguments: list[str]) -> int:
    if arguments != ["--check"]:
        for folder in folders():
            update(folder)
    wrong = faults()
    for fault in wrong:
        print(fault)
    return 1 if wrong else 0


def faults() -> list[str]:
    """What is missing, stale or wrong in any catalog."""
    return [fault for folder in folders() for fault in _faults(folder)]


def folders() -> list[Path]:
    """Kernel and platform whole, each right, service and the surfaces."""
    own = [PACKAGE / name for name in ("kernel", "platform", "surfaces")]
    inside = [PACKAGE / stratum for stratum in ("rights", "services")]
    return own + [
        folder
        for stratum in inside
        for folder in sorted(stratum.iterdir())
        if (folder / "__init__.py").exists()
    ]


def update(folder: Path) -> None:
    """Bring the catalog of a folder to the messages of its code."""
    path = catalog(folder)
    wanted, known = messages(folder), _read(path)
    if wanted.keys() != known.keys():
        path.parent.mkdir(exist_ok=True)
        _write(path, wanted, known)


def catalog(folder: Path) -> Path:
    return folder / "locale" / "zh_Hans.po"


def messages(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """Every message of a folder with the places that say it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path in sorted(folder.rglob("*.py")):
        if {"tests", "migrations", "alembic"} & set(path.relative_to(folder).parts):
            continue
        tree = ast.parse(path.read_text())
        said = [*_said(tree), *_of_errors(tree, path)]
        for message, line in said:
            found.setdefault(message, []).append((path.relative_to(folder).as_posix(), line))
    for message, path in _beside_calls(folder):
        found.setdefault(message, []).append((path.relative_to(folder).as_posix(), 1))
    return found


def _beside_calls(folder: Path) -> Iterator[tuple[str, Path]]:
    """Messages of templates, and of a module that gives them itself."""
    for path in sorted(folder.rglob("templates/*.html")):
        yield from ((found[1], path) for found in TEMPLATE.findall(path.read_text()))
    if (path := folder / WORDING).exists():
        wording = import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts)).wording
        yield from ((message, path) for message in wording())


def _said(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Messages in calls, and the help of commands and options."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
            text = ast.get_docstring(node)
            if text:
                yield text, node.lineno


def _of_call(call: ast.Call) -> Iterator[tuple[str, int]]:
    name = _name(call.func)
    if name in CALLS and call.args:
        yield from _strings(call.args[0])
    elif name in ENTRIES and len(call.args) > 1:
        yield from _strings(call.args[1])
    elif name in TABLES and call.args and isinstance(call.args[0], (ast.List, ast.Tuple)):
        for cell in call.args[0].elts:
            yield from _strings(cell)
    for keyword in call.keywords:
        if keyword.arg == "help":
            yield from _strings(keyword.value)


def _strings(node: ast.expr) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _has_words(node.value):
        yield node.value, node.lineno
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)


def _has_words(text: str) -> bool:
    """Whether anything is left to translate beside the placeholders."""
    return any(char.isalpha() for words, _, _, _ in Formatter().parse(text) for char in words)


def _is_command(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and _name(decorator.func) == "command"


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _of_errors(tree: ast.Module, path: Path) -> Iterator[tuple[str, int]]:
    """Template and hint of every error class that a module defines."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if not any(_may_be_error(node) for node in classes):
        return
    module = import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))
    for node in classes:
        kind = getattr(module, node.name, None)
        if isinstance(kind, type) and issubclass(kind, SalusError):
            yield kind.template(), node.lineno
            if vars(kind).get("hint"):
                yield kind.hint, node.lineno


def _may_be_error(node: ast.ClassDef) -> bool:
    return bool(ast.get_docstring(node)) and bool(node.bases)


def _faults(folder: Path) -> Iterator[str]:
    wanted, known = messages(folder), _read(catalog(folder))
    where = catalog(folder).relative_to(SOURCE.parent)
    for message in wanted:
        translation = known.get(message)
        if not translation:
            yield f"{where}: no translation of {message!r}"
        elif _placeholders(translation) != _placeholders(message):
            yield f"{where}: other placeholders in the translation of {message!r}"
    for message in known.keys() - wanted.keys():
        yield f"{where}: no code says {message!r} any more"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def _write(path: Path, wanted: dict[str, list[tuple[str, int]]], known: dict[str, str]) -> None:
    catalog = Catalog(locale="zh_Hans", fuzzy=False)
    for message in sorted(wanted):
        names = sorted({name for name, _ in wanted[message]})
        catalog.add(message, known.get(message, ""), auto_comments=names)
    with path.open("wb") as file:
        write_po(file, catalog, omit_header=True, width=100, sort_output=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
