"""What a patient decides, as pages: one module for each matter."""

from salus.rights.consent.pages.invitations import pages as invitations
from salus.rights.consent.pages.refusals import pages as refusals
from salus.rights.consent.pages.sharing import pages as sharing

__all__ = ["invitations", "refusals", "sharing"]
