"""A table that is added later is erased too, or says here why it stays.

A row about one record is written into every private table that names records or units. Then what
each capability erases is asked for, and what is left is compared.
"""

from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Integer, LargeBinary, String, Table, insert, select, text

from salus.kernel.ids import Digest, RecordId, UnitId, record_text
from salus.platform.capability import offered
from salus.platform.database import PrivateTable, create_all
from salus.platform.testing import memory_node
from salus.platform.work import Work
from salus.rights.custody.erasure.messages import Erase, HeldPart
from salus.rights.custody.erasure.shredding import forget_record, forget_units

RECORD, UNIT = RecordId(0xABCDEF0123456789ABCDEF0123456789), UnitId(b"\xab" * 32)
STAYS = {
    "custody_erasure": "the erasure itself, with random handles",
    "custody_erasure_wish": "when the patient wished it, so that the proof can still be fetched",
    "custody_deletion": "the receipts that prove it",
    "custody_retired_key": "receipts of parts that went before",
    "custody_legal_hold": "what a law orders kept, until its end",
}
ELSEWHERE = {
    "custody_stored_object": "holds a manifest, see rights/custody/tests/test_erasing.py",
}


def tables() -> list[Table]:
    """Those of the product that name a record or a unit."""
    return [
        table
        for table in PrivateTable.metadata.sorted_tables
        if {"record", "unit"} & set(table.columns.keys())
        and not table.name.startswith("test_")
        and table.name not in ELSEWHERE
    ]


def row(table: Table) -> dict[str, Any]:
    return {column.name: _value(column.name, column.type) for column in table.columns}


def _value(name: str, kind: object) -> Any:
    if name == "record":
        return record_text(RECORD)
    if name == "unit":
        return UNIT
    if isinstance(kind, LargeBinary):
        return b"\x01" * (kind.length or 4)
    values: dict[type, Any] = {Boolean: False, Integer: 1, String: "1", JSON: {}}
    return next(value for type_, value in values.items() if isinstance(kind, type_))


def test_every_table_that_names_a_record_is_erased_or_says_why_not() -> None:
    node = memory_node(projections={})
    create_all(node.database)
    with node.sessions() as session, session.begin():
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        for table in tables():
            session.execute(insert(table), [row(table)])
        part = HeldPart(UNIT, 0, 1, Digest(bytes(32)))
        forget_units(session, [UNIT])
        forget_record(session, Erase(RECORD, (part,), ()))
        for erase in offered("erases"):
            erase(Work(node, session), RECORD)
        left = {table.name for table in tables() if session.execute(select(table)).first()}
        session.rollback()

    assert len(tables()) > 20
    assert left == set(STAYS) & {table.name for table in tables()}


@pytest.mark.parametrize("name", [*STAYS, *ELSEWHERE])
def test_what_stays_is_there(name: str) -> None:
    create_all(memory_node(projections={}).database)

    assert name in PrivateTable.metadata.tables
