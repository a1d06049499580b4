"""What of the portal a delegate sees: nothing but what one of his powers opens."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from salus.platform.web.portal.errors import PageMissing
from salus.platform.web.portal.pages import Card, Carder, Pages
from salus.platform.web.portal.visits import Acting, Visit


def narrowed(visit: Visit, acts: Sequence[str]) -> Visit:
    """The visit with the records that a delegate may come for; others come as they are.

    Raises PageMissing where that is none, as for a page that is not there.
    """
    if visit.acting is None:
        return visit
    acting = visit.acting.narrowed(acts)
    if not acting.records:
        raise PageMissing
    return replace(visit, acting=acting)


def card_of(carder: Carder, visit: Visit) -> Card | None:
    """What there is to show on the first page."""
    try:
        return carder.look(narrowed(visit, carder.acts))
    except PageMissing:
        if visit.acting is None:
            raise
        return None


def open_to(acting: Acting, every: Iterable[Pages]) -> set[str]:
    """The paths of pages that a delegate may open."""
    routes = [route for pages in every for route in pages.routes if route.method == "GET"]
    return {route.path for route in routes if acting.powers & set(route.acts)}


def powers_in(every: Iterable[Pages]) -> tuple[str, ...]:
    """All powers by which somebody may open any page at all."""
    return tuple({each for pages in every for route in pages.routes for each in route.acts})
