"""Count reads, keep the terms of denials."""

import json

import sqlalchemy as sa
from alembic import op

revision = "custody_2"
down_revision = "custody_1"
branch_labels = None


def upgrade() -> None:
    _make_tables()
    op.add_column(
        "custody_stored_object",
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False, server_default=sa.text("''")),
    )
    op.create_index(
        op.f("ix_custody_stored_object_unit"), "custody_stored_object", ["unit"], unique=False
    )
    _fill_units()


def _fill_units() -> None:
    """The unit of an object is in its manifest."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT object_id, manifest FROM custody_stored_object"))
    for object_id, manifest in rows.all():
        unit = bytes.fromhex(json.loads(manifest)["unit"][2:])
        connection.execute(
            sa.text("UPDATE custody_stored_object SET unit = :unit WHERE object_id = :object_id"),
            {"unit": unit, "object_id": object_id},
        )


def _make_tables() -> None:
    op.create_table(
        "custody_opened_denial",
        sa.Column("grant", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("opening", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_custody_opened_denial")),
    )
    op.create_index(
        op.f("ix_custody_opened_denial_record"), "custody_opened_denial", ["record"], unique=False
    )
    op.create_table(
        "custody_reads",
        sa.Column("grant", sa.LargeBinary(length=32), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_custody_reads")),
    )
    op.create_table(
        "custody_told_denial",
        sa.Column("grant", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_custody_told_denial")),
    )
