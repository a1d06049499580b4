"""What cannot be written in the form that was asked for."""

from salus.kernel.errors import SalusError


class UnknownFormat(SalusError):
    """There is no format {format}."""

    hint = "Take {known}."
    status = 422


class NotInThisFormat(SalusError):
    """The section {section} cannot be written as {format}."""

    hint = "Tables are for laboratory, vital-signs and medications, VCF for genomics; else ndjson."
    status = 422


class NoPosition(SalusError):
    """{resource} does not say where in the genome its variant is."""

    hint = "Open it as ndjson. A line of a VCF file has a chromosome, a position and both alleles."
    status = 422


class NoVariants(SalusError):
    """The section has no variants."""

    hint = "Open it as ndjson and look at what it has."
    status = 422


class SeveralAssemblies(SalusError):
    """The variants are placed on several reference genomes: {assemblies}."""

    hint = "One VCF file has one reference. Open the section as ndjson."
    status = 422


class SeveralAttachments(SalusError):
    """The section has {count} VCF files."""

    hint = "Open it as ndjson, and take the one that you want."
    status = 422


class BadAttachment(SalusError):
    """{resource} is said to be a VCF file and is none."""

    hint = "Open the section as ndjson; the source has to correct it."
    status = 422
