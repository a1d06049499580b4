"""What can be wrong with what a patient lets be licensed. What the ledger refuses is consent's."""

from salus.kernel.errors import SalusError


class PermissionMissing(SalusError):
    """The policy permits no use: it names no permission of the Data Use Ontology."""

    hint = "Name at least one of NRES, GRU, HMB, DS and POA with --duo."
    status = 422


class SectionMissing(SalusError):
    """The policy names no section."""

    hint = "Name some with --sections, or license nothing with --none."
    status = 422


class NoSuchSection(SalusError):
    """There is no section {section}."""

    hint = "Take {known}."
    status = 422


class UseMissing(SalusError):
    """The policy names no use, or no region."""

    hint = "Leave out --uses and --regions for what is usual, or license nothing with --none."
    status = 422


class UnknownTerm(SalusError):
    """There is no term {term} of the Data Use Ontology."""

    hint = "Take {known}."
    status = 422


class UnknownUse(SalusError):
    """There is no use {use}."""

    hint = "Take {known}."
    status = 422


class UnknownRegion(SalusError):
    """There is no region {region}."""

    hint = "Take {known}."
    status = 422


class UnknownLicense(SalusError):
    """There is no license {license}."""

    hint = "Give its 32 hex digits, as they were shown when it was bought."
    status = 404
