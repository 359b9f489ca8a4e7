"""Which texts and numbers there are, up to what conditions say of them: without the automaton that decides."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from checker.patterns.language.regex import ANY_TEXT, CharSet, Element, chains
from checker.patterns.language.tree import And, Comparison, Number, Operator, Or, Value, Wildcard, leaves
from tests.checker.patterns.covering.clauses import Either

Chains = tuple[tuple[Element, ...], ...]
Places = tuple[frozenset[int], ...]


def spelt(text: str) -> list[Any]:
    """The scalars with this text."""
    try:
        found = json.loads(text)
    except ValueError:
        return [text]
    return [text, found] if isinstance(found, bool | int | float) and json.dumps(found) == text else [text]


def numbers(units: Iterable[Any]) -> list[Any]:
    """Numbers at the limits in every spelling, between and around them, and those that are named."""
    values = [leaf.value for leaf in comparisons(units)]
    limits = sorted({value.value for value in values if isinstance(value, Number)})
    steps = [Decimal(step) for step in ("0", "1e-9", "0.5", "1", "3", "1000")]
    sizes = {size for limit in limits for step in steps for size in (limit + step, limit - step)}
    sizes |= {Decimal(0), Decimal(7), *((low + high) / 2 for low, high in pairwise(limits))}
    found = [state for value in values if (text := literal(value)) for state in spelt(text)]
    for size in sizes:
        found += [float(size), -0.0, *([int(size)] if size == int(size) else [])]
    return [state for state in found if type(state) in (int, float) and math.isfinite(state)]


def comparisons(units: Iterable[Any]) -> list[Comparison]:
    """The comparisons in conditions."""
    found: list[Comparison] = []
    for unit in units:
        if isinstance(unit, Either):
            found += comparisons(part for part, _ in unit.parts)
        else:
            found += [leaf for leaf in leaves(unit) if isinstance(leaf, Comparison)]
    return found


def texts(units: Sequence[Any]) -> Iterator[str]:
    """Texts with every combination of outcomes that a text can have."""
    found = comparisons(units)
    named = {text for leaf in found if (text := literal(leaf.value)) is not None}
    yield from named
    values = {leaf.value: chains_of(leaf.value) for leaf in found if literal(leaf.value) is None}
    used = set("".join(named))
    used |= {char for listed in values.values() for chain in listed for part in chain for char in part.charset.chars}
    alphabet = [*sorted(used), next(char for char in map(chr, range(0x100, 0xFFFF)) if char not in used)]
    prefixes = {text[:length] for text in named for length in range(len(text) + 1)}
    start = {value: tuple(close(elements, {0}) for elements in listed) for value, listed in values.items()}
    seen: set[Any] = set()
    queue = deque([("", start)])
    while queue:
        text, places = queue.popleft()
        key = (*behaviour(units, values, places), text if text in prefixes else None)
        if key in seen:
            continue
        seen.add(key)
        assert len(seen) < 30_000
        yield text
        queue.extend((text + char, moved(values, places, char)) for char in alphabet)


def behaviour(units: Sequence[Any], values: dict[Value, Chains], places: dict[Value, Places]) -> tuple[Any, Any]:
    """What is certain of the units, and what the others still depend on: texts with the same go on in the same way."""
    known = {value: said for value in values if (said := certain(values[value], places[value])) is not None}
    outcomes = tuple(settle(unit, known) for unit in units)
    still = comparisons(unit for unit, outcome in zip(units, outcomes, strict=True) if outcome is None)
    return outcomes, frozenset((leaf.value, known.get(leaf.value, places.get(leaf.value))) for leaf in still)


def moved(values: dict[Value, Chains], places: dict[Value, Places], char: str) -> dict[Value, Places]:
    return {
        value: tuple(step(elements, at, char) for elements, at in zip(values[value], old, strict=True))
        for value, old in places.items()
    }


def literal(value: Value) -> str | None:
    return value.text if isinstance(value, Number) else value.literal if isinstance(value, Wildcard) else None


def chains_of(value: Any) -> Chains:
    if not isinstance(value, Wildcard):
        return chains(value.source)
    elements: list[Element] = []
    for number, piece in enumerate(value.pieces):
        elements += [ANY_TEXT] if number else []
        elements += [Element(CharSet(frozenset(char))) for char in piece]
    return (tuple(elements),)


def close(elements: tuple[Element, ...], places: Iterable[int]) -> frozenset[int]:
    found = set(places)
    for place in range(len(elements)):
        if place in found and elements[place].optional:
            found.add(place + 1)
    return frozenset(found)


def step(elements: tuple[Element, ...], places: frozenset[int], char: str) -> frozenset[int]:
    hit = [place for place in places if place < len(elements) and char in elements[place].charset]
    return close(elements, {place + 1 for place in hit} | {place for place in hit if elements[place].loop})


def certain(listed: Chains, places: Places) -> bool | None:
    """Whether the text equals the value whatever follows; ``None`` if that is open."""
    if not any(places):
        return False
    open_ended = ((elements, at) for elements, at in zip(listed, places, strict=True) if elements[-1:] == (ANY_TEXT,))
    return True if any(len(elements) - 1 in at for elements, at in open_ended) else None


def settle(unit: Any, known: dict[Value, bool]) -> bool | None:
    """What a condition says of a text that is not named, if that is certain."""
    if isinstance(unit, Either):
        said = {None if (one := settle(part, known)) is None else one is wanted for part, wanted in unit.parts}
        return True if True in said else None if None in said else False
    if isinstance(unit, And | Or):
        found = {settle(part, known) for part in unit.parts}
        decisive = isinstance(unit, Or)
        return decisive if decisive in found else None if None in found else not decisive
    if not isinstance(unit, Comparison) or unit.operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
        return False
    equal = False if literal(unit.value) is not None else known.get(unit.value)
    return None if equal is None else equal == (unit.operator is Operator.EQUAL)
