"""Making a card: the patient opens the summary, and its source states it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import orjson

from salus.kernel.canonical import parse
from salus.kernel.clock import seconds, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node, Work
from salus.rights.consent import service as consent
from salus.rights.custody.peers import Keepers
from salus.rights.custody.proving import admitted
from salus.rights.custody.reading import as_subject, read
from salus.rights.identity.model import Member, Roles
from salus.rights.records.sections import EMERGENCY_SUMMARY, SECTIONS
from salus.rights.records.service import plain_units, units_of
from salus.services.emergency.card import Card
from salus.services.emergency.lines import lines_of
from salus.services.emergency.tables import CardMade

EVER = "1970-01-01T00:00:00+00:00"


def card_of(
    node: Node,
    keepers: Keepers,
    record: RecordId,
    *,
    source: Address,
    valid: timedelta,
    by: SigningKey | None = None,
) -> Card:
    """The card of a record, from its summary as the subject reads it, by the key of a wallet or
    that of this home.
    """
    with node.reading() as session:
        units = plain_units(units_of(session, record, [SECTIONS[EMERGENCY_SUMMARY]]))
        key = by or consent.controller(session, record)
    opened = read(node, keepers, as_subject(key), record, units)
    (raw,) = (raw for unit in opened.units for raw in unit.resources.values())
    now = node.clock.now().replace(microsecond=0)
    return Card(
        chain=node.ledger.chain_id,
        registry=node.contracts["CustodyRegistry"].address,
        record=record,
        version=opened.version.header.version,
        source=source,
        issued=now,
        until=now + valid,
        lines=lines_of(parse(raw)),
    )


def keep_made(work: Work, card: Card) -> None:
    """Note that a card was printed, so that its patient is told when it is old."""
    work.session.merge(
        CardMade(
            record=record_text(card.record),
            version=card.version,
            made_at=seconds(card.issued),
            until=seconds(card.until),
        )
    )


def trust_of(node: Node, members: Iterable[Member]) -> bytes:
    """The file of trust of a network: what `salus verify` and `salus card read` go by."""
    found = _trust(node, members, lambda each: stamp(admitted(node, each.address)))
    return orjson.dumps(found, option=orjson.OPT_INDENT_2)


def trust_here(node: Node, members: Iterable[Member]) -> dict[str, Any]:
    """The same from what this home knows by itself, so that no ledger is asked.

    When a member was admitted is not among it: whoever stands in the charter counts.
    """
    return _trust(node, members, lambda _: EVER)


def _trust(node: Node, members: Iterable[Member], since: Callable[[Member], str]) -> dict[str, Any]:
    sources = [each for each in members if each.roles & Roles.SOURCE]
    return {
        "chain": node.ledger.chain_id,
        "contract": to_hex(node.contracts["Anchors"].address),
        "custody": to_hex(node.contracts["CustodyRegistry"].address),
        "nodes": [to_hex(each.address) for each in sources],
        "quorum": 1,
        "sources": [
            {
                "organization": each.name,
                "key": to_hex(each.address),
                "valid_from": since(each),
                "valid_until": None,
            }
            for each in sources
        ],
    }
