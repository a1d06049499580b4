"""The invariants of FHIR R4 4.0.1 that the schema cannot express, as Python predicates."""

from salus.rights.records.invariants.walk import check_invariants

__all__ = ["check_invariants"]
