"""Numbers that are used once, drawn so that they share words of the ledger's storage.

The ledger marks a number as used by one bit of a word. A number drawn at random takes a fresh word,
22,100 gas; the 256 numbers of one word take 5,000 each after the first. So each process draws a
random word for each signer and uses its numbers one after another.
"""

import os
import secrets
from collections import OrderedDict
from threading import Lock

from salus.kernel.ids import Address

WORD_BITS, NUMBERS = 247, 256  # with the 8 bits of a number below 2**255
MOST = 10_000  # signers of which a process remembers where it is


class Nonces:
    """The numbers of one process. After a fork each side draws words of its own."""

    def __init__(self) -> None:
        self._next: OrderedDict[Address, int] = OrderedDict()
        self._lock, self._process = Lock(), os.getpid()

    def draw(self, signer: Address) -> int:
        """A number that this process has not drawn for a signer before, and others hardly can."""
        with self._lock:
            if self._process != os.getpid():
                self._next.clear()
                self._process = os.getpid()
            number = self._next.pop(signer, None)
            if number is None:
                number = secrets.randbits(WORD_BITS) * NUMBERS
            if (number + 1) % NUMBERS:
                self._next[signer] = number + 1
            while len(self._next) > MOST:
                self._next.popitem(last=False)
        return number


NONCES = Nonces()
