"""The verbs behind a door, read from its source: listing them runs none of it.

A command may need a database, a chain and a web server; `salus --help` needs their names only.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Verb:
    """A command or group of commands, `help` in English."""

    name: str
    door: str
    help: str


@cache
def verbs(door: str) -> tuple[Verb, ...]:
    """What a door such as `salus.rights.consent.cli:app` offers, in the order of its source."""
    module, _, app = door.partition(":")
    spec = find_spec(module)
    assert spec is not None, "a capability names a module that is there"
    assert spec.origin is not None, "and that has a source"
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return tuple(Verb(name, door, inspect.cleandoc(text)) for name, text in _offered(tree, app))


def _offered(tree: ast.Module, app: str) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for call in filter(_is_call, node.decorator_list):
                if _calls(call, app, "command"):
                    name = _argument(call, "name") or node.name.replace("_", "-")
                    yield name, ast.get_docstring(node) or ""
        elif isinstance(node, ast.Expr) and _calls(node.value, app, "add_typer"):
            yield _argument(node.value, "name"), _argument(node.value, "help")


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call)


def _calls(node: ast.expr, app: str, method: str) -> bool:
    """Whether this is `app.method(...)`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == app
    )


def _argument(node: ast.expr, name: str) -> str:
    """A text argument given by its name, or the first one for `name` itself."""
    assert isinstance(node, ast.Call)
    given = [keyword.value for keyword in node.keywords if keyword.arg == name]
    if name == "name" and not given:
        given = [each for each in node.args[:1] if isinstance(each, ast.Constant)]
    text = given[0].value if given and isinstance(given[0], ast.Constant) else ""
    return str(text)
