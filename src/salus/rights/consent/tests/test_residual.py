"""The residual: what a filter lets pass, and that SQL lets pass the same."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, or_, select
from sqlalchemy.engine import Engine

from salus.kernel.clock import seconds
from salus.rights.consent.residual import LABELS, Part, Residual, Resource, Row, of_section
from salus.rights.consent.residual_sql import Columns, bits, where

TABLE = Table(
    "resource",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("reference", String),
    Column("section", Integer),
    Column("labels", Integer),
    Column("first", Integer),
    Column("last", Integer),
    Column("authors", String),
)


def _any_of(wanted: tuple[str, ...]) -> Any:
    return or_(*(TABLE.c.authors.contains(f"|{each}|") for each in wanted))


COLUMNS = Columns(
    section=TABLE.c.section,
    reference=TABLE.c.reference,
    labels=TABLE.c.labels,
    first=TABLE.c.first,
    last=TABLE.c.last,
    written_by=_any_of,
)
moments = st.integers(0, 40).map(lambda day: datetime.fromtimestamp(day * 86_400, UTC))
labels = st.frozensets(st.sampled_from(LABELS), max_size=2)
authors = st.sampled_from(["Practitioner/1", "Practitioner/2", "Organization/1"])
references = st.sampled_from(["Observation/1", "Observation/2", "Condition/1"])


@cache
def engine() -> Engine:
    made = create_engine("sqlite://")
    TABLE.metadata.create_all(made)
    return made


@st.composite
def resources(draw: st.DrawFn) -> Resource:
    times = sorted([draw(moments), draw(moments)]) if draw(st.booleans()) else [None, None]
    return Resource(
        draw(references),
        draw(st.integers(1, 2)),
        draw(st.frozensets(authors, max_size=2)),
        times[0],
        times[1],
        draw(labels),
    )


@st.composite
def rows(draw: st.DrawFn) -> Row:
    times = sorted([draw(moments), draw(moments)]) if draw(st.booleans()) else [None, None]
    return Row(
        draw(st.integers(1, 2)),
        draw(labels),
        draw(labels),
        tuple(draw(st.frozensets(authors, max_size=2))),
        times[0],
        times[1],
        tuple(draw(st.frozensets(references, max_size=2))),
    )


parts = st.builds(Part, rows(), st.lists(rows(), max_size=2).map(tuple))
residuals = st.builds(
    Residual, st.lists(parts, max_size=3).map(tuple), st.lists(parts, max_size=2).map(tuple)
)


def by_sql(residual: Residual, found: list[Resource]) -> set[int]:
    values = [
        {
            "number": number,
            "reference": each.reference,
            "section": each.section,
            "labels": bits(each.labels),
            "first": seconds(each.first) if each.first else None,
            "last": seconds(each.last) if each.last else None,
            "authors": "|" + "|".join(sorted(each.authors)) + "|",
        }
        for number, each in enumerate(found)
    ]
    with engine().connect() as connection:
        connection.execute(insert(TABLE), values)
        chosen = connection.scalars(select(TABLE.c.number).where(where(residual, COLUMNS)))
        return set(chosen)


@settings(max_examples=300, deadline=None)
@given(residuals, st.lists(resources(), min_size=1, max_size=8))
def test_sql_and_the_filter_let_the_same_pass(residual: Residual, found: list[Resource]) -> None:
    filtered = {number for number, each in enumerate(found) if residual.admits(each)}

    assert filtered == by_sql(residual, found)


@settings(max_examples=100, deadline=None)
@given(resources())
def test_a_whole_section_lets_every_resource_of_it_pass(resource: Resource) -> None:
    residual = of_section(1)

    assert residual.is_whole
    assert (resource.section == 1) == residual.admits(resource)


@settings(max_examples=200, deadline=None)
@given(residuals, parts, resources())
def test_one_denial_more_lets_nothing_more_pass(
    residual: Residual, part: Part, resource: Resource
) -> None:
    narrower = Residual(residual.permits, (*residual.denials, part))

    assert residual.admits(resource) or not narrower.admits(resource)


def test_nothing_passes_where_nobody_permits() -> None:
    nothing = Residual(())

    assert nothing.is_empty
    assert not nothing.is_whole
