"""In the place of the lending: claims on income by a rule that has no memory.

So its model is one line. It is written in opcodes, because there is no compiler in Python.
"""

from dataclasses import dataclass

from salus.kernel.ids import Address
from salus.kernel.secp256k1 import keccak256
from salus.rights.revenue.model import Taken

_CREDITOR = keccak256(b"creditorOf(uint96)")[:4]
_DEBTOR = keccak256(b"debtorOf(uint96)")[:4]
_APPLY = keccak256(b"applyIncome(uint96,uint256)")[:4]


@dataclass(frozen=True, slots=True)
class Claims:
    """A third of income is interest, a fifth principal, and one amount of seven is the last."""

    creditor: Address

    def apply_income(self, lien: int, available: int, now: int) -> Taken:
        return Taken(available // 3, available // 5, self.creditor, available % 7 == 6)


def claims_code(creditor: Address, debtor: Address, router: Address) -> bytes:
    """What creates it; of anything but its three verbs, it makes calls of the router."""
    select = bytes.fromhex("5f3560e01c")  # calldata[0] >> 224
    table = [(_CREDITOR, _word(creditor)), (_DEBTOR, _word(debtor)), (_APPLY, _income())]
    bodies, head = [], len(select) + len(table) * 11
    passing = _passing(router, head)
    place, cases = head + len(passing), b""
    for selector, body in table:
        cases += b"\x80\x63" + selector + b"\x14\x61" + place.to_bytes(2) + b"\x57"
        bodies.append(b"\x5b" + body)
        place += len(bodies[-1])
    code = select + cases + passing + b"".join(bodies)
    return b"\x61" + len(code).to_bytes(2) + b"\x80\x60\x0b\x5f\x39\x5f\xf3" + b"\x00" + code


def _word(address: Address) -> bytes:
    """Returns an address."""
    return b"\x73" + address + bytes.fromhex("5f5260205ff3")


def _income() -> bytes:
    """Returns available / 3, available / 5, available % 7 == 6."""
    third = bytes.fromhex("6003602435045f52")
    fifth = bytes.fromhex("600560243504602052")
    last = bytes.fromhex("600760243506600614604052")
    return third + fifth + last + bytes.fromhex("60605ff3")


def _passing(router: Address, place: int) -> bytes:
    """Calls the router with the same bytes, and ends as that ends."""
    call = bytes.fromhex("365f5f37" + "5f5f365f5f") + b"\x73" + router + bytes.fromhex("5af1")
    answer = bytes.fromhex("3d5f5f3e")
    after = place + len(call) + len(answer) + 4 + 3
    jump = b"\x61" + after.to_bytes(2) + b"\x57"
    return call + answer + jump + bytes.fromhex("3d5ffd") + bytes.fromhex("5b3d5ff3")
