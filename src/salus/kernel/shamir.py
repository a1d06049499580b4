"""Shamir's secret sharing over the order of ed25519, which leaves room for verifiable sharing.

Python integers are not constant-time: only the dealer splits and only the reader combines, each on
his own machine; a custodian never does either.
"""

import secrets
from collections.abc import Sequence

ORDER = 2**252 + 27742317777372353535851937790883648493


def split(secret: int, k: int, n: int, *, order: int = ORDER) -> list[tuple[int, int]]:
    """Points (i, f(i)) for i = 1..n of a random polynomial of degree k-1 with f(0) = secret.

    Raises ValueError unless 0 < k <= n < min(order, 256) and 0 <= secret < order.
    """
    if not 0 < k <= n < min(order, 256) or not 0 <= secret < order:
        raise ValueError("bad threshold or secret")
    coefficients = [secret, *(secrets.randbelow(order) for _ in range(k - 1))]
    return [(x, _evaluate(coefficients, x, order)) for x in range(1, n + 1)]


def _evaluate(coefficients: Sequence[int], x: int, order: int) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * x + coefficient) % order
    return value


def combine(shares: Sequence[tuple[int, int]], *, order: int = ORDER) -> int:
    """f(0) from as many points as the polynomial has coefficients.

    Raises ValueError for no points, a repeated one, or one outside the field.
    """
    points = dict(shares)
    if not points or len(points) != len(shares):
        raise ValueError("no shares, or one twice")
    if any(not 0 < x < order or not 0 <= y < order for x, y in shares):
        raise ValueError("a share outside the field")
    return sum(y * weight(x, list(points), order=order) for x, y in shares) % order


def weight(x: int, places: Sequence[int], *, order: int = ORDER) -> int:
    """What f(x) counts in f(0) among the values at `places`, which are different (Lagrange)."""
    numerator = denominator = 1
    for other in places:
        if other != x:
            numerator = numerator * other % order
            denominator = denominator * (other - x) % order
    return numerator * pow(denominator, -1, order) % order
