"""Answer a query of halmos over the integers: `python integers.py QUERY.smt2`.

The arithmetic of money multiplies two numbers and divides by a constant. Bit by bit no solver ends
that; over the integers it takes seconds. Each word of the query becomes a number with its bounds,
and where a sum may leave its word the number says so. What this does not know, such as a division
by a variable, becomes a number of which only the width is known. So the query that is solved allows
all that the one of halmos does, and perhaps more: `unsat` proves the claim, and nothing else is
ever answered than `unsat` or `unknown`.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import z3  # type: ignore[import-not-found, unused-ignore] # with the checkers only

SHIFTS = 16
"""So many cases a shift by a variable may have to be taken apart into."""
PATIENCE = 5_000
"""Milliseconds for the question whether a difference is below zero; without an answer it may be."""
DEPTH = 20_000
"""How deep the terms of a query may be."""


@dataclass(frozen=True, slots=True)
class Number:
    """An integer that a word stands for, and between what it lies."""

    value: Any
    least: int
    most: int


class Query:
    """Reads the assertions of a query, each with what those before it tell."""

    def __init__(self) -> None:
        self.known = z3.Solver()
        self._numbers: dict[int, tuple[Any, Number]] = {}
        self._claims: dict[int, tuple[Any, Any]] = {}

    def add(self, assertion: Any) -> None:
        self.known.add(self.claim(assertion))

    def claim(self, term: Any) -> Any:
        """What a Boolean term says, or less."""
        if term.get_id() not in self._claims:
            self._claims[term.get_id()] = (term, z3.simplify(self._claim(term)))
        return self._claims[term.get_id()][1]

    def _claim(self, term: Any) -> Any:
        kind, parts = term.decl().kind(), term.children()
        if kind in _CONNECTIVES and all(map(z3.is_bool, parts)):
            return _CONNECTIVES[kind](*map(self.claim, parts))
        if kind in _ORDERS and all(map(z3.is_bv, parts)):
            return _ORDERS[kind](*(self.number(each).value for each in parts))
        return z3.FreshBool()

    def number(self, term: Any) -> Number:
        """What a word stands for, or a number of which only the width is known."""
        if term.get_id() not in self._numbers:
            read = _WORDS.get(_kind(term), Query._any)
            self._numbers[term.get_id()] = (term, read(self, term))
        return self._numbers[term.get_id()][1]

    def _any(self, term: Any) -> Number:
        value = z3.FreshInt()
        self.known.add(value >= 0, value < 1 << term.size())
        return Number(value, 0, (1 << term.size()) - 1)

    def constant(self, term: Any) -> Number:
        value: int = term.as_long()
        return Number(z3.IntVal(value), value, value)

    def _word(self, number: Number, width: int) -> Number:
        """A number that may lie outside its word, as the word takes it."""
        size = 1 << width
        if number.least >= 0 and number.most < size:
            return number
        if number.least <= -size or number.most >= size:
            return Number(number.value % size, 0, size - 1)
        if self._holds(number.value >= 0):
            return Number(number.value, 0, number.most)
        return Number(z3.If(number.value < 0, number.value + size, number.value), 0, size - 1)

    def _holds(self, claim: Any) -> bool:
        self.known.push()
        self.known.set("timeout", PATIENCE)
        self.known.add(z3.Not(claim))
        answer = self.known.check()
        self.known.pop()
        self.known.set("timeout", 0)
        return bool(answer == z3.unsat)

    def _signed(self, term: Any) -> Number:
        """A part of a sum; what is more than half of a word counts as less than zero."""
        size, half = 1 << term.size(), 1 << term.size() - 1
        if z3.is_bv_value(term) and term.as_long() >= half:
            return Number(z3.IntVal(term.as_long() - size), term.as_long() - size, -1)
        factor, rest = _scaled(term)
        if factor < half or rest is None:
            return self.number(term)
        number, factor = self.number(rest), factor - size
        return Number(factor * number.value, factor * number.most, factor * number.least)

    def total(self, term: Any) -> Number:
        parts = [self._signed(each) for each in term.children()]
        value = z3.Sum(*(each.value for each in parts))
        least, most = sum(each.least for each in parts), sum(each.most for each in parts)
        return self._word(Number(value, least, most), term.size())

    def difference(self, term: Any) -> Number:
        first, second = map(self.number, term.children())
        found = first.value - second.value
        number = Number(found, first.least - second.most, first.most - second.least)
        return self._word(number, term.size())

    def product(self, term: Any) -> Number:
        parts = term.children()
        for place, each in enumerate(parts):
            if condition := _switch(each):
                rest = _product_of([*parts[:place], *parts[place + 1 :]])
                return self.number(z3.If(condition[0], rest, z3.BitVecVal(0, term.size())))
        numbers = [self.number(each) for each in parts]
        found = reduce(_times, numbers)
        return self._word(found, term.size())

    def quotient(self, term: Any) -> Number:
        first, second = term.children()
        if _kind(second) == z3.Z3_OP_BSHL:
            return self._shifted(first, second)
        above, below = self.number(first), self.number(second)
        if below.least != below.most or below.least == 0:
            return self._factor(term, below) or self._any(term)
        by = below.least
        if (whole := self._whole(above, by)) is not None:
            return Number(z3.IntVal(whole), whole, whole)
        return Number(above.value / by, above.least // by, above.most // by)

    def _factor(self, term: Any, below: Number) -> Number | None:
        """Of a product that fits its word, by one of its two factors, the other; by zero, zero."""
        first, second = term.children()
        parts = first.children()
        is_product = _is_open(first, "f_evm_bvmul_") and _is_open(term, "f_evm_bvudiv_")
        if not is_product or second.get_id() not in {each.get_id() for each in parts}:
            return None
        other = self.number(parts[parts[0].get_id() == second.get_id()])
        if other.most * below.most >= 1 << term.size():
            return None
        return Number(z3.If(below.value == 0, 0, other.value), 0, other.most)

    def _whole(self, above: Number, by: int) -> int | None:
        """How often a constant is in a number, where that is always the same."""
        least, most = above.least // by, above.most // by
        if least == most:
            return least
        return least if self._holds(above.value < (least + 1) * by) else None

    def _shifted(self, first: Any, second: Any) -> Number:
        """A division by a constant that is shifted by few places, one case for each."""
        base, places = second.children()
        count = self.number(places)
        if not z3.is_bv_value(base) or count.most > SHIFTS:
            return self._any(second)
        above, one = self.number(first), base.as_long()
        if one << count.most >= 1 << base.size() or one == 0:
            return self._any(second)
        value = above.value / (one << count.most)
        for each in reversed(range(count.most)):
            value = z3.If(count.value == each, above.value / (one << each), value)
        return Number(value, above.least // (one << count.most), above.most // one)

    def rest(self, term: Any) -> Number:
        above, below = map(self.number, term.children())
        if below.least != below.most or below.least == 0:
            return self._any(term)
        by = below.least
        if (whole := self._whole(above, by)) is not None:
            return Number(above.value - whole * by, 0, by - 1)
        return Number(above.value % by, 0, min(above.most, by - 1))

    def choice(self, term: Any) -> Number:
        condition, first, second = term.children()
        found = self.claim(condition)
        if z3.is_true(found) or z3.is_false(found):
            return self.number(first if z3.is_true(found) else second)
        one, other = self.number(first), self.number(second)
        value = z3.If(found, one.value, other.value)
        return Number(value, min(one.least, other.least), max(one.most, other.most))

    def exclusive(self, term: Any) -> Number:
        """Of `b ^ ((a ^ b) * condition)`, which OpenZeppelin writes for a choice, the choice."""
        parts = _odd(_flat(term))
        for place, each in enumerate(parts):
            found = _choices(each)
            if any(map(_is_exclusive, found[1:])):
                rest = [*parts[:place], *parts[place + 1 :]]
                sides = [_xor_of([side, *rest]) for side in found[1:]]
                return self._decided(found[0], *sides)
        if len(parts) > 1:
            return self._apart(parts) or self._any(term)
        return self.number(parts[0] if parts else z3.BitVecVal(0, term.size()))

    def _decided(self, condition: Any, first: Any, second: Any) -> Number:
        """A choice, or only its one side where what is known says which it is."""
        claim = self.claim(condition)
        if self._holds(claim):
            return self.number(first)
        if self._holds(z3.Not(claim)):
            return self.number(second)
        return self.number(z3.If(condition, first, second))

    def _apart(self, parts: Sequence[Any]) -> Number | None:
        """Piece by piece, where one of the words is put together of pieces."""
        cut = next((each for each in parts if _kind(each) == z3.Z3_OP_CONCAT), None)
        if cut is None:
            return None
        low, pieces = cut.size(), []
        for each in cut.children():
            high, low = low - 1, low - each.size()
            pieces.append(_xor_of([z3.simplify(z3.Extract(high, low, part)) for part in parts]))
        return self.number(z3.Concat(*pieces))

    def part(self, term: Any) -> Number:
        high, low = term.params()
        number, size = self.number(term.arg(0)), 1 << (high - low + 1)
        value = number.value / (1 << low) if low else number.value
        if number.most >> low < size:
            return Number(value, number.least >> low, number.most >> low)
        return Number(value % size, 0, size - 1)

    def joined(self, term: Any) -> Number:
        found = Number(z3.IntVal(0), 0, 0)
        for each in term.children():
            size, part = 1 << each.size(), self.number(each)
            found = Number(
                found.value * size + part.value,
                found.least * size + part.least,
                found.most * size + part.most,
            )
        return found

    def wider(self, term: Any) -> Number:
        return self.number(term.arg(0))

    def variable(self, term: Any) -> Number:
        """One of the query, or what halmos leaves open of a product or a quotient."""
        for name, operation in _OPEN.items():
            if term.decl().name().startswith(name):
                return operation(self, term)
        return self._any(term)


def _kind(term: Any) -> int:
    return int(term.decl().kind())


def _is_open(term: Any, name: str) -> bool:
    """Whether it is an operation that halmos leaves open."""
    name_is = term.decl().name().startswith(name)
    return _kind(term) == z3.Z3_OP_UNINTERPRETED and bool(name_is)


def _times(one: Number, other: Number) -> Number:
    return Number(one.value * other.value, one.least * other.least, one.most * other.most)


def _scaled(term: Any) -> tuple[int, Any]:
    """A constant and what it multiplies, or nothing."""
    parts = term.children()
    if _kind(term) == z3.Z3_OP_BMUL and len(parts) == 2 and z3.is_bv_value(parts[0]):
        return parts[0].as_long(), parts[1]
    return 0, None


def _switch(term: Any) -> Sequence[Any]:
    """The condition of a word that is 1 or 0."""
    if _kind(term) == z3.Z3_OP_ITE:
        condition, first, second = term.children()
        values = [each.as_long() if z3.is_bv_value(each) else None for each in (first, second)]
        if values == [1, 0]:
            return [condition]
        if values == [0, 1]:
            return [z3.Not(condition)]
    return []


def _choices(term: Any) -> Sequence[Any]:
    """The condition of a choice, and its two sides."""
    if _kind(term) == z3.Z3_OP_ITE:
        return list(term.children())
    if _kind(term) == z3.Z3_OP_EXTRACT:
        found = _choices(term.arg(0))
        return [*found[:1], *(z3.simplify(z3.Extract(*term.params(), each)) for each in found[1:])]
    if _kind(term) == z3.Z3_OP_BMUL or _is_open(term, "f_evm_bvmul_"):
        parts = term.children()
        for place, each in enumerate(parts):
            if condition := _switch(each):
                rest = _product_of([*parts[:place], *parts[place + 1 :]])
                return [condition[0], rest, z3.BitVecVal(0, term.size())]
    return []


def _is_exclusive(term: Any) -> bool:
    """Whether a word is an exclusive or, or one of its pieces is."""
    if _kind(term) == z3.Z3_OP_CONCAT:
        return any(map(_is_exclusive, term.children()))
    return _kind(term) in {z3.Z3_OP_BXOR, z3.Z3_OP_BNOT}


def _product_of(parts: Sequence[Any]) -> Any:
    return reduce(lambda one, other: one * other, parts)


def _xor_of(parts: Sequence[Any]) -> Any:
    return reduce(lambda one, other: one ^ other, parts)


def _flat(term: Any) -> Iterator[Any]:
    if _kind(term) == z3.Z3_OP_BXOR:
        for each in term.children():
            yield from _flat(each)
    elif _kind(term) == z3.Z3_OP_BNOT:
        yield from _flat(term.arg(0))
        yield z3.BitVecVal(-1, term.size())
    else:
        yield term


def _odd(terms: Iterator[Any]) -> list[Any]:
    """Those that are there an odd number of times; the others cancel, and constants are one."""
    kept: dict[int, Any] = {}
    constant = 0
    for each in terms:
        if z3.is_bv_value(each):
            constant, size = constant ^ each.as_long(), each.size()
        elif kept.pop(each.get_id(), None) is None:
            kept[each.get_id()] = each
    return [*kept.values(), *([z3.BitVecVal(constant, size)] if constant else [])]


_CONNECTIVES: dict[int, Callable[..., Any]] = {
    z3.Z3_OP_TRUE: lambda: z3.BoolVal(True),
    z3.Z3_OP_FALSE: lambda: z3.BoolVal(False),
    z3.Z3_OP_AND: z3.And,
    z3.Z3_OP_OR: z3.Or,
    z3.Z3_OP_NOT: z3.Not,
    z3.Z3_OP_IMPLIES: z3.Implies,
    z3.Z3_OP_ITE: z3.If,
    z3.Z3_OP_EQ: lambda one, other: one == other,
}
_ORDERS: dict[int, Callable[[Any, Any], Any]] = {
    z3.Z3_OP_EQ: lambda one, other: one == other,
    z3.Z3_OP_ULEQ: lambda one, other: one <= other,
    z3.Z3_OP_ULT: lambda one, other: one < other,
    z3.Z3_OP_UGEQ: lambda one, other: one >= other,
    z3.Z3_OP_UGT: lambda one, other: one > other,
}
_WORDS: dict[int, Callable[[Query, Any], Number]] = {
    z3.Z3_OP_BNUM: Query.constant,
    z3.Z3_OP_BADD: Query.total,
    z3.Z3_OP_BSUB: Query.difference,
    z3.Z3_OP_BMUL: Query.product,
    z3.Z3_OP_BUDIV: Query.quotient,
    z3.Z3_OP_BUREM: Query.rest,
    z3.Z3_OP_ITE: Query.choice,
    z3.Z3_OP_BXOR: Query.exclusive,
    z3.Z3_OP_BNOT: Query.exclusive,
    z3.Z3_OP_EXTRACT: Query.part,
    z3.Z3_OP_CONCAT: Query.joined,
    z3.Z3_OP_ZERO_EXT: Query.wider,
    z3.Z3_OP_UNINTERPRETED: Query.variable,
}
_OPEN: dict[str, Callable[[Query, Any], Number]] = {
    "f_evm_bvmul_": Query.product,
    "f_evm_bvudiv_": Query.quotient,
    "f_evm_bvurem_": Query.rest,
}


def main() -> None:
    sys.setrecursionlimit(DEPTH)
    query = Query()
    for assertion in z3.parse_smt2_file(sys.argv[1]):
        query.add(assertion)
    print("unsat" if query.known.check() == z3.unsat else "unknown")


if __name__ == "__main__":
    main()
