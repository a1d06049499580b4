"""Making a proof: the subject opens the section and discloses one value, or one resource."""

from datetime import datetime

from salus.kernel.canonical import parse as parse_json
from salus.kernel.clock import moment
from salus.kernel.documents import canonical_bytes
from salus.kernel.ids import Address, Digest
from salus.platform.work import Node, Work
from salus.rights.custody.errors import NothingThere
from salus.rights.custody.reading import Opened, OpenedUnit
from salus.rights.identity.model import Party
from salus.rights.notary.model import Disclosure, path_in, record_leaf
from salus.rights.notary.proof import (
    Anchor,
    Checkpoint,
    InSection,
    InVersion,
    Network,
    Proof,
    Source,
    bundle,
)
from salus.rights.notary.service import Evidence, evidence, log_of, since_of
from salus.rights.notary.witnesses import Quorum, Witnessed, witnessed
from salus.rights.records.commitments import disclose, objects_root, section_leaves, section_root
from salus.rights.records.model import Version
from salus.rights.records.versions import leaves_of, record_root_of


def prove(
    node: Node,
    opened: Opened,
    reference: str,
    pointer: str | None,
    *,
    by: Party,
    quorum: Quorum,
    since: int | None = None,
) -> bytes:
    """The offline bundle of one resource, or of what lies at a JSON Pointer in it.

    `since`: the size of a log that the reader knows, which this one shall be shown to extend.
    Raises NothingThere, NotAnchored, LogAhead and TooFewWitnesses.
    """
    unit, disclosed = _disclosed(opened, reference, pointer)
    version, root = opened.version, record_root_of(opened.version)
    with node.reading() as session:
        work = Work(node, session)
        found, log = evidence(work, record_leaf(root)), log_of(work)
    signed = _signed(node, found, log, quorum, by)
    return bundle(
        Proof(
            disclosed=disclosed,
            section=_in_section(unit, reference),
            version=_in_version(version, unit),
            source=Source(by.name, admitted(node, by.address), None),
            batch=found.batch,
            log=found.log,
            anchor=_anchor(node, found),
            checkpoint=signed.checkpoint,
            network=Network(node.contracts["CustodyRegistry"].address, signed.nodes, quorum.needed),
            since=None if since is None else since_of(log, since),
        )
    )


def _disclosed(
    opened: Opened, reference: str, pointer: str | None
) -> tuple[OpenedUnit, tuple[Disclosure, ...]]:
    unit = next((each for each in opened.units if reference in each.resources), None)
    if unit is None:
        raise NothingThere(place=reference[:80])
    raw = unit.resources[reference]
    disclosed = disclose(parse_json(raw), raw, unit.seeds[reference], reference, pointer)
    if not disclosed:
        raise NothingThere(place=f"{reference}{pointer}"[:80])
    return unit, tuple(disclosed)


def _signed(node: Node, found: Evidence, log: list[bytes], quorum: Quorum, by: Party) -> Witnessed:
    now = node.clock.now().replace(microsecond=0)
    head = Checkpoint(found.log.size, Digest(found.log_root), now)
    return witnessed(node, head, log, quorum, by=by.signing)


def _anchor(node: Node, found: Evidence) -> Anchor:
    anchors = node.contracts["Anchors"].address
    return Anchor(node.ledger.chain_id, anchors, found.number, found.block, found.tx)


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


def admitted(node: Node, organization: Address) -> datetime:
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
