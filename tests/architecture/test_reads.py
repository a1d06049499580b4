"""No read goes around the decision: who may call what gives a key or a plaintext."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.test_house import PRODUCT, SOURCE

WAYS = {
    "decide": {
        "rights/consent/decision.py",
        "rights/consent/explaining/service.py",
        "rights/custody/standing.py",
    },
    "ruling": {"rights/custody/release.py"},
    "Permit": {"rights/custody/release.py"},
    "answer": {"rights/custody/release.py"},
    "ReleasedShare": {"rights/custody/answering.py"},
    "ReleasedHalf": {"rights/custody/answering.py"},
    "ticket_for": {"rights/custody/answering.py", "rights/custody/keeper.py"},
    "unwrap_keys": {"rights/custody/reading.py"},
    "open_body": {"rights/custody/reading.py"},
}
"""What opens something, and the only files that call it.

A key leaves a keeper in an answer, an answer is given to a permit, a permit is made where `ruling`
was asked, and `ruling` is what `decide` says.
"""


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = node.func
            if isinstance(name, ast.Attribute) and not _is_own_method(name):
                yield name.attr
            elif isinstance(name, ast.Name):
                yield name.id


def _is_own_method(name: ast.Attribute) -> bool:
    """`console.answer` tells a person something; it has nothing to do with keys."""
    return isinstance(name.value, ast.Name) and name.value.id in {"console", "self"}


def callers(name: str) -> set[str]:
    return {str(path.relative_to(SOURCE)) for path in PRODUCT if name in set(calls(path))}


@pytest.mark.parametrize("name", WAYS)
def test_only_the_way_through_the_decision_opens(name: str) -> None:
    own = {path for path in callers(name) if path.startswith("rights/")}

    assert own <= WAYS[name]
    assert own, f"nothing calls {name} any more"


def test_a_permit_is_made_after_the_decision_only() -> None:
    """In the one function that makes one, the refusal comes first and ends it."""
    tree = ast.parse((SOURCE / "rights/custody/release.py").read_text())
    makers = [
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef) and "Permit" in _called_in(each)
    ]
    deciding = [each for each in makers if "ruling" in _called_in(each)]
    remembering = [each for each in makers if each not in deciding]

    assert len(deciding) == 1
    assert [each.name for each in remembering] == ["_known"]


def _called_in(function: ast.FunctionDef) -> set[str]:
    return {
        each.func.id
        for each in ast.walk(function)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    }
