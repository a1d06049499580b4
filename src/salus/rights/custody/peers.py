"""The keepers of keys as their clients see them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from salus.kernel.documents import parse, text
from salus.kernel.encoding import to_hex
from salus.kernel.errors import SalusError
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger.errors import StateGone
from salus.platform.turns import PAGES
from salus.platform.web import Peer
from salus.rights.custody import messages as m
from salus.rights.custody.auditing.messages import AskAudit, AskHead, SignedHead, Told
from salus.rights.custody.erasure.messages import Erase, Erased, Withdraw
from salus.rights.custody.licensees.messages import AskUnits, LicensedUnits
from salus.rights.identity.model import Member
from salus.rights.records.sections import EMERGENCY_SUMMARY

T = TypeVar("T")
PART = 2**18  # bytes of a body that are sent at once
AGAIN = 3  # times that a question is asked again


@dataclass(frozen=True, slots=True)
class RemoteKeeper:
    """One custodian or the gateway behind its door."""

    member: Member
    peer: Peer

    @property
    def name(self) -> str:
        return self.member.name

    def hold(self, parcel: m.Hold) -> m.Held:
        return parse(m.Held, self._decided("/custody/hold", text(parcel)))

    def shares(self, ask: m.Ask) -> m.Shares:
        return parse(m.Shares, self._decided("/custody/shares", text(ask)))

    def gate(self, ask: m.Ask) -> m.Gate:
        return parse(m.Gate, self._decided("/custody/gate", text(ask)))

    def _decided(self, path: str, content: bytes) -> bytes:
        """Asks again when a new block came while it was decided: the same question is one."""
        for _ in range(AGAIN):
            try:
                return self.peer.post(path, content)
            except StateGone:  # an embedded chain answers at its head only
                continue
        return self.peer.post(path, content)

    def open_terms(self, told: m.OpenTerms) -> None:
        self.peer.post("/custody/terms", text(told))

    def erase(self, asked: Erase) -> Erased:
        return parse(Erased, self.peer.post("/custody/erase", text(asked)))

    def audit(self, asked: AskAudit) -> Told:
        return parse(Told, self.peer.post("/custody/audit", text(asked)))

    def audit_head(self, asked: AskHead) -> SignedHead:
        return parse(SignedHead, self.peer.post("/custody/audit/head", text(asked)))

    def licensed_units(self, asked: AskUnits) -> LicensedUnits:
        return parse(LicensedUnits, self.peer.post("/custody/units", text(asked)))

    def withdraw(self, told: Withdraw) -> None:
        self.peer.post("/custody/withdraw", text(told))

    def looks(self, ask: m.AskLooks) -> m.Looks:
        return parse(m.Looks, self.peer.post("/custody/looks", text(ask)))

    def body(self, name: bytes, ticket: bytes) -> bytes:
        return self.peer.get(f"/custody/bodies/{to_hex(name)}", {m.TICKET: to_hex(ticket)})

    def take_body(self, name: bytes, body: bytes, signature: bytes) -> None:
        headers = {m.SIGNATURE: to_hex(signature), "content-length": str(len(body))}
        parts = (body[at : at + PART] for at in range(0, len(body), PART))
        self.peer.put(f"/custody/bodies/{to_hex(name)}", parts, headers)


@dataclass(frozen=True, slots=True)
class Courier:
    """Brings bodies from the source to a gateway that keeps them in a vault of its own."""

    gateway: RemoteKeeper
    domain: bytes
    by: SigningKey = field(repr=False)

    def bring(self, bodies: Mapping[Digest, bytes]) -> None:
        """Each body under its name; one that is there already may be brought again."""
        for name, body in bodies.items():
            digest = m.body_digest(self.domain, name, len(body))
            self.gateway.take_body(name, body, self.by.sign(digest))


@dataclass(frozen=True, slots=True)
class Keepers:
    """The set that keeps a record's keys; without a courier its gateway uses our vault."""

    id: bytes
    custodians: tuple[RemoteKeeper, ...]
    gateway: RemoteKeeper
    k: int
    k_emergency: int
    courier: Courier | None = None

    def k_of(self, section: int) -> int:
        """How many custodians open a unit of a section, together with the gateway."""
        return self.k_emergency if section == EMERGENCY_SUMMARY else self.k

    def all(self) -> tuple[RemoteKeeper, ...]:
        return (*self.custodians, self.gateway)


def ask_all(
    keepers: Sequence[RemoteKeeper], question: Callable[[RemoteKeeper], T]
) -> tuple[dict[str, T], dict[str, SalusError]]:
    """Ask in parallel; answers and errors by name."""
    answers: dict[str, T] = {}
    errors: dict[str, SalusError] = {}
    with PAGES.given(), ThreadPoolExecutor(max_workers=max(1, len(keepers))) as pool:
        waiting = {keeper.name: pool.submit(question, keeper) for keeper in keepers}
    for name, future in waiting.items():
        error = future.exception()
        if error is None:
            answers[name] = future.result()
        elif isinstance(error, SalusError):
            errors[name] = error
        else:
            raise error
    return answers, errors
