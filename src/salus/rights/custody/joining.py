"""The reader's side: ask everybody, and join what they release to keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from salus.kernel.documents import text
from salus.kernel.errors import SalusError
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Digest, UnitId
from salus.kernel.secp256k1 import recover
from salus.platform.web.errors import WrongCertificate
from salus.platform.work import Node
from salus.rights.custody import messages as m
from salus.rights.custody.errors import BadDealing, NotPermitted, TooFewShares
from salus.rights.custody.evidence.model import Evidence
from salus.rights.custody.ledger import domain_of
from salus.rights.custody.model import (
    Dealing,
    GateHalf,
    Share,
    info_release_gate,
    info_release_share,
    is_well_formed,
    join,
    same_key,
    share_is_good,
)
from salus.rights.custody.peers import Keepers, RemoteKeeper, ask_all
from salus.rights.records.errors import BodyDoesNotMatch


def collect(
    keepers: Keepers, ask: m.Ask
) -> tuple[dict[str, m.Shares], m.Gate | None, dict[str, SalusError]]:
    """What custodians and the gateway answer, and the errors of those who did not, by name."""
    gateway = keepers.gateway.name

    def question(keeper: RemoteKeeper) -> m.Shares | m.Gate:
        return keeper.gate(ask) if keeper.name == gateway else keeper.shares(ask)

    answers, errors = ask_all(keepers.all(), question)
    gate = answers.pop(gateway, None)
    shares = {name: each for name, each in answers.items() if isinstance(each, m.Shares)}
    return shares, gate if isinstance(gate, m.Gate) else None, errors


def refuse(
    shares: Mapping[str, m.Shares],
    gate: m.Gate | None,
    errors: Mapping[str, SalusError],
    *,
    needed: int,
) -> None:
    """Say what is wrong when an answer is not possible: a refusal goes before a lack.

    Who is not the one it must be goes before who is only silent: somebody may stand between.
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
    strangers = impostors(errors)
    if strangers:
        raise WrongCertificate(name=", ".join(strangers))
    missing = ", ".join(sorted(errors))
    answered = len(shares) + (gate is not None)
    raise TooFewShares(answered=answered, needed=needed + 1, missing=missing)


def impostors(errors: Mapping[str, SalusError]) -> list[str]:
    """The keepers at whose address somebody answers with another certificate."""
    return sorted(name for name, error in errors.items() if isinstance(error, WrongCertificate))


@dataclass(slots=True)
class Answers:
    """The answers to one request.

    `liars` gave something wrong, `lacking` have no share where others have one, `silent` did not
    answer or refused, and `strangers` among them show another certificate.
    """

    node: Node
    keepers: Keepers
    key: ReaderKey
    digest: Digest
    shares: Mapping[str, m.Shares]
    gate: m.Gate
    liars: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    _keks: dict[tuple[bytes, int], bytes] = field(default_factory=dict)

    def halves(self, unit: UnitId) -> list[m.ReleasedHalf]:
        """The gateway's part of each epoch of a unit. Raises BodyDoesNotMatch for a wrong one."""
        found = [half for half in self.gate.released if half.dealing.unit == unit]
        epochs = {half.dealing.epoch for half in found}
        if len(epochs) != len(found) or not all(map(self._is_well_formed, found)):
            raise BodyDoesNotMatch(step="unit")
        return found

    def _is_well_formed(self, half: m.ReleasedHalf) -> bool:
        """A key that went to other holders is still the one that the objects name."""
        dealing = half.dealing
        if not is_well_formed(dealing):
            return False
        if not half.origins:
            return dealing.generation == 0
        origin, *more = half.origins
        signed = m.dealing_digest(domain_of(self.node), dealing.id())
        is_dealt = recover(signed, half.dealt) == self.gate.version.header.source
        return is_dealt and not more and origin.generation == 0 and same_key(origin, dealing)

    def kek(self, half: m.ReleasedHalf) -> bytes:
        """The key of one unit in one epoch. Raises TooFewShares, BadDealing."""
        place = (half.dealing.unit, half.dealing.epoch)
        if place not in self._keks:
            self._keks[place] = self._join(half)
        return self._keks[place]

    def _join(self, half: m.ReleasedHalf) -> bytes:
        """Combine any k good shares with the gateway's half."""
        dealing, good = half.dealing, self.good_shares(half.dealing)
        if len(good) < dealing.k:
            away = {keeper.name for keeper in self.keepers.custodians} - self.shares.keys()
            missing = ", ".join(sorted(away | self.liars | self.lacking))
            raise TooFewShares(answered=len(good) + 1, needed=dealing.k + 1, missing=missing)
        key = join(dealing, good, self.part_of_gateway(half))
        if key is None:
            raise self._bad(half)
        return key

    def _bad(self, half: m.ReleasedHalf) -> BadDealing:
        """With the receipts, so that others see who released what, and of which dealing."""
        dealing = half.dealing
        answered = {name: _part_of(answer, dealing) for name, answer in self.shares.items()}
        lines = [
            text(Evidence(part.receipt, part.signature)).decode()
            for keeper in self.keepers.all()
            if (part := half if keeper == self.keepers.gateway else answered.get(keeper.name))
            and self._is_signed(keeper, part)
        ]
        return BadDealing(unit=dealing.unit, receipts="\n".join(lines))

    def _is_signed(self, keeper: RemoteKeeper, part: m.ReleasedShare | m.ReleasedHalf) -> bool:
        """Whether it proves anything against who gave it; a receipt may hold any numbers."""
        try:
            signed = m.receipt_digest(domain_of(self.node), part.receipt)
        except (ValueError, OverflowError):
            return False
        return recover(signed, part.signature) == keeper.member.address

    def part_of_gateway(self, half: m.ReleasedHalf) -> GateHalf:
        """The gateway's half of a key, opened. Raises BadDealing, NotForThisKey."""
        dealing = half.dealing
        message = self.key.open(info_release_gate(dealing, self.digest), half.sealed)
        try:
            part = GateHalf.parse(message)
        except ValueError:
            raise self._bad(half) from None
        if part.commitment(dealing.bind()) != dealing.gate_commit:
            raise self._bad(half)
        return part

    def good_shares(self, dealing: Dealing) -> list[Share]:
        """One share of each custodian that told the truth; the names of the others are kept."""
        good: dict[int, Share] = {}
        for keeper in self.keepers.custodians:
            answer = self.shares.get(keeper.name)
            if answer is None:
                continue
            part = _part_of(answer, dealing)
            share = self._share(keeper, part, dealing) if part else None
            if part is None and self._is_of_this_request(answer):
                self.lacking.add(keeper.name)
            elif share is None or share.index in good:
                self.liars.add(keeper.name)
            else:
                good[share.index] = share
        return list(good.values())

    def _is_of_this_request(self, answer: m.Shares) -> bool:
        """Whether a custodian released something, and nothing that another request asked for."""
        return {part.receipt.request for part in answer.released} == {self.digest}

    def _share(self, keeper: RemoteKeeper, part: m.ReleasedShare, dealing: Dealing) -> Share | None:
        """A share that opens, fits its commitment, and whose receipt its custodian signed."""
        try:
            info = info_release_share(dealing, part.index, self.digest)
            share = Share.parse(self.key.open(info, part.sealed))
            signed = m.receipt_digest(domain_of(self.node), part.receipt)
            is_good = share.index == part.index and share_is_good(dealing, share)
        except (SalusError, ValueError, IndexError, OverflowError):
            return None
        is_own = recover(signed, part.signature) == keeper.member.address
        place = (self.digest, dealing.unit, dealing.epoch)
        is_right = (part.receipt.request, part.receipt.unit, part.receipt.epoch) == place
        return share if is_good and is_own and is_right else None


def _part_of(answer: m.Shares, dealing: Dealing) -> m.ReleasedShare | None:
    """What a custodian released of one key; it may lack the share of one, or hold an older."""
    place = (dealing.unit, dealing.epoch, dealing.generation)
    for part in answer.released:
        own = part.dealing
        if (own.unit, own.epoch, own.generation) == place:
            return part
    return None
