"""Keep release projects."""

import sqlalchemy as sa
from alembic import op

revision = "records_3"
down_revision = "records_2"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "records_release_project",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_records_release_project")),
    )
