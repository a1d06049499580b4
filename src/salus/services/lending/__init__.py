"""Loans against the income of a record: what it is worth, what is owed, and how a loan ends."""

from salus.platform.capability import Capability

capability = Capability(
    name="lending",
    tables="salus.services.lending.tables",
    projections="salus.services.lending.ledger:PROJECTIONS",
    contracts=("Appraiser", "LoanBook", "LoanAuction"),
)
