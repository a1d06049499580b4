"""FHIR Consent in and out: the shape of IHE PCF with one level of exceptions. Pure.

What a Consent says beyond what terms can say is refused, never ignored: a patient who wrote it
would rely on it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from salus.kernel.canonical import parse as parse_json
from salus.kernel.clock import stamp
from salus.kernel.encoding import from_hex, to_hex
from salus.kernel.ids import Address, Digest, RecordId, UnitId, record_text
from salus.rights.consent.errors import ConsentNotUnderstood
from salus.rights.consent.model import Clause, Effect, Period, Purpose, Terms
from salus.rights.consent.residual import LABELS
from salus.rights.records.labels import CONFIDENTIALITY, RESTRICTED
from salus.rights.records.sections import SECTIONS
from salus.rights.records.validation import validate

Json = dict[str, Any]
RECORD, PARTY, SECTION = "urn:salus:record", "urn:salus:party", "urn:salus:section"
WORDING, MAX_READS, OBLIGATION = "urn:salus:wording", "urn:salus:max-reads", "urn:salus:obligation"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
OWN_PURPOSE = "urn:salus:purpose"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
LOINC_CONSENT = "59284-0"
_ACTIONS = {"access": "read", "correct": "write"}
_EFFECTS = {"permit": Effect.PERMIT, "deny": Effect.DENY}
_ENVELOPE = {"resourceType", "id", "meta", "text", "status", "scope", "category", "dateTime"}


@dataclass(frozen=True, slots=True)
class Names:
    """What sections stand for: their units, those for restricted labels where one is named."""

    units: Callable[[Sequence[str], Sequence[str]], Sequence[UnitId]]
    section: Callable[[UnitId], str]


# IN


def compile_in(raw: bytes, record: RecordId, names: Names, *, wording: Digest) -> Terms:
    """The terms that a Consent stands for. Raises ConsentNotUnderstood naming the element."""
    parse_json(raw)  # refuses what a laxer parser would read in its own way
    consent = orjson.loads(raw)
    found = validate(consent, resource_type="Consent")
    if found:
        raise ConsentNotUnderstood(element=found[0].path)
    _only(consent, _ENVELOPE | {"patient", "policy", "extension", "provision"}, "Consent")
    provision = _one(consent, "provision", "Consent")
    if _patient(consent) != record_text(record):
        raise ConsentNotUnderstood(element="Consent.patient")
    effect = _effect(provision, "Consent.provision")
    period = _one(provision, "period", "Consent.provision")
    return Terms(
        record=record,
        effect=effect,
        clause=_clause(provision, "Consent.provision", names),
        exceptions=tuple(_exceptions(provision, effect, names)),
        not_before=_moment(period, "start", "Consent.provision.period"),
        not_after=_moment(period, "end", "Consent.provision.period"),
        max_reads=next(iter(_extensions(consent, MAX_READS, "valuePositiveInt")), 0),
        obligations=tuple(_extensions(consent, OBLIGATION, "valueCode")),
        wording=wording,
        document=Digest(sha256(raw).digest()),
    )


def _patient(consent: Json) -> str:
    identifier = consent.get("patient", {}).get("identifier", {})
    return str(identifier.get("value")) if identifier.get("system") == RECORD else ""


def _exceptions(provision: Json, effect: Effect, names: Names) -> Iterator[Clause]:
    for number, each in enumerate(provision.get("provision", ())):
        at = f"Consent.provision.provision[{number}]"
        if "provision" in each or "period" in each or _effect(each, at) is effect:
            raise ConsentNotUnderstood(element=at)
        yield _clause(each, at, names)


_CLAUSE = {"type", "period", "actor", "action", "securityLabel", "purpose", "class"}


def _clause(provision: Json, at: str, names: Names) -> Clause:
    _only(provision, _CLAUSE | {"dataPeriod", "data", "provision"}, at)
    labels = tuple(_codes(provision, "securityLabel", {CONFIDENTIALITY, ACT_CODE}, LABELS, at))
    sections = list(_codes(provision, "class", {SECTION}, SECTIONS.values(), at))
    return Clause(
        readers=tuple(sorted(_readers(provision, at))),
        units=tuple(sorted(names.units(sections, labels))) if sections else (),
        purposes=tuple(
            _codes(provision, "purpose", {REASON, OWN_PURPOSE}, Purpose.__members__, at)
        ),
        actions=tuple(_actions(provision, at)),
        labels=labels,
        periods=tuple(_periods(provision, at)),
        authors=tuple(_data(provision, "authoredby", at)),
        ids=tuple(_data(provision, "instance", at)),
    )


def _readers(provision: Json, at: str) -> Iterator[Address]:
    for number, actor in enumerate(provision.get("actor", ())):
        yield _reader(actor, f"{at}.actor[{number}]")


def _reader(actor: Json, at: str) -> Address:
    identifier = actor.get("reference", {}).get("identifier", {})
    codes = [each.get("code") for each in actor.get("role", {}).get("coding", ())]
    try:
        address = Address(from_hex(identifier.get("value", ""), 20))
    except ValueError:
        raise ConsentNotUnderstood(element=at) from None
    if identifier.get("system") != PARTY or codes != ["IRCP"]:
        raise ConsentNotUnderstood(element=at)
    return address


def _actions(provision: Json, at: str) -> Iterator[str]:
    for number, action in enumerate(provision.get("action", ())):
        codes = [each.get("code") for each in action.get("coding", ())]
        if len(codes) != 1 or codes[0] not in _ACTIONS:
            raise ConsentNotUnderstood(element=f"{at}.action[{number}]")
        yield _ACTIONS[codes[0]]


def _codes(provision: Json, member: str, systems: set[str], known: Any, at: str) -> Iterator[str]:
    for number, coding in enumerate(provision.get(member, ())):
        if coding.get("system") not in systems or coding.get("code") not in known:
            raise ConsentNotUnderstood(element=f"{at}.{member}[{number}]")
        yield coding["code"]


def _periods(provision: Json, at: str) -> Iterator[Period]:
    if period := provision.get("dataPeriod"):
        place = f"{at}.dataPeriod"
        yield Period(_moment(period, "start", place), _moment(period, "end", place))


def _data(provision: Json, meaning: str, at: str) -> Iterator[str]:
    for number, data in enumerate(provision.get("data", ())):
        reference = data.get("reference", {}).get("reference")
        if data.get("meaning") not in {"instance", "authoredby"} or not reference:
            raise ConsentNotUnderstood(element=f"{at}.data[{number}]")
        if data["meaning"] == meaning:
            yield reference


def _effect(provision: Json, at: str) -> Effect:
    try:
        return _EFFECTS[provision["type"]]
    except KeyError:
        raise ConsentNotUnderstood(element=f"{at}.type") from None


def _moment(period: Json, member: str, at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(period[member])
    except (KeyError, ValueError):
        raise ConsentNotUnderstood(element=f"{at}.{member}") from None
    if moment.tzinfo is None or moment.microsecond:
        raise ConsentNotUnderstood(element=f"{at}.{member}")
    return moment.astimezone(UTC)


def _extensions(consent: Json, url: str, member: str) -> Iterator[Any]:
    for number, each in enumerate(consent.get("extension", ())):
        if each.get("url") not in {MAX_READS, OBLIGATION}:
            raise ConsentNotUnderstood(element=f"Consent.extension[{number}]")
        if each["url"] == url:
            value = each.get(member)
            if value is None:
                raise ConsentNotUnderstood(element=f"Consent.extension[{number}]")
            yield value


def _one(parent: Json, member: str, at: str) -> Json:
    if not isinstance(parent.get(member), dict):
        raise ConsentNotUnderstood(element=f"{at}.{member}")
    return dict(parent[member])


def _only(value: Json, known: set[str], at: str) -> None:
    if unknown := sorted(value.keys() - known):
        raise ConsentNotUnderstood(element=f"{at}.{unknown[0]}")


# OUT


def compile_out(terms: Terms, names: Names, *, at: datetime) -> Json:
    """The Consent that says the same; `at` is when it was signed. The inverse of `compile_in`."""
    consent: Json = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": LOINC_CONSENT}]}],
        "patient": {"identifier": {"system": RECORD, "value": record_text(terms.record)}},
        "dateTime": stamp(at),
        "policy": [{"uri": f"{WORDING}:{terms.wording.hex()}"}],
        "provision": _provision(terms.clause, Effect(terms.effect), names),
    }
    period = {"start": stamp(terms.not_before), "end": stamp(terms.not_after)}
    consent["provision"]["period"] = period
    other = Effect.DENY if terms.effect == Effect.PERMIT else Effect.PERMIT
    if terms.exceptions:
        consent["provision"]["provision"] = [
            _provision(each, other, names) for each in terms.exceptions
        ]
    extensions: list[Json] = [{"url": OBLIGATION, "valueCode": each} for each in terms.obligations]
    if terms.max_reads:
        extensions.insert(0, {"url": MAX_READS, "valuePositiveInt": terms.max_reads})
    return consent | ({"extension": extensions} if extensions else {})


def _provision(clause: Clause, effect: Effect, names: Names) -> Json:
    sections = dict.fromkeys(names.section(unit) for unit in clause.units)
    members: Json = {
        "type": effect.name.lower(),
        "actor": [_actor(reader) for reader in clause.readers],
        "action": [
            {"coding": [{"system": ACTION, "code": _action(each)}]} for each in clause.actions
        ],
        "securityLabel": [{"system": _label_system(each), "code": each} for each in clause.labels],
        "purpose": [{"system": _purpose_system(each), "code": each} for each in clause.purposes],
        "class": [{"system": SECTION, "code": each} for each in sections],
        "data": [
            {"meaning": meaning, "reference": {"reference": each}}
            for meaning, found in (("authoredby", clause.authors), ("instance", clause.ids))
            for each in found
        ],
    }
    for period in clause.periods:
        members["dataPeriod"] = {"start": stamp(period.first), "end": stamp(period.end)}
    return {name: value for name, value in members.items() if value}


def _actor(reader: Address) -> Json:
    return {
        "role": {"coding": [{"system": PARTICIPATION, "code": "IRCP"}]},
        "reference": {"identifier": {"system": PARTY, "value": to_hex(reader)}},
    }


def _action(action: str) -> str:
    return next(code for code, each in _ACTIONS.items() if each == action)


def _label_system(label: str) -> str:
    return CONFIDENTIALITY if label in RESTRICTED else ACT_CODE


def _purpose_system(purpose: str) -> str:
    return OWN_PURPOSE if purpose == Purpose.COMMERCIAL.name else REASON
