"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "records_1"
down_revision = None
branch_labels = ("records",)


def upgrade() -> None:
    _records_directory()
    _records_record()
    _records_resource()
    _records_sealed_version()
    _records_subject()
    _records_unit()
    _records_object()


def _records_directory() -> None:
    op.create_table(
        "records_directory",
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_records_directory")),
    )
    op.create_index(op.f("ix_records_directory_url"), "records_directory", ["url"], unique=False)


def _records_record() -> None:
    op.create_table(
        "records_record",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("source", sa.LargeBinary(length=20), nullable=False),
        sa.Column("subject", sa.LargeBinary(length=20), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sections", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_records_record")),
    )


def _records_resource() -> None:
    op.create_table(
        "records_resource",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("section", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("record", "reference", "section", name=op.f("pk_records_resource")),
    )


def _records_sealed_version() -> None:
    op.create_table(
        "records_sealed_version",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("version", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record", "number", name=op.f("pk_records_sealed_version")),
        sa.UniqueConstraint("root", name=op.f("uq_records_sealed_version_root")),
    )


def _records_subject() -> None:
    op.create_table(
        "records_subject",
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=200), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_records_subject")),
        sa.UniqueConstraint("patient", name=op.f("uq_records_subject_patient")),
    )


def _records_unit() -> None:
    op.create_table(
        "records_unit",
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("section", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("objects", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_records_unit")),
    )
    op.create_index(op.f("ix_records_unit_record"), "records_unit", ["record"], unique=False)


def _records_object() -> None:
    op.create_table(
        "records_object",
        sa.Column("object_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.LargeBinary(length=32), nullable=False),
        sa.Column("segment_root", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit"], ["records_unit.unit"], name=op.f("fk_records_object_unit")
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_records_object")),
    )
    op.create_index(op.f("ix_records_object_record"), "records_object", ["record"], unique=False)
