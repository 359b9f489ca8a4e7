"""Which numbers there are, up to what the conditions on a field can tell apart.

A number has a size and a text, and one size can be spelt in several ways (``400`` and ``400.0``). The limits that the
conditions name divide the numbers into points and the open intervals between them. A point has finitely many
spellings, and all are samples. In an interval, every combination of outcomes that the texts of numbers can have needs
a sample; where one is not found, the samples are not all.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from checker.patterns.covering.budget import Budget
from checker.patterns.covering.predicates import Equals, Ordered, Predicate, bases, states_spelt
from checker.patterns.covering.sample_texts import mentioned, sample_numerals
from checker.patterns.language.tree import Number, Value
from checker.patterns.matching.automaton import equals_text

MAX_NUMERALS = 12
"""Numerals that are tried for each combination of outcomes of their texts."""
SEVERAL = 4
"""Numbers that are tried beside each limit, so that one is left that no condition names."""


def sample_numbers(
    predicates: Sequence[Predicate], budget: Budget, *, like_texts: bool
) -> tuple[list[int | float], bool]:
    """Numbers for every combination of outcomes, and whether these are all.

    With ``like_texts`` the field may hold any string: then a number that is not compared by value behaves like the
    string of its digits, and needs no sample.
    """
    limits: set[Decimal] = set()
    by_size = False
    for predicate in predicates:
        for base in bases(predicate):
            if isinstance(base, Ordered):
                limits.add(base.limit)
                by_size = True
            elif isinstance(base, Equals) and isinstance(base.value, Number):
                limits.add(base.value.value)
    points = [number for limit in sorted(limits) for number in spellings(limit)]
    budget.spend(2 * len(points))
    if like_texts and not by_size:
        return points, True
    between, complete = _between(sorted(limits), predicates, budget)
    return _unique([*points, *between]), complete


def spellings(value: Decimal) -> list[int | float]:
    """Every number of this size that a JSON document can hold; they differ in their texts."""
    found: list[int | float] = []
    if value == value.to_integral_value():
        found.append(int(value))
    near = float(value)
    written = (near, -near) if near == 0 else (near,)
    return [*found, *(number for number in written if math.isfinite(number) and decimal_of(number) == value)]


def decimal_of(number: int | float) -> Decimal:
    """The size of a number, by its JSON text."""
    return Decimal(repr(number))


def _between(
    limits: Sequence[Decimal], predicates: Sequence[Predicate], budget: Budget
) -> tuple[list[int | float], bool]:
    """Samples of the open intervals: those that conditions name, and one of each outcome that are not named."""
    named, values = mentioned(predicates)
    candidates = _spelt(named)
    complete = True
    wanted: dict[tuple[bool, ...], None] = {(): None}
    if values:
        numerals = sample_numerals(values, MAX_NUMERALS)
        budget.spend(numerals.cost)
        complete = numerals.complete
        candidates += _spelt(numerals.texts)
        wanted = dict.fromkeys(_texts_outcome(values, text) for text in numerals.texts)
    candidates += _near(limits)
    budget.spend(len(candidates) * (1 + len(values)))
    found: dict[tuple[int, tuple[bool, ...]], int | float] = {}
    samples: list[int | float] = []
    for number in _unique(candidates):
        size = decimal_of(number)
        place = bisect_left(limits, size)
        if place < len(limits) and limits[place] == size:
            continue
        text = repr(number)
        if text in named:
            samples.append(number)
        else:
            found.setdefault((place, _texts_outcome(values, text)), number)
    intervals = [place for place in range(len(limits) + 1) if not _is_empty(limits, place)]
    complete = complete and all((place, outcome) in found for place in intervals for outcome in wanted)
    return [*samples, *found.values()], complete


def _texts_outcome(values: Sequence[Value], text: str) -> tuple[bool, ...]:
    return tuple(equals_text(value, text) for value in values)


def _near(limits: Sequence[Decimal]) -> Iterator[int | float]:
    """Numbers of every open interval, several of each."""
    if not limits:
        yield from range(1, SEVERAL)
        return
    for low, high in pairwise(limits):
        yield from spellings((low + high) / 2)
    for limit in limits:
        for step in range(1, SEVERAL):
            yield from spellings(limit.to_integral_value() + step)
            yield from spellings(limit.to_integral_value() - step)
        below = above = float(limit)
        for _ in range(SEVERAL):
            below, above = math.nextafter(below, -math.inf), math.nextafter(above, math.inf)
            yield from (number for number in (below, above) if math.isfinite(number))


def _is_empty(limits: Sequence[Decimal], place: int) -> bool:
    """Whether there is no number in the open interval below the limit at ``place``."""
    if place in (0, len(limits)):
        return False
    low, high = limits[place - 1], limits[place]
    if math.floor(low) + 1 < high:
        return False
    number = float(low)
    number = math.nextafter(number, -math.inf)
    while decimal_of(number) <= low:
        number = math.nextafter(number, math.inf)
    return decimal_of(number) >= high


def _spelt(texts: Iterable[str]) -> list[int | float]:
    return [
        state
        for text in texts
        for state in states_spelt(text)
        if isinstance(state, int | float) and not isinstance(state, bool)
    ]


def _unique(numbers: Iterable[int | float]) -> list[int | float]:
    """Each text once."""
    return list({repr(number): number for number in numbers}.values())
