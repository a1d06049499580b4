"""Income of records: streams by the second, who gets which part of them, and liens on them."""

from salus.platform.capability import Capability

capability = Capability(
    name="revenue",
    cli=("salus.rights.revenue.cli.income:app", "salus.rights.revenue.cli.money:app"),
    pages=(
        "salus.rights.revenue.pages:earning",
        "salus.rights.revenue.pages:accounts",
        "salus.rights.revenue.pages:standing",
    ),
    tables="salus.rights.revenue.tables",
    projections="salus.rights.revenue.ledger:PROJECTIONS",
    jobs="salus.rights.revenue.jobs:JOBS",
    settings="salus.rights.revenue.settings:RevenueSettings",
    contracts=("SettlementToken", "RevenueRouter"),
)
