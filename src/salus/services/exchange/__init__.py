"""Licenses: offers of sections, what they cost, whom they fit, and what a license opens."""

from salus.platform.capability import Capability

capability = Capability(
    name="exchange",
    cli=(
        "salus.services.exchange.cli.offers:app",
        "salus.services.exchange.cli.approvals:app",
        "salus.services.exchange.cli.buying:app",
        "salus.services.exchange.cli.licenses:app",
        "salus.services.exchange.cli.sales:app",
    ),
    pages=(
        "salus.services.exchange.pages:running",
        "salus.services.exchange.pages:pricing",
        "salus.services.exchange.pages:market",
        "salus.services.exchange.pages:library",
        "salus.services.exchange.pages:giving",
    ),
    news="salus.services.exchange.news:news",
    tables="salus.services.exchange.tables",
    erases="salus.services.exchange.erasing:erase",
    projections="salus.services.exchange.ledger:PROJECTIONS",
    jobs="salus.services.exchange.jobs:JOBS",
    settings="salus.services.exchange.settings:ExchangeSettings",
    contracts=("OfferBook", "LicenseBook"),
    deploys="salus.services.exchange.ledger:DEPLOYS",
)
