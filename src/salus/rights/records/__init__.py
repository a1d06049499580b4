"""A patient's record at one source: sections, versions, commitments."""

from salus.platform.capability import Capability

capability = Capability(
    name="records",
    cli="salus.rights.records.cli:app",
    tables="salus.rights.records.tables",
    erases="salus.rights.records.erasing:erase",
    reseals="salus.rights.records.at_rest:reseal",
    projections="salus.rights.records.ledger:PROJECTIONS",
    contracts=("RecordRegistry",),
)
