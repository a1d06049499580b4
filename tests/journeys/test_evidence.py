"""A keeper's receipts, from its log to the ledger."""

import json
from pathlib import Path
from typing import Any

from salus.kernel.documents import text
from salus.kernel.ids import Digest, UnitId
from salus.platform.node import open_node
from salus.rights.custody import messages as m
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.ledger import domain_of
from salus.rights.identity.keyring import of_home
from tests.journeys.stage import answer, chart, lines, opening, record_of, run, written


def receipt(home: Path, *, by: str, age: int) -> bytes:
    """What a keeper of the home signs about a block that was `age` seconds old."""
    nothing = Digest(bytes(32))
    with open_node(home) as node:
        block, domain = node.ledger.final(), domain_of(node)
    signed = m.Receipt(
        request=nothing,
        basis_id=nothing,
        unit=UnitId(bytes(32)),
        epoch=0,
        role=m.Role.CUSTODIAN,
        index=1,
        block_number=block.number,
        block_hash=Digest(block.hash),
        block_time=block.time - age,
        own_time=block.time,
        log_size=1,
        log_root=nothing,
    )
    signature = of_home(home).party(by).signing.sign(m.receipt_digest(domain, signed))
    return text(Evidence(signed, signature))


def refusal(home: Path, file: Path) -> Any:
    said = run(home, "custody", "report", file, "--json")
    assert said.status == 1
    return json.loads(said.out)["error"]["type"]


def test_a_keeper_is_convicted_on_the_ledger_by_its_own_receipt(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "stale.json", receipt(home, by="c1", age=151))
    c1 = of_home(home).party("c1").address

    assert {"holder": "0x" + c1.hex(), "fault": "stale-head"} == answer(
        home, "custody", "report", file
    )
    assert "/problems/custody/already-reported" == refusal(home, file)


def test_a_person_is_told_who_is_convicted_and_why(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "stale.json", receipt(home, by="c2", age=151))
    said = run(home, "custody", "report", file)

    assert "c2 is convicted on the ledger.\nIt decided on a block that was too old.\n" == said.out


def test_a_receipt_of_a_fresh_block_is_in_order(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "fresh.json", receipt(home, by="c1", age=150))

    assert "/problems/custody/no-fault" == refusal(home, file)


def test_a_receipt_that_was_changed_is_nobodys(home: Path, tmp_path: Path) -> None:
    content = json.loads(receipt(home, by="c1", age=150))
    content["receipt"]["block_time"] -= 1
    file = written(tmp_path, "changed.json", json.dumps(content).encode())

    assert "/problems/custody/not-holder" == refusal(home, file)


def test_the_receipts_of_a_release_are_in_order(home: Path, tmp_path: Path) -> None:
    record = record_of(home, written(tmp_path, "chart.json", chart()))
    opened = run(home, "open", record, *opening("laboratory", tmp_path / "opened.ndjson"))
    found = answer(home, "custody", "receipts", "c1", "-o", tmp_path / "receipts")
    (file,) = found["files"]

    assert opened.status == 0
    assert lines(tmp_path / "opened.ndjson")
    assert "/problems/custody/no-fault" == refusal(home, Path(file))


def test_who_keeps_nothing_has_no_receipts(home: Path, tmp_path: Path) -> None:
    said = run(home, "custody", "receipts", "clinic", "-o", tmp_path / "receipts", "--json")

    assert "/problems/custody/unknown-keeper" == said.json()["error"]["type"]
    assert not (tmp_path / "receipts").exists()
