"""Conditions on one field as sets of states, kept symbolic so that they can be merged before states are listed.

A state is what an event can have at a path: a JSON scalar, `State.ABSENT`, or some object or array.
Conditions with equal texts only (the common case) collapse to one set of texts, however many clauses they had.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from checker.patterns.language.tree import ANYTHING, Number, Operator, Value, Wildcard, walk
from checker.patterns.matching.match import equals, order, scalar_text

_NUMERAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]+)?")


class State(Enum):
    """States that are not JSON scalars."""

    ABSENT = "absent"
    OBJECT = "object"
    ARRAY = "array"


Found = str | bool | int | float | None | State


@dataclass(frozen=True, slots=True)
class Is:
    """The state is one of these (``None`` is JSON's null)."""

    states: frozenset[Found]

    def holds(self, state: Found) -> bool:
        """Whether the state is in the set. Compares by type too, since ``True == 1``."""
        return any(state is member for member in self.states)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, a number or a boolean."""

    def holds(self, state: Found) -> bool:
        """Whether the state has a text."""
        return not isinstance(state, State) and state is not None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A scalar whose text is one of these."""

    texts: frozenset[str]

    def holds(self, state: Found) -> bool:
        """Whether the state's text is in the set."""
        if isinstance(state, str):
            return state in self.texts
        return scalar_text(state) in self.texts


@dataclass(frozen=True, slots=True)
class Equals:
    """A scalar that equals a text with wildcards, a number or a regular expression."""

    value: Value

    def holds(self, state: Found) -> bool:
        """Whether the state equals the value."""
        return equals(self.value, state)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A number on one side of a limit."""

    operator: Operator
    limit: Decimal

    def holds(self, state: Found) -> bool:
        """Whether the state is a number on that side."""
        return order(self.operator, self.limit, state)


Base = Is | Scalar | OneOf | Equals | Ordered


@dataclass(frozen=True, slots=True)
class Not:
    """The complement."""

    part: Predicate

    def holds(self, state: Found) -> bool:
        """Whether the part does not hold."""
        return not self.part.holds(state)


@dataclass(frozen=True, slots=True)
class Every:
    """The intersection."""

    parts: tuple[Predicate, ...]

    def holds(self, state: Found) -> bool:
        """Whether all parts hold."""
        return all(part.holds(state) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    """The union."""

    parts: tuple[Predicate, ...]

    def holds(self, state: Found) -> bool:
        """Whether a part holds."""
        return any(part.holds(state) for part in self.parts)


Predicate = Base | Not | Every | Some

ABSENT = Is(frozenset({State.ABSENT}))
PRESENT = Not(ABSENT)


def negate(predicate: Predicate) -> Predicate:
    """The complement, without double negation."""
    return predicate.part if isinstance(predicate, Not) else Not(predicate)


def every(predicates: Iterable[Predicate]) -> Predicate:
    """The intersection. Excluded texts become one set."""
    parts: list[Predicate] = []
    excluded: frozenset[str] = frozenset()
    for predicate in _flat(Every, predicates):
        if isinstance(predicate, Not) and isinstance(predicate.part, OneOf):
            excluded |= predicate.part.texts
        elif predicate not in parts:
            parts.append(predicate)
    if excluded:
        parts.append(Not(OneOf(excluded)))
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def some(predicates: Iterable[Predicate]) -> Predicate:
    """The union. Texts become one set."""
    parts: list[Predicate] = []
    texts: frozenset[str] = frozenset()
    for predicate in _flat(Some, predicates):
        if isinstance(predicate, OneOf):
            texts |= predicate.texts
        elif predicate not in parts:
            parts.append(predicate)
    if texts:
        parts.append(OneOf(texts))
    return parts[0] if len(parts) == 1 else Some(tuple(parts))


def _flat(kind: type[Every] | type[Some], predicates: Iterable[Predicate]) -> Iterable[Predicate]:
    for predicate in predicates:
        if isinstance(predicate, kind):
            yield from predicate.parts
        else:
            yield predicate


def equal_to(value: Value) -> Predicate:
    """The states that equal a value of a comparison."""
    if isinstance(value, Number):
        return Equals(value)
    if isinstance(value, Wildcard) and value.literal is not None:
        return OneOf(frozenset({value.literal}))
    return Scalar() if value == ANYTHING else Equals(value)


def bases(predicate: Predicate) -> Iterable[Base]:
    """The atomic parts."""
    return walk(predicate, _parts)


def _parts(predicate: Predicate) -> tuple[Predicate, ...] | None:
    if isinstance(predicate, Not):
        return (predicate.part,)
    return predicate.parts if isinstance(predicate, Every | Some) else None


def states_spelt(text: str) -> list[Found]:
    """Every scalar whose text this is: the string, and the boolean or the number that is written like it."""
    found: list[Found] = [text]
    if text in ("true", "false"):
        found.append(text == "true")
    elif _NUMERAL.fullmatch(text):
        number = json.loads(text)
        if math.isfinite(number) and scalar_text(number) == text:
            found.append(number)
    return found
