"""Where in the genome a change is, from its name in HGVS: `NC_000017.11:g.43045712G>A`. Pure.

Only a substitution says by itself all that a VCF line needs; for the others the reference would
have to be at hand. Accessions are those of NCBI for GRCh37 and GRCh38.
"""

import re
from dataclasses import dataclass

BASES = "ACGTN"
_CHROMOSOMES = (*(str(number) for number in range(1, 23)), "X", "Y")
_VERSIONS = {
    "GRCh38": "11 12 12 12 10 12 14 11 12 11 10 12 11 9 10 10 11 10 10 11 9 11 11 10",
    "GRCh37": "10 11 11 11 9 11 13 10 11 10 9 11 10 8 9 9 10 9 9 10 8 10 10 9",
}
_ACCESSIONS = {
    f"NC_{number:06}.{version}": (chromosome, assembly)
    for assembly, versions in _VERSIONS.items()
    for number, (chromosome, version) in enumerate(
        zip(_CHROMOSOMES, versions.split(), strict=True), start=1
    )
} | {"NC_012920.1": ("MT", "")}
_SUBSTITUTION = re.compile(rf"(NC_\d{{6}}\.\d{{1,3}}):[gm]\.(\d{{1,10}})([{BASES}])>([{BASES}])")


@dataclass(frozen=True, slots=True)
class Place:
    """A change of bases; the position counts from 1. `assembly` is empty where none is said."""

    chromosome: str
    position: int
    ref: str
    alt: str
    assembly: str = ""

    def __post_init__(self) -> None:
        if self.position < 1 or not all(_is_allele(each) for each in (self.ref, self.alt)):
            raise ValueError("no place in a genome")


def _is_allele(text: str) -> bool:
    return bool(text) and set(text) <= set(BASES)


def chromosome_of(accession: str) -> tuple[str, str] | None:
    """The chromosome and the assembly that an accession of NCBI names."""
    return _ACCESSIONS.get(accession.strip())


def placed(change: str) -> Place | None:
    """Where a substitution is; None for any other change, and for an unknown sequence."""
    found = _SUBSTITUTION.fullmatch(change.strip())
    where = chromosome_of(found[1]) if found else None
    if found is None or where is None:
        return None
    return Place(where[0], int(found[2]), found[3], found[4], where[1])


def sort_key(place: Place) -> tuple[int, str, int, str, str]:
    """Numbers first and in their order, then X, Y and MT, then what has another name."""
    usual = (*_CHROMOSOMES, "MT")
    known = usual.index(place.chromosome) if place.chromosome in usual else len(usual)
    return known, place.chromosome, place.position, place.ref, place.alt
