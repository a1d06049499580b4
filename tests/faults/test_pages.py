"""Changed pages of a node's own database: a command says what is wrong, or it is right."""

import shutil
from pathlib import Path
from random import Random

import pytest

from salus.platform.node import DATABASE
from tests.faults.test_store import DAMAGES, PAGE
from tests.journeys.stage import chart, copy, grant, opening, record_of, run, written

TRIES = {"a_bit": 24}
USUALLY = 8
UNCLEAR = "/problems/platform/unexpected"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, bytes]:
    """A home with a record, whose database is one whole file, and what a read gives."""
    folder = tmp_path_factory.mktemp("pages")
    home = folder / "home"
    assert run(home, "init").status == 0
    record = record_of(home, written(folder, "chart.json", chart()))
    grant(home, record, "laboratory")
    output = folder / "right.ndjson"
    assert run(home, "open", record, *opening("laboratory", output, reader="clinic")).status == 0
    assert not list(home.joinpath(DATABASE).parent.glob("*-wal"))
    return home, record, output.read_bytes()


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_changed_page_is_named_or_does_no_harm(
    kind: str, ready: tuple[Path, str, bytes], tmp_path: Path
) -> None:
    start, record, right = ready
    home = copy(start, tmp_path / "home")
    content, chance = start.joinpath(DATABASE).read_bytes(), Random(kind)
    pages = [content[at : at + PAGE] for at in range(0, len(content), PAGE)]
    used = [at for at, page in enumerate(pages) if page.count(0) < PAGE * 3 // 4]
    output, said = tmp_path / "out.ndjson", []
    for _ in range(TRIES.get(kind, USUALLY)):
        at = chance.choice(used)
        page = bytearray(pages[at])
        DAMAGES[kind](page, chance, pages)
        for place in home.joinpath(DATABASE).parent.glob(f"{DATABASE.name}*"):
            place.unlink()
        home.joinpath(DATABASE).write_bytes(b"".join([*pages[:at], page, *pages[at + 1 :]]))
        output.unlink(missing_ok=True)
        ended = run(home, "open", record, *opening("laboratory", output, reader="clinic"), "--json")
        if ended.status == 0:
            assert output.read_bytes() == right
        else:
            said.append(ended.json()["error"]["type"])
            assert not output.exists()
        assert run(home, "records").status in {0, 1}

    assert UNCLEAR not in said


def test_the_ledger_is_not_believed_where_its_file_was_changed(
    ready: tuple[Path, str, bytes], tmp_path: Path
) -> None:
    """Of the chain every block is checked when it is read again."""
    start, record, right = ready
    content, chance = (start / "ledger" / "chain.db").read_bytes(), Random(1)
    output = tmp_path / "out.ndjson"
    for number in range(12):
        home = tmp_path / f"home-{number}"
        shutil.copytree(start, home)
        at = chance.randrange(PAGE, len(content))
        changed = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
        (home / "ledger" / "chain.db").write_bytes(changed)
        output.unlink(missing_ok=True)
        ended = run(home, "open", record, *opening("laboratory", output, reader="clinic"), "--json")
        if ended.status == 0:
            assert output.read_bytes() == right
        else:
            assert ended.json()["error"]["type"] != UNCLEAR
        shutil.rmtree(home)
