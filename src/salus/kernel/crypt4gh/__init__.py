"""Crypt4GH version 1 (GA4GH): bodies without header, and headers made only by a reader."""

from salus.kernel.crypt4gh.body import (
    SEGMENT,
    open_body,
    padded_size,
    seal_body,
    segment_root,
    unpad,
)
from salus.kernel.crypt4gh.errors import BodyDamaged

__all__ = [
    "SEGMENT",
    "BodyDamaged",
    "open_body",
    "padded_size",
    "seal_body",
    "segment_root",
    "unpad",
]
