"""Which version of the protocol two parties speak: it stands in a header of every message.

A change that an older program would misunderstand raises the first number; one that it may
ignore the second. Who sends no header is a browser or another program, and is not asked.
"""

from salus.platform.web.errors import OtherRelease

HEADER = "salus-protocol"
SPOKEN = "1.0"
_LONGEST = 12


def refuse_other(theirs: str, *, name: str) -> None:
    """Raises OtherRelease where the first numbers differ."""
    if theirs and theirs.partition(".")[0] != SPOKEN.partition(".")[0]:
        raise OtherRelease(name=name, theirs=_shown(theirs), ours=SPOKEN)


def _shown(theirs: str) -> str:
    return "".join(each for each in theirs[:_LONGEST] if each.isalnum() or each == ".") or "?"
