"""Why a proof is refused: the verifier stands alone, so its messages stand in no call of ours."""

import ast
from collections.abc import Iterator
from pathlib import Path

from salus.platform.i18n import translate
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


def step_words() -> dict[str, str]:
    """Every check of the verifier in its order, in words for people."""
    return {
        "trust": translate("The network that you believe is written down as it must be."),
        "schema": translate("The file is a proof of Salus, in its exact form."),
        "field": translate("The shown values belong to one entry."),
        "section": translate("The entry belongs to one part of a record."),
        "version": translate("The part belongs to one version of the record."),
        "record": translate("The version and its sealed content belong together."),
        "batch": translate("The version was written down together with others."),
        "log": translate("What was written down is in the log of the ledger."),
        "checkpoint": translate("Enough nodes of the network have signed that log."),
        "source": translate("The organization that wrote the record has signed it."),
        "revocation": translate("Neither the organization nor the version was taken back."),
        "digest": translate("Nothing of the file was changed after it was made."),
    }
