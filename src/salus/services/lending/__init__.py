"""Loans against the income of a record: what it is worth, what is owed, and how a loan ends."""

from salus.platform.capability import Capability

capability = Capability(
    name="lending",
    cli=(
        "salus.services.lending.cli.appraise:app",
        "salus.services.lending.cli.lend:app",
        "salus.services.lending.cli.loans:app",
        "salus.services.lending.cli.auctions:app",
    ),
    pages=(
        "salus.services.lending.pages:borrowing",
        "salus.services.lending.pages:owing",
        "salus.services.lending.pages:offering",
        "salus.services.lending.pages:auctions",
        "salus.services.lending.pages:buyouts",
        "salus.services.lending.pages:replacing",
    ),
    news="salus.services.lending.news:news",
    tables="salus.services.lending.tables",
    erases="salus.services.lending.erasing:erase",
    projections="salus.services.lending.ledger:PROJECTIONS",
    jobs="salus.services.lending.jobs:JOBS",
    settings="salus.services.lending.settings:LendingSettings",
    contracts=("Appraiser", "LoanBook", "LoanAuction"),
    deploys="salus.services.lending.ledger:DEPLOYS",
)
