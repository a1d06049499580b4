"""Write `docs/reference/` from the code: commands, errors, settings, contracts.

`python -m tools.reference` writes the pages; `--check` fails when one is not current.
"""

import argparse
import json
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

import salus
from salus.kernel.errors import SalusError
from salus.platform.capability import discover, folder_of, load, packages
from salus.platform.database.settings import DatabaseSettings
from salus.platform.i18n import choose
from salus.platform.ledger.settings import LedgerSettings
from salus.platform.observe.settings import ObserveSettings
from salus.platform.settings import Settings, variable
from salus.platform.vault.settings import VaultSettings
from salus.platform.web.portal.settings import PortalSettings
from salus.surfaces.cli import root
from salus.surfaces.network.settings import NetworkSettings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
PACKAGE = Path(salus.__file__).parent
SAME_EVERYWHERE = {"home", "as_json", "language", "help"}
BESIDE_CAPABILITIES: dict[str, type[Settings]] = {
    "database": DatabaseSettings,
    "ledger": LedgerSettings,
    "network": NetworkSettings,
    "observe": ObserveSettings,
    "portal": PortalSettings,
    "vault": VaultSettings,
}
Page = Iterator[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a page is not current")
    check = parser.parse_args().check
    stale = {path: text for path, text in pages().items() if not _is_current(path, text)}
    for path, text in stale.items():
        if check:
            print(f"{path.relative_to(ROOT)} is not current: run `python -m tools.reference`")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return int(check and bool(stale))


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def pages() -> dict[Path, str]:
    """The text of each page."""
    choose("en")
    made = {"commands": commands(), "errors": errors(), "settings": settings()}
    made["contracts"] = contracts()
    return {FOLDER / f"{name}.md": "\n".join(lines) + "\n" for name, lines in made.items()}


def _head(title: str, text: str) -> Page:
    yield f"# {title}"
    yield ""
    yield "<!-- Written by `python -m tools.reference`. Do not edit. -->"
    yield ""
    yield text


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Page:
    yield ""
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


"""COMMANDS"""


def commands() -> Page:
    yield from _head(
        "Commands",
        "Every command takes `--home` (the folder of the node, from `SALUS_HOME`, otherwise"
        " `~/.salus`), `--json` (print one JSON value instead of sentences), `--language` (`en` or"
        " `zh-Hans`, from `SALUS_LANGUAGE`) and `--help`. A command ends with status 0 when it did"
        " what it was asked, with 1 when it did not, with 2 when it was called wrongly, and with"
        " 130 when it was interrupted.",
    )
    group: Any = typer.main.get_command(root())
    for words, command in sorted(_leaves(group, ("salus",)), key=lambda found: found[0]):
        given = [each for each in command.params if each.name not in SAME_EVERYWHERE]
        arguments = [each for each in given if each.param_type_name == "argument"]
        names = "".join(f" {_argument(each)}" for each in arguments)
        yield from ("", f"## `{' '.join(words)}{names}`", "", " ".join(command.help.split()))
        if given:
            yield from _table(("given", "meaning", "default"), map(_parameter, given))


def _leaves(group: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from _leaves(command, (*words, name))
        else:
            yield (*words, name), command


def _argument(parameter: Any) -> str:
    return str(parameter.name).upper() + ("..." if parameter.nargs == -1 else "")


def _parameter(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        return f"`{_argument(parameter)}`", parameter.help or "", "required"
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    value = _place(parameter.default)
    shown = "required" if parameter.required else f"`{value}`"
    return names, parameter.help or "", "" if value in (None, False) and shown[0] == "`" else shown


def _place(default: object) -> object:
    """A file that comes with Salus by its name there, wherever Salus is installed."""
    if isinstance(default, Path) and default.is_relative_to(PACKAGE):
        return default.relative_to(PACKAGE.parent)
    return default


"""ERRORS"""


def errors() -> Page:
    yield from _head(
        "Errors",
        "Each error has one name everywhere. `/problems/consent/unknown-grant` is the type of the"
        " problem over HTTP (RFC 9457) and in `--json`, and `UnknownGrant` in the folder `consent`"
        " is its class. Words in braces are replaced by values, which are never health data and"
        " never keys.",
    )
    found = sorted(kinds(), key=lambda kind: kind.key())
    for capability in sorted({kind.capability() for kind in found}):
        yield from ("", f"## {capability}")
        mine = [kind for kind in found if kind.capability() == capability]
        yield from _table(("type", "status", "message", "what to do"), map(_error, mine))


def kinds() -> set[type[SalusError]]:
    """Every error class of the product."""
    for module in pkgutil.walk_packages(salus.__path__, "salus."):
        if not {"tests", "migrations", "alembic"} & set(module.name.split(".")):
            import_module(module.name)
    return {each for each in _below(SalusError) if each.__module__.startswith("salus.")}


def _below(kind: type[SalusError]) -> Iterator[type[SalusError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _error(kind: type[SalusError]) -> tuple[str, str, str, str]:
    anchor = f'<a id="{kind.key()}"></a>'
    return f"{anchor}`{kind.problem()}`", str(kind.status), kind.template(), kind.hint


"""SETTINGS"""


def settings() -> Page:
    yield from _head(
        "Settings",
        "A setting is read from the environment when a command or a process starts. A value that"
        " does not fit is refused with its name and what is allowed.",
    )
    for capability in discover():
        if capability.settings is not None:
            yield from ("", f"## {capability.name}")
            rows = _settings(load(capability.settings))
            yield from _table(("variable", "default", "allowed", "meaning", "citation"), rows)
    columns = ("variable", "default", "allowed", "meaning", "citation")
    for name, kind in BESIDE_CAPABILITIES.items():
        yield from ("", f"## {name}")
        yield from _table(columns, _settings(kind))
    yield from ("", "## everywhere")
    general = (
        ("`SALUS_HOME`", "`~/.salus`", "a folder", "the home that a command uses", ""),
        ("`SALUS_LANGUAGE`", "of the system", "`en`, `zh-Hans`", "the language of messages", ""),
        ("`SALUS_DEBUG`", "", "any text", "show the traceback of an unexpected error", ""),
    )
    yield from _table(("variable", "default", "allowed", "meaning", "citation"), general)


def _settings(kind: type[Settings]) -> Iterator[tuple[str, ...]]:
    for name, field in kind.model_fields.items():
        extra = field.json_schema_extra
        citation = extra.get("citation", "") if isinstance(extra, dict) else ""
        yield (
            f"`{variable(kind, name)}`",
            f"`{field.default}`",
            ", ".join(filter(None, map(_bound, field.metadata))),
            field.description or "",
            str(citation),
        )


def _bound(mark: object) -> str:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    found = ((word, getattr(mark, name, None)) for name, word in words.items())
    return " ".join(f"{word} {bound:g}" for word, bound in found if bound is not None)


"""CONTRACTS"""


def contracts() -> Page:
    yield from _head(
        "Contracts",
        "What the contracts can be asked, what they tell, and why they refuse, from their ABI. A"
        " verb that takes an `Intent` or an `Actor` is allowed by a signature and may be sent by"
        " anybody. The comments in `contracts/src/*/I*.sol` say more.",
    )
    folders = {folder.name: folder for folder in map(folder_of, packages())}
    for capability in discover():
        for name in capability.contracts:
            folder = folders[capability.name]
            abi = json.loads((folder / "abi" / f"{name}.json").read_bytes())["abi"]
            yield from ("", f"## {name}", "", f"The capability is `{capability.name}`.")
            yield from _entries("Verbs", filter(_is_verb, abi))
            yield from _entries("Views", filter(_is_view, abi))
            yield from _entries("Events", (each for each in abi if each["type"] == "event"))
            yield from _entries("Errors", (each for each in abi if each["type"] == "error"))


def _is_verb(entry: dict[str, Any]) -> bool:
    return entry["type"] == "function" and not _is_view(entry)


def _is_view(entry: dict[str, Any]) -> bool:
    return entry["type"] == "function" and entry["stateMutability"] in {"view", "pure"}


def _entries(title: str, entries: Iterable[dict[str, Any]]) -> Page:
    shown = sorted(map(_signature, entries))
    if shown:
        yield from ("", f"### {title}", "", "```solidity", *shown, "```")


def _signature(entry: dict[str, Any]) -> str:
    returned = ", ".join(map(_typed, entry.get("outputs", ())))
    arguments = ", ".join(map(_typed, entry["inputs"]))
    return f"{entry['name']}({arguments})" + (f" returns ({returned})" if returned else "")


def _typed(part: dict[str, Any]) -> str:
    kind = part["internalType"].rpartition(" ")[2]
    mark = " indexed" if part.get("indexed") else ""
    return f"{kind}{mark} {part['name']}".strip()


if __name__ == "__main__":
    sys.exit(main())
