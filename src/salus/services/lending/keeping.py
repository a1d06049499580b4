"""Looking after loans: income is divided, values are read, breaches are flagged and cured.

Anybody may do all of it; a home does it for every loan that it knows of. An auction is started by
the holder of the note, who earns the bounty, where it lives here.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from salus.kernel.errors import SalusError
from salus.kernel.ids import Address
from salus.kernel.secp256k1 import SigningKey
from salus.platform.work import Node
from salus.rights.revenue.service import settle
from salus.services.lending import model, selling
from salus.services.lending.appraising import read_value
from salus.services.lending.model import Breach, State
from salus.services.lending.reading import Standing, loans, standing

Keys = Callable[[Address], SigningKey | None]
"""The key of an organization, where it lives in this home."""


def look_after(node: Node, keys: Keys) -> list[tuple[int, SalusError]]:
    """Do what can be done for each loan; what was refused, by its number.

    One that is refused stops no other. Twice is once: a reading that comes too early is left out.
    """
    node.follow()
    with node.reading() as session:
        numbers = [each.number for each in loans(session, live_only=True)]
    refused: list[tuple[int, SalusError]] = []
    for number in numbers:
        try:
            _look_after(node, number, keys)
        except SalusError as error:
            refused.append((number, error))
    return refused


def _look_after(node: Node, number: int, keys: Keys) -> None:
    found = standing(node, number)
    settle(node, found.loan.token)
    if found.loan.warn_bps:
        with suppress(SalusError):  # without a value its term still counts
            read_value(node, found.loan.token)
    found = standing(node, number)
    for step in _steps(node, found, keys):
        step()


def _steps(node: Node, found: Standing, keys: Keys) -> Iterator[Callable[[], object]]:
    loan, reading, number = found.loan, found.reading, found.loan.id
    now = node.ledger.final().time
    if loan.state is State.ACTIVE and _is_reading(found, now):
        yield lambda: selling.flag(node, number)
    elif model.is_curable(loan, reading):
        yield lambda: selling.cure(node, number)
    elif not found.is_over and _may_start(found, now):
        key = keys(found.creditor)
        if key is not None:
            yield lambda: selling.start_auction(node, number, by=key)


def _is_reading(found: Standing, now: int) -> bool:
    """Whether a reading would say something, and is not too early."""
    loan, reading = found.loan, found.reading
    if loan.breach is Breach.NONE and model.breach_of(loan, reading) is Breach.NONE:
        return False
    with suppress(SalusError):
        model.flag(loan, reading, now)
        return True
    return False


def _may_start(found: Standing, now: int) -> bool:
    with suppress(SalusError):
        model.start_auction(found.loan, found.reading, now)
        return True
    return False
