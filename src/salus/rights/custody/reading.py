"""The reader's side: ask, combine, decrypt, and check every byte against the anchored root."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from salus.kernel.canonical import parse as parse_json
from salus.kernel.crypt4gh import open_body, unpad
from salus.kernel.errors import SalusError
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey, recover
from salus.kernel.wrap import unwrap_keys
from salus.platform.work import Node
from salus.rights.consent.gathering import Opening
from salus.rights.consent.model import Purpose
from salus.rights.consent.service import Granted
from salus.rights.custody import messages as m
from salus.rights.custody.errors import (
    BadDealing,
    NotPermitted,
    TooFewShares,
    VersionMismatch,
)
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.model import (
    Dealing,
    GateHalf,
    Share,
    info_release_gate,
    info_release_share,
    is_well_formed,
    join,
    share_is_good,
)
from salus.rights.custody.peers import Keepers, RemoteKeeper, ask_all
from salus.rights.identity.model import Party, Roles
from salus.rights.records.commitments import resource_root
from salus.rights.records.errors import BodyDoesNotMatch
from salus.rights.records.ledger import root_on_ledger
from salus.rights.records.model import Place, UnitKind, Version, merge, read_frames
from salus.rights.records.sealing import plain_root
from salus.rights.records.service import KnownUnit
from salus.rights.records.versions import manifest_signer, record_root_of

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
    """What a read gave: units, the version they belong to, and who answered wrongly or not."""

    version: Version
    units: tuple[OpenedUnit, ...]
    missing: tuple[str, ...]
    liars: tuple[str, ...]
    receipts: tuple[m.Receipt, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, and on what ground: a grant, or being the subject."""

    party: Party
    basis: m.Basis
    granted: Granted | None
    purpose: Purpose
    cosigners: tuple[SigningKey, ...] = ()
    emergency: Digest | None = None
    clinician: SigningKey | None = None

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


def ask_for(node: Node, reader: Reader, record: RecordId, units: Sequence[KnownUnit]) -> m.Ask:
    """A signed request for the keys of units."""
    block = node.ledger.final()
    granted, public = reader.granted, reader.party.sealing.public()
    request = m.Request(
        basis=reader.basis,
        basis_id=_basis_id(reader, record),
        items=tuple(m.Item(unit.id, 0, m.ALL_OBJECTS) for unit in units),
        purpose=reader.purpose,
        reader_key_hash=m.reader_key_hash(public),
        seen_block=block.number,
        seen_block_hash=Digest(block.hash),
        deadline=(node.clock.now() + WAIT).replace(microsecond=0),
        nonce=Digest(secrets.token_bytes(32)),
    )
    digest = m.request_digest(domain_of(node), request)
    return m.Ask(
        request=request,
        reader=reader.party.address,
        opening=(Opening(granted.terms, granted.salt),) if granted else (),
        signature=reader.sign(digest),
        reader_key=public,
        cosignatures=tuple(
            m.Cosignature(key.address, key.sign(digest)) for key in reader.cosigners
        ),
    )


def _basis_id(reader: Reader, record: RecordId) -> Digest:
    """The record for its subject, the opening in an emergency, else the grant or nothing."""
    if reader.basis is m.Basis.SUBJECT:
        return Digest(record.to_bytes(32, "big"))
    return reader.emergency or Digest(reader.granted.id if reader.granted else bytes(32))


def read(
    node: Node,
    keepers: Keepers,
    reader: Reader,
    record: RecordId,
    units: Sequence[KnownUnit],
    *,
    progress: Progress = lambda _: None,
) -> Opened:
    """Open units of a record. Raises NotPermitted, TooFewShares, BadDealing, BodyDoesNotMatch."""
    ask = ask_for(node, reader, record, units)
    shares, gate, errors = _collect(keepers, ask)
    needed = max(keepers.k_of(unit.place.section) for unit in units)
    _refuse(shares, gate, errors, needed=needed)
    assert gate is not None, "checked by _refuse"
    if record_root_of(gate.version) != root_on_ledger(node, record):
        raise VersionMismatch
    if len(gate.released) != len(units):
        raise BodyDoesNotMatch(step="units")
    digest = m.request_digest(domain_of(node), ask.request)
    answers = _Answers(node, keepers, reader, digest, shares, gate)
    opened = tuple(_open_unit(answers, number, unit, progress) for number, unit in enumerate(units))
    receipts = [each.receipt for each in gate.released]
    receipts += [part.receipt for answer in shares.values() for part in answer.released]
    return Opened(
        gate.version, opened, tuple(sorted(errors)), tuple(sorted(answers.liars)), tuple(receipts)
    )


def _collect(
    keepers: Keepers, ask: m.Ask
) -> tuple[dict[str, m.Shares], m.Gate | None, dict[str, SalusError]]:
    gateway = keepers.gateway.name

    def question(keeper: RemoteKeeper) -> m.Shares | m.Gate:
        return keeper.gate(ask) if keeper.name == gateway else keeper.shares(ask)

    answers, errors = ask_all(keepers.all(), question)
    gate = answers.pop(gateway, None)
    shares = {name: each for name, each in answers.items() if isinstance(each, m.Shares)}
    return shares, gate if isinstance(gate, m.Gate) else None, errors


def _refuse(
    shares: Mapping[str, m.Shares],
    gate: m.Gate | None,
    errors: Mapping[str, SalusError],
    *,
    needed: int,
) -> None:
    """Say what is wrong when an answer is not possible: a refusal goes before a lack.

    `needed`: how many custodians open the units that were asked for.
    """
    if gate is not None and len(shares) >= needed:
        return
    refused = [error for error in errors.values() if isinstance(error, NotPermitted)]
    if refused:
        raise NotPermitted
    clear = [error for error in errors.values() if error.status < 500]
    if clear:
        raise clear[0]
    missing = ", ".join(sorted(errors))
    answered = len(shares) + (gate is not None)
    raise TooFewShares(answered=answered, needed=needed + 1, missing=missing)


@dataclass(slots=True)
class _Answers:
    """The answers to one request, and who of them lied."""

    node: Node
    keepers: Keepers
    reader: Reader
    digest: Digest
    shares: Mapping[str, m.Shares]
    gate: m.Gate
    liars: set[str] = field(default_factory=set)

    def kek(self, number: int, dealing: Dealing) -> bytes:
        """Combine any k good shares with the gateway's half. Raises TooFewShares, BadDealing."""
        good = self._good_shares(number, dealing)
        if len(good) < dealing.k:
            lacking = {keeper.name for keeper in self.keepers.custodians} - self.shares.keys()
            missing = ", ".join(sorted(lacking | self.liars))
            raise TooFewShares(answered=len(good) + 1, needed=dealing.k + 1, missing=missing)
        info = info_release_gate(dealing, self.digest)
        message = self.reader.party.sealing.open(info, self.gate.released[number].sealed)
        try:
            half = GateHalf.parse(message)
            key = join(dealing, good, half)
        except ValueError:
            raise BadDealing(unit=dealing.unit) from None
        if half.commitment(dealing.bind()) != dealing.gate_commit or key is None:
            raise BadDealing(unit=dealing.unit)
        return key

    def _good_shares(self, number: int, dealing: Dealing) -> list[Share]:
        """One share of each custodian that told the truth; the names of the others are kept."""
        good: dict[int, Share] = {}
        for keeper in self.keepers.custodians:
            answer = self.shares.get(keeper.name)
            if answer is None:
                continue
            share = self._share(keeper, answer, number, dealing)
            if share is None or share.index in good:
                self.liars.add(keeper.name)
            else:
                good[share.index] = share
        return list(good.values())

    def _share(
        self, keeper: RemoteKeeper, answer: m.Shares, number: int, dealing: Dealing
    ) -> Share | None:
        """A share that opens, fits its commitment, and whose receipt its custodian signed."""
        try:
            part = answer.released[number]
            info = info_release_share(dealing, part.index, self.digest)
            share = Share.parse(self.reader.party.sealing.open(info, part.sealed))
            signed = m.receipt_digest(domain_of(self.node), part.receipt)
            is_good = share.index == part.index and share_is_good(dealing, share)
        except (SalusError, ValueError, IndexError, OverflowError):
            return None
        is_own = recover(signed, part.signature) == keeper.member.address
        is_right = part.receipt.request == self.digest and part.receipt.unit == dealing.unit
        return share if is_good and is_own and is_right else None


def _open_unit(answers: _Answers, number: int, unit: KnownUnit, progress: Progress) -> OpenedUnit:
    half = answers.gate.released[number]
    dealing, version = half.dealing, answers.gate.version
    if dealing.unit != unit.id or not is_well_formed(dealing):
        raise BodyDoesNotMatch(step="unit")
    kek = answers.kek(number, dealing)
    objects = {each.object_id(): each for each in half.objects}
    is_snapshot = unit.place.kind == UnitKind.SNAPSHOT
    expected = set(objects) if is_snapshot else set(version.objects_of(unit.place))
    if set(objects) != expected or not expected:
        raise BodyDoesNotMatch(step="objects")
    resources: dict[str, bytes] = {}
    roots: dict[str, Digest] = {}
    seeds: dict[str, bytes] = {}
    for each in sorted(objects.values(), key=lambda one: one.manifest.object):
        removed, added, seed = _open_object(answers, each, dealing, kek)
        own = _roots(added, seed)
        if plain_root(own) != each.manifest.plain_root:
            raise BodyDoesNotMatch(step="object")
        merge(resources, removed, added)
        roots = {name: root for name, root in (roots | own).items() if name in resources}
        seeds |= dict.fromkeys(added, seed)
        progress(len(added))
    section = _snapshot_root(half) if is_snapshot else version.root_of(unit.place)
    if plain_root(roots) != (section or Digest(bytes(32))):
        raise BodyDoesNotMatch(step="section")
    return OpenedUnit(unit.place, resources, roots, seeds)


def _snapshot_root(half: m.ReleasedHalf) -> Digest | None:
    """What the source says a snapshot holds: it belongs to no version's section."""
    roots = {each.manifest.section_root for each in half.objects}
    return roots.pop() if len(roots) == 1 else None


def _open_object(
    answers: _Answers, wrapped: m.WrappedObject, dealing: Dealing, kek: bytes
) -> tuple[tuple[str, ...], dict[str, bytes], bytes]:
    manifest = wrapped.manifest
    signer = manifest_signer(domain_of(answers.node), manifest, wrapped.signature)
    if signer != answers.gate.version.header.source or manifest.dealing != dealing.id():
        raise BodyDoesNotMatch(step="manifest")
    dek, seed = unwrap_keys(kek, wrapped.wrap)
    body = answers.keepers.gateway.body(manifest.segment_root, wrapped.ticket)
    plain = unpad(open_body(body, dek, manifest.segment_root), manifest.plain_size)
    try:
        removed, added = read_frames(plain)
    except (ValueError, KeyError):
        raise BodyDoesNotMatch(step="frames") from None
    return removed, added, seed


def _roots(added: Mapping[str, bytes], seed: bytes) -> dict[str, Digest]:
    return {
        reference: resource_root(parse_json(raw), raw, seed, reference)
        for reference, raw in added.items()
    }
