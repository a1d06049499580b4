"""Single values for single grants: the source seals them into a unit of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salus.kernel.canonical import parse as parse_json
from salus.kernel.ids import RecordId
from salus.platform.work import Work
from salus.rights.consent.ledger import NONE
from salus.rights.consent.rules import rules_of
from salus.rights.custody import dealing
from salus.rights.custody.reading import Opened, as_source, read
from salus.rights.notary import service as notary
from salus.rights.notary.model import snapshot_leaf
from salus.rights.records import service as records
from salus.rights.records.errors import UnknownResource
from salus.rights.records.model import Place, UnitKind, new_unit_salt, unit_id
from salus.rights.records.sealing import Incoming, seal_object
from salus.rights.records.service import KnownUnit
from salus.rights.records.versions import Keyed, Network, SignedManifest, describe_snapshot
from salus.services.fhir.errors import UnderRule
from salus.services.fhir.service import Desk


def seal_apart(desk: Desk, record: RecordId, references: Sequence[str]) -> list[KnownUnit]:
    """Copy resources (`Type/id`) into new units, one for each section, that only grants open.

    A snapshot stays as it was made: a later version of the record does not change it. Raises
    UnknownResource, UnderRule, and NotPermitted where the patient closed the record to its source.
    """
    with desk.node.reading() as session:
        holding = {
            unit.id: unit
            for each in references
            for unit in records.units_holding(session, record, each)
        }
        if any(rule != NONE for rule in rules_of(session, record, list(holding)).values()):
            raise UnderRule
    opened = read(
        desk.node, desk.keeping(record), as_source(desk.source), record, list(holding.values())
    )
    return [
        _seal(desk, record, opened, section, wanted)
        for section, wanted in _by_section(opened, references).items()
    ]


def _by_section(opened: Opened, references: Sequence[str]) -> Mapping[int, dict[str, bytes]]:
    found: dict[int, dict[str, bytes]] = {}
    for reference in references:
        unit = next((each for each in opened.units if reference in each.resources), None)
        if unit is None:
            raise UnknownResource(resource=reference[:80])
        found.setdefault(unit.place.section, {})[reference] = unit.resources[reference]
    return found


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One unit on its way: its key, its only object and what the source says of it."""

    unit: KnownUnit
    key: dealing.OpenUnit
    keyed: Keyed
    manifest: SignedManifest


def _seal(
    desk: Desk, record: RecordId, opened: Opened, section: int, wanted: Mapping[str, bytes]
) -> KnownUnit:
    """Body to the vault, parts to the keepers, then one commit, then the anchor."""
    made = _make(desk, record, opened, Place(section, UnitKind.SNAPSHOT), wanted)
    sealed = made.keyed.sealed
    desk.node.vault.put({sealed.segment_root: sealed.body})
    delivery = dealing.Delivery([made.key], [made.keyed], [made.manifest])
    acks = dealing.hand_out(desk.node, desk.keeping(record), delivery, spare=desk.spare)
    with desk.node.sessions() as session, session.begin():
        records.keep_snapshot(session, record, made.unit, made.keyed, made.manifest)
        dealing.keep(session, [made.key], acks, storage_key=desk.storage_key)
        notary.queue(Work(desk.node, session), snapshot_leaf(made.manifest.manifest.id()))
    notary.anchor(desk.node, by=desk.source.signing)
    return made.unit


def _make(
    desk: Desk, record: RecordId, opened: Opened, place: Place, wanted: Mapping[str, bytes]
) -> _Snapshot:
    node, by, salt = desk.node, desk.source.signing, new_unit_salt()
    unit = KnownUnit(unit_id(salt, record, place), place, salt, 0)
    incoming = (Incoming(name, place, raw, parse_json(raw)) for name, raw in wanted.items())
    sealed = seal_object(place, incoming, ())
    with node.reading() as session:
        (key,) = dealing.open_units(
            node,
            session,
            record=record,
            units=[unit],
            keepers=desk.keeping(record),
            storage_key=desk.storage_key,
            by=by,
        )
    keyed = Keyed(sealed, unit.id, 0, key.dealing.epoch, key.id)
    network = Network(node.ledger.chain_id, node.contracts["CustodyRegistry"].address)
    manifest = describe_snapshot(network, keyed, opened.version, at=node.clock.now(), by=by)
    return _Snapshot(unit, key, keyed, manifest)
