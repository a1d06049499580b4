"""Emergencies: a clinician opens a record, all concerned are told, and a card works offline."""

from salus.platform.capability import Capability

capability = Capability(
    name="emergency",
    cli=("salus.services.emergency.cli.glass:app", "salus.services.emergency.cli.card:app"),
    pages=(
        "salus.services.emergency.pages:patient",
        "salus.services.emergency.pages:clinic",
        "salus.services.emergency.pages:card",
        "salus.services.emergency.pages:privacy",
    ),
    jobs="salus.services.emergency.jobs:JOBS",
    news="salus.services.emergency.news:news",
    tables="salus.services.emergency.tables",
    erases="salus.services.emergency.erasing:erase",
    projections="salus.services.emergency.ledger:PROJECTIONS",
)
