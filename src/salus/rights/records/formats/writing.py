"""Tables as CSV and as Parquet, resources as lines of JSON."""

import csv
from collections.abc import Mapping
from io import BytesIO, StringIO

from salus.rights.records.formats.rows import Table


def ndjson(resources: Mapping[str, bytes]) -> bytes:
    """One resource a line, with its numbers and the order of its members as they were written."""
    lines = (raw.replace(b"\r", b"").replace(b"\n", b"") for raw in resources.values())
    return b"".join(line + b"\n" for line in lines)


def as_csv(table: Table) -> bytes:
    """UTF-8 with a line of names, as RFC 4180 says; what is not there is empty."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in table.columns])
    writer.writerows([cell if cell is not None else "" for cell in row] for row in table.rows)
    return text.getvalue().encode()


def as_parquet(table: Table) -> bytes:
    """Columns of text and of 64-bit floats, each with its meaning as metadata of the field."""
    import pyarrow as pa  # noqa: PLC0415 - 40 MiB that few commands need
    from pyarrow import parquet  # noqa: PLC0415

    fields = [
        pa.field(
            column.name,
            pa.float64() if column.is_number else pa.string(),
            metadata={"meaning": column.meaning},
        )
        for column in table.columns
    ]
    columns = [
        [_number(row[at]) if column.is_number else row[at] for row in table.rows]
        for at, column in enumerate(table.columns)
    ]
    out = BytesIO()
    parquet.write_table(pa.table(columns, schema=pa.schema(fields)), out, compression="zstd")
    return out.getvalue()


def _number(cell: str | None) -> float | None:
    return None if cell is None else float(cell)
