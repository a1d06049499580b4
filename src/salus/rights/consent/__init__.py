"""Who controls a record, and whom they allow to read."""

from salus.platform.capability import Capability

capability = Capability(
    name="consent",
    cli=(
        "salus.rights.consent.cli.grants:app",
        "salus.rights.consent.cli.denials:app",
        "salus.rights.consent.cli.rules:app",
        "salus.rights.consent.cli.triggers:app",
        "salus.rights.consent.cli.policies:app",
        "salus.rights.consent.licensing.cli:app",
        "salus.rights.consent.handing.cli:app",
        "salus.rights.consent.explaining.cli:app",
        "salus.rights.consent.authority.cli.entrusting:app",
        "salus.rights.consent.authority.cli.guardians:app",
        "salus.rights.consent.authority.cli.recovery:app",
        "salus.rights.consent.authority.cli.delegates:app",
    ),
    pages=(
        "salus.rights.consent.pages:invitations",
        "salus.rights.consent.pages:sharing",
        "salus.rights.consent.pages:refusals",
        "salus.rights.consent.pages:ruling",
        "salus.rights.consent.pages:explaining",
        "salus.rights.consent.pages:approvals",
        "salus.rights.consent.pages:people",
        "salus.rights.consent.pages:appointing",
        "salus.rights.consent.pages:acting",
        "salus.rights.consent.pages:requests",
        "salus.rights.consent.pages:complaints",
        "salus.rights.consent.pages:policies",
        "salus.rights.consent.licensing.pages:pages",
    ),
    news="salus.rights.consent.news:news",
    tables="salus.rights.consent.tables",
    erases="salus.rights.consent.erasing:erase",
    projections="salus.rights.consent.ledger:PROJECTIONS",
    contracts=(
        "Authority",
        "LicensingPolicy",
        "ConsentRegistry",
        "OrganizationActive",
        "GuardiansAgreed",
        "KeysUnchanged",
        "EmergencyAccess",
    ),
)
