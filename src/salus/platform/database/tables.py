"""The two kinds of tables. A class says which it is by its base."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class PrivateTable(DeclarativeBase):
    """Written by verbs; needs backup; can be erased."""

    metadata = MetaData(naming_convention=_NAMES)


class IndexTable(DeclarativeBase):
    """Written by projections of ledger events only: drop it, replay, and it is the same."""

    metadata = MetaData(naming_convention=_NAMES)
