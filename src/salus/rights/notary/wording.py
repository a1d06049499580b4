"""Why a proof is refused: the verifier stands alone, so its messages stand in no call of ours."""

import ast
from collections.abc import Iterator
from pathlib import Path

from salus.rights.notary import verifier


def wording() -> Iterator[str]:
    """The message of each failure that the verifier names."""
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_Failed":
            yield from _text(node.args[1])
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason":
            yield from _text(node.value)


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
