"""Prices and income: quotes of the model, and a keeper that divides the income of many records.

The reference runs the same calls of the same contracts on pyrevm with nothing around it: it signs
no transaction, counts no nonce, keeps no receipt, undoes nothing and remembers nothing.
"""

import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyrevm

from benchmarks.report import Row, row, scaled, seconds
from salus.kernel.clock import ManualClock
from salus.kernel.ids import NOBODY, Address, Digest, RecordId, new_record_id
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Call, Contracts, Deploy, EmbeddedLedger, Ledger, deploy, settled
from salus.platform.testing import CHAIN, memory_node
from salus.rights.consent.licensing.model import Duo, Region, Use
from salus.rights.custody.founding import plan
from salus.rights.identity.ledger import intent, send, signed, view
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit, name_platform, new_party
from salus.rights.revenue.ledger import issue, permit_payer
from salus.rights.revenue.model import DAY
from salus.rights.revenue.service import settle_all
from salus.services.exchange.model import Kind, Offer, quote

BATCH = 128
RATE = 3_000_000  # units a day
CODE = 7
RICH = 10**18
NOW = 1_800_000_000
RELAYER = SigningKey.from_bytes(b"\x2a" * 32)
REPLACED = ("LicenseBook", "OfferBook")
T = TypeVar("T")


def run() -> list[Row]:
    return [_quotes(scaled(100_000)), _keeper(scaled(10_000, quick=200))]


def _quotes(amount: int) -> Row:
    """Of a year and six sections, each for another term."""
    offer = Offer(
        id=1,
        token=1 << 8,
        mask=63 << 4,
        kind=Kind.SUBSCRIPTION,
        prices=(5, 700, 90_000, 11, 13_000_000, 17),
        uses=Use.ACADEMIC,
        regions=Region.ANY,
        duo=1 << Duo.GRU,
        until=2 * NOW,
        seller=NOBODY,
        agreement_hash=Digest(bytes(32)),
    )

    def ask() -> None:
        for number in range(amount):
            quote(offer, 63 << 4, 30 + number % 335, NOW + number)

    return row("quotes", amount / seconds(ask), "1/s", at_least=20_000)


"""ONE RUN OF A KEEPER"""


def _keeper(records: int) -> Row:
    with TemporaryDirectory() as folder:
        market = _Market(Path(folder) / "chain.db", records)
        try:
            market.node.follow()
            before = market.node.ledger.head().number
            start = time.perf_counter()
            tokens = settle_all(market.node)
            own = time.perf_counter() - start
            assert tokens == records, f"{tokens} of {records} records earned"
            assert view(market.node, "RevenueRouter", "pendingOf", market.tokens[-1]) == 0
            reference = _bare(market.ledger, before)
        finally:
            market.ledger.close()
    what = f"income of {records} records divided in one run"
    return row(what, own, "s", reference=reference, at_most=60)


class _Market:
    """Records whose laboratory is licensed; the exchange is the relayer, so that setup is quick."""

    def __init__(self, place: Path, records: int) -> None:
        base = memory_node()
        assert isinstance(base.clock, ManualClock)
        self.ledger = EmbeddedLedger(place, clock=base.clock, relayer=RELAYER, chain_id=CHAIN)
        self.source = new_party("hospital", Roles.SOURCE | Roles.READER)
        platform, licensee = new_party("platform", Roles(0)), new_party("acme", Roles.LICENSEE)
        contracts = _deployed(self.ledger, self.source.address)
        self.node = replace(base, ledger=self.ledger, contracts=contracts)
        governors = (self.source,)
        admit(self.node, (self.source, platform, licensee), governors=governors)
        name_platform(self.node, platform.address, governors=governors)
        send(self.node, issue(self.node, licensee.address, RICH, by=platform.signing))
        send(self.node, permit_payer(self.node, RICH, by=licensee.signing))
        self.tokens = [each << 8 for each in self._registered(records)]
        self._licensed(licensee)
        base.clock.move(timedelta(days=3))

    def _registered(self, amount: int) -> list[RecordId]:
        patient, records = SigningKey.generate(), [new_record_id() for _ in range(amount)]
        self._submit(
            signed(self.node, "Authority", "enroll", each, patient.address, by=patient)
            for each in records
        )
        self._submit(self._registration(each, patient) for each in records)
        for some in _batches(records):
            self._submit([self._versions(some)])
        return records

    def _registration(self, record: RecordId, patient: SigningKey) -> Call:
        node, source = self.node, self.source
        account = Address(bytes(view(node, "Authority", "accountOf", record)))
        terms = (record, source.address, account, NOBODY, 1_000, 0, 1_000)
        registry = node.contracts["RecordRegistry"]
        agreed = intent(
            node,
            registry,
            "register",
            [terms],
            by=patient,
            signer=account,
            primary="AcceptRegistration",
        )
        own = intent(node, registry, "register", [terms], by=source.signing)
        return registry.call("register", terms, agreed.as_abi(), own.as_actor())

    def _versions(self, records: list[RecordId]) -> Call:
        root, registry = secrets.token_bytes(32), self.node.contracts["RecordRegistry"]
        versions = [(each, 1, bytes(32), root, 1 << CODE, 0) for each in records]
        own = intent(self.node, registry, "advance", [versions], by=self.source.signing)
        return replace(registry.call("advance", versions, own.as_actor()), gas=30_000_000)

    def _licensed(self, licensee: Party) -> None:
        router, end = self.node.contracts["RevenueRouter"], self.ledger.head().time // DAY + 60
        self._submit(
            router.call("open", each, 1, licensee.address, [(each | CODE, RATE)], end, True, True)
            for each in self.tokens
        )

    def _submit(self, calls: Iterable[Call]) -> None:
        for some in _batches(calls):
            receipts = settled(self.ledger, self.ledger.submit(some))
            assert all(each.ok for each in receipts), "the market is not set up"


def _deployed(ledger: Ledger, governor: Address) -> Contracts:
    steps = [each for each in plan([governor], 1) if each.name not in REPLACED]
    return deploy(ledger, [_replaced(each) for each in steps])


def _replaced(step: Deploy) -> Deploy:
    """With the relayer in the place of the exchange."""
    exchange = {"LicenseBook": RELAYER.address}
    return replace(step, arguments=lambda at: step.arguments({**at, **exchange}))


def _batches(found: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(found)
    return iter(lambda: list(islice(rest, BATCH)), [])


def _bare(ledger: EmbeddedLedger, before: int) -> float:
    """Seconds of the keeper's calls alone, on a machine that has lived through the rest."""
    rules = pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=CHAIN))
    evm = pyrevm.EVM(env=rules, spec_id="CANCUN", gas_limit=2**63)
    spent = 0.0
    for number in range(1, ledger.head().number + 1):
        block = ledger.block(number)
        assert block is not None
        evm.set_block_env(pyrevm.BlockEnv(number=number, timestamp=block.time))
        calls = [tx for tx, _ in ledger.transactions(number)]
        start = time.perf_counter()
        for tx in calls:
            sender = "0x" + tx.sender.hex()
            if tx.to:
                evm.message_call(sender, "0x" + tx.to.hex(), calldata=tx.input, gas=tx.gas)
            else:
                evm.deploy(sender, tx.input, gas=tx.gas)
        spent += time.perf_counter() - start if number > before else 0
    return spent
