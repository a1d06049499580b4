"""A contract that does what contracts do, and ledgers to put it on."""

import json
from datetime import UTC, datetime
from pathlib import Path

from salus.kernel.clock import Clock, ManualClock
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.ledger import Contract, EmbeddedLedger, Interface, Ledger, settled

CHAIN = 31_337
OWNER = Address(b"\x11" * 20)
KEY = SigningKey.from_bytes(b"\7" * 32)
ANCHOR = (b"\1" * 32, 5)


def interface() -> Interface:
    content = json.loads((Path(__file__).parent / "ledgered.json").read_text())
    bytecode = bytes.fromhex(content["bytecode"][2:])
    return Interface("Ledgered", "salus.platform.ledger", content["abi"], bytecode)


def new_clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, tzinfo=UTC))


def new_ledger(path: Path | str = ":memory:", clock: Clock | None = None) -> EmbeddedLedger:
    return EmbeddedLedger(path, clock=clock or new_clock(), relayer=KEY, chain_id=CHAIN)


def deployed(ledger: Ledger) -> Contract:
    address = ledger.next_address(0)
    receipt = settled(ledger, ledger.submit([interface().creation(OWNER)]))[0]
    assert receipt.ok
    return interface().at(address)
