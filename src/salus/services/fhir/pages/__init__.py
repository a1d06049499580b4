"""The clinic: finding patients, reading what they share, and writing what was found."""

from salus.services.fhir.pages.joint import pages as joint
from salus.services.fhir.pages.reading import pages as reading
from salus.services.fhir.pages.searching import pages as searching
from salus.services.fhir.pages.writing import pages as writing

__all__ = ["joint", "reading", "searching", "writing"]
