"""Terms as FHIR Consent and back, and what a Consent says that a grant cannot keep."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.rights.consent.compiling import Names, compile_in, compile_out
from salus.rights.consent.errors import ConsentNotUnderstood
from salus.rights.consent.model import NO_DOCUMENT, Clause, Effect, Period, Purpose, Terms
from salus.rights.consent.residual import LABELS
from salus.rights.records.sections import SECTIONS
from salus.rights.records.validation import validate

BEGIN = datetime(2026, 3, 1, 9, 30, 15, tzinfo=UTC)
RECORD = RecordId(2**127 + 5)
WORDING = Digest(b"\x05" * 32)
CODES = {name: code for code, name in SECTIONS.items()}


def units(sections: Sequence[str], labels: Sequence[str]) -> list[UnitId]:
    kinds = (0, 1) if {"R", "V"} & set(labels) else (0,)
    return [UnitId(bytes([CODES[each], kind]) * 16) for each in sections for kind in kinds]


NAMES = Names(units, lambda unit: SECTIONS[unit[0]])


def members(*known: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(known), unique=True, max_size=3).map(tuple)


@st.composite
def clauses(draw: st.DrawFn) -> Clause:
    labels = draw(members(*LABELS))
    sections = draw(members(*CODES))
    first = BEGIN + timedelta(days=draw(st.integers(-999, 0)))
    return Clause(
        readers=tuple(
            sorted(draw(st.sets(st.binary(min_size=20, max_size=20).map(Address), max_size=2)))
        ),
        units=tuple(sorted(units(sections, labels))),
        purposes=draw(members(*Purpose.__members__)),
        actions=draw(st.sampled_from([("read",), ("read", "write"), ("write",)])),
        labels=labels,
        periods=(Period(first, BEGIN),) if draw(st.booleans()) else (),
        authors=draw(members("Practitioner/1", "Organization/2")),
        ids=draw(members("Observation/1", "Condition/2")),
    )


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    return Terms(
        record=RECORD,
        effect=draw(st.sampled_from(Effect)),
        clause=draw(clauses()),
        exceptions=tuple(draw(st.lists(clauses(), max_size=2))),
        not_before=BEGIN,
        not_after=BEGIN + timedelta(seconds=draw(st.integers(1, 10**8))),
        max_reads=draw(st.integers(0, 100)),
        obligations=draw(members("REVIEW", "ATTACH_CONSENT")),
        wording=WORDING,
        document=NO_DOCUMENT,
    )


def consent_of(terms: Terms) -> dict[str, Any]:
    return compile_out(terms, NAMES, at=BEGIN)


def read(consent: dict[str, Any]) -> Terms:
    return compile_in(orjson.dumps(consent), RECORD, NAMES, wording=WORDING)


@settings(max_examples=200, deadline=None)
@given(all_terms())
def test_terms_come_back_from_their_consent(terms: Terms) -> None:
    raw = orjson.dumps(consent_of(terms))

    back = compile_in(raw, RECORD, NAMES, wording=WORDING)

    assert back == replace(terms, document=Digest(sha256(raw).digest()))


@settings(max_examples=100, deadline=None)
@given(all_terms())
def test_the_consent_is_valid_fhir(terms: Terms) -> None:
    assert [] == validate(consent_of(terms), resource_type="Consent")


FULL = Terms(
    record=RECORD,
    effect=Effect.PERMIT,
    clause=Clause(
        (Address(b"\x01" * 20),),
        tuple(units(["laboratory"], [])),
        ("TREAT",),
        labels=("SUD",),
        authors=("Practitioner/1",),
        ids=("Observation/1",),
    ),
    exceptions=(Clause((), (), ("HMARKT",)),),
    not_before=BEGIN,
    not_after=BEGIN + timedelta(days=1),
    max_reads=3,
    obligations=("REVIEW",),
    wording=WORDING,
    document=NO_DOCUMENT,
)
PROVISION = "Consent.provision"
NESTED = f"{PROVISION}.provision[0]"


@pytest.mark.parametrize(
    ("path", "value", "element"),
    [
        (("verification",), [{"verified": True}], "Consent.verification"),
        (("patient",), {"reference": "Patient/1"}, "Consent.patient"),
        (("provision", "code"), [{"text": "x"}], f"{PROVISION}.code"),
        (("provision", "type"), None, f"{PROVISION}.type"),
        (("provision", "period"), None, f"{PROVISION}.period"),
        (("provision", "period", "end"), None, f"{PROVISION}.period.end"),
        (("provision", "period", "end"), "2027", f"{PROVISION}.period.end"),
        (("provision", "class", 0, "system"), "urn:other", f"{PROVISION}.class[0]"),
        (("provision", "class", 0, "code"), "everything", f"{PROVISION}.class[0]"),
        (("provision", "purpose", 0, "code"), "SNOOPING", f"{PROVISION}.purpose[0]"),
        (("provision", "securityLabel", 0, "code"), "N", f"{PROVISION}.securityLabel[0]"),
        (("provision", "action", 0, "coding", 0, "code"), "use", f"{PROVISION}.action[0]"),
        (("provision", "data", 0, "meaning"), "related", f"{PROVISION}.data[0]"),
        (("provision", "provision", 0, "type"), "permit", NESTED),
        (("provision", "provision", 0, "provision"), [{"type": "permit"}], NESTED),
        (("extension", 0, "url"), "urn:other", "Consent.extension[0]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_terms_cannot_keep_is_refused(
    path: tuple[str | int, ...], value: Any, element: str
) -> None:
    consent = deepcopy(consent_of(FULL))
    place: Any = consent
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value

    with pytest.raises(ConsentNotUnderstood) as refused:
        read(consent)

    assert element == refused.value.details["element"]


@pytest.mark.parametrize("value", ["", "0x12", "Patient/1"])
def test_a_reader_who_is_not_an_address_is_refused(value: str) -> None:
    consent = consent_of(FULL)
    consent["provision"]["actor"][0]["reference"]["identifier"]["value"] = value or "0x"

    with pytest.raises(ConsentNotUnderstood):
        read(consent)
