"""Every table of this right."""

from salus.rights.identity.accounts import tables as accounts
from salus.rights.identity.governing import tables as governing
from salus.rights.identity.matching import tables as matching
from salus.rights.identity.notices import tables as notices
from salus.rights.identity.tokens import tables as tokens

__all__ = ["accounts", "governing", "matching", "notices", "tokens"]
