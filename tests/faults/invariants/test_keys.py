"""The invariants of custody that speak of keys: who can have them, where they stand, their end."""

import ast
import base64
import logging
import shutil
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from pathlib import Path

import pytest
from sqlalchemy import select

from salus.kernel import shamir
from salus.kernel.wrap import KeyDamaged, open_at_rest
from salus.platform.node import DATABASE, STORAGE_KEY, open_node
from salus.platform.storage import read_secret
from salus.rights.consent.tables import Controller
from salus.rights.custody.household import open_store, store_key
from salus.rights.custody.model import Dealing, GateHalf, UnitSecret, join, split
from salus.rights.custody.tables import DealtUnit, HeldSecret, key_at_rest
from tests.journeys.stage import (
    answer,
    chart,
    copy,
    grant,
    made_up,
    opening,
    record_of,
    run,
    written,
)
from tests.journeys.test_privacy import found
from tests.support.scene import scene
from tests.support.secrets_of import secrets_of

SOURCE = Path(__file__).parents[3] / "src" / "salus"
KEEPERS = ("c1", "c2", "c3", "c4", "c5", "gateway")
MARKER = "Quillfeather"
FIELD = 7


"""3: fewer shares than the threshold say nothing"""


class Drawn:
    """In the place of `secrets`: every outcome of a draw in turn, so that all are seen."""

    def __init__(self, coefficients: Sequence[int]) -> None:
        self._left = list(coefficients)

    def randbelow(self, _: int) -> int:
        return self._left.pop()


@pytest.mark.parametrize(("k", "n"), [(2, 3), (2, 5), (3, 5)])
def test_invariant_03_fewer_than_k_shares_are_independent_of_the_secret(
    k: int, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a field of seven, every polynomial: what k - 1 custodians hold comes as often with each
    secret, and k shares name one secret.
    """
    seen: dict[int, Counter[tuple[int, ...]]] = {}
    for secret in range(FIELD):
        seen[secret] = Counter()
        for coefficients in product(range(FIELD), repeat=k - 1):
            monkeypatch.setattr(shamir, "secrets", Drawn(coefficients))
            shares = shamir.split(secret, k, n, order=FIELD)
            for few in combinations(shares, k - 1):
                seen[secret][tuple(value for share in few for value in share)] += 1
            for enough in combinations(shares, k):
                assert shamir.combine(enough, order=FIELD) == secret

    assert len({tuple(sorted(counted.items())) for counted in seen.values()}) == 1


"""4: a key of both halves, or none"""


def callers(name: str) -> set[tuple[str, str]]:
    """Module and function of everything that uses a function of `kernel.wrap`."""
    return {
        (place.relative_to(SOURCE).as_posix(), function.name)
        for place in SOURCE.rglob("*.py")
        if "tests" not in place.parts
        for module in [ast.parse(place.read_text())]
        if _imports(module, name)
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(function))
    }


def _imports(module: ast.Module, name: str) -> bool:
    """Whether a module has it: by its name or, which nobody may, as a member of the whole."""
    for each in ast.walk(module):
        if isinstance(each, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in each.names}
            assert "salus.kernel.wrap" not in names
            if isinstance(each, ast.ImportFrom):
                assert not (each.module == "salus.kernel" and "wrap" in names)
                if each.module == "salus.kernel.wrap" and name in names:
                    return True
    return False


def test_invariant_04_no_code_path_derives_a_key_without_both_halves() -> None:
    """Two functions derive it, the dealer's and the reader's; each is given the whole x_cust and
    the gateway's half. Any part missing or changed gives no key.
    """
    assert callers("_derive") == set()
    for name in ("kek", "kek_check"):
        assert callers(name) == {
            ("rights/custody/model.py", "split"),
            ("rights/custody/model.py", "join"),
        }

    dealing = dealt(secret := split(bytes(64), 3, 5))
    other = split(bytes(64), 3, 5)
    for shares in combinations(secret.shares, 3):
        assert join(dealing, shares, secret.half) == secret.kek
        assert join(dealing, shares, other.half) is None
        assert join(dealing, shares, GateHalf(secret.half.salt, bytes(32))) is None
        assert join(dealing, (*shares[:2], other.shares[4]), secret.half) is None
    for size in (1, 2):
        for few in combinations(secret.shares, size):
            assert join(dealing, few, secret.half) is None


def dealt(secret: UnitSecret) -> Dealing:
    """A dealing whose key is bound to zeros, with that check."""

    class Bare:
        k = 3
        kek_check = secret.check

        def bind(self) -> bytes:
            return bytes(64)

    return Bare()  # type: ignore[return-value]


"""5: erased stays erased"""


def test_invariant_05_erased_stays_erased(home: Path, tmp_path: Path) -> None:
    """After restarts, a replay, and backups of every database put back: nothing opens, and until
    a backup is put back no file holds a byte of the patient.
    """
    files = made_up(tmp_path, count=1, resources=60, marker=MARKER)
    (record,) = (each["record"] for each in answer(home, "import", *files.all())["records"])
    grant(home, record, "laboratory")
    out = tmp_path / "out"
    answer(home, "open", record, *opening("laboratory", out, reader="clinic"))
    backup = copy(home, tmp_path / "backup")
    erased = answer(home, "erase", record, "--yes")
    answer(home, "custody", "rotate", "--now")

    assert (erased["stage"], erased["is_final"]) == ("proved", True)
    assert found(home) == []
    assert answer(home, "index", "rebuild") == {"differences": []}
    assert found(home) == []
    opens_nothing(home, record, tmp_path)

    for place in databases(backup):
        for left in home.joinpath(place).parent.glob(place.name + "-*"):
            left.unlink()
        shutil.copy(backup / place, home / place)
    shutil.copytree(backup / "vault", home / "vault", dirs_exist_ok=True)
    assert run(home, "index", "rebuild").status == 0
    opens_nothing(home, record, tmp_path)
    assert keys_of(home) == []


def databases(home: Path) -> list[Path]:
    """Of the node and of the keepers; the ledger is everybody's and has no backup of ours."""
    stores = [path.relative_to(home) for path in home.glob("keepers/*/store.db")]
    return [DATABASE, *sorted(stores)]


def opens_nothing(home: Path, record: str, folder: Path) -> None:
    for number, reader in enumerate((None, "clinic", "hospital")):
        out = folder / f"nothing-{number}"
        said = run(home, "open", record, *opening("laboratory", out, reader=reader))
        assert said.status == 1
        assert not out.exists()


def keys_of(home: Path) -> list[bytes]:
    """What the present storage keys open of all that is held."""
    return [opened for _, opened in held(home) if opened is not None]


def held(home: Path) -> Iterator[tuple[str, bytes | None]]:
    """Each part of a key in each store, opened with the key beside it, None where that fails."""
    for name in KEEPERS:
        key = read_secret(store_key(home, name))
        store = open_store(home, name)
        with store.read() as session:
            rows = list(session.scalars(select(HeldSecret)))
        store.close()
        for row in rows:
            place = key_at_rest(HeldSecret, row.unit, row.epoch, row.generation)
            try:
                yield name, open_at_rest(key, place, row.sealed)
            except KeyDamaged:
                yield name, None


"""13: no key byte in logs, errors, traces"""


def all_secrets(home: Path) -> list[bytes]:
    """Private keys of parties and people, storage keys, shares, halves, and keys of units."""
    secrets = secrets_of(home)
    secrets += [part[-32:] for _, part in held(home) if part is not None]
    key = read_secret(home / STORAGE_KEY)
    with open_node(home) as node, node.reading() as session:
        secrets += [row.secret for row in session.scalars(select(Controller))]
        for row in session.scalars(select(DealtUnit)):
            kek = open_at_rest(key, key_at_rest(DealtUnit, row.unit, row.epoch), row.kek)
            secrets += [kek] if kek else []
    return secrets


def forms(secret: bytes) -> list[str]:
    """How 32 bytes may be written into a text."""
    return [
        secret.hex(),
        secret.hex().upper(),
        base64.b64encode(secret).decode()[:40],
        repr(secret)[2:-1],
        str(int.from_bytes(secret, "big")),
        str(int.from_bytes(secret, "little")),
    ]


class Listening(logging.Handler):
    """Keeps every line of every library, with its trace."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def listening() -> Iterator[Listening]:
    handler, root = Listening(), logging.getLogger()
    talkative = [root, *map(logging.getLogger, ("sqlalchemy", "httpx", "httpcore", "alembic"))]
    levels = [each.level for each in talkative]
    root.addHandler(handler)
    for each in talkative:
        each.setLevel(logging.DEBUG)
    yield handler
    for each, level in zip(talkative, levels, strict=True):
        each.setLevel(level)
    root.removeHandler(handler)


def test_invariant_13_no_key_byte_stands_in_logs_errors_or_traces(
    home: Path, tmp_path: Path, listening: Listening
) -> None:
    """Every library logs at its lowest level while a record lives, is refused, and fails."""
    record = record_of(home, written(tmp_path, "chart.json", chart()))
    given = grant(home, record, "laboratory")
    said = [
        run(home, "open", record, *opening("laboratory", tmp_path / "a", reader="clinic")),
        run(home, "open", record, *opening("laboratory", tmp_path / "b", reader="research")),
        run(home, "open", record, *opening("laboratory", tmp_path / "c")),
    ]
    before = all_secrets(home)
    said += [run(home, "rotate", record), run(home, "custody", "rotate", "--now")]
    said += [run(home, "revoke", given), run(home, "revoke", given)]
    traces = list(failures(home))
    files = [each.read_text(errors="replace") for each in home.rglob("*.log")]
    told = "\n".join([*listening.lines, *files, *traces, *(each.out + each.err for each in said)])
    secrets = before + all_secrets(home)

    assert [each.status for each in said] == [0, 1, 0, 0, 0, 0, 1]
    assert len(listening.lines) > 1_000
    assert len(secrets) > 40
    assert traces
    for secret in secrets:
        assert not any(form in told for form in forms(secret))


def test_invariant_13_no_repr_of_what_holds_a_key_shows_it() -> None:
    """A trace with the values of variables shows what `repr` says of them."""
    secret = split(bytes(64), 3, 5)
    keeper = scene().c1
    shown = repr((secret, keeper, keeper.party, scene().desk, scene().asking()))
    parts = [secret.kek, secret.half.x, keeper.storage_key, keeper.party.signing.secret()]
    parts += [share.y.to_bytes(32, "little") for share in secret.shares]

    for part in (*parts, scene().desk.storage_key):
        assert not any(form in shown for form in forms(part))


def failures(home: Path) -> Iterator[str]:
    """Traces of statements that fail with a key among their values."""
    with open_node(home) as node:
        with node.reading() as session:
            row = session.scalars(select(Controller)).one()
        for failing in (Controller(record=row.record, secret=row.secret), row.secret):
            try:
                with node.sessions() as session, session.begin():
                    if isinstance(failing, Controller):
                        session.add(failing)
                    else:
                        text = "INSERT INTO nowhere VALUES (?)"
                        session.connection().exec_driver_sql(text, (failing,))
            except Exception as error:  # noqa: BLE001 - any trace will do
                yield "".join(traceback.format_exception(error))
