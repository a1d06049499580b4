"""The house rules that a program can check: names, homes of libraries, errors, migrations."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from string import Formatter

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import salus
from salus.kernel.errors import SalusError
from salus.platform.capability import Capability, discover, folder_of, import_tables, load, packages
from salus.platform.database import IndexTable, PrivateTable, migrate, open_memory
from tools import messages, new

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "salus"
CODE = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
PRODUCT = [path for path in CODE if "tests" not in path.parts]
WEAK_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "data"}
ADDRESSES = re.compile(
    r"/(?:home|root|work|tmp|Users)/|\b(?:pypi|npmjs|github|gitlab)\b"
    r"|(?<!RFC \d{4} )(?<!section )(?<![\d.])(?!127\.)\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)"
)
"""Folders of a machine, places to download from, addresses outside this machine.

Neither the sections of an RFC nor the object identifiers of FHIR are addresses.
"""
HOMES = {
    "fastapi": {"api.py", "pages.py", "web", "ledger", "observe"},
    "typer": {"cli.py", "cli"},
    "rich": {"cli.py", "cli"},
    "uvicorn": {"web"},
    "httpx": {"web", "ledger", "vault", "notices", "observe"},
    "pyrevm": {"ledger"},
    "eth_abi": {"ledger"},
    "eth_account": set(),
    "rlp": set(),
    "segno": {"page.py", "drawing.py"},
    "obstore": {"vault"},
    "structlog": {"observe"},
    "alembic": {"database"},
    "psycopg": {"database"},
    "babel": {"i18n"},
    "rapidfuzz": {"matching"},
    "pypinyin": {"matching"},
    "lunar_python": {"matching"},
    "google": {"validator"},
    "websockets": {"validator"},
    "zxcvbn": {"guessing.py"},
}
"""The only files and platform folders that import an external library; tests may use any."""


def modules() -> list[str]:
    names = [entry.name for entry in walk_packages(salus.__path__, "salus.")]
    skipped = (".tests", ".migrations", ".alembic")
    return [name for name in names if not any(part in f"{name}." for part in skipped)]


@cache
def errors() -> tuple[type[SalusError], ...]:
    names = modules()
    for name in names:
        import_module(name)
    ours = set(names)
    return tuple(kind for kind in _below(SalusError) if kind.__module__ in ours)


def _below(kind: type[SalusError]) -> Iterator[type[SalusError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_error_says_what_happened_and_what_to_do() -> None:
    silent = [
        kind.__qualname__
        for kind in errors()
        if not vars(kind).get("__doc__") or not kind.hint or not kind.template().endswith(".")
    ]

    assert silent == []


def test_every_placeholder_of_an_error_is_a_name() -> None:
    wrong = [
        (kind.__qualname__, name)
        for kind in errors()
        for text in (kind.template(), kind.hint)
        for _, name, spec, conversion in Formatter().parse(text)
        if name is not None and (not name.isidentifier() or spec or conversion)
    ]

    assert wrong == []


def test_every_error_has_a_key_of_its_own() -> None:
    keys = [kind.key() for kind in errors()]

    assert sorted(set(keys)) == sorted(keys)


def test_errors_of_a_capability_are_in_its_errors_module() -> None:
    elsewhere = [
        f"{kind.__module__}.{kind.__name__}"
        for kind in errors()
        if kind.__module__.startswith(("salus.rights.", "salus.services."))
        and not kind.__module__.endswith(".errors")
    ]

    assert elsewhere == []


def test_every_status_is_one_of_an_error() -> None:
    wrong = [kind.__qualname__ for kind in errors() if not 400 <= kind.status < 600]

    assert wrong == []


def test_imports_obey_the_strata() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    verdict = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, check=False, capture_output=True, text=True
    )

    assert verdict.returncode == 0, verdict.stdout


def test_no_file_is_longer_than_400_lines() -> None:
    long = [shown(path) for path in CODE if len(path.read_text().splitlines()) > 400]

    assert long == []


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{shown(path)}:{node.name}"
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= 40
    ]

    assert long == []


def test_every_file_says_in_its_name_what_is_in_it() -> None:
    weak = [shown(path) for path in CODE if path.stem in WEAK_NAMES]

    assert weak == []


def test_every_external_library_has_one_home() -> None:
    strays = [
        (shown(path), library)
        for path in PRODUCT
        for library in imported(path) & HOMES.keys()
        if not HOMES[library] & {path.name, *path.relative_to(SOURCE).parts[1:-1]}
        and "surfaces" not in path.parts
    ]

    assert strays == []


def test_tables_are_defined_where_tables_are() -> None:
    elsewhere = [
        mapper.class_.__module__
        for kind in (PrivateTable, IndexTable)
        for mapper in kind.registry.mappers
        if mapper.class_.__module__.startswith("salus.rights")
        and not mapper.class_.__module__.endswith(".tables")
    ]

    assert elsewhere == []


def test_no_code_names_a_machine_or_a_host() -> None:
    named = [shown(path) for path in PRODUCT if ADDRESSES.search(path.read_text())]

    assert named == []


def test_no_page_of_the_reference_names_a_folder_of_a_machine() -> None:
    pages = sorted((ROOT / "docs" / "reference").rglob("*.md"))
    named = [page.name for page in pages if str(ROOT) in page.read_text()]

    assert pages
    assert named == []


def test_every_capability_folder_registers_under_its_name() -> None:
    folders = {folder_of(package).name for package in packages()}

    assert folders == {capability.name for capability in discover()}


@pytest.mark.parametrize("capability", discover(), ids=lambda capability: capability.name)
def test_every_door_of_a_capability_opens(capability: Capability) -> None:
    doors = ("api", "tables", "projections", "jobs", "settings")
    named = [door for door in (getattr(capability, name) for name in doors) if door]
    named += capability.commands()

    assert all(load(door) is not None for door in named)


def test_every_capability_says_what_it_is_for() -> None:
    silent = [
        package.__name__
        for package in packages()
        if not package.__doc__ or not (folder_of(package) / "README.md").exists()
    ]

    assert silent == []


def test_migrations_make_the_tables_that_the_code_reads() -> None:
    database = open_memory()
    migrate(database)
    import_tables()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, [PrivateTable.metadata, IndexTable.metadata])
    database.close()
    differing = [each for each in found if "test_" not in str(each)]

    assert differing == []


def test_a_migrated_database_is_left_alone() -> None:
    database = open_memory()
    migrate(database)
    migrate(database)
    with database.read() as session:
        versions = session.connection().exec_driver_sql("SELECT count(*) FROM alembic_version")

        assert versions.scalar() == len(set(_branches()))
    database.close()


def _branches() -> Iterator[str]:
    for path in SOURCE.rglob("migrations/*.py"):
        yield shown(path.parent)


def test_help_loads_no_database_and_no_ledger() -> None:
    script = (
        "import sys\n"
        "from salus.surfaces.cli import root\n"
        "try:\n    root()(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'sqlalchemy', 'fastapi', 'pyrevm', 'httpx'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout

    assert said.splitlines()[-1] == "[]"


def test_every_message_has_its_chinese_translation() -> None:
    assert messages.faults() == []


@pytest.mark.parametrize("name", ["services/organs", "rights/organ_donors"])
def test_the_skeleton_of_a_capability_is_clean(tmp_path: Path, name: str) -> None:
    stratum, _, noun = name.partition("/")
    for path, text in new.skeleton(stratum, noun).items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    ruff = Path(sys.executable).with_name("ruff")
    checked = subprocess.run([ruff, "check", "."], cwd=tmp_path, check=False)
    formatted = subprocess.run([ruff, "format", "--check", "."], cwd=tmp_path, check=False)

    assert (checked.returncode, formatted.returncode) == (0, 0)


@pytest.mark.parametrize("name", ["surfaces/organs", "services/Organs", "services/class", "organs"])
def test_a_capability_without_place_or_name_is_refused(name: str) -> None:
    stratum, _, noun = name.partition("/")

    assert new.fault_of(ROOT, stratum, noun)
