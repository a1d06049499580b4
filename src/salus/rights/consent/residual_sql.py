"""The residual as SQL, so that what may not be read is neither counted nor sorted by."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from salus.kernel.clock import seconds
from salus.rights.consent.residual import LABELS, Part, Residual, Row


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table keeps what a filter looks at.

    `labels` has a bit for each of LABELS; `first` and `last` are seconds, NULL for no clinical
    time; `written_by` makes a condition of authors, since a resource may have several.
    """

    section: ColumnElement[int]
    reference: ColumnElement[str]
    labels: ColumnElement[int]
    first: ColumnElement[int]
    last: ColumnElement[int]
    written_by: Any


def bits(labels: frozenset[str]) -> int:
    """Labels as the number that a table keeps."""
    return sum(1 << LABELS.index(label) for label in labels)


def where(residual: Residual, columns: Columns) -> ColumnElement[bool]:
    """What `residual.admits` says, as a condition on rows."""
    permits = or_(false(), *(_part(each, columns) for each in residual.permits))
    return and_(permits, *(not_(_part(each, columns)) for each in residual.denials))


def _part(part: Part, columns: Columns) -> ColumnElement[bool]:
    return and_(_row(part.row, columns), *(not_(_row(hole, columns)) for hole in part.holes))


def _row(row: Row, columns: Columns) -> ColumnElement[bool]:
    parts = [columns.section == row.section]
    if row.labels_none:
        parts.append(columns.labels.op("&")(bits(row.labels_none)) == 0)
    if row.labels_any:
        parts.append(columns.labels.op("&")(bits(row.labels_any)) != 0)
    if row.authors:
        parts.append(columns.written_by(row.authors))
    if row.ids:
        parts.append(columns.reference.in_(row.ids))
    return and_(true(), *parts, *_in_time(row, columns))


def _in_time(row: Row, columns: Columns) -> list[ColumnElement[bool]]:
    """NOT of a comparison with NULL is NULL in SQL, so a missing time is asked for by name."""
    if row.first is None or row.end is None:
        return []
    return [
        columns.first.is_not(None),
        columns.last.is_not(None),
        columns.last >= seconds(row.first),
        columns.first < seconds(row.end),
    ]
