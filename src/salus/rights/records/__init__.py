"""A patient's record at one source: sections, versions, commitments."""

from salus.platform.capability import Capability

capability = Capability(
    name="records",
    cli="salus.rights.records.cli:app",
    tables="salus.rights.records.tables",
    projections="salus.rights.records.ledger:PROJECTIONS",
    contracts=("RecordRegistry",),
)
