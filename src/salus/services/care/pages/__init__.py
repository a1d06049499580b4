"""Referrals as pages: of the patient, and of those who refer and treat."""

from salus.services.care.pages.clinic import pages as clinic
from salus.services.care.pages.patient import pages as patient

__all__ = ["clinic", "patient"]
