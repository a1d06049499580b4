"""Who is in the consortium, in which roles, with which keys."""

from salus.platform.capability import Capability

capability = Capability(
    name="identity",
    cli="salus.rights.identity.matching.cli:app",
    tables="salus.rights.identity.matching.tables",
    erases="salus.rights.identity.matching.erasing:erase",
    reseals="salus.rights.identity.matching.erasing:reseal",
    contracts=("Organizations",),
)
