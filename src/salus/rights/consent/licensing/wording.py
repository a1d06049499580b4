"""Uses, regions and terms of licenses in words that people use."""

from collections.abc import Iterable, Iterator

from salus.platform.i18n import translate
from salus.rights.consent.licensing.model import Duo, Region, Use

USES = {
    Use.ACADEMIC: "research at universities",
    Use.NON_PROFIT: "research without profit",
    Use.COMMERCIAL_RESEARCH: "research by companies",
    Use.DRUG: "development of medicines",
    Use.DEVICE: "development of medical devices",
    Use.PUBLIC_HEALTH: "public health",
    Use.QUALITY: "quality of care",
    Use.AI_TRAINING: "training of artificial intelligence",
    Use.SAFETY: "safety of medicines",
    Use.REGULATORY_EVIDENCE: "evidence for authorities",
    Use.INSURANCE_DESIGN: "design of insurance",
    Use.MARKETING: "advertising",
    Use.RECRUITMENT: "finding people for trials",
    Use.EDUCATION: "teaching",
    Use.ANCESTRY: "research on ancestry",
    Use.OTHER: "other uses",
}
REGIONS = {
    Region.ANY: "anywhere",
    Region.US: "the United States",
    Region.EU: "the European Union",
    Region.UK: "the United Kingdom",
    Region.CN: "China",
    Region.CA: "Canada",
    Region.CH: "Switzerland",
    Region.NO: "Norway",
    Region.JP: "Japan",
    Region.KR: "South Korea",
    Region.SG: "Singapore",
    Region.IN: "India",
    Region.AU: "Australia",
    Region.NZ: "New Zealand",
    Region.BR: "Brazil",
    Region.ZA: "South Africa",
}
TERMS = {
    Duo.NRES: "for any purpose",
    Duo.HMB: "for health research only",
    Duo.DS: "for research on one disease only",
    Duo.POA: "for research on ancestry only",
    Duo.RS: "for one kind of research only",
    Duo.NMDS: "not for the development of methods",
    Duo.GSO: "for studies of genes only",
    Duo.NPUNCU: "only without profit, and not commercially",
    Duo.PUB: "results are published",
    Duo.COL: "together with the first researcher",
    Duo.IRB: "only with the approval of an ethics board",
    Duo.GS: "only in the regions that are named",
    Duo.MOR: "nothing is published before an agreed day",
    Duo.TS: "what was received is deleted at the end",
    Duo.US: "by approved persons only",
    Duo.PS: "for an approved project only",
    Duo.IS: "at an approved institution only",
    Duo.RTN: "results are given back",
    Duo.GRU: "for any research",
    Duo.CC: "for care as well",
    Duo.NPOA: "not for research on ancestry",
    Duo.NPO: "only by organizations without profit",
    Duo.NCU: "not commercially",
}


def use_name(use: Use) -> str:
    return translate(USES[use])


def use_names(uses: Use) -> list[str]:
    return [use_name(each) for each in Use if each in uses]


def region_name(region: Region) -> str:
    return translate(REGIONS[region])


def region_names(regions: Region) -> list[str]:
    """Where nothing is left out, only that."""
    if Region.ANY in regions:
        return [region_name(Region.ANY)]
    return [region_name(each) for each in Region if each in regions]


def term_name(term: Duo) -> str:
    return translate(TERMS[term])


def term_names(terms: Iterable[Duo]) -> list[str]:
    return [term_name(each) for each in sorted(terms)]


def wording() -> Iterator[str]:
    yield from USES.values()
    yield from REGIONS.values()
    yield from TERMS.values()
