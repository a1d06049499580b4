"""FHIR R4 in: Bundles, NDJSON and single resources become records. The pages of a clinic."""

from salus.platform.capability import Capability

capability = Capability(
    name="fhir",
    cli="salus.services.fhir.cli:app",
    pages=(
        "salus.services.fhir.pages:searching",
        "salus.services.fhir.pages:reading",
        "salus.services.fhir.pages:writing",
        "salus.services.fhir.pages:joint",
    ),
    jobs="salus.services.fhir.service:JOBS",
)
