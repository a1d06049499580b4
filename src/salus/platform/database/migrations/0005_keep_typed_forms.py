"""Keep what was typed into a form whose session was over."""

import sqlalchemy as sa
from alembic import op

revision = "platform_5"
down_revision = "platform_4"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "platform_kept_form",
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("form", name=op.f("pk_platform_kept_form")),
    )
    for name in ("session", "until"):
        op.create_index(
            op.f(f"ix_platform_kept_form_{name}"), "platform_kept_form", [name], unique=False
        )
