"""New keys for a home to send with: each old account gives all it has to the new one.

Whoever has an old key then has an empty account, with which nothing can be sent.
"""

import time
from collections.abc import Callable
from pathlib import Path

from salus.kernel.clock import monotonic
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.i18n import translate
from salus.platform.ledger.nodes import Network
from salus.platform.ledger.outbox import Outbox
from salus.platform.ledger.served import network_of, read_served
from salus.platform.ledger.settings import LedgerSettings
from salus.platform.ledger.wire import Request, Wire
from salus.platform.node import OUTBOX, SERVED, ledger_is_elsewhere, relayer_files
from salus.platform.settings import read
from salus.platform.storage import destroy, read_secret, write_secret
from salus.surfaces.network.configuration import TIP
from salus.surfaces.network.errors import NoNetwork, NotFunded, StillSending
from salus.surfaces.network.funding import GAS, LOOKING, transfer

_NEXT = ".next"


def rotate(home: Path, *, patience: float, step: Callable[[int], None]) -> list[Address]:
    """The accounts that the home sends with from now on.

    Where it ended in the middle it goes on there. Raises NoNetwork, StillSending, NotFunded.
    """
    if not ledger_is_elsewhere(home):
        raise NoNetwork(home=str(home))
    wire = Wire(_network(home).endpoints[0])
    try:
        begun = _begun(home)
        _refuse_owing(home, begun)
        for file in begun:
            _replace(wire, file, patience=patience)
            step(1)
    finally:
        wire.close()
    return [_key(file).address for file in relayer_files(home)]


def _network(home: Path) -> Network:
    return network_of(read_served(home / SERVED), read(LedgerSettings))


def _begun(home: Path) -> list[Path]:
    """Whose successor lies beside it. That of the first key is made last and taken last."""
    files = list(reversed(relayer_files(home)))
    if not _successor(files[-1]).exists():
        for file in files:
            if not _successor(file).exists():
                write_secret(_successor(file), SigningKey.generate().secret())
    return [file for file in files if _successor(file).exists()]


def _successor(file: Path) -> Path:
    return file.with_name(file.name + _NEXT)


def _refuse_owing(home: Path, files: list[Path]) -> None:
    """What is signed with an old key and not final yet would never be."""
    outbox = Outbox(home / OUTBOX)
    try:
        owing = [each for each in files if outbox.owed(_key(each).address)]
    finally:
        outbox.close()
    if owing:
        raise StillSending(home=str(home))


def _replace(wire: Wire, file: Path, *, patience: float) -> None:
    old, new = _key(file), _key(_successor(file)).address
    if not _balance(wire, new):
        _move(wire, old, new, patience=patience)
    spare = file.with_name(file.name + ".old")
    destroy(spare)
    spare.hardlink_to(file)
    _successor(file).replace(file)
    destroy(spare)


def _move(wire: Wire, old: SigningKey, new: Address, *, patience: float) -> None:
    """All but what the transfer costs at most, and wait until it is final."""
    chain, count, price, has = wire.all(
        [
            Request("eth_chainId"),
            Request("eth_getTransactionCount", (to_hex(old.address), "pending")),
            Request("eth_gasPrice"),
            Request("eth_getBalance", (to_hex(old.address), "latest")),
        ]
    )
    fee = 2 * int(price, 16)
    amount = int(has, 16) - GAS * (fee + int(TIP))
    if amount <= 0:
        raise NotFunded(name=to_hex(new), reason=translate("the old account is empty"))
    raw = transfer(int(chain, 16), int(count, 16), fee, new, old, amount=amount)
    wire.ask("eth_sendRawTransaction", to_hex(raw))
    end = monotonic() + patience
    while not _balance(wire, new):
        if monotonic() > end:
            raise NotFunded(
                name=to_hex(new), reason=translate("the transfer was not taken in time")
            )
        time.sleep(LOOKING)


def _balance(wire: Wire, account: Address) -> int:
    return int(wire.ask("eth_getBalance", to_hex(account), "finalized"), 16)


def _key(file: Path) -> SigningKey:
    return SigningKey.from_bytes(read_secret(file))
