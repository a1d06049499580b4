"""How far keys are on their way to other holders. Pure."""

from enum import StrEnum


class Stage(StrEnum):
    """What was done last; the next command begins behind it."""

    BEGUN = "begun"
    SPLIT = "split"
    JOINED = "joined"
    ADOPTED = "adopted"
    TRIED = "tried"
    ASSIGNED = "assigned"
    BUMPED = "bumped"
    DONE = "done"
