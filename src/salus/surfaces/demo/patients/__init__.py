"""Made-up patients, shaped like the Bundles of Synthea. No real person is described."""

from salus.surfaces.demo.patients.generator import LEAST, bundles, directory, ndjson, patient

__all__ = ["LEAST", "bundles", "directory", "ndjson", "patient"]
