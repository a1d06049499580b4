"""Referrals: a patient goes up to a specialist and comes back, and access goes along."""

from salus.platform.capability import Capability

capability = Capability(
    name="care",
    cli="salus.services.care.cli:app",
    pages=("salus.services.care.pages:patient", "salus.services.care.pages:clinic"),
    news="salus.services.care.news:news",
    tables="salus.services.care.tables",
    erases="salus.services.care.erasing:erase",
    reseals="salus.services.care.at_rest:reseal",
    projections="salus.services.care.ledger:PROJECTIONS",
    settings="salus.services.care.settings:CareSettings",
    contracts=("Referrals",),
    deploys="salus.services.care.ledger:DEPLOYS",
)
