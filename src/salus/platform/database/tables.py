"""The two kinds of tables. A class says which it is by its base."""

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase

# Names of constraints, so that a migration can drop what another made.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# SQLite numbers rows by itself only where the type is spelled INTEGER.
_TYPES = {int: BigInteger().with_variant(Integer(), "sqlite")}


class PrivateTable(DeclarativeBase):
    """Kept by this node alone: verbs write it, it needs a backup, its rows can be erased."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = _TYPES


class IndexTable(DeclarativeBase):
    """A projection of the ledger: only the follower writes it; replaying restores it."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = _TYPES
