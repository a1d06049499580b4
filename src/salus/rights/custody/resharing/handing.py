"""What the source asks of present and coming holders, and what it makes of their answers."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest, UnitId
from salus.kernel.secp256k1 import recover
from salus.rights.custody import messages as m
from salus.rights.custody.erasure.messages import (
    HeldPart,
)
from salus.rights.custody.ledger import domain_of, epochs_of
from salus.rights.custody.model import Dealing
from salus.rights.custody.peers import RemoteKeeper, ask_all
from salus.rights.custody.resharing import doors
from salus.rights.custody.resharing.errors import BadSplit, HoldersMissing
from salus.rights.custody.resharing.messages import (
    Adopt,
    AskSplit,
    Dealt,
    Given,
    Join,
    Split,
    Splits,
    Spread,
    SpreadKey,
    Taken,
    ToSplit,
    split_digest,
)
from salus.rights.custody.resharing.model import Threshold, next_dealing, threshold
from salus.rights.custody.resharing.move import Move
from salus.rights.custody.resharing.retirement import ask_retire, still_held

T = TypeVar("T")
Key = tuple[bytes, int]
"""A unit and an epoch."""


def split_all(move: Move) -> Spread:
    """Let as many present holders as are needed split each key. Raises HoldersMissing, BadSplit."""
    held, _ = ask_all(move.present.all(), lambda keeper: doors.holdings(keeper, move.question()))
    gateway = move.present.gateway.name
    if gateway not in held:
        raise HoldersMissing(missing=gateway)
    keys = {_key(deal.dealing): deal for deal in _in_force(move, held[gateway].deals)}
    holders = {
        keeper.name: {_key(deal.dealing) for deal in held[keeper.name].deals}
        for keeper in move.present.custodians
        if keeper.name in held
    }
    givers = {key: _givers(move, deal.dealing, key, holders) for key, deal in keys.items()}
    splits = _splits(move, keys, givers)
    return Spread(
        tuple(
            SpreadKey(deal.dealing, deal.signature, tuple(splits[key]))
            for key, deal in keys.items()
        )
    )


def _key(dealing: Dealing) -> Key:
    return dealing.unit, dealing.epoch


def _in_force(move: Move, deals: Sequence[m.Deal]) -> Iterator[m.Deal]:
    """Those of the present set, in epochs that have not ended."""
    dealings = (deal.dealing for deal in deals)
    units = list(dict.fromkeys((UnitId(each.unit), each.section) for each in dealings))
    found = zip(units, epochs_of(move.node, move.record, units), strict=True)
    epochs: dict[bytes, range] = {unit: in_force for (unit, _), in_force in found}
    for deal in deals:
        dealing = deal.dealing
        if dealing.set == move.present.id and dealing.epoch in epochs[dealing.unit]:
            yield deal


def _givers(
    move: Move, dealing: Dealing, key: Key, holders: Mapping[str, set[Key]]
) -> tuple[int, ...]:
    """The first who hold a share, as many as open the key. Raises HoldersMissing."""
    places = enumerate(move.present.custodians, start=1)
    have = [index for index, keeper in places if key in holders.get(keeper.name, ())]
    if len(have) < dealing.k:
        names = [keeper.name for keeper in move.present.custodians]
        missing = [name for at, name in enumerate(names, start=1) if at not in have]
        raise HoldersMissing(missing=", ".join(missing))
    return tuple(have[: dealing.k])


def _splits(
    move: Move, keys: Mapping[Key, m.Deal], givers: Mapping[Key, tuple[int, ...]]
) -> dict[Key, list[Split]]:
    takers = tuple(keeper.member.sealing for keeper in move.coming.custodians)
    asked: dict[str, AskSplit] = {}
    for index, keeper in enumerate(move.present.custodians, start=1):
        mine = tuple(
            ToSplit(UnitId(key[0]), key[1], each) for key, each in givers.items() if index in each
        )
        if mine:
            asked[keeper.name] = AskSplit(move.order(), takers, mine)
    chosen = [keeper for keeper in move.present.custodians if keeper.name in asked]
    answers = _all(chosen, lambda keeper: doors.split(keeper, asked[keeper.name]))
    found: dict[Key, list[Split]] = defaultdict(list)
    for keeper in chosen:
        for split in _checked(move, keeper, keys, givers, answers[keeper.name]):
            found[split.unit, split.epoch].append(split)
    return found


def _checked(
    move: Move,
    keeper: RemoteKeeper,
    keys: Mapping[Key, m.Deal],
    givers: Mapping[Key, tuple[int, ...]],
    answer: Splits,
) -> Iterator[Split]:
    """What a giver signed. Raises BadSplit."""
    for split in answer.splits:
        key = (split.unit, split.epoch)
        signed = key in keys and split_digest(
            domain_of(move.node),
            keys[key].dealing.id(),
            move.set,
            giver=split.giver,
            givers=givers[key],
            commits=split.commits,
        )
        if not signed or recover(signed, split.signature) != keeper.member.address:
            raise BadSplit(holder=keeper.name, reason="bad-signature")
        yield split


def join_all(move: Move, spread: Spread) -> Dealt:
    """Let every coming holder add up, and sign the new dealings.

    Raises HoldersMissing, BadSplit.
    """
    order = move.order()
    asked = {
        keeper.name: Join(order, tuple(_taken(key, index) for key in spread.keys))
        for index, keeper in enumerate(move.coming.custodians)
    }
    answers = _all(move.coming.custodians, lambda keeper: doors.join(keeper, asked[keeper.name]))
    commits = [answers[keeper.name].commits for keeper in move.coming.custodians]
    if any(len(each) != len(spread.keys) for each in commits):
        raise BadSplit(holder=move.coming.custodians[0].name, reason="another-number")
    by_key = zip(*commits, strict=True)
    deals = (_deal(move, key, each) for key, each in zip(spread.keys, by_key, strict=True))
    return Dealt(tuple(deals), tuple(key.dealing for key in spread.keys))


def _taken(key: SpreadKey, taker: int) -> Taken:
    return Taken(
        key.dealing,
        key.dealt,
        tuple(
            Given(split.giver, split.commits, split.sealed[taker], split.signature)
            for split in key.splits
        ),
    )


def _deal(move: Move, key: SpreadKey, commits: Sequence[Digest]) -> m.Deal:
    dealing = next_dealing(
        key.dealing,
        move.set,
        _threshold(move, key.dealing.section),
        commits,
        by=move.source.address,
        at=move.node.clock.now().replace(microsecond=0),
    )
    signed = m.dealing_digest(domain_of(move.node), dealing.id())
    return m.Deal(dealing, move.source.signing.sign(signed), 0)


def _threshold(move: Move, section: int) -> Threshold:
    keepers = move.coming
    return threshold(
        section, n=len(keepers.custodians), k=keepers.k, k_emergency=keepers.k_emergency
    )


@dataclass(frozen=True, slots=True)
class Ack:
    """That a holder keeps its part of a new dealing."""

    dealing: Digest
    holder: Address
    signature: bytes


def adopt_all(move: Move, dealt: Dealt) -> list[Ack]:
    """Let every coming holder and the gateway keep their parts. Raises HoldersMissing, BadSplit."""
    places = {keeper.name: at for at, keeper in enumerate(move.coming.custodians, start=1)}
    order = move.order()

    def own(keeper: RemoteKeeper) -> tuple[m.Deal, ...]:
        index = places.get(keeper.name, 0)
        return tuple(m.Deal(each.dealing, each.signature, index) for each in dealt.deals)

    answers = _all(move.coming.all(), lambda keeper: doors.adopt(keeper, Adopt(order, own(keeper))))
    return [
        ack
        for keeper in move.coming.all()
        for ack in _acks(move, keeper, own(keeper), answers[keeper.name])
    ]


def _acks(move: Move, keeper: RemoteKeeper, deals: Sequence[m.Deal], held: m.Held) -> Iterator[Ack]:
    if len(held.signatures) != len(deals):
        raise BadSplit(holder=keeper.name, reason="another-number")
    for deal, signature in zip(deals, held.signatures, strict=True):
        dealing, identity = deal.dealing, deal.dealing.id()
        commit = dealing.commit_of(deal.index)
        signed = m.held_digest(domain_of(move.node), identity, deal.index, commit)
        if recover(signed, signature) != keeper.member.address:
            raise BadSplit(holder=keeper.name, reason="bad-signature")
        yield Ack(identity, keeper.member.address, signature)


def retire_all(move: Move, dealt: Dealt) -> tuple[str, ...]:
    """Let the old shares be deleted; the names of those who have not signed for it."""
    parts = {**_left(move, dealt), move.present.gateway.name: ()}
    return ask_retire(move.node, move.record, move.present, parts, by=move.controller)


def waiting(move: Move, dealt: Dealt) -> tuple[str, ...]:
    """Who has not signed yet that its old shares are gone."""
    return tuple(_left(move, dealt))


def _left(move: Move, dealt: Dealt) -> dict[str, tuple[HeldPart, ...]]:
    places = list(enumerate(move.present.custodians, start=1))
    return still_held(move.node, dealt.replaced, places)


def _all(keepers: Sequence[RemoteKeeper], question: Callable[[RemoteKeeper], T]) -> dict[str, T]:
    """An answer from everybody. Raises what is wrong with one, and HoldersMissing."""
    answers, errors = ask_all(keepers, question)
    clear = [error for error in errors.values() if error.status < 500]
    if clear:
        raise clear[0]
    _refuse_missing(errors)
    return answers


def _refuse_missing(errors: Mapping[str, SalusError]) -> None:
    if errors:
        raise HoldersMissing(missing=", ".join(sorted(errors)))
