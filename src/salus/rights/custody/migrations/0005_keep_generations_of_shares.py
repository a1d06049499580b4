"""Keep generations of shares."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "custody_5"
down_revision = "custody_4"
branch_labels = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLE = "custody_held_secret"


def upgrade() -> None:
    """SQLite cannot change a primary key, so the table is made anew."""
    connection = op.get_bind()
    columns = 'unit, epoch, "index", dealing, signature, sealed'
    rows = connection.execute(sa.text(f"SELECT {columns} FROM {_TABLE}")).all()  # noqa: S608
    op.drop_table(_TABLE)
    made = op.create_table(
        _TABLE,
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.Column("generation", _INT, nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("index", _INT, nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.Column("dealing", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "epoch", "generation", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(op.f(f"ix_{_TABLE}_record"), _TABLE, ["record"], unique=False)
    if rows:
        connection.execute(sa.insert(made), [_row(row._asdict()) for row in rows])


def _row(old: dict[str, Any]) -> dict[str, Any]:
    """The record of a part is in its dealing."""
    record = f"{int(json.loads(old['dealing'])['record']):032x}"
    return {**old, "generation": 0, "record": record, "origin": b""}
