"""Pages of loans: the patient who borrows, the lender, and the auctions of what was pledged."""

from salus.services.lending.pages.auctions import pages as auctions
from salus.services.lending.pages.borrowing import pages as borrowing
from salus.services.lending.pages.buyouts import pages as buyouts
from salus.services.lending.pages.offering import pages as offering
from salus.services.lending.pages.owing import pages as owing
from salus.services.lending.pages.replacing import pages as replacing

__all__ = ["auctions", "borrowing", "buyouts", "offering", "owing", "replacing"]
