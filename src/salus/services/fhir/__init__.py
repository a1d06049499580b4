"""FHIR R4 in: Bundles, NDJSON and single resources become records."""

from salus.platform.capability import Capability

capability = Capability(
    name="fhir",
    cli="salus.services.fhir.cli:app",
    jobs="salus.services.fhir.service:JOBS",
)
