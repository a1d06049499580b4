"""Making a proof: the subject opens the section and discloses one value, or one resource."""

from datetime import datetime

from salus.kernel.canonical import parse as parse_json
from salus.kernel.clock import moment
from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest
from salus.platform.work import Node, Work
from salus.rights.custody.errors import NothingThere
from salus.rights.custody.reading import Opened, OpenedUnit
from salus.rights.identity.model import Party
from salus.rights.notary.model import path_in, record_leaf
from salus.rights.notary.proof import (
    Anchor,
    Checkpoint,
    InSection,
    InVersion,
    Proof,
    Source,
    bundle,
)
from salus.rights.notary.service import evidence
from salus.rights.records.commitments import disclose, objects_root, section_leaves, section_root
from salus.rights.records.model import Version
from salus.rights.records.versions import leaves_of, record_root_of


def prove(node: Node, opened: Opened, reference: str, pointer: str | None, *, by: Party) -> bytes:
    """The offline bundle of one resource, or of what lies at a JSON Pointer in it.

    Raises NothingThere and NotAnchored.
    """
    unit = next((each for each in opened.units if reference in each.resources), None)
    if unit is None:
        raise NothingThere(place=reference[:80])
    raw = unit.resources[reference]
    disclosed = disclose(parse_json(raw), raw, unit.seeds[reference], reference, pointer)
    if not disclosed:
        raise NothingThere(place=f"{reference}{pointer}"[:80])
    version, root = opened.version, record_root_of(opened.version)
    with node.reading() as session:
        found = evidence(Work(node, session), record_leaf(root))
    chain, anchors = node.ledger.chain_id, node.contracts["Anchors"].address
    now = node.clock.now().replace(microsecond=0)
    checkpoint = Checkpoint(found.log.size, Digest(found.log_root), now)
    return bundle(
        Proof(
            disclosed=tuple(disclosed),
            section=_in_section(unit, reference),
            version=_in_version(version, unit),
            source=Source(by.address, by.name, _since(node, by.address), None),
            batch=found.batch,
            log=found.log,
            anchor=Anchor(chain, anchors, found.number, found.block, found.tx),
            checkpoint=checkpoint.signed(chain, anchors, [by.signing]),
        )
    )


def _in_section(unit: OpenedUnit, reference: str) -> InSection:
    roots = sorted(unit.roots.items())
    index = next(at for at, (name, _) in enumerate(roots) if name == reference)
    return InSection(
        unit.place.section,
        unit.place.kind,
        unit.roots[reference],
        section_root(roots),
        path_in(section_leaves(roots), index),
    )


def _in_version(version: Version, unit: OpenedUnit) -> InVersion:
    places = [leaf.place() for leaf in version.sections]
    return InVersion(
        header=canonical_bytes(version.header),
        leaves=tuple(leaves_of(version.header, version.sections)),
        index=1 + places.index(unit.place),
        signature=version.signature,
        objects_root=objects_root([leaf.object_id for leaf in version.objects]),
    )


def _since(node: Node, organization: Address) -> datetime:
    """When the organization was admitted: its own address is its key from then on."""
    contract = node.contracts["Organizations"]
    events = node.ledger.events(
        first=0, last=node.ledger.final().number, contracts=[contract.address]
    )
    decoded = filter(None, map(contract.event, events))
    admitted = next(
        event
        for event in decoded
        if event.name == "Admitted" and event.values["org"] == organization
    )
    return moment(admitted.block.time)


def network(node: Node, signer: Address) -> dict[str, object]:
    """What a reader must trust to believe a proof of this network."""
    return {
        "chain": node.ledger.chain_id,
        "contract": to_hex(node.contracts["Anchors"].address),
        "custody": to_hex(node.contracts["CustodyRegistry"].address),
        "nodes": [to_hex(signer)],
        "quorum": 1,
    }
