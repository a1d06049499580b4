"""Pages of licenses: the patient who sells, the market, and the library of a licensee."""

from salus.services.exchange.pages.giving import pages as giving
from salus.services.exchange.pages.library import pages as library
from salus.services.exchange.pages.market import pages as market
from salus.services.exchange.pages.pricing import pages as pricing
from salus.services.exchange.pages.running import pages as running

__all__ = ["giving", "library", "market", "pricing", "running"]
