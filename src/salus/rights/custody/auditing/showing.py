"""The audit and the accounting as rows for people and programs."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import NOBODY, Address
from salus.rights.consent.audit.accounting import Disclosed
from salus.rights.consent.audit.events import events
from salus.rights.consent.audit.model import Actor
from salus.rights.consent.audit.page import Row
from salus.rights.consent.audit.wording import exemption_words, purpose_words
from salus.rights.custody.auditing.service import Deed, Kept
from salus.rights.custody.reading import SUBJECT
from salus.rights.identity.charter import Charter
from salus.rights.identity.keyring import Keyring
from salus.rights.records.sections import SECTIONS


def deed_row(ring: Keyring, deed: Deed) -> dict[str, Any]:
    """One request, as `salus audit` answers it."""
    entry, basis = deed.entry, deed.entry.basis
    return {
        "time": time_of(entry.at),
        "who": _actor_name(ring, entry.actor),
        "role": entry.actor.role,
        "purpose": entry.purpose,
        "sections": section_names(part.section for part in entry.parts),
        "outcome": entry.outcome,
        "rule": basis.rule,
        "logs": list(deed.logs),
        "key": to_hex(entry.actor.key),
        "request": to_hex(entry.request),
        "grants": [to_hex(each) for each in basis.grants],
        "obligations": list(basis.obligations),
        "emergency": to_hex(basis.emergency) if basis.emergency else "",
        "license": to_hex(basis.license) if basis.license else "",
    }


def disclosure_row(ring: Keyring, charter: Charter | None, made: Disclosed) -> dict[str, Any]:
    """One line of the accounting, as `salus accounting` answers it."""
    seats = charter.seats if charter else ()
    seat = next((each for each in seats if each.address == made.recipient), None)
    return {
        "first": time_of(made.first),
        "last": time_of(made.last),
        "count": made.count,
        "recipient": SUBJECT if made.role == SUBJECT else ring.name_of(made.recipient),
        "address": seat.url if seat else to_hex(made.recipient),
        "role": made.role,
        "purpose": made.purpose,
        "sections": section_names(made.sections),
        "exemption": made.exemption,
    }


def page_row(row: dict[str, Any]) -> Row:
    """The same in words."""
    first, last = row["first"][:10], row["last"][:10]
    return Row(
        first if first == last else f"{first} - {last}",
        row["recipient"],
        row["address"],
        ", ".join(row["sections"]),
        purpose_words(row["purpose"]),
        row["count"],
        exemption_words(row["exemption"]),
    )


def event_lines(ring: Keyring, kept: Iterable[Kept]) -> Iterator[bytes]:
    """NDJSON of every line of every log, so that an auditor can compare them."""
    for each in kept:
        for event in events(each.entry, ring.name_of):
            yield orjson.dumps(event) + b"\n"


def section_names(codes: Iterable[int]) -> list[str]:
    return [SECTIONS.get(code, str(code)) for code in sorted(set(codes))]


def time_of(at: int) -> str:
    """`at` in ms."""
    return stamp(moment(at // 1_000))


def _actor_name(ring: Keyring, actor: Actor) -> str:
    if actor.role == SUBJECT:
        return SUBJECT
    is_person = actor.role == "clinician" or actor.organization == NOBODY
    who: Address = actor.key if is_person else actor.organization
    return ring.name_of(who)
