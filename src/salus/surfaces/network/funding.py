"""Give an account what it needs to send: gas costs a few wei, which nobody earns or sells."""

import time

import httpx

from salus.kernel.clock import monotonic
from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.i18n import translate
from salus.platform.ledger import rlp
from salus.surfaces.network.asking import ask_client
from salus.surfaces.network.configuration import TIP
from salus.surfaces.network.errors import NotFunded
from salus.surfaces.network.model import Network, Peer

GIFT = 10**24
"""Wei: a thousandth of what a founder has, and more than its node can spend in a life."""
GAS = 21_000  # of a transfer, yellow paper
_SECONDS, LOOKING = 5.0, 0.2


def fund(network: Network, peer: Peer, key: SigningKey, to: Address, *, patience: float) -> None:
    """Send a gift through a validator that runs, and wait so many seconds. Raises NotFunded."""
    end = monotonic() + patience
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        count, price, before = ask_client(
            client,
            peer,
            ("eth_getTransactionCount", [to_hex(key.address), "pending"]),
            ("eth_gasPrice", []),
            ("eth_getBalance", [to_hex(to), "latest"]),
        )
        if None in {count, price, before}:
            raise NotFunded(name=to_hex(to), reason=translate("its validator does not answer"))
        raw = transfer(network.chain, int(count, 16), 2 * int(price, 16), to, key)
        (sent,) = ask_client(client, peer, ("eth_sendRawTransaction", [to_hex(raw)]))
        while sent:
            (now,) = ask_client(client, peer, ("eth_getBalance", [to_hex(to), "finalized"]))
            if now and int(now, 16) >= int(before, 16) + GIFT:
                return
            if monotonic() > end:
                break
            time.sleep(LOOKING)
    raise NotFunded(name=to_hex(to), reason=translate("the transfer was not taken in time"))


def transfer(
    chain: int, nonce: int, price: int, to: Address, key: SigningKey, *, amount: int = GIFT
) -> bytes:
    """A signed EIP-1559 transaction that carries so many wei."""
    body = b"".join(
        (
            *(rlp.number(each) for each in (chain, nonce, int(TIP), int(TIP) + price, GAS)),
            rlp.string(to),
            rlp.number(amount),
            rlp.EMPTY_STRING,
            rlp.EMPTY_LIST,
        )
    )
    signature = key.sign(keccak256(b"\x02" + rlp.sequence((body,))))
    halves = (rlp.string(half.lstrip(b"\0")) for half in (signature[:32], signature[32:64]))
    return b"\x02" + rlp.sequence((body, rlp.number(signature[64] - 27), *halves))
