"""Who is in the consortium, in which roles, with which keys."""

from salus.platform.capability import Capability

capability = Capability(
    name="identity",
    cli=(
        "salus.rights.identity.matching.cli:app",
        "salus.rights.identity.accounts.cli:app",
        "salus.rights.identity.certificates.cli:app",
    ),
    pages=(
        "salus.rights.identity.accounts.pages:pages",
        "salus.rights.identity.notices.pages:pages",
        "salus.rights.identity.tokens.pages:pages",
        "salus.rights.identity.accounts.admin_pages:pages",
        "salus.rights.identity.matching.pages:pages",
    ),
    tables="salus.rights.identity.tables",
    erases="salus.rights.identity.matching.erasing:erase",
    reseals="salus.rights.identity.resealing:reseal",
    jobs="salus.rights.identity.notices.jobs:JOBS",
    projections="salus.rights.identity.governing.projections:PROJECTIONS",
    contracts=("Organizations",),
)
