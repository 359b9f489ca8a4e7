"""Texts against many patterns at once: a bit-parallel automaton over wildcard texts and regular expressions.

A pattern is one or more chains of elements (`checker.patterns.language.regex.Element`); all chains of all patterns
share one integer, one bit for each place in a chain, so that a character costs a handful of integer operations however
many patterns there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from checker.patterns.language.regex import ANY_TEXT, Chain, CharSet, Element, chains
from checker.patterns.language.tree import Number, Regex, Value, Wildcard


def value_chains(value: Value) -> tuple[Chain, ...]:
    """The chains that a text must match one of, as a whole, to equal ``value``."""
    match value:
        case Regex(source):
            return chains(source)
        case Number(text):
            return (_literal(text),)
        case Wildcard(pieces):
            elements: list[Element] = list(_literal(pieces[0]))
            for piece in pieces[1:]:
                elements += (ANY_TEXT, *_literal(piece))
            return (tuple(elements),)


def _literal(text: str) -> Chain:
    return tuple(Element(CharSet(frozenset(char))) for char in text)


class Automaton:
    """Runs over a text and says which of ``values`` it equals. States are integers and hashable."""

    def __init__(self, values: Sequence[Value]) -> None:
        self.ranges: list[int] = []
        """For each value the bits that belong to it."""
        self.accepting: list[int] = []
        """For each value the bits that mean that the text so far equals it."""
        self.absorbing: list[int] = []
        """For each value the bits that mean that the text equals it whatever follows."""
        self.start = 0
        self._optional = 0
        self._loop = 0
        self._sets: dict[CharSet, int] = {}
        self._masks: dict[str, int] = {}
        place = 0
        for value in values:
            first, accepting, absorbing = place, 0, 0
            for chain in value_chains(value):
                self.start |= 1 << place
                for offset, element in enumerate(chain, place):
                    self._add(offset, element)
                place += len(chain)
                accepting |= 1 << place
                if chain and chain[-1] == ANY_TEXT:
                    absorbing |= 1 << (place - 1)
                place += 1
            self.ranges.append((1 << place) - (1 << first))
            self.accepting.append(accepting)
            self.absorbing.append(absorbing)
        self._entries = self._optional & ~(self._optional << 1)
        """The first place of every run of optional ones."""
        self._exits = self._optional << 1 & ~self._optional
        """The place behind every run."""
        self._inside = self._optional << 1
        """The places that a run leads to."""
        self.start = self._close(self.start)

    def _add(self, place: int, element: Element) -> None:
        bit = 1 << place
        self._sets[element.charset] = self._sets.get(element.charset, 0) | bit
        if element.optional:
            self._optional |= bit
        if element.loop:
            self._loop |= bit

    def _close(self, state: int) -> int:
        """The state with all places that optional ones lead to: a borrow runs through each run up to its lowest bit.

        Source: G. Navarro and M. Raffinot, Flexible Pattern Matching in Strings (2002), extended Shift-And.
        """
        full = state | self._exits
        return state | (self._inside & (~(full - self._entries) ^ full))

    def mask(self, char: str) -> int:
        """The places that accept ``char``: characters with the same mask cannot be told apart."""
        found = self._masks.get(char)
        if found is None:
            found = 0
            for charset, bits in self._sets.items():
                if char in charset:
                    found |= bits
            self._masks[char] = found
        return found

    def step(self, state: int, mask: int) -> int:
        """The state after one more character, given by its mask."""
        hit = state & mask
        return self._close(hit << 1 | hit & self._loop)

    def run(self, text: str) -> int:
        """The state after the whole text."""
        state = self.start
        for char in text:
            state = self.step(state, self.mask(char))
            if not state:
                break
        return state

    def characters(self) -> frozenset[str]:
        """The characters that the patterns mention: all others cannot be told apart."""
        return frozenset().union(*(charset.chars for charset in self._sets))


@lru_cache(maxsize=4096)
def _single(value: Value) -> Automaton:
    return Automaton((value,))


def equals_text(value: Value, text: str) -> bool:
    """Whether ``text`` as a whole equals ``value``; a regular expression may match any part of it."""
    if isinstance(value, Number):
        return text == value.text
    if isinstance(value, Wildcard):
        return _equals_wildcard(value.pieces, text)
    automaton = _single(value)
    return bool(automaton.run(text) & automaton.accepting[0])


def _equals_wildcard(pieces: tuple[str, ...], text: str) -> bool:
    """Leftmost matching of the pieces between the asterisks, which finds a match if there is one."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    start, end = len(first), len(text) - len(last)
    if end < start or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in middle:
        found = text.find(piece, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True
