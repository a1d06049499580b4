"""What can be done to one value on its way out. Pure.

A method gets the value as it was parsed, numbers as `Lexeme`, and answers what comes out or None.
It takes nothing on trust: a value that does not have the form of its type does not come out.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

import orjson

from salus.kernel.canonical import Lexeme
from salus.kernel.encoding import TAG

OLDEST: Final = 89
"""Ages above are one group: 45 CFR 164.514(b)(2)(i)(C)."""
SPAN: Final = 50
"""The most days by which the dates of a subject move, to either side."""
_YEAR: Final = re.compile(r"(\d{4})(-\d{2}(-\d{2}(T.*)?)?)?")
_MONTH: Final = re.compile(r"\d{4}(-\d{2})?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))"
)
_CODE: Final = re.compile(r"[A-Za-z0-9.:_-]{1,32}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_YEARS: Final = frozenset({"a", "years", "year", "yr"})


@dataclass(frozen=True, slots=True)
class Context:
    """Who is written about and for which project; `resolve` leads from a reference to `Type/id`."""

    secret: bytes = field(repr=False)
    subject: str | None
    today: date
    resolve: Callable[[str], str | None]
    releases: Callable[[str], bool]
    """Whether a type of resource is released."""


Options = Mapping[str, Any]
Method = Callable[[Context, Any, Options], Any]


def pseudonym(secret: bytes, *parts: str) -> str:
    """HMAC-SHA256 under the key of the project, 128 bits: the same name, the same pseudonym."""
    text = "\0".join(parts).encode()
    return hmac.new(secret, TAG("salus/pseudonym/1") + text, sha256).hexdigest()[:32]


def offset(secret: bytes, subject: str) -> timedelta:
    """By how much the dates of one subject move: -50 to 50 days, but never by none."""
    drawn = hmac.new(secret, TAG("salus/shift/1") + subject.encode(), sha256).digest()
    step = int.from_bytes(drawn, "big") % (2 * SPAN)
    return timedelta(days=step - SPAN if step < SPAN else step - SPAN + 1)


def is_date(text: str) -> bool:
    """A year, a month, a day or a moment, in the form of FHIR."""
    return bool(_MONTH.fullmatch(text) or _DAY.fullmatch(text) or _MOMENT.fullmatch(text))


def keep(_: Context, value: Any, __: Options) -> Any:
    return value


def drop(_: Context, __: Any, ___: Options) -> Any:
    return None


def year(context: Context, value: Any, _: Options) -> Any:
    """The year of a date; one that shows an age above 89 does not come out."""
    found = _YEAR.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found and int(found[1]) >= _first_year(context) else None


def shift(context: Context, value: Any, _: Options) -> Any:
    """A day or a moment, moved; of a year or a month only the year."""
    if context.subject is None or not isinstance(value, str) or isinstance(value, Lexeme):
        return None
    moved = offset(context.secret, context.subject)
    try:
        if _DAY.fullmatch(value):
            return (date.fromisoformat(value) + moved).isoformat()
        if found := _MOMENT.fullmatch(value):
            datetime.fromisoformat(value)
            return (date.fromisoformat(found[1]) + moved).isoformat() + found[2]
    except (ValueError, OverflowError):
        return None
    return year(context, value, {})


def age_cap(context: Context, value: Any, options: Options) -> Any:
    """A day of birth as its year or the first year of its band; a quantity of years up to 90."""
    if isinstance(value, dict):
        return _capped_quantity(value)
    found = _YEAR.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    born, band = max(int(found[1]), _first_year(context)), options.get("band", 1)
    return f"{born - born % band:04}"


def _first_year(context: Context) -> int:
    return context.today.year - OLDEST - 1


def _capped_quantity(quantity: dict[str, Any]) -> dict[str, Any] | None:
    amount = quantity.get("value")
    in_years = any(str(quantity.get(name)) in _YEARS for name in ("code", "unit"))
    if isinstance(amount, Lexeme) and in_years and Decimal(amount) > OLDEST:
        return quantity | {"value": Lexeme(str(OLDEST + 1))}
    return quantity


def round_(_: Context, value: Any, options: Options) -> Any:
    """A number with so many digits that count; one that has no more stays as it was written."""
    if not isinstance(value, Lexeme):
        return None
    try:
        amount, digits = Decimal(value), int(options["digits"])
        if not amount or len(amount.as_tuple().digits) <= digits:
            return value
        step = Decimal(1).scaleb(amount.adjusted() - digits + 1)
        rounded = amount.quantize(step, ROUND_HALF_EVEN)
    except InvalidOperation:
        return None
    return Lexeme(f"{rounded:f}")


def pseudonym_(context: Context, value: Any, _: Options) -> Any:
    """Of `Type/id`, of a reference to a resource that is released, of an identifier."""
    if isinstance(value, str):
        return pseudonym(context.secret, value)
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("reference"), str):
        target = context.resolve(value["reference"])
        reference = named(context, target) if target else None
        return {"reference": reference} if reference else None
    if isinstance(value.get("value"), str):
        system = str(value.get("system", ""))
        return {"value": pseudonym(context.secret, system, value["value"])}
    return None


def named(context: Context, reference: str) -> str | None:
    """The pseudonym of `Type/id` as a reference; None for a type that is not released."""
    kind, _, _ = reference.partition("/")
    return f"{kind}/{pseudonym(context.secret, reference)}" if context.releases(kind) else None


def generalize(_: Context, value: Any, options: Options) -> Any:
    """What a table says of a text; of a coding, the code as far as the table keeps its system.

    The table of systems says how many characters of a code come out, 0 for all.
    """
    table: Mapping[str, Any] = options["entries"]
    if isinstance(value, str):
        return table.get(value)
    if not isinstance(value, dict):
        return None
    system, code = value.get("system"), value.get("code")
    size = table.get(system) if isinstance(system, str) else None
    if size is None or not isinstance(code, str) or not _CODE.fullmatch(code):
        return None
    return {"system": system, "code": code[:size] if size else code}


def region(_: Context, value: Any, __: Options) -> Any:
    """Of an address the country; in some, the state and the beginning of the postal code."""
    if not isinstance(value, dict):
        return None
    country = str(value.get("country", "")).strip().upper()
    country = _regions()["countries"].get(country, country)
    if not _COUNTRY.fullmatch(country):
        return None
    postal = re.sub(r"\s", "", str(value.get("postalCode", "")))
    if country == "US":
        return {"country": country} | _american(value, postal)
    if country == "CN" and re.fullmatch(r"[0-9]{6}", postal):
        return {"country": country, "postalCode": postal[:2]}
    return {"country": country}


def _american(address: dict[str, Any], postal: str) -> dict[str, str]:
    known = _regions()
    state, found = str(address.get("state", "")).upper(), {}
    if state in known["states"]:
        found["state"] = state
    if re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", postal):
        found["postalCode"] = "000" if postal[:3] in known["small"] else postal[:3]
    return found


@cache
def _regions() -> dict[str, Any]:
    place = files("salus.rights.records.deidentify") / "profiles" / "regions.json"
    content: dict[str, Any] = orjson.loads(place.read_bytes())
    return content


METHODS: Final[Mapping[str, Method]] = {
    "keep": keep,
    "drop": drop,
    "year": year,
    "shift": shift,
    "pseudonym": pseudonym_,
    "generalize": generalize,
    "round": round_,
    "region": region,
    "age-cap": age_cap,
}
