"""The reader's side: ask, combine, decrypt, and check every byte against the anchored root."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from salus.kernel.canonical import parse as parse_json
from salus.kernel.crypt4gh import open_body, unpad
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.kernel.wrap import unwrap_keys
from salus.platform.work import Node
from salus.rights.consent.audit.model import Part
from salus.rights.consent.gathering import Opening
from salus.rights.consent.licensing.licenses import KnownLicense
from salus.rights.consent.model import Purpose
from salus.rights.consent.service import Granted
from salus.rights.custody import messages as m
from salus.rights.custody.auditing.noting import noted, opening
from salus.rights.custody.errors import NotPermitted, VersionMismatch
from salus.rights.custody.joining import Answers, collect, impostors, refuse
from salus.rights.custody.ledger import domain_of, epochs_of
from salus.rights.custody.peers import Keepers
from salus.rights.identity.model import Party, Roles
from salus.rights.records.commitments import resource_root
from salus.rights.records.errors import BodyDoesNotMatch
from salus.rights.records.ledger import root_on_ledger
from salus.rights.records.model import Place, UnitKind, Version, merge, read_frames
from salus.rights.records.sealing import plain_root
from salus.rights.records.service import KnownUnit
from salus.rights.records.versions import manifest_signer, record_root_of, version_signer

WAIT = timedelta(seconds=240)
SUBJECT = "subject"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class OpenedUnit:
    """The current resources of a unit as the source wrote them, and what proves them."""

    place: Place
    resources: Mapping[str, bytes]
    roots: Mapping[str, Digest]
    seeds: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a read gave: units, the version they belong to, and who answered wrongly or not.

    `strangers` are those of `missing` at whose address another certificate was shown. `bought` is
    the earlier version that a license was sold with, where it does not follow its record.
    """

    version: Version
    units: tuple[OpenedUnit, ...]
    missing: tuple[str, ...]
    liars: tuple[str, ...]
    receipts: tuple[m.Receipt, ...]
    strangers: tuple[str, ...] = ()
    bought: Version | None = None

    @property
    def content(self) -> Version:
        """The version whose content was opened."""
        return self.bought or self.version


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Who signs a use as well: an approver, and the key that signs for that account."""

    approver: Address
    key: SigningKey


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, and on what ground: a grant, an emergency, a license, or being the subject."""

    party: Party
    basis: m.Basis
    granted: Granted | None
    purpose: Purpose
    cosigners: tuple[Cosigner, ...] = ()
    emergency: Digest | None = None
    clinician: SigningKey | None = None
    license: KnownLicense | None = None

    @property
    def signer(self) -> Address:
        return (self.clinician or self.party.signing).address

    def sign(self, digest: Digest) -> bytes:
        return (self.clinician or self.party.signing).sign(digest)


def as_subject(key: SigningKey) -> Reader:
    """The patient, on a device with a fresh key to be sealed to."""
    party = Party(SUBJECT, Roles(0), key, ReaderKey.generate())
    return Reader(party, m.Basis.SUBJECT, None, Purpose.PATRQT)


def as_source(party: Party) -> Reader:
    """The source on what it wrote itself."""
    return Reader(party, m.Basis.GRANT, None, Purpose.HOPERAT)


def as_reader(party: Party, granted: Granted | None) -> Reader:
    """A party by one of its grants; without one the keepers refuse, and say so to the patient."""
    purpose = Purpose[granted.terms.clause.purposes[0]] if granted else Purpose.TREAT
    return Reader(party, m.Basis.GRANT, granted, purpose)


def in_emergency(party: Party, clinician: SigningKey, opening: Digest) -> Reader:
    """A clinician of a hospital, by an opening of the glass."""
    return Reader(
        party, m.Basis.BREAK_GLASS, None, Purpose.ETREAT, emergency=opening, clinician=clinician
    )


def as_licensee(party: Party, license_: KnownLicense) -> Reader:
    """A party by a license, for what its use is for."""
    purpose = Purpose.TREAT if license_.purpose is None else license_.purpose
    return Reader(party, m.Basis.LICENSE, None, purpose, license=license_)


def ask_for(
    node: Node,
    reader: Reader,
    record: RecordId,
    units: Sequence[KnownUnit],
    *,
    objects: Digest = m.ALL_OBJECTS,
    trying: Digest = m.PRESENT_SET,
) -> m.Ask:
    """A signed request for the keys of units in all epochs that are in force.

    `trying`: a set whose holders do not keep the record yet, for its subject only.
    """
    request = request_for(node, reader, record, units, objects)
    return signed(node, reader, request, trying=trying)


def signed(
    node: Node,
    reader: Reader,
    request: m.Request,
    *,
    cosignatures: Sequence[m.Cosignature] = (),
    trying: Digest = m.PRESENT_SET,
) -> m.Ask:
    """A request with the signature of its reader, and with those that it was given."""
    granted = reader.granted
    digest = m.request_digest(domain_of(node), request)
    own = (m.Cosignature(each.approver, each.key.sign(digest)) for each in reader.cosigners)
    return m.Ask(
        request=request,
        reader=reader.party.address,
        opening=(Opening(granted.terms, granted.salt),) if granted else (),
        signature=reader.sign(digest),
        reader_key=reader.party.sealing.public(),
        cosignatures=(*cosignatures, *own),
        set=trying,
    )


def request_for(
    node: Node,
    reader: Reader,
    record: RecordId,
    units: Sequence[KnownUnit],
    objects: Digest = m.ALL_OBJECTS,
    *,
    wait: timedelta = WAIT,
) -> m.Request:
    """What a reader asks for, until `wait` is over."""
    block = node.ledger.final()
    in_force = epochs_of(node, record, [unit.located for unit in units], at=block)
    public = reader.party.sealing.public()
    return m.Request(
        basis=reader.basis,
        basis_id=_basis_id(reader, record),
        items=tuple(
            m.Item(unit.id, epoch, objects)
            for unit, epochs in zip(units, in_force, strict=True)
            for epoch in epochs
        ),
        purpose=reader.purpose,
        reader_key_hash=m.reader_key_hash(public),
        seen_block=block.number,
        seen_block_hash=Digest(block.hash),
        deadline=(node.clock.now() + wait).replace(microsecond=0),
        nonce=Digest(secrets.token_bytes(32)),
    )


def _basis_id(reader: Reader, record: RecordId) -> Digest:
    """The record for its subject, the opening in an emergency, a license, a grant, or nothing."""
    if reader.basis is m.Basis.SUBJECT:
        return Digest(record.to_bytes(32, "big"))
    if reader.license is not None:
        return reader.license.id
    return reader.emergency or Digest(reader.granted.id if reader.granted else bytes(32))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and what it was made of."""

    ask: m.Ask
    reader: Reader
    record: RecordId
    units: Sequence[KnownUnit]


def asking(node: Node, reader: Reader, record: RecordId, units: Sequence[KnownUnit]) -> Asked:
    """A request for everything of units."""
    return Asked(ask_for(node, reader, record, units), reader, record, units)


def read(
    node: Node,
    keepers: Keepers,
    reader: Reader,
    record: RecordId,
    units: Sequence[KnownUnit],
    *,
    progress: Progress = lambda _: None,
) -> Opened:
    """Open units of a record; the audit of this node says so before anybody sees them.

    Raises NotPermitted, TooFewShares, BadDealing, BodyDoesNotMatch.
    """
    asked = asking(node, reader, record, units)
    if len(asked.ask.request.items) > m.MAX_ITEMS and len(units) > 1:
        halves = (units[: len(units) // 2], units[len(units) // 2 :])
        return _together(
            *(read(node, keepers, reader, record, half, progress=progress) for half in halves)
        )
    try:
        return read_by(node, keepers, asked, progress)
    except NotPermitted:
        again = asking(node, reader, record, units)
        if again.ask.request.items == asked.ask.request.items:
            raise
    return read_by(node, keepers, again, progress)  # the keys were changed meanwhile


def read_by(
    node: Node, keepers: Keepers, asked: Asked, progress: Progress = lambda _: None
) -> Opened:
    """Open what a signed request asks for, as it is. Raises as `read`."""
    with answered(node, keepers, asked) as answers:
        units, bought = asked.units, _bought(node, asked.reader.license, answers.gate)
        opened = tuple(_open_unit(answers, unit, bought, progress) for unit in units)
        shares, gate = answers.shares, answers.gate
        receipts = [each.receipt for each in gate.released]
        receipts += [part.receipt for answer in shares.values() for part in answer.released]
        missing = tuple(sorted(answers.silent | answers.lacking))
        liars, strangers = tuple(sorted(answers.liars)), tuple(sorted(answers.strangers))
        return Opened(gate.version, opened, missing, liars, tuple(receipts), strangers, bought)


def _bought(node: Node, license_: KnownLicense | None, gate: m.Gate) -> Version | None:
    """The version that a license was sold with, where the record has a later one by now.

    It is the source's, and so are the objects, which the version on the ledger names as well.
    Raises VersionMismatch and BodyDoesNotMatch.
    """
    present = gate.version.header
    if license_ is None or present.version <= license_.version_max:
        return None
    if len(gate.bought) != 1:
        raise VersionMismatch
    (version,) = gate.bought
    found = (version.header.record, version.header.version, version.header.source)
    if found != (present.record, license_.version_max, present.source):
        raise VersionMismatch
    if version_signer(domain_of(node), version) != present.source:
        raise BodyDoesNotMatch(step="version")
    return version


@contextmanager
def answered(node: Node, keepers: Keepers, asked: Asked) -> Iterator[Answers]:
    """What everybody answers to a request, on the version that the ledger names.

    Whatever becomes of it is in the audit of this node. Raises NotPermitted, TooFewShares,
    VersionMismatch.
    """
    ask, units, record = asked.ask, asked.units, asked.record
    digest = m.request_digest(domain_of(node), ask.request)
    parts = [Part(unit.id, unit.place.section, unit.place.kind) for unit in units]
    with noted(node, opening(ask, digest, record, parts, signer=asked.reader.signer)):
        shares, gate, errors = collect(keepers, ask)
        needed = max(keepers.k_of(unit.place.section) for unit in units)
        refuse(shares, gate, errors, needed=needed)
        assert gate is not None, "checked by refuse"
        if record_root_of(gate.version) != root_on_ledger(node, record):
            raise VersionMismatch
        if version_signer(domain_of(node), gate.version) != gate.version.header.source:
            raise BodyDoesNotMatch(step="version")
        key = asked.reader.party.sealing
        silent, strangers = set(errors), set(impostors(errors))
        yield Answers(node, keepers, key, digest, shares, gate, silent=silent, strangers=strangers)


def _together(first: Opened, second: Opened) -> Opened:
    """Two reads of one version as one."""
    if (first.version, first.bought) != (second.version, second.bought):
        raise VersionMismatch
    return Opened(
        first.version,
        first.units + second.units,
        tuple(sorted({*first.missing, *second.missing})),
        tuple(sorted({*first.liars, *second.liars})),
        first.receipts + second.receipts,
        tuple(sorted({*first.strangers, *second.strangers})),
        first.bought,
    )


def _open_unit(
    answers: Answers, unit: KnownUnit, bought: Version | None, progress: Progress
) -> OpenedUnit:
    halves, version = answers.halves(unit.id), answers.gate.version
    if not halves:
        raise BodyDoesNotMatch(step="unit")
    for half in halves:
        if half.objects:
            answers.kek(half)
    wrapped = [(each, half) for half in halves for each in half.objects]
    found = {each.object_id() for each, _ in wrapped}
    is_snapshot = unit.place.kind == UnitKind.SNAPSHOT
    named = found if is_snapshot else set(version.objects_of(unit.place))
    is_expected = found <= named if bought else found == named != set()
    if not is_expected or len(found) != len(wrapped):
        raise BodyDoesNotMatch(step="objects")
    resources: dict[str, bytes] = {}
    roots: dict[str, Digest] = {}
    seeds: dict[str, bytes] = {}
    for each, half in sorted(wrapped, key=lambda one: one[0].manifest.object):
        removed, added, seed = open_object(answers, each, half)
        own = _roots(added, seed)
        if plain_root(own) != each.manifest.plain_root:
            raise BodyDoesNotMatch(step="object")
        merge(resources, removed, added)
        roots = {name: root for name, root in (roots | own).items() if name in resources}
        seeds |= dict.fromkeys(added, seed)
        progress(len(added))
    said = bought or version
    section = _snapshot_root(halves) if is_snapshot else said.root_of(unit.place)
    if plain_root(roots) != (section or Digest(bytes(32))):
        raise BodyDoesNotMatch(step="section")
    return OpenedUnit(unit.place, resources, roots, seeds)


def _snapshot_root(halves: Sequence[m.ReleasedHalf]) -> Digest | None:
    """What the source says a snapshot holds: it belongs to no version's section."""
    roots = {each.manifest.section_root for half in halves for each in half.objects}
    return roots.pop() if len(roots) == 1 else None


def open_object(
    answers: Answers, wrapped: m.WrappedObject, half: m.ReleasedHalf
) -> tuple[tuple[str, ...], dict[str, bytes], bytes]:
    """What an object removed, what it adds, and the seed of its salts."""
    _, seed, plain = plain_of(answers, wrapped, half)
    try:
        removed, added = read_frames(plain)
    except (ValueError, KeyError):
        raise BodyDoesNotMatch(step="frames") from None
    return removed, added, seed


def plain_of(
    answers: Answers, wrapped: m.WrappedObject, half: m.ReleasedHalf
) -> tuple[bytes, bytes, bytes]:
    """Data key, seed and content of an object that its source signed."""
    manifest, origin = wrapped.manifest, half.origins[0] if half.origins else half.dealing
    signer = manifest_signer(domain_of(answers.node), manifest, wrapped.signature)
    if signer != answers.gate.version.header.source or manifest.dealing != origin.id():
        raise BodyDoesNotMatch(step="manifest")
    dek, seed = unwrap_keys(answers.kek(half), wrapped.wrap)
    body = answers.keepers.gateway.body(manifest.segment_root, wrapped.ticket)
    return dek, seed, unpad(open_body(body, dek, manifest.segment_root), manifest.plain_size)


def _roots(added: Mapping[str, bytes], seed: bytes) -> dict[str, Digest]:
    return {
        reference: resource_root(parse_json(raw), raw, seed, reference)
        for reference, raw in added.items()
    }
