"""Making a proof: the subject opens the section and discloses one value, or one resource."""

from collections.abc import Iterator
from dataclasses import dataclass
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
    Since,
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
    ground = _ground(node, opened.version, by, quorum, since)
    return _proved(node, ground, unit, reference, disclosed)


def prove_each(
    node: Node, opened: Opened, *, by: Party, quorum: Quorum
) -> Iterator[tuple[str, bytes]]:
    """The bundle of each whole resource that was opened; what they share is asked for once.

    Raises NotAnchored and TooFewWitnesses.
    """
    ground = _ground(node, opened.version, by, quorum, None)
    for unit in opened.units:
        for reference in unit.resources:
            _, disclosed = _disclosed(opened, reference, None)
            yield reference, _proved(node, ground, unit, reference, disclosed)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every proof of a version shares."""

    version: Version
    evidence: Evidence
    witnessed: Witnessed
    source: Source
    needed: int
    since: Since | None


def _ground(node: Node, version: Version, by: Party, quorum: Quorum, since: int | None) -> _Ground:
    with node.reading() as session:
        work = Work(node, session)
        found, log = evidence(work, record_leaf(record_root_of(version))), log_of(work)
    return _Ground(
        version,
        found,
        _signed(node, found, log, quorum, by),
        Source(by.name, admitted(node, by.address), None),
        quorum.needed,
        None if since is None else since_of(log, since),
    )


def _proved(
    node: Node,
    ground: _Ground,
    unit: OpenedUnit,
    reference: str,
    disclosed: tuple[Disclosure, ...],
) -> bytes:
    found, custody = ground.evidence, node.contracts["CustodyRegistry"].address
    return bundle(
        Proof(
            disclosed=disclosed,
            section=_in_section(unit, reference),
            version=_in_version(ground.version, unit),
            source=ground.source,
            batch=found.batch,
            log=found.log,
            anchor=_anchor(node, found),
            checkpoint=ground.witnessed.checkpoint,
            network=Network(custody, ground.witnessed.nodes, ground.needed),
            since=ground.since,
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
