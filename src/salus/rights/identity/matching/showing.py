"""What is known of a person as a clerk reads it. It is shown where people decide, nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass

from salus.platform.i18n import translate
from salus.rights.identity.matching.model import FIELDS
from salus.rights.identity.matching.names import Name
from salus.rights.identity.matching.person import Person

SEXES = ("male", "female")


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of two people side by side; `agrees`: this part counts as the same."""

    what: str
    left: str
    right: str
    agrees: bool


def shown_name(person: Person) -> str:
    """The first name of a person, empty where none is known; folded, so without signs."""
    return _name(person.names[0]) if person.names else ""


def _name(name: Name) -> str:
    if name.is_han:
        return f"{name.family}{name.given}"
    return " ".join(part.capitalize() for part in (name.given, name.family) if part)


def side_by_side(left: Person, right: Person, agrees: tuple[str, ...]) -> list[Pair]:
    """All that is known of both."""
    one, other = dict(_parts(left)), dict(_parts(right))
    return [
        Pair(translate(field), one[field], other[field], field in agrees)
        for field in FIELDS
        if one[field] or other[field]
    ]


def _parts(person: Person) -> Iterator[tuple[str, str]]:
    """The fields that are compared, in their order."""
    names = person.names
    yield "family", ", ".join(dict.fromkeys(each.family.capitalize() for each in names))
    yield "given", ", ".join(dict.fromkeys(each.given.capitalize() for each in names))
    yield "birth", person.birth
    yield "sex", translate(person.sex) if person.sex else ""
    yield "phone", ", ".join(person.phones)
    yield "address", "; ".join(" ".join((*a.tokens, a.postal)).strip() for a in person.addresses)
    yield "identifier", "; ".join(each.value for each in person.identifiers)
