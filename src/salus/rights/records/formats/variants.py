"""Genomics as VCF: the file that was attached, or lines made of Observations of variants.

Codes of components are those of HL7 Genomics Reporting STU2; the form is VCF 4.3.
"""

import zlib
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from salus.rights.records.formats.errors import (
    BadAttachment,
    NoPosition,
    NoVariants,
    SeveralAssemblies,
    SeveralAttachments,
)
from salus.rights.records.formats.hgvs import Place, chromosome_of, placed, sort_key
from salus.rights.records.formats.rows import Cell, Resource, coded, each, read

VCF_TYPES = ("text/vcf", "text/x-vcf", "application/vcf", "application/x-vcf")
LARGEST = 256 * 2**20  # bytes of a file that was compressed
_BEGIN = b"##fileformat=VCF"
_GZIP = b"\x1f\x8b"
_MISSING = "."

CHROMOSOME, ASSEMBLY, REFERENCE = "48000-4", "62374-4", "48013-7"
POSITION, COUNTING = "81254-5", "92822-6"
REF, ALT, GENOMIC, CODING = "69547-8", "69551-0", "81290-9", "48004-6"
GENE, DBSNP, STATE, SHARE = "48018-6", "81255-2", "53034-5", "81258-6"
_FROM_ZERO = {"LA30100-4", "LA30101-2"}  # counting that calls the first base 0
_GENOTYPES = {"LA6705-3": "1/1", "LA6706-1": "0/1", "LA6707-9": "1"}
_HEAD = (
    "##fileformat=VCFv4.3",
    "##source=salus",
    '##INFO=<ID=GENE,Number=1,Type=String,Description="Gene studied">',
    '##INFO=<ID=HGVS,Number=1,Type=String,Description="Change as it was written">',
    '##INFO=<ID=RESOURCE,Number=1,Type=String,Description="Observation that says so">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Share of the reads that show it">',
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One line; the position counts from 1. `assembly` is empty where none is said."""

    resource: str
    place: Place
    assembly: str
    identifier: Cell
    gene: Cell
    change: Cell
    genotype: Cell
    share: Cell


def vcf(resources: Mapping[str, bytes]) -> bytes:
    """Raises NoVariants, NoPosition, SeveralAssemblies, SeveralAttachments and BadAttachment."""
    files = list(_files(resources))
    if len(files) > 1:
        raise SeveralAttachments(count=len(files))
    if files:
        return files[0]
    found = sorted(_variants(resources), key=lambda one: sort_key(one.place))
    if not found:
        raise NoVariants
    assemblies = sorted({each_.assembly for each_ in found} - {""})
    if len(assemblies) > 1:
        raise SeveralAssemblies(assemblies=", ".join(assemblies)[:80])
    return _written(found, assemblies)


# ATTACHMENTS


def _files(resources: Mapping[str, bytes]) -> Iterator[bytes]:
    for name in sorted(resources):
        for part in _parts(read(resources[name])):
            kind = str(part.get("contentType", "")).partition(";")[0].strip().lower()
            if kind in VCF_TYPES and isinstance(part.get("data"), str):
                yield _file(name, part["data"])


def _parts(value: object) -> Iterator[Resource]:
    """Every object in a resource, itself first; parsing has bounded how deep they nest."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner)


def _file(name: str, data: str) -> bytes:
    try:
        raw = b64decode(data, validate=True)
        plain = _unpacked(raw) if raw.startswith(_GZIP) else raw
    except (Error, zlib.error):
        raise BadAttachment(resource=name[:80]) from None
    if not plain.startswith(_BEGIN):
        raise BadAttachment(resource=name[:80])
    return plain


def _unpacked(raw: bytes) -> bytes:
    """All members of a file of gzip or bgzip, up to the largest that is taken."""
    found = bytearray()
    while raw and len(found) <= LARGEST:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found += member.decompress(raw, LARGEST + 1 - len(found))
        if not member.eof:
            raise zlib.error
        raw = member.unused_data
    if len(found) > LARGEST:
        raise zlib.error
    return bytes(found)


# OBSERVATIONS


def _variants(resources: Mapping[str, bytes]) -> Iterator[Variant]:
    for name, found in each(resources, ("Observation",)):
        parts = {_code(part): part for part in found.get("component", ())}
        if parts.keys() & {REF, ALT, GENOMIC, CODING, POSITION}:
            yield _variant(name, parts)


def _code(part: Resource) -> str:
    """Of LOINC, in whichever place it stands."""
    codings = part.get("code", {}).get("coding", ())
    return next(
        (
            str(one["code"])
            for one in codings
            if one.get("code") and one.get("system") == "http://loinc.org"
        ),
        "",
    )


def _variant(name: str, parts: Mapping[str, Resource]) -> Variant:
    change = _text(parts.get(GENOMIC)) or _text(parts.get(CODING))
    try:
        place = _stated(parts) or placed(_text(parts.get(GENOMIC)) or "")
    except ValueError:
        place = None
    if place is None:
        raise NoPosition(resource=name[:80])
    state = coded(parts.get(STATE, {}).get("valueCodeableConcept")).code
    return Variant(
        name,
        place,
        _text(parts.get(ASSEMBLY)) or place.assembly,
        coded(parts.get(DBSNP, {}).get("valueCodeableConcept")).code,
        _text(parts.get(GENE)),
        change,
        _GENOTYPES.get(state or ""),
        _share(parts.get(SHARE, {}).get("valueQuantity", {})),
    )


def _share(quantity: Resource) -> Cell:
    """A part of one, also where it was written in percent."""
    value: Cell = quantity.get("value")
    is_percent = "%" in {quantity.get("code"), quantity.get("unit")}
    return str(Decimal(value) / 100) if value and is_percent else value


def _stated(parts: Mapping[str, Resource]) -> Place | None:
    """Chromosome, position and both alleles, where each has a component of its own."""
    ref, alt = _text(parts.get(REF)), _text(parts.get(ALT))
    start = parts.get(POSITION, {}).get("valueRange", {}).get("low", {}).get("value")
    sequence = coded(parts.get(REFERENCE, {}).get("valueCodeableConcept")).code or ""
    where = chromosome_of(sequence) or _named(parts.get(CHROMOSOME))
    if not (ref and alt and where and start and start.isdigit()):
        return None
    counting = coded(parts.get(COUNTING, {}).get("valueCodeableConcept")).code
    position = int(start) + (counting in _FROM_ZERO)
    return Place(where[0], position, ref.upper(), alt.upper(), where[1])


def _named(part: Resource | None) -> tuple[str, str] | None:
    """`Chromosome 17` as 17; the assembly is said elsewhere."""
    words = _text(part)
    return (words.split()[-1].removeprefix("chr"), "") if words else None


def _text(part: Resource | None) -> Cell:
    if not part:
        return None
    found = coded(part.get("valueCodeableConcept"))
    words: Cell = part.get("valueString") or found.display or found.code
    return words.strip() if words else None


# WRITING


def _written(variants: Iterable[Variant], assemblies: list[str]) -> bytes:
    found = list(variants)
    chromosomes = dict.fromkeys(one.place.chromosome for one in found)
    lines = [
        *_HEAD[:2],
        *(f"##reference={_clean(name)}" for name in assemblies),
        *(f"##contig=<ID={_clean(name)}>" for name in chromosomes),
        *_HEAD[2:],
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSAMPLE",
        *map(_line, found),
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _line(one: Variant) -> str:
    place = one.place
    info = {"GENE": one.gene, "HGVS": one.change, "RESOURCE": one.resource}
    said = ";".join(f"{name}={_clean(value)}" for name, value in info.items() if value)
    sample = f"{one.genotype or './.'}:{one.share or _MISSING}"
    fields = (
        _clean(place.chromosome),
        str(place.position),
        _clean(one.identifier or _MISSING),
        place.ref,
        place.alt,
        _MISSING,
        _MISSING,
        said or _MISSING,
        "GT:AF",
        sample,
    )
    return "\t".join(fields)


_ESCAPED = {each_: f"%{ord(each_):02X}" for each_ in '%:;=,\r\n\t "'}


def _clean(text: str) -> str:
    """What separates fields is escaped, as VCF 4.3 says in section 1.2."""
    return "".join(_ESCAPED.get(each_, each_) for each_ in text)
