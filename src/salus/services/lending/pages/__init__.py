"""Pages of loans: the patient who borrows, the lender, and the auctions of what was pledged."""

from salus.services.lending.pages.auctions import pages as auctions
from salus.services.lending.pages.borrowing import pages as borrowing
from salus.services.lending.pages.offering import pages as offering
from salus.services.lending.pages.owing import pages as owing

__all__ = ["auctions", "borrowing", "offering", "owing"]
