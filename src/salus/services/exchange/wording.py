"""Words of tables and pages that stand in no call."""

from collections.abc import Iterator

from salus.services.exchange.model import Kind, SaleState
from salus.services.exchange.notices import Step, Told
from salus.services.exchange.reading import LicenseWord

KINDS = {
    Kind.SALE: "sale of the ownership",
    Kind.PERPETUAL: "license for ever",
    Kind.EXCLUSIVE: "rental, nobody else meanwhile",
    Kind.SUBSCRIPTION: "subscription",
}
STATES = {
    LicenseWord.LIVE: "running",
    LicenseWord.LAPSED: "over",
    LicenseWord.REVOKED: "ended by the patient",
    LicenseWord.CLOSED: "ended, its parts were closed",
    LicenseWord.ORPHANED: "ended with the one above it",
}
SALES = {
    SaleState.OPEN: "waits for new keys",
    SaleState.COMPLETED: "completed",
    SaleState.ABORTED: "given back",
}
FORMS = {
    "ndjson": "as it was written (NDJSON)",
    "csv": "as a table (CSV)",
    "parquet": "as a table (Parquet)",
    "vcf": "as variants (VCF)",
}


def wording() -> Iterator[str]:
    """What is told of licenses and sales, and as whom; what pages call them."""
    for kind in (Step, Told):
        yield from (each.value for each in kind)
    for words in (KINDS, STATES, SALES, FORMS):
        yield from words.values()
