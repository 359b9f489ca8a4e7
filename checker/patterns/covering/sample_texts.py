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

from checker.patterns.covering.predicates import Equals, Every, Not, OneOf, Predicate, Scalar, Some, bases
from checker.patterns.language.regex import ANY_TEXT
from checker.patterns.language.tree import Number, Value
from checker.patterns.matching.automaton import Automaton, value_chains

MAX_COST = 5_000
"""Budget of a walk, in transitions; looking at the outcomes again costs as many as there are values."""
MAX_OUTCOMES = 64
MAX_EXAMPLES = 12
"""Texts that are kept when there are too many outcomes to list."""


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
        self.absorbing = 0
        for bits in self.automaton.absorbing:
            self.absorbing |= bits
        anchored = enumerate(zip(values, self.automaton.ranges, strict=True))
        self.mortal = [(index, bits) for index, (value, bits) in anchored if not _floating(value)]
        """Values that a text can no longer equal when their bits are gone."""
        self.cost = 0
        self.visits = len(named) + 2
        """Texts with which a state is visited at most: one of them is neither named nor empty."""

    def run(self) -> tuple[list[str], bool]:
        automaton = self.automaton
        masks = [(char, automaton.mask(char)) for char in automaton.alphabet()]
        outcomes: dict[tuple[bool, ...], str] = {}
        start = self._reduce(automaton.start)
        visits: dict[int, int] = {start: 1}
        queue = deque([(start, "")])
        while queue:
            state, text = queue.popleft()
            if text not in self.named:
                self.cost += len(self.values)
                outcome = self._outcome(state)
                # The empty text is a poor example: any other with the same outcome replaces it.
                outcomes[outcome] = outcomes.get(outcome) or text
                if text:
                    visits[state] = self.visits
                if len(outcomes) > MAX_OUTCOMES:
                    return list(outcomes.values())[:MAX_EXAMPLES], False
            self.cost += len(masks)
            if self.cost > MAX_COST:
                return list(outcomes.values())[:MAX_EXAMPLES], False
            for char, mask in masks:
                following = self._reduce(automaton.step(state, mask))
                seen = visits.get(following, 0)
                if seen < self.visits:
                    visits[following] = seen + 1
                    queue.append((following, text + char))
        return list(outcomes.values()), True

    def _outcome(self, state: int) -> tuple[bool, ...]:
        accepted = {
            value: bool(state & accepting)
            for value, accepting in zip(self.values, self.automaton.accepting, strict=True)
        }
        return tuple(_settle(predicate, accepted)[0] is True for predicate in self.predicates)

    def _reduce(self, state: int) -> int:
        """The state without what can no longer change an outcome."""
        dead = 0
        for index, bits in self.mortal:
            if not state & bits:
                dead |= 1 << index
        key = state & self.absorbing, dead
        keep = self.reductions.get(key)
        if keep is None:
            self.cost += 4 * len(self.values)
            keep = self._kept_bits(*key)
            self.reductions[key] = keep
        return state & keep

    def _kept_bits(self, absorbed: int, dead: int) -> int:
        known: dict[Value, bool] = {}
        keep = 0
        for index, value in enumerate(self.values):
            if absorbed & self.automaton.absorbing[index]:
                known[value] = True
                keep |= self.automaton.absorbing[index] | self.automaton.accepting[index]
            elif dead >> index & 1:
                known[value] = False
        open_values = {value for predicate in self.predicates for value in _settle(predicate, known)[1]}
        for index, value in enumerate(self.values):
            if value in open_values:
                keep |= self.automaton.ranges[index]
        return keep


def _floating(value: Value) -> bool:
    """Whether a text can come to equal the value however it starts."""
    return any(chain and chain[0] == ANY_TEXT for chain in value_chains(value))


def _settle(predicate: Predicate, known: dict[Value, bool]) -> tuple[bool | None, tuple[Value, ...]]:
    """The outcome for a text that is none of the named ones; if it is still open, what it depends on."""
    match predicate:
        case Equals(value):
            settled = False if isinstance(value, Number) else known.get(value)
            return settled, (value,) if settled is None else ()
        case Scalar():
            return True, ()
        case Not(part):
            settled, values = _settle(part, known)
            return None if settled is None else not settled, values
        case Every(parts) | Some(parts):
            return _settle_parts(parts, isinstance(predicate, Some), known)
        case _:
            return False, ()


def _settle_parts(
    parts: tuple[Predicate, ...], deciding: bool, known: dict[Value, bool]
) -> tuple[bool | None, tuple[Value, ...]]:
    depends: list[Value] = []
    for part in parts:
        settled, values = _settle(part, known)
        if settled is deciding:
            return deciding, ()
        depends += values
    return (None, tuple(depends)) if depends else (not deciding, ())
