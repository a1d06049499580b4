"""Messages of pages that stand in no call: faults of fields, and roles."""

from collections.abc import Iterator

from salus.platform.web.portal.forms import FAULTS
from salus.platform.web.portal.visits import Role


def wording() -> Iterator[str]:
    yield from FAULTS
    yield from Role
