"""What of a unit may be read, where documents tell its resources apart. Pure.

The same residual works twice: as SQL before anything is counted, and on each resource before it
leaves.
"""

from dataclasses import dataclass
from datetime import datetime

from salus.rights.consent.model import Clause

LABELS = ("R", "V", "ETH", "SUD", "HIV", "PSY", "MH", "PSYTHPN", "SDV", "SEX", "STD", "GDIS")


@dataclass(frozen=True, slots=True)
class Resource:
    """What a filter looks at: `Type/id`, who wrote it, when it was so, its labels without N."""

    reference: str
    section: int
    authors: frozenset[str]
    first: datetime | None
    last: datetime | None
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """Resources of one section; an empty list leaves its property open.

    `first` and `end` bound the clinical time: a resource without one is outside of every period.
    """

    section: int
    labels_any: frozenset[str] = frozenset()
    labels_none: frozenset[str] = frozenset()
    authors: tuple[str, ...] = ()
    first: datetime | None = None
    end: datetime | None = None
    ids: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        return bool(self.labels_any or self.authors or self.first or self.end or self.ids)

    def admits(self, resource: Resource) -> bool:
        if resource.section != self.section or resource.labels & self.labels_none:
            return False
        if self.labels_any and not resource.labels & self.labels_any:
            return False
        if self.authors and not resource.authors.intersection(self.authors):
            return False
        if self.ids and resource.reference not in self.ids:
            return False
        return self._is_in_time(resource)

    def _is_in_time(self, resource: Resource) -> bool:
        if self.first is None or self.end is None:
            return True
        if resource.first is None or resource.last is None:
            return False
        return self.first <= resource.last and resource.first < self.end

    def touches(self, other: "Row") -> bool:
        """Whether a resource could be in both."""
        if self.ids and other.ids:
            return not set(self.ids).isdisjoint(other.ids)
        return True


@dataclass(frozen=True, slots=True)
class Part:
    """What one document covers of a unit: a row without its holes.

    A sealed part is a snapshot that its source narrowed when it was made: it is read whole.
    """

    row: Row
    holes: tuple[Row, ...] = ()
    is_sealed: bool = False

    @property
    def is_whole(self) -> bool:
        return self.is_sealed or not (self.row.is_narrow or self.holes)

    def admits(self, resource: Resource) -> bool:
        return self.row.admits(resource) and not any(hole.admits(resource) for hole in self.holes)


@dataclass(frozen=True, slots=True)
class Residual:
    """What some permit covers and no denial does."""

    permits: tuple[Part, ...]
    denials: tuple[Part, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.permits

    @property
    def is_whole(self) -> bool:
        return not self.denials and any(each.is_whole for each in self.permits)

    def admits(self, resource: Resource) -> bool:
        is_permitted = any(each.admits(resource) for each in self.permits)
        return is_permitted and not any(each.admits(resource) for each in self.denials)


def of_section(section: int) -> Residual:
    """All of a section."""
    return Residual((Part(Row(section)),))


def permitting(clause: Clause, section: int) -> list[Row]:
    """The resources of a section that a permit means: a label must be named to be covered."""
    unnamed = frozenset(LABELS) - set(clause.labels)
    return _rows(clause, section, labels_none=unnamed)


def denying(clause: Clause, section: int) -> list[Row]:
    """The resources of a section that a denial means."""
    return _rows(clause, section, labels_any=frozenset(clause.labels))


def _rows(clause: Clause, section: int, **labels: frozenset[str]) -> list[Row]:
    return [
        Row(
            section,
            authors=clause.authors,
            first=period.first if period else None,
            end=period.end if period else None,
            ids=clause.ids,
            **labels,
        )
        for period in clause.periods or (None,)
    ]
