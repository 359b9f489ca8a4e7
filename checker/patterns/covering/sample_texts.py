"""Which texts there are, up to what the conditions on a field can tell apart.

`sample_texts` walks the automaton of all wildcard texts and regular expressions of a field breadth first and keeps
one text for each combination of outcomes. That these are all follows from the walk itself: texts that the conditions
name are samples; every other text ends in a state, every state that texts reach is visited, and a state has one
outcome. Where the text that was found for an outcome is a named one, the walk is repeated in the product with the
tree of named texts, in which a named text and the others that reach its state are different states.

States are reduced to what can still change an outcome (a choice among a hundred ``*word*`` is over when one has
occurred), which keeps the walk small for the patterns that people write; a budget bounds it for the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from checker.patterns.covering.predicates import Equals, Every, Not, OneOf, Predicate, Scalar, Some, bases
from checker.patterns.language.regex import ANY_TEXT
from checker.patterns.language.tree import Number, Regex, Value
from checker.patterns.matching.automaton import Automaton, value_chains

MAX_COST = 12_000
"""Budget of a walk, in transitions; looking at the outcomes again costs as many as there are conditions."""
MAX_OUTCOMES = 256
MAX_EXAMPLES = 12
"""Texts that are kept when there are too many outcomes to list."""
LETTERS = ("x", "X", "q", "z", "7", "0", *map(chr, range(33, 127)), " ", "\u00e9", "\u03a9", "\u4e2d")
"""Characters that stand for those that no condition mentions, the best for an example first."""
NUMERALS = Regex("^-?[0-9]+$|^-?[0-9]+\\.[0-9]+$|^-?[0-9]+\\.?[0-9]*e[+-][0-9]+$")
"""More than the texts of all numbers."""
DIGITS = "1234567890-.e+"

Branch = dict[str, "Branch"]


@dataclass(frozen=True, slots=True)
class Samples:
    """Texts with every combination of outcomes if ``complete``; ``cost`` is the work that it took, in transitions."""

    texts: tuple[str, ...]
    complete: bool
    cost: int


def sample_texts(predicates: Sequence[Predicate]) -> Samples:
    """Texts that show what ``predicates`` can tell apart. Those that the predicates name come first."""
    named, values = mentioned(predicates)
    walk = _Walk(predicates, values, named)
    complete = walk.run()
    return Samples((*named, *walk.found()), complete, walk.cost)


def sample_numerals(values: Sequence[Value], most: int) -> Samples:
    """Numerals for every set of ``values`` that the text of a number can equal, up to ``most`` of each."""
    walk = _Walk(tuple(map(Equals, values)), (NUMERALS, *values), {}, numerals=most)
    complete = walk.run()
    return Samples(tuple(walk.found()), complete, walk.cost)


def mentioned(predicates: Iterable[Predicate]) -> tuple[dict[str, None], tuple[Value, ...]]:
    """The texts that predicates name one by one, and the wildcard texts and regular expressions in them."""
    named: dict[str, None] = {}
    values: dict[Value, None] = {}
    for base in chain.from_iterable(map(bases, predicates)):
        if isinstance(base, OneOf):
            named |= dict.fromkeys(sorted(base.texts))
        elif isinstance(base, Equals):
            if isinstance(base.value, Number):
                named[base.value.text] = None
            else:
                values[base.value] = None
    return named, tuple(values)


class _Walk:
    """One breadth-first walk. Texts in ``named`` do not count, because they are samples already."""

    def __init__(
        self, predicates: Sequence[Predicate], values: Sequence[Value], named: dict[str, None], numerals: int = 0
    ) -> None:
        self.predicates = predicates
        self.values = values
        self.named = named
        self.numerals = numerals
        """How many numerals of each outcome are wanted; 0: one text of each, of whatever letters."""
        self.automaton = Automaton(values)
        self.weight = sum(1 for predicate in predicates for _ in bases(predicate))
        """What it costs to look at all outcomes."""
        self.outcomes: dict[tuple[bool, ...], list[str]] = {}
        self.reductions: dict[tuple[int, int], int] = {}
        self.absorbing = 0
        for bits in self.automaton.absorbing:
            self.absorbing |= bits
        anchored = enumerate(zip(values, self.automaton.ranges, strict=True))
        self.mortal = [(index, bits) for index, (value, bits) in anchored if not _floating(value)]
        """Values that a text can no longer equal when their bits are gone."""
        letters = DIGITS if numerals else _letters(self.automaton, named)
        self.letters = [(char, self.automaton.mask(char)) for char in letters]
        self.cost = 0

    def found(self) -> Iterator[str]:
        """The texts, one or ``numerals`` for each outcome; not all outcomes if the walk was given up."""
        kept = list(self.outcomes.values()) if self.cost <= MAX_COST else list(self.outcomes.values())[:MAX_EXAMPLES]
        return (text for texts in kept for text in texts if text not in self.named)

    def run(self) -> bool:
        """Walk; whether every outcome of a text that is not named has one among those that were found."""
        if not self._explore(None):
            return False
        if any(text in self.named for texts in self.outcomes.values() for text in texts):
            return self._explore(_tree(self.named))
        return True

    def _explore(self, tree: Branch | None) -> bool:
        """Visit every state, in the product with the tree of named texts if there is one; false if it costs too much.

        Outside the tree (``None``) a text can no longer become a named one.
        """
        start = self._reduce(self.automaton.start)
        visited = {(start, id(tree))}
        queue: deque[tuple[int, Branch | None, str]] = deque([(start, tree, "")])
        while queue:
            state, branch, text = queue.popleft()
            if not self._keep(state, text) or self.cost > MAX_COST:
                self.cost = MAX_COST + 1
                return False
            for char, following, inner in self._steps(state, branch):
                key = following, id(inner)
                if key not in visited or (self.numerals and len(text) < 3):
                    visited.add(key)
                    queue.append((following, inner, text + char))
        return True

    def _steps(self, state: int, branch: Branch | None) -> Iterator[tuple[str, int, Branch | None]]:
        """One character for each way on: into the tree, and out of it for each set of places that it hits."""
        for char, inner in (branch or {}).items():
            self.cost += 1
            yield char, self._reduce(self.automaton.step(state, self.automaton.mask(char))), inner
        seen: set[int] = set()
        self.cost += 1 + len(self.letters) // 16
        for char, mask in self.letters:
            hit = mask & state
            if hit not in seen and not (branch and char in branch):
                self.cost += 1
                seen.add(hit)
                yield char, self._reduce(self.automaton.step(state, mask)), None

    def _keep(self, state: int, text: str) -> bool:
        """Note the outcome of a text; false if there are too many."""
        self.cost += self.weight
        if self.numerals and not state & self.automaton.accepting[0]:
            return True
        texts = self.outcomes.setdefault(self._outcome(state), [])
        if len(texts) < self.numerals or not texts:
            texts.append(text)
        elif (texts[0] == "" or texts[0] in self.named) and text not in self.named and not self.numerals:
            texts[0] = text
        return len(self.outcomes) <= MAX_OUTCOMES

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
            self.cost += self.weight
            keep = self._kept_bits(*key)
            self.reductions[key] = keep
        return state & keep

    def _kept_bits(self, absorbed: int, dead: int) -> int:
        """The bits of the values that an outcome still depends on, and of those that are certain."""
        known: dict[Value, bool] = {}
        keep = self.automaton.ranges[0] if self.numerals else 0
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


def _letters(automaton: Automaton, named: Iterable[str]) -> list[str]:
    """Every character that a condition mentions, some that none does, and at least one that is in no named text."""
    special = automaton.characters()
    used = special.union(*named)
    fresh = next(char for char in chain(LETTERS, map(chr, range(0x4E00, 0x9FFF))) if char not in used)
    return [*[char for char in LETTERS if char not in special][:4], *sorted(special), fresh]


def _tree(texts: Iterable[str]) -> Branch:
    root: Branch = {}
    for text in texts:
        branch = root
        for char in text:
            branch = branch.setdefault(char, {})
    return root


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
    """The outcome of a union (``deciding`` true) or an intersection."""
    depends: list[Value] = []
    for part in parts:
        settled, values = _settle(part, known)
        if settled is deciding:
            return deciding, ()
        depends += values
    return (None, tuple(depends)) if depends else (not deciding, ())
