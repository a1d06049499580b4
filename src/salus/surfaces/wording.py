"""Messages of the page of an operator that stand in no call: parts of a node, and figures."""

from collections.abc import Iterator

from salus.surfaces.server.operate import FIGURES, PARTS


def wording() -> Iterator[str]:
    yield from PARTS.values()
    yield from FIGURES.values()
