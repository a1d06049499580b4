"""What people see of their money: a patient's income, and the account of an organization."""

from salus.rights.revenue.pages.accounts import pages as accounts
from salus.rights.revenue.pages.earning import pages as earning
from salus.rights.revenue.pages.standing import pages as standing

__all__ = ["accounts", "earning", "standing"]
