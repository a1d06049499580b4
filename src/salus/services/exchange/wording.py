"""Words of tables that stand in no call."""

from collections.abc import Iterator

from salus.services.exchange.notices import Step, Told


def wording() -> Iterator[str]:
    """What is told of licenses and sales, and as whom."""
    for kind in (Step, Told):
        yield from (each.value for each in kind)
