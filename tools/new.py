"""Write the skeleton of a capability: `python -m tools.new services/organs`.

It makes the folder in `src/salus` and the folders of its contracts, and nothing else; what the
capability does not need is deleted again.
"""

import argparse
import keyword
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STRATA = ("rights", "services")

README = """# {title}

What {name} is for, in one sentence.

## Nouns

| noun | meaning |
|---|---|
| | |

## Verbs

| verb | who may | what changes |
|---|---|---|
| | | |

## Events

| event | when |
|---|---|
| | |

## Invariants

1. The first rule that always holds. A property test and a Foundry invariant name its number.
"""
INIT = '''"""{title}: what it is for, in one sentence."""

from salus.platform.capability import Capability

capability = Capability(name="{name}")
'''
MODEL = '''"""The rules of {name}. Pure: no I/O, no SQL, no web."""
'''
ERRORS = '''"""What can go wrong with {name}."""
'''
TEST = '''"""Claims about {name}."""

from salus.platform.capability import discover


def test_{name}_is_found_by_looking() -> None:
    assert "{name}" in {{capability.name for capability in discover()}}
'''
INTERFACE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity {solidity};

/// @title What the ledger decides about {name}
interface I{contract} {{}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capability", help="services/organs or rights/organs")
    chosen = parser.parse_args()
    stratum, _, name = chosen.capability.partition("/")
    fault = fault_of(ROOT, stratum, name)
    if fault:
        sys.exit(fault)
    for path, text in skeleton(stratum, name).items():
        place = ROOT / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        print(path)
    if stratum == "rights":
        print("Now give the right its place in the line: see import-linter in pyproject.toml.")


def fault_of(root: Path, stratum: str, name: str) -> str | None:
    """Why there can be no such capability, or None."""
    if stratum not in STRATA:
        return f"A capability is in one of {', '.join(STRATA)}; {stratum!r} is not."
    if not name.isidentifier() or name != name.lower() or keyword.iskeyword(name):
        return f"{name!r} is not a lower-case noun that Python can import."
    taken = [each for each in STRATA if (root / "src" / "salus" / each / name).exists()]
    return f"There is already {taken[0]}/{name}." if taken else None


def skeleton(stratum: str, name: str) -> dict[str, str]:
    """The text of each file by its path from the root of the repository."""
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "contract": "".join(word.capitalize() for word in name.split("_")),
        "solidity": solidity(),
    }
    folder, contracts = f"src/salus/{stratum}/{name}", f"contracts/src/{name}"
    files = {
        f"{folder}/README.md": README,
        f"{folder}/__init__.py": INIT,
        f"{folder}/model.py": MODEL,
        f"{folder}/errors.py": ERRORS,
        f"{folder}/tests/test_{name}.py": TEST,
        f"{contracts}/I{words['contract']}.sol": INTERFACE,
    }
    return {path: text.format(**words) for path, text in files.items()}


def solidity() -> str:
    """The version that the contracts name."""
    interface = (ROOT / "contracts/src/notary/IAnchors.sol").read_text()
    return interface.partition("pragma solidity ")[2].partition(";")[0]


if __name__ == "__main__":
    main()
