"""Write what the models of money answer, for forge: `python -m tools.vectors [--check]`.

Each file in `contracts/test/vectors` has columns of equal length, every number a decimal string, so
that `vm.parseJsonUintArray(json, ".column")` reads one and row `i` is the case `i`. The cases are
random but always the same, with the edges added by hand.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from salus.kernel.ids import NOBODY, Address, Digest
from salus.rights.consent.licensing.model import Duo, Region, Use
from salus.rights.revenue.model import (
    BPS,
    DAY,
    Gate,
    Section,
    Shares,
    accrue,
    ceil_day,
    legs,
    price,
    refund,
)
from salus.services.exchange.model import Kind, Offer, quote, sublicensed_rates
from salus.services.lending.model import (
    LENGTH,
    NO_SET,
    Appraisal,
    Paid,
    applied,
    capped_total,
    divided,
    price_at,
    raw_value,
    rise_limit,
    split_down,
    start_price,
)

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "contracts" / "test" / "vectors"
CASES = 300
START = 20_000 * DAY
Row = dict[str, int]


def terms(chance: random.Random) -> Row:
    """RevenueMath: `ceilDay`, `price`, `refund` of a term of at most 1,095 days."""
    start = START + chance.randrange(1_000 * DAY)
    end = start + chance.choice([0, 1, DAY, chance.randrange(1_095 * DAY)])
    stop = start + chance.randrange(1_095 * DAY)
    rate = amount(chance, 40)
    return {
        "rate": rate,
        "start": start,
        "end": end,
        "stop": stop,
        "ceilDay": ceil_day(start),
        "price": price(rate, start, end),
        "refund": refund(rate, end, stop),
    }


def shares(chance: random.Random) -> Row:
    """RevenueMath: `legs` of an amount."""
    value, given = amount(chance, 128), [chance.randrange(0, 2_001) for _ in range(4)]
    parts = legs(value, Shares(*given))
    names = ("subjectBps", "sourceBps", "hostBps", "platformBps")
    return {
        "amount": value,
        **dict(zip(names, given, strict=True)),
        "subject": parts.subject,
        "source": parts.source,
        "host": parts.host,
        "platform": parts.platform,
        "rest": parts.rest,
    }


def quotes(chance: random.Random) -> Row:
    """An offer of six sections from 4 on, what a mask of them costs, and a sublicense of it."""
    now, days = START + chance.randrange(DAY), chance.randrange(30, 366)
    prices, bps = [amount(chance, 36) for _ in range(6)], chance.randrange(BPS + 1)
    mask = chance.randrange(1, 64) << 4
    offer = Offer(
        id=1,
        token=1 << 8,
        mask=63 << 4,
        kind=Kind.SUBSCRIPTION,
        prices=tuple(prices),
        uses=Use.ACADEMIC,
        regions=Region.ANY,
        duo=1 << Duo.GRU,
        until=2 * START,
        seller=NOBODY,
        agreement_hash=Digest(bytes(32)),
        sublicense_depth=1,
        sublicense_bps=bps,
    )
    found = quote(offer, mask, days, now)
    child = sublicensed_rates(offer, mask, 1)
    row = {f"price{number}": each for number, each in enumerate(prices)}
    row |= {"now": now, "days": days, "mask": mask, "sublicenseBps": bps}
    row |= {"ratePerDay": found.rate_per_day, "end": found.end, "price": found.price}
    return row | {"childRate": sum(rate for _, rate in child)}


def walks(chance: random.Random) -> Row:
    """A section with four licenses from one second on, counted at another, perhaps closed between.

    `closedAt` is 0 when it was not. Ends are days since 1970.
    """
    start = START + chance.randrange(DAY)
    section, row = Section(last=start), {"start": start}
    for number in range(4):
        rate, day = amount(chance, 40), START // DAY + chance.randrange(1, 100)
        section = section.joined(0, rate, day * DAY, day)
        row |= {f"rate{number}": rate, f"endDay{number}": day}
    now = start + chance.randrange(120 * DAY)
    closed = chance.choice([0, start + chance.randrange(now - start + 1)])
    found = accrue(section, Gate(0, (closed,) if closed else ()), now).section
    row |= {"closedAt": closed, "now": now, "accrued": found.accrued, "last": found.last}
    return row | {"ratePerDay": found.rate_per_day, "sharedThroughDay": found.shared_through_day}


def totals(chance: random.Random) -> Row:
    """AppraisalMath: `cappedTotal` of eight incomes, far apart or nearly alike.

    Where some are nearly alike, the largest of them is about a quarter of the whole.
    """
    size = chance.choice([1, 8, 40, 100])
    incomes = [chance.choice([0, amount(chance, size)]) for _ in range(8)]
    if chance.randrange(2):
        base, alike = amount(chance, size), chance.randrange(4, 9)
        near = [base + chance.randrange(base // 3 + 1) for _ in range(alike)]
        incomes = [*near, *([0] * (8 - alike))]
        chance.shuffle(incomes)
    return {f"income{number}": each for number, each in enumerate(incomes)} | {
        "total": capped_total(incomes)
    }


def appraisals(chance: random.Random) -> Row:
    """Appraiser: the value before its limits, of six licenses of a licensee each, and a rise."""
    now = START + chance.randrange(DAY)
    row, paid = {"now": now}, []
    for number in range(6):
        start = now - chance.randrange(150 * DAY)
        end = ceil_day(now + chance.randrange(-20 * DAY, 100 * DAY))
        rate = amount(chance, 40)
        licensee = Address((number + 1).to_bytes(20))
        paid.append(Paid(licensee, number + 1, start, max(start, end), rate))
        row |= {f"rate{number}": rate, f"start{number}": start, f"end{number}": max(start, end)}
    flow, value, elapsed = amount(chance, 43), amount(chance, 100), chance.randrange(60 * DAY)
    risen = rise_limit(Appraisal(value, now, 0, 0, NO_SET), now + elapsed)
    row |= {"rateOf": flow, "raw": raw_value(paid, flow, now)}
    return row | {"value": value, "elapsed": elapsed, "risen": risen}


def debts(chance: random.Random) -> Row:
    """DebtMath: the debt, `applied`, and `splitDown` of the same amount."""
    principal, interest = amount(chance, 80), amount(chance, 127)
    full = BPS * 31_536_000
    owed = principal + -(-interest // full)
    near = owed + chance.randrange(-1, 2)
    given = max(chance.choice([near, amount(chance, 90), interest // full]), 0)
    parts = applied(principal, interest, given)
    bps = chance.choice([BPS, 0, chance.randrange(BPS)])
    return {
        "principal": principal,
        "interest": interest,
        "amount": given,
        "splitBps": bps,
        "debt": owed,
        "forInterest": parts.for_interest,
        "forPrincipal": parts.for_principal,
        "left": parts.left,
        "splitDown": split_down(interest, given, bps),
    }


def auctions(chance: random.Random) -> Row:
    """AuctionMath: where it starts, what it costs later, and how that is divided."""
    value, owed, is_fresh = amount(chance, 90), amount(chance, 90), chance.randrange(2)
    half = LENGTH // 6
    edge = half * chance.randrange(8) + chance.randrange(-1, 2)
    elapsed = max(chance.choice([edge, chance.randrange(LENGTH)]), 0)
    start = start_price(value, owed, is_fresh=bool(is_fresh))
    found, has_bounty = price_at(start, START, START + elapsed), chance.randrange(2)
    parts = divided(found, owed, has_bounty=bool(has_bounty))
    return {
        "value": value,
        "debt": owed,
        "isFresh": is_fresh,
        "elapsed": elapsed,
        "hasBounty": has_bounty,
        "startPrice": start,
        "price": found,
        "bounty": parts.bounty,
        "paid": parts.paid,
        "surplus": parts.surplus,
        "shortfall": parts.shortfall,
    }


TABLES: dict[str, Callable[[random.Random], Row]] = {
    "terms": terms,
    "legs": shares,
    "quotes": quotes,
    "walks": walks,
    "totals": totals,
    "appraisals": appraisals,
    "debts": debts,
    "auctions": auctions,
}


def amount(chance: random.Random, bits: int) -> int:
    """A number of at most so many bits, small ones as often as large ones."""
    return chance.getrandbits(chance.randrange(1, bits + 1))


def rendered() -> Iterator[tuple[Path, str]]:
    """The place and the text of each file."""
    for name, case in TABLES.items():
        chance = random.Random(name)
        rows = [case(chance) for _ in range(CASES)]
        columns = {column: [str(row[column]) for row in rows] for column in rows[0]}
        yield FOLDER / f"{name}.json", json.dumps(columns, separators=(",", ":")) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    is_check = parser.parse_args().check
    stale = []
    for place, text in rendered():
        if is_check:
            if not place.exists() or place.read_text() != text:
                stale.append(place.name)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    if stale:
        sys.exit(f"Run `make vectors`; these differ from the models: {', '.join(stale)}")


if __name__ == "__main__":
    main()
