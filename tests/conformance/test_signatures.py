"""Every verb that takes an intent, and every way in which the intent is wrong.

The matrix is made from the ABI. A life in which each verb happens is lived on a real ledger; before
each deed it is tried with every forgery, after it once more. So a forgery fails because it is one:
the same deed with the right intents succeeds from the same state.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.errors import SalusError
from salus.platform.ledger import Call, EmbeddedLedger
from salus.platform.ledger.contracts import Interface
from salus.platform.ledger.errors import TransactionRefused
from salus.platform.ledger.transactions import sign
from salus.rights.consent import errors as consent
from salus.rights.custody import errors as custody
from salus.rights.identity import errors as identity
from salus.rights.identity.ledger import send
from salus.rights.identity.model import Intent
from salus.services.exchange import errors as exchange
from salus.services.lending import errors as lending
from tests.support.deeds import Deed, Signer, World, life, new_world
from tests.support.forging import Forger, Forgery, authorities
from tests.support.pledging import pledging
from tests.support.selling import selling

SOURCES = Path(__file__).parents[2] / "src"
FAULTS = (identity.Expired, identity.NonceUsed, identity.BadSignature)

# Verbs that leave their nonce unused, since what they write cannot be written twice.
ONCE: dict[str, type[SalusError]] = {
    "ConsentRegistry.propose": consent.AlreadyExists,
    "ConsentRegistry.decline": consent.BadState,
    "ConsentRegistry.revoke": consent.BadState,
    "ConsentRegistry.publishPolicy": consent.AlreadyExists,
    "ConsentRegistry.approveCondition": consent.AlreadyExists,
    "EmergencyAccess.breakGlass": consent.AlreadyExists,
    "EmergencyAccess.recordOfflineCard": consent.AlreadyExists,
    "CustodyRegistry.eraseUnit": custody.Erased,
    "LicenseBook.subscribe": exchange.AlreadyExists,
    "LicenseBook.rent": exchange.AlreadyExists,
    "LicenseBook.acquire": exchange.AlreadyExists,
    "LicenseBook.sublicense": exchange.AlreadyExists,
    "LicenseBook.buy": exchange.AlreadyExists,
    "LicenseBook.revoke": exchange.Ended,
    "LoanAuction.startAuction": lending.WrongState,
    "LoanAuction.buy": lending.Closed,
    "LoanAuction.creditBid": lending.Closed,
    "LoanAuction.foreclose": lending.Closed,
    "LoanAuction.buyOut": lending.Closed,
}
# The same, of what another than `by` signed.
AGREED: dict[str, type[SalusError]] = {"Organizations.addKey": identity.KeyTaken}


def interfaces() -> Iterator[Interface]:
    for file in sorted(SOURCES.glob("salus/*/*/abi/*.json")):
        package = ".".join(file.parents[1].relative_to(SOURCES).parts)
        yield Interface.of(package, file.stem)


def verbs() -> list[str]:
    """Every function that takes an Intent or an Actor and is no view."""
    return [
        f"{interface.name}.{verb}"
        for interface in interfaces()
        for verb, function in interface.functions.items()
        if "(" not in verb
        and authorities(interface, verb)
        and function.entry["stateMutability"] == "nonpayable"
    ]


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried, what had to come of it and what came."""

    name: str
    expected: SalusError | type[SalusError] | None
    found: SalusError | None

    def is_as_expected(self) -> bool:
        if self.expected is None or self.found is None:
            return self.found is self.expected
        if self.expected is SalusError:
            return not isinstance(self.found, (*FAULTS, TransactionRefused))
        if isinstance(self.expected, type):
            return type(self.found) is self.expected
        same_kind = type(self.found) is type(self.expected)
        return same_kind and self.found.details == self.expected.details


@cache
def lived() -> dict[str, list[Tried]]:
    """Everything that was tried with each verb, in one life."""
    world = new_world()
    found: defaultdict[str, list[Tried]] = defaultdict(list)
    for deed in chain(life(world), pledging(world), selling(world)):
        found[f"{deed.contract}.{deed.verb}"] += tried(world, deed)
    return found


def tried(world: World, deed: Deed) -> Iterator[Tried]:
    """Raises what the ledger says when the deed itself is refused."""
    forger = Forger(world.node, deed, world.account)
    for forgery in (*forger.forgeries(), *cancelled(world, forger)):
        yield outcome(world, forger, forgery)
    right = forger.right()
    send(world.node, call(forger, deed.arguments, right))
    for forgery in repeated(forger, right):
        yield outcome(world, forger, forgery)


def outcome(world: World, forger: Forger, forgery: Forgery) -> Tried:
    attempt = call(forger, forgery.arguments, forgery.intents)
    done = ledger_of(world).attempt(attempt, sender=forgery.sender)
    found = None if done.ok else forger.target.error(done.output)
    return Tried(forgery.name, forgery.error, found)


def ledger_of(world: World) -> EmbeddedLedger:
    assert isinstance(world.node.ledger, EmbeddedLedger)
    return world.node.ledger


def call(forger: Forger, arguments: tuple[Any, ...], intents: dict[str, Intent]) -> Call:
    """The call of the verb, each authority in its place."""
    actors = authorities(forger.target.interface, forger.deed.verb)
    rest = iter(arguments)
    filled = [
        (intents[name].as_actor() if actors[name] else intents[name].as_abi())
        if name in actors
        else next(rest)
        for name in (entry["name"] for entry in forger.inputs)
    ]
    return forger.target.call(forger.deed.verb, *filled)


def cancelled(world: World, forger: Forger) -> Iterator[Forgery]:
    """With a nonce that the signer made unusable before."""
    for who, signer in forger.signers.items():
        if signer.account is None:
            other = Forger(world.node, forger.deed, world.account)
            cancel(world, other, signer)
            error = identity.NonceUsed(signer=signer.address, nonce=other.nonce)
            intents = forger.right() | {who: other.sign(who)}
            yield Forgery(f"{who}: cancelled", forger.deed.arguments, intents, error)


def cancel(world: World, forger: Forger, signer: Signer) -> None:
    nonce, ledger = forger.nonce, ledger_of(world)
    cancelling = forger.target.call("cancelNonces", nonce >> 8, 1 << (nonce & 0xFF))
    _, raw = sign(
        cancelling,
        nonce=ledger.nonce(signer.address),
        chain_id=ledger.chain_id,
        price=0,
        key=signer.key,
    )
    ledger.send_raw(raw)


def repeated(forger: Forger, right: dict[str, Intent]) -> Iterator[Forgery]:
    """The intents that were taken, once more: all, and each with fresh ones of the others."""
    deed = forger.deed
    verb = f"{deed.contract}.{deed.verb}"
    for who, known in ({"by": ONCE} | {who: AGREED for who in right if who != "by"}).items():
        error = known.get(verb) or identity.NonceUsed(
            signer=right[who].signer, nonce=right[who].nonce
        )
        fresh = replace(forger, nonce=forger.nonce ^ 1).right() | {who: right[who]}
        yield Forgery(f"{who}: repeated", deed.arguments, fresh, error)


@pytest.mark.parametrize("verb", verbs())
def test_each_wrong_intent_fails_with_exactly_one_named_error(verb: str) -> None:
    wrong = [each for each in lived()[verb] if not each.is_as_expected()]

    assert [] == wrong
    assert len(lived()[verb]) > 60


def test_every_fault_is_met() -> None:
    found = {type(each.found) for every in lived().values() for each in every}

    assert set(FAULTS) <= found


def test_a_right_deed_in_the_place_of_a_forgery_is_noticed() -> None:
    """The matrix would tell if a contract took what it must refuse, or refused it otherwise."""
    signer = bytes(20)
    refused = identity.BadSignature(signer=signer)

    assert not Tried("taken", refused, None).is_as_expected()
    assert not Tried("otherwise", refused, identity.NotAdmin(signer=signer)).is_as_expected()
    assert not Tried("whose", refused, identity.BadSignature(signer=b"x")).is_as_expected()
    assert not Tried("right", None, refused).is_as_expected()
    assert not Tried("an account's", SalusError, refused).is_as_expected()
