"""Commitments anchored in batches, and proofs that anybody can check offline."""

from salus.platform.capability import Capability

capability = Capability(
    name="notary",
    cli="salus.rights.notary.cli:app",
    pages="salus.rights.notary.pages:pages",
    tables="salus.rights.notary.tables",
    settings="salus.rights.notary.settings:NotarySettings",
    projections="salus.rights.notary.ledger:PROJECTIONS",
    contracts=("Anchors",),
)
