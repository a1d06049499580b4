"""Everything of a record encrypted anew under fresh keys; what it says stays what it was."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from salus.kernel.crypt4gh import SEGMENT, padded_size, seal_body, segment_root
from salus.kernel.ids import Digest, ObjectId, RecordId
from salus.platform.ledger import Call
from salus.platform.work import Node
from salus.rights.custody import messages as m
from salus.rights.custody.dealing import Delivery, OpenUnit, Place, prepared
from salus.rights.custody.joining import Answers
from salus.rights.custody.ledger import epochs_of
from salus.rights.custody.model import Dealing, epochs
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import answered, as_source, asking, plain_of
from salus.rights.identity.model import Party
from salus.rights.records.ledger import Rekey, complete_rekey, token_of
from salus.rights.records.model import Manifest, ObjectLeaf, Version
from salus.rights.records.model import Place as In
from salus.rights.records.sealing import SealedObject
from salus.rights.records.service import KnownUnit
from salus.rights.records.versions import Keyed, Network, SignedManifest, sign_manifest

TOGETHER = 8  # units read in one request
Completing = Callable[[Node, Rekey, Sequence[bytes]], Call]


@dataclass(frozen=True, slots=True)
class Desk:
    """A source that changes all keys of a record or of a detached section, and who keeps them.

    `complete` makes the call that puts them in force: that of a sale is the exchange's.
    """

    node: Node
    record: RecordId
    keepers: Keepers
    source: Party
    storage_key: bytes = field(repr=False)
    spare: int = 1
    section: int = 0
    complete: Completing = complete_rekey

    @property
    def token(self) -> int:
        return token_of(self.record, self.section)

    @property
    def network(self) -> Network:
        node = self.node
        return Network(node.ledger.chain_id, node.contracts["CustodyRegistry"].address)


@dataclass(frozen=True, slots=True)
class Anew:
    """An object before and after."""

    earlier: Manifest
    keyed: Keyed
    signed: SignedManifest


@dataclass(frozen=True, slots=True)
class Sealed:
    """All that a token controls under keys that nobody holds yet, and the dealings they replace."""

    present: Version
    coming: Version
    units: tuple[OpenUnit, ...]
    objects: tuple[Anew, ...]
    replaced: tuple[Dealing, ...]

    def delivery(self) -> Delivery:
        return Delivery(
            self.units,
            [each.keyed for each in self.objects],
            [each.signed for each in self.objects],
            (self.coming,),
        )


def seal_anew(desk: Desk, units: Sequence[KnownUnit], epoch: int) -> Sealed:
    """Read every object as its source, and encrypt it under the key of the coming epoch.

    Raises what a read raises: NotPermitted where the patient closed the record to its source.
    """
    in_force = epochs_of(desk.node, desk.record, [unit.located for unit in units])
    bumps = [len(each) - 1 for each in in_force]
    coming_epochs = [epochs(epoch, each)[-1] for each in bumps]
    opened = new_keys(desk, dict(zip(units, coming_epochs, strict=True)))
    keys = {unit.id: key for unit, key in zip(units, opened, strict=True)}
    now = desk.node.clock.now().replace(microsecond=0)
    objects: list[Anew] = []
    replaced: list[Dealing] = []
    versions: list[Version] = []
    for at in range(0, len(units), TOGETHER):
        some = list(units[at : at + TOGETHER])
        asked = asking(desk.node, as_source(desk.source), desk.record, some)
        with answered(desk.node, desk.keepers, asked) as answers:
            versions.append(answers.gate.version)
            for unit in some:
                halves = answers.halves(unit.id)
                replaced += [half.dealing for half in halves]
                objects += _anew(desk, answers, halves, keys[unit.id], now)
    coming = _with_objects(versions[-1], objects)
    return Sealed(versions[-1], coming, tuple(opened), tuple(objects), tuple(replaced))


def new_keys(desk: Desk, coming: Mapping[KnownUnit, int]) -> list[OpenUnit]:
    """A key of each unit for its coming epoch; the same when asked again."""
    with desk.node.reading() as session:
        return [
            prepared(
                desk.node,
                session,
                Place(desk.record, unit, epoch),
                keepers=desk.keepers,
                storage_key=desk.storage_key,
                by=desk.source.signing,
            )
            for unit, epoch in coming.items()
        ]


def _anew(
    desk: Desk,
    answers: Answers,
    halves: Sequence[m.ReleasedHalf],
    key: OpenUnit,
    now: datetime,
) -> Iterator[Anew]:
    for half in halves:
        for wrapped in half.objects:
            _, seed, plain = plain_of(answers, wrapped, half)
            yield _object(desk, wrapped.manifest, key, seed, plain, now)


def _object(  # noqa: PLR0917 - what an object is made of
    desk: Desk, earlier: Manifest, key: OpenUnit, seed: bytes, plain: bytes, now: datetime
) -> Anew:
    """Another data key; the seed stays, and with it every salt and every root of the content."""
    dek = secrets.token_bytes(32)
    body = seal_body(plain.ljust(padded_size(len(plain)), b"\0"), dek)
    dealing = key.dealing
    sealed = SealedObject(
        place=In(dealing.section, dealing.kind),
        body=body,
        segment_root=Digest(segment_root(body)),
        segments=-(-len(body) // SEGMENT),
        plain_size=earlier.plain_size,
        plain_root=earlier.plain_root,
        resources=(),
        removed=(),
        dek=dek,
        seed=seed,
    )
    manifest = replace(
        earlier,
        epoch=dealing.epoch,
        dealing=key.id,
        body_size=len(body),
        segments=sealed.segments,
        segment_root=sealed.segment_root,
        sealed_at=now,
    )
    keyed = Keyed(sealed, earlier.unit, earlier.object, dealing.epoch, key.id)
    return Anew(earlier, keyed, sign_manifest(manifest, desk.network, desk.source.signing))


def _with_objects(version: Version, objects: Sequence[Anew]) -> Version:
    """The same version with the new objects in the places of the old; a snapshot is in none.

    Objects of sections that another token controls stay.
    """
    new = {each.earlier.id(): each.signed.manifest.id() for each in objects}
    leaves = [
        ObjectLeaf(leaf.section, leaf.kind, ObjectId(new.get(leaf.object_id, leaf.object_id)))
        for leaf in version.objects
    ]
    ordered = sorted(leaves, key=lambda leaf: (leaf.section, leaf.kind, leaf.object_id))
    return replace(version, objects=tuple(ordered))
