"""Emergencies as pages: of the patient, of clinicians, and of a privacy office."""

from salus.services.emergency.pages.card import pages as card
from salus.services.emergency.pages.clinic import pages as clinic
from salus.services.emergency.pages.patient import pages as patient
from salus.services.emergency.pages.privacy import pages as privacy

__all__ = ["card", "clinic", "patient", "privacy"]
