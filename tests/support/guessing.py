"""Passwords and codes that are quick to try, for homes that many people sign in to."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from salus.rights.identity.accounts import service, stretching
from salus.rights.identity.accounts.stretching import Cost

QUICK = Cost(1, 8)
"""The least that Argon2id takes."""


@contextmanager
def guessed_quickly() -> Iterator[None]:
    """Wallets that are made within open within only."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PASSWORD", "KEYSTORE"):
            patch.setattr(stretching, name, QUICK)
        service._nobodys.cache_clear()
        yield
    service._nobodys.cache_clear()
