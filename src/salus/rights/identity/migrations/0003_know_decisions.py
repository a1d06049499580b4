"""Know what governors decide, and who belongs to the consortium."""

import sqlalchemy as sa
from alembic import op

revision = "identity_3"
down_revision = "identity_2"


def upgrade() -> None:
    _identity_proposal()
    _identity_approval()
    _identity_council()
    _identity_organization()


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def _bytes(name: str, length: int) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=length), nullable=False)


def _identity_proposal() -> None:
    op.create_table(
        "identity_proposal",
        _bytes("id", 32),
        _number("number"),
        _number("kind"),
        _bytes("org", 20),
        _bytes("value", 32),
        _bytes("attributes", 32),
        _bytes("other", 20),
        _bytes("proposer", 20),
        _number("proposed_at"),
        _number("done_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_proposal")),
    )


def _identity_approval() -> None:
    op.create_table(
        "identity_approval",
        _bytes("proposal", 32),
        _bytes("governor", 20),
        _number("number"),
        sa.PrimaryKeyConstraint("proposal", "governor", name=op.f("pk_identity_approval")),
    )


def _identity_council() -> None:
    op.create_table(
        "identity_governor",
        _bytes("org", 20),
        sa.PrimaryKeyConstraint("org", name=op.f("pk_identity_governor")),
    )
    op.create_table(
        "identity_council",
        _number("one"),
        _number("threshold"),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_identity_council")),
    )


def _identity_organization() -> None:
    op.create_table(
        "identity_organization",
        _bytes("org", 20),
        _bytes("roles", 20),
        _bytes("attributes", 32),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _number("admitted_at"),
        sa.PrimaryKeyConstraint("org", name=op.f("pk_identity_organization")),
    )
