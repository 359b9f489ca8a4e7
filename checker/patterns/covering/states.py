"""The states of one field, grouped by what the conditions on it can tell apart.

Groups are numbered from the most plausible to the least, and a set of groups is an integer, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from checker.patterns.covering.event_model import ALL_TYPES, FieldModel
from checker.patterns.covering.predicates import Equals, Found, OneOf, Ordered, Predicate, State, bases
from checker.patterns.covering.sample_texts import text_samples
from checker.patterns.language.tree import Number


@dataclass(frozen=True, slots=True)
class Domain:
    """``samples[g]`` are states of group ``g``, best first; ``masks[i]`` is where predicate ``i`` holds.

    ``complete`` is false when some combination of outcomes may be missing.
    """

    samples: tuple[tuple[Found, ...], ...]
    masks: tuple[int, ...]
    complete: bool

    @property
    def everything(self) -> int:
        """The set of all groups."""
        return (1 << len(self.samples)) - 1


def domain_of(model: FieldModel, predicates: Sequence[Predicate], fixed: str | None = None) -> Domain:
    """The groups of a field for these conditions. ``fixed`` leaves one text."""
    if fixed is not None:
        states: list[Found] = [fixed]
        complete = True
    else:
        states, complete = _states(model, tuple(predicates))
    groups: dict[tuple[bool, ...], list[Found]] = {}
    for state in states:
        groups.setdefault(tuple([predicate.holds(state) for predicate in predicates]), []).append(state)
    masks = [0] * len(predicates)
    for bit, outcome in enumerate(groups):
        for index, holds in enumerate(outcome):
            if holds:
                masks[index] |= 1 << bit
    return Domain(tuple(map(tuple, groups.values())), tuple(masks), complete)


def _states(model: FieldModel, predicates: tuple[Predicate, ...]) -> tuple[list[Found], bool]:
    """States that show every combination of outcomes, most plausible first."""
    states: list[Found] = [] if model.always else [State.ABSENT]
    types = model.types
    complete = True
    if "null" in types:
        states.append(None)
    if "object" in types:
        states.append(State.OBJECT)
    if "string" in types:
        if model.values is not None:
            states += model.values
        else:
            texts, complete = text_samples(predicates)
            states += model.plausible
            states += texts
    if "boolean" in types:
        states += (True, False)
    if "number" in types:
        numbers, all_numbers = _numbers(predicates)
        states += numbers
        complete = complete and all_numbers
    if "array" in types:
        states.append(State.ARRAY)
    if types == ALL_TYPES:
        states.append(states.pop(states.index(None)))
        states.append(states.pop(states.index(State.OBJECT)))
    if model.always and model.can_be_absent:
        states.append(State.ABSENT)
    return states, complete


def _numbers(predicates: Sequence[Predicate]) -> tuple[list[int | float], bool]:
    """Numbers at, between and around the limits that the conditions name.

    Other numbers behave like the strings of their digits, unless they are compared by size: by size and by digits
    together is beyond this list.
    """
    limits: set[Decimal] = set()
    textual = by_size = False
    for predicate in predicates:
        for base in bases(predicate):
            if isinstance(base, Ordered):
                limits.add(base.limit)
                by_size = True
            elif isinstance(base, Equals) and isinstance(base.value, Number):
                limits.add(base.value.value)
            elif isinstance(base, Equals | OneOf):
                textual = True
    if not limits:
        return [], True
    ordered = sorted(limits)
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    candidates = [*ordered, *between, ordered[0] - 1, ordered[-1] + 1]
    numbers = [_plain(candidate) for candidate in candidates]
    exact = all(Decimal(str(number)) == candidate for number, candidate in zip(numbers, candidates, strict=True))
    return numbers, exact and not (textual and by_size)


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() and abs(number) < 10**15 else float(number)
