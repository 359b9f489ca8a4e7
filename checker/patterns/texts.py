"""Which texts there are, up to what the conditions on a field can tell apart.

`text_samples` walks the automaton of all wildcard texts and regular expressions of a field breadth first and keeps
one text for each combination of outcomes. States are reduced to what can still change an outcome (a choice
among a hundred ``*word*`` is over when one has occurred), which keeps the walk small for the patterns that people
write; a budget bounds it for the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import lru_cache

from checker.patterns.automaton import Automaton
from checker.patterns.predicates import Equals, Every, Is, Not, OneOf, Ordered, Predicate, Scalar, Some, bases
from checker.patterns.tree import Number, Value

MAX_STEPS = 20_000
MAX_OUTCOMES = 64


@lru_cache(maxsize=2048)
def text_samples(predicates: tuple[Predicate, ...]) -> tuple[tuple[str, ...], bool]:
    """Texts with every combination of outcomes of ``predicates``, and whether that is all of them.

    Texts that the predicates name come first.
    """
    named: dict[str, None] = {}
    values: dict[Value, None] = {}
    for predicate in predicates:
        for base in bases(predicate):
            if isinstance(base, OneOf):
                named |= dict.fromkeys(sorted(base.texts))
            elif isinstance(base, Equals):
                if isinstance(base.value, Number):
                    named[base.value.text] = None
                else:
                    values[base.value] = None
    found, complete = _Walk(predicates, tuple(values), frozenset(named)).run()
    return (*named, *found), complete


class _Walk:
    """One breadth-first walk. Texts in ``named`` do not count, because they are samples already."""

    def __init__(self, predicates: Sequence[Predicate], values: Sequence[Value], named: frozenset[str]) -> None:
        self.predicates = predicates
        self.values = values
        self.named = named
        self.automaton = Automaton(values)
        self.reductions: dict[tuple[int, int], int] = {}
        self.touched = 1 + sum(
            any(self.automaton.run(text) & accepting for accepting in self.automaton.accepting) for text in named
        )

    def run(self) -> tuple[list[str], bool]:
        automaton = self.automaton
        masks = [(char, automaton.mask(char)) for char in automaton.alphabet()]
        outcomes: dict[tuple[bool, ...], str] = {}
        start = self._reduce(automaton.start)
        visits: dict[int, int] = {start: 1}
        queue = deque([(start, "")])
        steps = 0
        while queue:
            state, text = queue.popleft()
            if text not in self.named:
                outcomes.setdefault(self._outcome(state), text)
                visits[state] = self.touched
                if len(outcomes) > MAX_OUTCOMES:
                    return list(outcomes.values()), False
            steps += len(masks)
            if steps > MAX_STEPS:
                return list(outcomes.values()), False
            for char, mask in masks:
                following = self._reduce(automaton.step(state, mask))
                seen = visits.get(following, 0)
                if seen < self.touched:
                    visits[following] = seen + 1
                    queue.append((following, text + char))
        return list(outcomes.values()), True

    def _outcome(self, state: int) -> tuple[bool, ...]:
        accepted = {
            value: bool(state & accepting)
            for value, accepting in zip(self.values, self.automaton.accepting, strict=True)
        }
        return tuple(_value(predicate, accepted) is True for predicate in self.predicates)

    def _reduce(self, state: int) -> int:
        """The state without what can no longer change an outcome."""
        settled_true = settled_false = 0
        for index, (bits, absorbing) in enumerate(zip(self.automaton.ranges, self.automaton.absorbing, strict=True)):
            if state & absorbing:
                settled_true |= 1 << index
            elif not state & bits:
                settled_false |= 1 << index
        key = settled_true, settled_false
        keep = self.reductions.get(key)
        if keep is None:
            keep = self._kept_bits(settled_true, settled_false)
            self.reductions[key] = keep
        return state & keep

    def _kept_bits(self, settled_true: int, settled_false: int) -> int:
        known: dict[Value, bool] = {}
        keep = 0
        for index, value in enumerate(self.values):
            if settled_true >> index & 1:
                known[value] = True
                keep |= self.automaton.absorbing[index] | self.automaton.accepting[index]
            elif settled_false >> index & 1:
                known[value] = False
        open_values = {value for predicate in self.predicates for value in _open_values(predicate, known)}
        for index, value in enumerate(self.values):
            if value in open_values:
                keep |= self.automaton.ranges[index]
        return keep


def _value(predicate: Predicate, known: dict[Value, bool]) -> bool | None:
    """The outcome for a text that is none of the named ones; ``None`` where it is still open."""
    match predicate:
        case Equals(value):
            return False if isinstance(value, Number) else known.get(value)
        case Scalar():
            return True
        case OneOf() | Is() | Ordered():
            return False
        case Not(part):
            inner = _value(part, known)
            return None if inner is None else not inner
        case Every(parts):
            found = {_value(part, known) for part in parts}
            return False if False in found else None if None in found else True
        case Some(parts):
            found = {_value(part, known) for part in parts}
            return True if True in found else None if None in found else False


def _open_values(predicate: Predicate, known: dict[Value, bool]) -> set[Value]:
    if _value(predicate, known) is not None:
        return set()
    match predicate:
        case Equals(value):
            return {value}
        case Not(part):
            return _open_values(part, known)
        case Every(parts) | Some(parts):
            return {value for part in parts for value in _open_values(part, known)}
    return set()
