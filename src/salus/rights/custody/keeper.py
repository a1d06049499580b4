"""The work of one custodian or of the gateway: hold parts of keys, release them, tell of it."""

import hmac
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from salus.kernel.clock import Clock, seconds
from salus.kernel.documents import canonical_bytes
from salus.kernel.encoding import u64
from salus.kernel.errors import SalusError
from salus.kernel.hpke import NotForThisKey
from salus.kernel.ids import Address, Digest, record_text
from salus.kernel.merkle import Frontier
from salus.kernel.secp256k1 import recover
from salus.kernel.wrap import seal_at_rest
from salus.platform.database import Database, PrivateTable, insert_missing
from salus.platform.ledger import Block
from salus.platform.operations import observed
from salus.platform.storage import guard
from salus.platform.vault import Vault
from salus.rights.custody import messages as m
from salus.rights.custody.errors import BadHold, BadTerms, NotPermitted, TicketRefused, TooManyReads
from salus.rights.custody.gathering import Gathering
from salus.rights.custody.kept import Kept, read_log
from salus.rights.custody.ledger import CustodyLedger
from salus.rights.custody.model import (
    GateHalf,
    Share,
    id_of,
    info_deal_parcel,
    is_well_formed,
    share_is_good,
)
from salus.rights.custody.settings import CustodySettings
from salus.rights.custody.tables import (
    Answered,
    AwaitedBody,
    HeldSecret,
    LogLeaf,
    Look,
    OpenedDenial,
    StoredObject,
    StoredVersion,
    key_at_rest,
    wrap_at_rest,
)
from salus.rights.identity.model import Party
from salus.rights.records.versions import manifest_signer, record_root_of, version_signer

MOST_FLOODING = 1_000  # readers of whom it is remembered


@dataclass(slots=True)
class Keeper:
    """One custodian or the gateway at its post, with its own store and keys."""

    party: Party
    role: m.Role
    ledger: CustodyLedger
    database: Database
    storage_key: bytes = field(repr=False)
    clock: Clock
    vault: Vault
    settings: CustodySettings
    queue: "Gathering[m.Ask, m.Shares | m.Gate | SalusError]" = field(default_factory=Gathering)
    kept: Kept = field(default_factory=Kept)
    present_key: Callable[[], bytes] | None = None
    """Where the storage key is read again when it was replaced."""
    _log: Frontier | None = None
    _asked: dict[bytes, deque[int]] = field(default_factory=dict)
    _flooding: dict[bytes, int] = field(default_factory=dict)

    @property
    def sessions(self) -> sessionmaker[Session]:
        return self.database.write

    @property
    def reading(self) -> sessionmaker[Session]:
        return self.database.read

    def log(self, session: Session) -> Frontier:
        """The append-only log; read once from the store, then kept in step with it.

        Raises StoreDamaged when its leaves do not give the root that was signed last.
        """
        if self._log is None:
            self._log = read_log(session)
        return self._log

    def follow_log(self, session: Session) -> None:
        """Another process may have written to the same store: then the log is read again."""
        last = session.scalar(select(func.max(LogLeaf.position))) or 0
        if self._log is not None and self._log.size != last:
            self._log = None

    def forget_log(self) -> None:
        """After a failed commit: the store decides what was logged."""
        self._log = None

    def renew_key(self) -> None:
        """Take the present storage key, and forget what is in memory under another one."""
        if self.present_key is not None:
            self.storage_key = self.present_key()
        self.kept.forget()

    def is_worth_noting(self, reader: bytes, error: SalusError, now: int) -> bool:
        """Of a flood the first refusal in a minute: else it would fill the log."""
        if not isinstance(error, TooManyReads):
            return True
        if len(self._flooding) >= MOST_FLOODING:
            self._flooding.clear()
        last = self._flooding.get(reader, 0)
        if last > now - 60:
            return False
        self._flooding[reader] = now
        return True

    def refuse_flood(self, reader: bytes, now: int) -> None:
        """Raises TooManyReads beyond the number that one reader may ask in a minute."""
        asked = self._asked.setdefault(reader, deque())
        while asked and asked[0] <= now - 60:
            asked.popleft()
        if len(asked) >= self.settings.reads_per_minute:
            raise TooManyReads(limit=self.settings.reads_per_minute)
        asked.append(now)


@observed("custody.hold")
def hold(keeper: Keeper, parcel: m.Hold) -> m.Held:
    """Check and keep the parts of keys that a source deals; the same parcel twice is one.

    Raises BadHold when a part is not signed by a source, not sealed to this holder, or does not
    match its commitment. Nothing is kept then.
    """
    block = keeper.ledger.final()
    contents = [_check_dealing(keeper, block, deal) for deal in parcel.deals]
    parts = zip(parcel.deals, contents, _open_parcel(keeper, parcel), strict=True)
    kept = [_checked(keeper, deal, content, message) for deal, content, message in parts]
    _check_versions(keeper, block, parcel)
    with keeper.sessions() as session, session.begin():
        guard(session, keeper.storage_key)
        _refuse_other(keeper, session, kept)
        for table, rows in _rows(keeper, parcel, kept).items():
            if rows:
                insert_missing(session, table, rows)
    sign, domain = keeper.party.signing.sign, keeper.ledger.domain
    return m.Held(
        tuple(sign(m.held_digest(domain, each.id, each.index, each.commit)) for each in kept)
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """A part that was checked, as it will lie in the store."""

    id: Digest
    index: int
    commit: Digest
    unit: bytes
    epoch: int
    generation: int
    record: str
    dealing: bytes
    signature: bytes
    sealed: bytes
    origin: bytes = b""


_dealer = lru_cache(maxsize=1_024)(recover)
"""Who signed a dealing. Keepers that live in one process get the same dealing one after another."""


def _check_dealing(keeper: Keeper, block: Block, deal: m.Deal) -> bytes:
    """The canonical bytes of a dealing that a source signed. Raises BadHold."""
    content = canonical_bytes(deal.dealing)
    dealer = _dealer(m.dealing_digest(keeper.ledger.domain, id_of(content)), deal.signature)
    if dealer is None or dealer != deal.dealing.dealer:
        raise BadHold(holder=keeper.party.name, reason="bad-signature")
    if not keeper.ledger.is_source(dealer, at=block):
        raise BadHold(holder=keeper.party.name, reason="not-a-source")
    if not is_well_formed(deal.dealing) or deal.dealing.generation != 0:
        raise BadHold(holder=keeper.party.name, reason="bad-dealing")
    return content


def _checked(keeper: Keeper, deal: m.Deal, content: bytes, message: bytes) -> _Kept:
    dealing = deal.dealing
    place = key_at_rest(HeldSecret, dealing.unit, dealing.epoch)
    return _Kept(
        id_of(content),
        deal.index,
        _commitment(keeper, deal, message),
        dealing.unit,
        dealing.epoch,
        dealing.generation,
        record_text(dealing.record),
        content,
        deal.signature,
        seal_at_rest(keeper.storage_key, place, message),
    )


def _check_versions(keeper: Keeper, block: Block, parcel: m.Hold) -> None:
    """Raises BadHold for an object or a version that no source signed."""
    domain = keeper.ledger.domain
    signers = {
        manifest_signer(domain, each.manifest, each.signature) for each in parcel.objects
    } | {version_signer(domain, each) for each in parcel.versions}
    if any(each is None or not keeper.ledger.is_source(each, at=block) for each in signers):
        raise BadHold(holder=keeper.party.name, reason="not-a-source")


def _refuse_other(keeper: Keeper, session: Session, kept: Sequence[_Kept]) -> None:
    """Raises BadHold when a unit was dealt otherwise before."""
    units = [each.unit for each in kept]
    known = {
        (row.unit, row.epoch): row.dealing
        for row in session.execute(
            select(HeldSecret.unit, HeldSecret.epoch, HeldSecret.dealing).where(
                HeldSecret.unit.in_(units), HeldSecret.generation == 0
            )
        )
    }
    if any(known.get((each.unit, each.epoch), each.dealing) != each.dealing for each in kept):
        raise BadHold(holder=keeper.party.name, reason="already-dealt")


def _rows(
    keeper: Keeper, parcel: m.Hold, kept: Sequence[_Kept]
) -> dict[type[PrivateTable], list[dict[str, object]]]:
    columns = [column.name for column in HeldSecret.__table__.columns]
    return {
        HeldSecret: [{name: getattr(each, name) for name in columns} for each in kept],
        StoredObject: [_object_row(keeper, stored) for stored in parcel.objects],
        StoredVersion: [
            {"root": record_root_of(each), "version": canonical_bytes(each)}
            for each in parcel.versions
        ],
        AwaitedBody: [
            _awaited_row(keeper, stored)
            for stored in parcel.objects
            if not keeper.vault.has(stored.manifest.segment_root)
        ],
    }


def _awaited_row(keeper: Keeper, stored: m.StoreObject) -> dict[str, object]:
    """A body that its source will bring, because this vault is not the source's."""
    manifest = stored.manifest
    signer = manifest_signer(keeper.ledger.domain, manifest, stored.signature)
    return {"name": manifest.segment_root, "size": manifest.body_size, "source": signer}


def _object_row(keeper: Keeper, stored: m.StoreObject) -> dict[str, object]:
    object_id = stored.manifest.id()
    return {
        "object_id": object_id,
        "unit": stored.manifest.unit,
        "manifest": canonical_bytes(stored.manifest),
        "signature": stored.signature,
        "wrap": seal_at_rest(keeper.storage_key, wrap_at_rest(object_id), stored.wrap),
    }


def _open_parcel(keeper: Keeper, parcel: m.Hold) -> list[bytes]:
    """The parts that were sealed to this holder, one for each deal. Raises BadHold."""
    if not parcel.deals:
        return []
    parts = [(deal.dealing, deal.index) for deal in parcel.deals]
    size = (GateHalf if keeper.role is m.Role.GATEWAY else Share).SIZE
    try:
        info = info_deal_parcel(parts, keeper.party.address)
        message = keeper.party.sealing.open(info, parcel.sealed)
    except NotForThisKey:
        reason = "not-for-me"
    except OverflowError:
        reason = "bad-share"
    else:
        if len(message) == size * len(parts):
            return [message[at : at + size] for at in range(0, len(message), size)]
        reason = "bad-share"
    raise BadHold(holder=keeper.party.name, reason=reason)


def _commitment(keeper: Keeper, deal: m.Deal, message: bytes) -> Digest:
    """The commitment that a part fits. Raises BadHold."""
    try:
        commit = (_half if keeper.role is m.Role.GATEWAY else _share)(deal, message)
    except ValueError:
        raise BadHold(holder=keeper.party.name, reason="bad-share") from None
    if commit is None:
        raise BadHold(holder=keeper.party.name, reason="bad-commitment")
    return commit


def _half(deal: m.Deal, message: bytes) -> Digest | None:
    commit = GateHalf.parse(message).commitment(deal.dealing.bind())
    if deal.index != 0:
        raise ValueError("the half of a gateway has the index 0")
    return commit if commit == deal.dealing.gate_commit else None


def _share(deal: m.Deal, message: bytes) -> Digest | None:
    share, dealing = Share.parse(message), deal.dealing
    if share.index != deal.index or not 1 <= share.index <= dealing.n:
        raise ValueError("a share of another holder")
    return dealing.share_commits[share.index - 1] if share_is_good(dealing, share) else None


def ticket_for(keeper: Keeper, name: bytes, until: int) -> bytes:
    mac = hmac.new(keeper.storage_key, b"ticket" + name + u64(until), sha256).digest()
    return u64(until) + mac


def body(keeper: Keeper, name: bytes, ticket: bytes) -> bytes:
    """The ciphertext of one object, for the holder of a ticket that a release gave."""
    until = int.from_bytes(ticket[:8], "big")
    good = hmac.compare_digest(ticket, ticket_for(keeper, name, until))
    if not good or until < seconds(keeper.clock.now()):
        raise TicketRefused
    return keeper.vault.get(name)


def looks(keeper: Keeper, ask: m.AskLooks) -> m.Looks:
    """Who read, or was refused, in one record: for its subject only. Raises NotPermitted."""
    digest = m.looks_digest(keeper.ledger.domain, ask.record, ask.deadline)
    signer = recover(digest, ask.signature)
    late = ask.deadline < seconds(keeper.clock.now())
    if late or signer is None or signer != keeper.ledger.controller(ask.record):
        raise NotPermitted
    mine = select(Look).where(Look.record == record_text(ask.record)).order_by(Look.number)
    with keeper.reading() as session:
        return m.Looks(
            tuple(
                m.Look(
                    row.at,
                    row.section,
                    Address(row.reader),
                    row.purpose,
                    row.outcome,
                    row.rule,
                    Digest(row.request),
                )
                for row in session.scalars(mine)
            )
        )


def open_terms(keeper: Keeper, told: m.OpenTerms) -> None:
    """Keep the terms of denials that are on the ledger. Raises BadTerms."""
    for each in told.denials:
        if not keeper.ledger.is_opened(each):
            raise BadTerms
    with keeper.sessions() as session, session.begin():
        for each in told.denials:
            row = OpenedDenial(
                grant=each.id,
                record=record_text(each.opening.terms.record),
                opening=canonical_bytes(each.opening),
            )
            session.merge(row)


def sweep(keeper: Keeper) -> None:
    """Forget answers whose deadline is past; every job may run twice with the same effect."""
    with keeper.sessions() as session, session.begin():
        session.execute(delete(Answered).where(Answered.until < seconds(keeper.clock.now())))
