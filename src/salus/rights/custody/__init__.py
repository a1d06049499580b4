"""Keys divided among custodians and a gateway, and released by consent."""

from salus.platform.capability import Capability

capability = Capability(
    name="custody",
    cli=(
        "salus.rights.custody.cli:app",
        "salus.rights.custody.auditing.cli:app",
        "salus.rights.custody.erasure.cli.records:app",
        "salus.rights.custody.evidence.cli:app",
        "salus.rights.custody.owning.cli:app",
        "salus.rights.custody.consortium.cli:app",
    ),
    pages=(
        "salus.rights.custody.pages:record",
        "salus.rights.custody.pages:looks",
        "salus.rights.custody.pages:joint",
        "salus.rights.custody.pages:disputes",
        "salus.rights.custody.pages:erase",
        "salus.rights.custody.pages:export",
        "salus.rights.custody.auditing.pages:pages",
    ),
    tables="salus.rights.custody.tables",
    erases="salus.rights.custody.erasure.service:erase_keys",
    reseals="salus.rights.custody.at_rest:reseal",
    jobs="salus.rights.custody.jobs:JOBS",
    news="salus.rights.custody.news:news",
    settings="salus.rights.custody.settings:CustodySettings",
    contracts=("CustodyRegistry",),
)
