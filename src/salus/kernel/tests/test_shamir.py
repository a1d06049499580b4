"""Secret sharing: any k shares give the secret, fewer say nothing."""

import secrets
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.kernel.shamir import ORDER, combine, split, weight

SECRETS = st.one_of(st.integers(0, ORDER - 1), st.sampled_from([0, 1, ORDER - 1]))


@st.composite
def thresholds(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 12))
    return draw(st.integers(1, n)), n


def test_the_field_is_that_of_ed25519() -> None:
    assert hex(ORDER) == "0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"


@settings(max_examples=100, deadline=None)
@given(SECRETS, thresholds(), st.randoms(use_true_random=False))
def test_any_k_shares_give_the_secret(secret: int, of: tuple[int, int], random: object) -> None:
    k, n = of
    shares = split(secret, k, n)
    chosen = random.sample(shares, k)  # type: ignore[attr-defined]

    assert list(range(1, n + 1)) == [index for index, _ in shares]
    assert all(0 <= y < ORDER for _, y in shares)
    assert secret == combine(chosen)


def test_more_shares_than_needed_give_the_same() -> None:
    shares = split(12345, 3, 5)

    assert combine(shares) == 12345


@pytest.mark.parametrize(("order", "k", "n"), [(5, 2, 4), (5, 3, 4), (7, 3, 5), (11, 2, 5)])
def test_fewer_than_k_shares_are_independent_of_the_secret(
    monkeypatch: pytest.MonkeyPatch, order: int, k: int, n: int
) -> None:
    """Over all polynomials of a small field, k-1 shares take each value equally often."""
    draws: Iterator[int] = iter(())
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(draws))
    for places in combinations(range(n), k - 1):
        seen = []
        for secret in range(order):
            values: Counter[tuple[int, ...]] = Counter()
            for coefficients in product(range(order), repeat=k - 1):
                draws = iter(coefficients)
                shares = split(secret, k, n, order=order)
                values[tuple(shares[place][1] for place in places)] += 1
            seen.append(values)

        assert len(seen[0]) == order ** (k - 1)
        assert all(values == seen[0] for values in seen)


@pytest.mark.parametrize(("order", "k", "n"), [(5, 2, 4), (7, 3, 5)])
def test_every_polynomial_of_a_small_field_combines(
    monkeypatch: pytest.MonkeyPatch, order: int, k: int, n: int
) -> None:
    draws: Iterator[int] = iter(())
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(draws))
    for secret, *coefficients in product(range(order), repeat=k):
        draws = iter(coefficients)
        shares = split(secret, k, n, order=order)

        assert {secret} == {combine(few, order=order) for few in combinations(shares, k)}


def test_two_dealings_of_one_secret_share_no_share() -> None:
    assert not set(split(7, 3, 5)) & set(split(7, 3, 5))


@settings(max_examples=60, deadline=None)
@given(SECRETS, st.integers(1, 3), st.integers(1, ORDER - 1))
def test_a_wrong_share_gives_another_secret(secret: int, index: int, error: int) -> None:
    shares = dict(split(secret, 3, 3))
    shares[index] = (shares[index] + error) % ORDER

    assert secret != combine(list(shares.items()))


@pytest.mark.parametrize(("k", "n"), [(0, 5), (-1, 5), (4, 3), (1, 0), (3, 256)])
def test_a_threshold_that_cannot_be_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError):
        split(1, k, n)


@pytest.mark.parametrize("secret", [-1, ORDER, 2**256])
def test_a_secret_outside_the_field_is_refused(secret: int) -> None:
    with pytest.raises(ValueError):
        split(secret, 3, 5)


def test_as_many_shares_as_a_small_field_has_places() -> None:
    with pytest.raises(ValueError):
        split(1, 2, 5, order=5)

    assert len(split(1, 2, 4, order=5)) == 4


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [(1, 5), (1, 5)],
        [(1, 5), (1, 6)],
        [(0, 5), (1, 6)],
        [(ORDER, 5), (1, 6)],
        [(-1, 5), (1, 6)],
        [(1, ORDER)],
        [(1, -1)],
    ],
)
def test_shares_that_cannot_be_are_refused(shares: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError):
        combine(shares)


@settings(max_examples=60, deadline=None)
@given(SECRETS, thresholds(), thresholds(), st.randoms(use_true_random=False))
def test_shares_that_are_split_again_and_added_up_give_the_same_secret(
    secret: int, old: tuple[int, int], new: tuple[int, int], random: object
) -> None:
    """Any k holders split what each share counts; whoever comes adds up what he gets."""
    givers = random.sample(split(secret, *old), old[0])  # type: ignore[attr-defined]
    places = [x for x, _ in givers]
    splits = [split(weight(x, places) * y % ORDER, *new) for x, y in givers]
    added = [(j, sum(each[j - 1][1] for each in splits) % ORDER) for j in range(1, new[1] + 1)]
    chosen = random.sample(added, new[0])  # type: ignore[attr-defined]

    assert secret == combine(chosen)


@pytest.mark.parametrize(("order", "k"), [(5, 2), (7, 2)])
def test_old_and_new_shares_below_both_thresholds_say_nothing(
    monkeypatch: pytest.MonkeyPatch, order: int, k: int
) -> None:
    """One old share and one new one of another holder, over all polynomials of a small field."""
    draws: Iterator[int] = iter(())
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(draws))
    seen = []
    for secret in range(order):
        values: Counter[tuple[int, int]] = Counter()
        for coefficients in product(range(order), repeat=(k - 1) * (k + 1)):
            draws = iter(coefficients)
            old = split(secret, k, 3, order=order)
            givers = old[:k]
            places = [x for x, _ in givers]
            splits = [
                split(weight(x, places, order=order) * y % order, k, 3, order=order)
                for x, y in givers
            ]
            values[old[2][1], sum(each[0][1] for each in splits) % order] += 1
        seen.append(values)

    assert all(values == seen[0] for values in seen)
