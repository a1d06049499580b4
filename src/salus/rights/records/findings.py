"""What a check says about a resource: never a value of the patient, only where and what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    path: FHIRPath with indexes, JSON names: `Observation.component[1].valueQuantity`
    code: FHIR issue type: structure, value, required, invariant, code-invalid, too-long ...
    message, hint: English templates, translated where they are shown
    """

    path: str
    code: str
    message: str
    hint: str
