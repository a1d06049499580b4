"""Tables say in their class whether they are private or an index."""

from sqlalchemy import BigInteger, Integer, MetaData, Table
from sqlalchemy.orm import DeclarativeBase

# Names of constraints, so that a migration can drop what another made.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class _Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    # SQLite numbers rows by itself only where the type is spelled INTEGER.
    type_annotation_map = {int: BigInteger().with_variant(Integer(), "sqlite")}  # noqa: RUF012


class PrivateTable(_Base):
    """Kept by this node alone: verbs write it, it needs a backup, its rows can be erased."""

    __abstract__ = True


class IndexTable(_Base):
    """A projection of the ledger: only the follower writes it; replaying restores it."""

    __abstract__ = True


METADATA = _Base.metadata


def index_tables() -> list[Table]:
    """The index tables known so far, referenced ones first."""
    index = {
        mapper.local_table
        for mapper in _Base.registry.mappers
        if issubclass(mapper.class_, IndexTable)
    }
    return [table for table in METADATA.sorted_tables if table in index]
