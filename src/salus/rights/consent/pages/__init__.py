"""What a patient decides, as pages: one module for each matter."""

from salus.rights.consent.pages.acting import pages as acting
from salus.rights.consent.pages.appointing import pages as appointing
from salus.rights.consent.pages.approvals import pages as approvals
from salus.rights.consent.pages.complaints import pages as complaints
from salus.rights.consent.pages.explaining import pages as explaining
from salus.rights.consent.pages.invitations import pages as invitations
from salus.rights.consent.pages.people import pages as people
from salus.rights.consent.pages.policies import pages as policies
from salus.rights.consent.pages.refusals import pages as refusals
from salus.rights.consent.pages.requests import pages as requests
from salus.rights.consent.pages.ruling import pages as ruling
from salus.rights.consent.pages.sharing import pages as sharing

__all__ = [
    "acting",
    "appointing",
    "approvals",
    "complaints",
    "explaining",
    "invitations",
    "people",
    "policies",
    "refusals",
    "requests",
    "ruling",
    "sharing",
]
