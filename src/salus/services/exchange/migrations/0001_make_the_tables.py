"""Make the tables."""

import sqlalchemy as sa
from alembic import op

revision = "exchange_1"
down_revision = None
branch_labels = ("exchange",)


def upgrade() -> None:
    _exchange_agreement()
    _exchange_license()
    _exchange_notice()
    _exchange_offer()
    _exchange_purchase()
    _exchange_sale()


def _exchange_agreement() -> None:
    op.create_table(
        "exchange_agreement",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_exchange_agreement")),
    )
    op.create_index(
        op.f("ix_exchange_agreement_record"), "exchange_agreement", ["record"], unique=False
    )


def _exchange_license() -> None:
    op.create_table(
        "exchange_license",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("section", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=False),
        sa.Column("licensee", sa.LargeBinary(length=20), nullable=False),
        sa.Column("mask", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("use", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "version_max", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("generations", sa.String(length=78), nullable=False),
        sa.Column(
            "issued_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("end", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paid", sa.String(length=78), nullable=False),
        sa.Column("refunded", sa.String(length=78), nullable=False),
        sa.Column(
            "renewed_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "canceled_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "pruned_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("ended_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_license")),
    )
    _exchange_license_indexes()


def _exchange_license_indexes() -> None:
    op.create_index(
        op.f("ix_exchange_license_licensee"), "exchange_license", ["licensee"], unique=False
    )
    op.create_index(
        op.f("ix_exchange_license_record"), "exchange_license", ["record"], unique=False
    )


def _exchange_notice() -> None:
    op.create_table(
        "exchange_notice",
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("told", sa.LargeBinary(length=20), nullable=False),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("subject", "step", "told", "at", name=op.f("pk_exchange_notice")),
    )
    op.create_index(op.f("ix_exchange_notice_record"), "exchange_notice", ["record"], unique=False)


def _exchange_offer() -> None:
    op.create_table(
        "exchange_offer",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("section", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mask", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flags", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uses", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("regions", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duo", sa.LargeBinary(length=8), nullable=False),
        sa.Column("depth", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bps", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("min_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("max_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("prices", sa.String(length=400), nullable=False),
        sa.Column("seller", sa.LargeBinary(length=20), nullable=False),
        sa.Column("until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "closed_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_offer")),
    )
    op.create_index(op.f("ix_exchange_offer_record"), "exchange_offer", ["record"], unique=False)
    op.create_index(op.f("ix_exchange_offer_seller"), "exchange_offer", ["seller"], unique=False)


def _exchange_purchase() -> None:
    op.create_table(
        "exchange_purchase",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("offer", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement", sa.LargeBinary(length=32), nullable=False),
        sa.Column("asked_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_purchase")),
    )
    op.create_index(
        op.f("ix_exchange_purchase_record"), "exchange_purchase", ["record"], unique=False
    )


def _exchange_sale() -> None:
    op.create_table(
        "exchange_sale",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("section", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("buyer", sa.LargeBinary(length=20), nullable=False),
        sa.Column("receiver", sa.LargeBinary(length=20), nullable=False),
        sa.Column("price", sa.String(length=78), nullable=False),
        sa.Column("deadline", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "opened_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "closed_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_sale")),
    )
    op.create_index(op.f("ix_exchange_sale_buyer"), "exchange_sale", ["buyer"], unique=False)
    op.create_index(op.f("ix_exchange_sale_record"), "exchange_sale", ["record"], unique=False)
