"""What a license that does not follow its record opens: up to the version it was sold with."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from salus.kernel.ids import Digest
from salus.rights.custody.errors import VersionMismatch
from salus.rights.custody.kept import Kept
from salus.rights.records.model import Version
from salus.rights.records.versions import version_root_of


@dataclass(frozen=True, slots=True)
class Bought:
    """The version that a license was sold with; `roots` are those of it and of all before it.

    They are the roots that a source signs, so new keys change none of them.
    """

    version: Version
    roots: frozenset[Digest]


def bought(kept: Kept, session: Session, present: Version, newest: int) -> Bought | None:
    """The version with the number `newest`; None where the record has no later one.

    Each version names the one before it, so there are as many steps as versions. Raises
    VersionMismatch where one of them is not here.
    """
    if present.header.version <= newest:
        return None
    sold, roots, version = None, set(), present
    while version.header.version > 1:
        earlier = kept.version(session, version.header.previous)
        if earlier is None or earlier.header.version != version.header.version - 1:
            raise VersionMismatch
        version = earlier
        if version.header.version == newest:
            sold = version
        if version.header.version <= newest:
            roots.add(version_root_of(version))
    if sold is None:
        raise VersionMismatch
    return Bought(sold, frozenset(roots))
