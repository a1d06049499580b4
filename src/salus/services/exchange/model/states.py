"""The states of a sale, and why a license ended before its time; numbers as in ILicenseBook.sol."""

from enum import IntEnum


class SaleState(IntEnum):
    NONE = 0
    OPEN = 1
    COMPLETED = 2
    ABORTED = 3


class End(IntEnum):
    """By the patient; because all its sections were closed; because one above it ended."""

    REVOKED = 0
    CLOSED = 1
    ORPHANED = 2
