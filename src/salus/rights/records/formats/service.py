"""A section as the file that its reader asked for."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from salus.rights.records.formats.errors import NotInThisFormat, UnknownFormat
from salus.rights.records.formats.medications import medications
from salus.rights.records.formats.observations import observations
from salus.rights.records.formats.rows import Table
from salus.rights.records.formats.variants import vcf
from salus.rights.records.formats.writing import as_csv, as_parquet, ndjson
from salus.rights.records.sections import SECTIONS


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    VCF = "vcf"


TABLES: Mapping[str, Callable[[Mapping[str, bytes]], Table]] = {
    "laboratory": observations,
    "vital-signs": observations,
    "medications": medications,
}
GENOMICS = SECTIONS[12]


def format_named(text: str) -> Format:
    """Raises UnknownFormat."""
    try:
        return Format(text)
    except ValueError:
        known = ", ".join(each.value for each in Format)
        raise UnknownFormat(format=text[:32], known=known) from None


def refuse_nonsense(section: str, form: Format) -> None:
    """To be asked before anything is opened. Raises NotInThisFormat."""
    sensible = {
        Format.NDJSON: True,
        Format.CSV: section in TABLES,
        Format.PARQUET: section in TABLES,
        Format.VCF: section == GENOMICS,
    }
    if not sensible[form]:
        raise NotInThisFormat(section=section[:40], format=form.value)


def written(resources: Mapping[str, bytes], section: str, form: Format) -> bytes:
    """The resources of a section, `Type/id` to raw JSON, as one file.

    Raises NotInThisFormat, and what `vcf` raises.
    """
    refuse_nonsense(section, form)
    if form is Format.NDJSON:
        return ndjson(resources)
    if form is Format.VCF:
        return vcf(resources)
    table = TABLES[section](resources)
    return as_csv(table) if form is Format.CSV else as_parquet(table)
