"""Value sets of required bindings, expanded from the code systems of the package.

What the package cannot expand (an incomplete code system, or a rule over one) is left open: every
code passes. The list of open value sets is written beside the others, with the reason.
"""

from collections.abc import Iterable, Iterator

from tools.fhir_definitions.package import Json

Codes = dict[str, set[str]]  # by code system


class Open(Exception):
    """Why a value set has no finite expansion here."""


class Terminology:
    """The code systems and value sets of the package, by canonical address."""

    def __init__(self, systems: Iterable[Json], valuesets: Iterable[Json]) -> None:
        self.systems = {each["url"]: each for each in systems}
        self.valuesets = {each["url"]: each for each in valuesets}

    def expand(self, url: str) -> Codes:
        """Every code that a value set allows. Raises Open."""
        valueset = self.valuesets.get(url.split("|", maxsplit=1)[0])
        if valueset is None or "compose" not in valueset:
            raise Open("not in the package")
        codes: Codes = {}
        for include in valueset["compose"]["include"]:
            for system, found in self._included(include).items():
                codes.setdefault(system, set()).update(found)
        for exclude in valueset["compose"].get("exclude", ()):
            for system, found in self._included(exclude).items():
                codes.get(system, set()).difference_update(found)
        return codes

    def _included(self, include: Json) -> Codes:
        """One component: its own codes, cut by each value set that it names."""
        parts = [self.expand(url) for url in include.get("valueSet", ())]
        if "system" in include:
            parts.append({include["system"]: self._of_system(include)})
        first, *others = parts
        for other in others:
            first = {system: codes & other.get(system, set()) for system, codes in first.items()}
        return first

    def _of_system(self, include: Json) -> set[str]:
        if "concept" in include:
            return {concept["code"] for concept in include["concept"]}
        system = self.systems.get(include["system"])
        if system is None or system["content"] != "complete" or not system.get("concept"):
            raise Open(f"the package does not list the codes of {include['system']}")
        ancestors = dict(_lineages(system.get("concept", ()), ()))
        codes = set(ancestors)
        for rule in include.get("filter", ()):
            codes &= _filtered(ancestors, rule, include["system"])
        return codes


def _lineages(
    concepts: Iterable[Json], above: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(code, codes above it), by nesting and by the property `subsumedBy`."""
    for concept in concepts:
        parents = tuple(
            each["valueCode"]
            for each in concept.get("property", ())
            if each["code"] == "subsumedBy"
        )
        yield concept["code"], (*above, *parents)
        yield from _lineages(concept.get("concept", ()), (*above, concept["code"]))


def _filtered(ancestors: dict[str, tuple[str, ...]], rule: Json, system: str) -> set[str]:
    if rule["property"] != "concept" or rule["op"] not in {"is-a", "descendent-of"}:
        raise Open(f"a filter {rule['property']} {rule['op']} over {system}")
    below = {code for code in ancestors if _is_below(code, rule["value"], ancestors)}
    return below | {rule["value"]} if rule["op"] == "is-a" else below


def _is_below(code: str, top: str, ancestors: dict[str, tuple[str, ...]]) -> bool:
    above = ancestors.get(code, ())
    return top in above or any(_is_below(each, top, ancestors) for each in above)
