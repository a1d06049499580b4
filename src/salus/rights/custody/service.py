"""What a patient is told of custody: who looked."""

from dataclasses import dataclass

from salus.kernel.clock import moment, seconds, stamp
from salus.kernel.ids import Address, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.consent.model import Purpose
from salus.rights.custody import messages as m
from salus.rights.custody.errors import TooFewShares
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.peers import Keepers, ask_all
from salus.rights.records.sections import SECTIONS

WAIT = 240


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a record, or one refused try."""

    time: str
    reader: Address
    purpose: str
    section: str
    outcome: str
    rule: str


def looks(node: Node, keepers: Keepers, record: RecordId, *, by: SigningKey) -> list[Seen]:
    """Who read or was refused, oldest first, as all keepers together remember it."""
    deadline = seconds(node.clock.now()) + WAIT
    signed = m.looks_digest(domain_of(node), record, deadline)
    ask = m.AskLooks(record, deadline, by.sign(signed))
    answers, errors = ask_all(keepers.all(), lambda keeper: keeper.looks(ask))
    if not answers:
        raise TooFewShares(answered=0, needed=1, missing=", ".join(sorted(errors)))
    found: dict[tuple[bytes, int], list[m.Look]] = {}
    ordered = sorted(answers, key=lambda name: name != keepers.gateway.name)
    for name in ordered:  # within a second, in the order in which the gateway was asked
        for look in answers[name].looks:
            found.setdefault((look.request, look.section), []).append(look)
    return [_seen(group) for group in sorted(found.values(), key=lambda group: group[0].at)]


def _seen(group: list[m.Look]) -> Seen:
    """One request as the keepers saw it: refused as soon as one of them refused."""
    refused = [look for look in group if look.outcome == "refused"]
    look = (refused or group)[0]
    return Seen(
        stamp(moment(look.at)),
        look.reader,
        Purpose(look.purpose).name if look.purpose in set(Purpose) else str(look.purpose),
        SECTIONS[look.section],
        look.outcome,
        look.rule,
    )
