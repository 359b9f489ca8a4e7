"""Patterns to formulas over fields.

A selector with ``*`` becomes a choice among the fields that matter below it and one more: an event with other
fields could do without them, so the finite choice decides the same.

Terms look at raw text. A term certainly occurs in an event if the name of a field that is there, or the text of a
field, contains it; `occurrence` is the formula of that. That it does not occur elsewhere (across two fields, say) is
not certain, so a proof that needs a term to be missing somewhere is not one: ``inexact`` records it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import assert_never

from checker.patterns.covering.budget import Budget
from checker.patterns.covering.event_model import EventModel, Path
from checker.patterns.covering.formula import FALSE, TRUE, Formula, Leaf, all_of, any_of
from checker.patterns.covering.predicates import (
    PRESENT,
    Equals,
    Is,
    Ordered,
    Predicate,
    Scalar,
    equal_to,
    every,
    negate,
)
from checker.patterns.language.regex import ANY_TEXT, chains
from checker.patterns.language.tree import (
    And,
    AnyIndex,
    AnyKey,
    Check,
    Comparison,
    Condition,
    EmptyPattern,
    Index,
    JsonPattern,
    Key,
    Number,
    Operator,
    Or,
    Pattern,
    Regex,
    Selector,
    SpacePattern,
    Step,
    Term,
    TermKind,
    TermPattern,
    Test,
    Wildcard,
    leaves,
    wildcard,
)

_PAIR = re.compile(r'"([\w-]+)":"([^"\\*]*)"')
"""A phrase that is one field with its value, as compact JSON writes it."""
OTHER_KEY = "other"
ESCAPED = ('"', "\\", *map(chr, range(32)))
"""Characters that JSON texts spell in another way."""
FREE_TEXT: Path = ("userAgent",)


@dataclass(slots=True)
class Encoder:
    """Translates patterns that are decided together, so that all know the fields of all."""

    paths: frozenset[Path]
    written: frozenset[Path]
    """Those that are there without the choices of selectors with ``*``."""
    spares: int
    """How many further fields a selector with ``*`` may mean: one for each of them, so that each can have its own."""
    closed: frozenset[Path]
    """Those with a closed set of values."""
    work: Budget
    inexact: bool = field(default=False)

    @classmethod
    def of(cls, patterns: Iterable[Pattern], model: EventModel, work: Budget) -> Encoder:
        """A encoder that knows the fields of ``patterns`` and, if they need it, those that are always there.

        ``work`` pays for every field. Raises `checker.patterns.covering.budget.BudgetExceeded`.
        """
        patterns = tuple(patterns)
        # A condition that stands twice is one: it needs no second field to be true of.
        conditions = dict.fromkeys(leaf for pattern in patterns for leaf in _leaves(pattern))
        selectors = [leaf.selector for leaf in conditions]
        paths = {path for selector in selectors if (path := _plain(selector.steps)) is not None}
        open_ended = [selector for selector in selectors if selector.wildcards]
        if open_ended or any(isinstance(pattern, TermPattern) for pattern in patterns):
            paths |= {path for path, known in model.fields.items() if known.always}
            paths.add(FREE_TEXT)
        paths |= {path[:length] for path in paths for length in range(1, len(path))}
        spares = len(open_ended)
        written = frozenset(paths)
        for _ in open_ended:
            for selector in open_ended:
                found = _expand(selector.steps, paths, written, spares)
                work.spend(10 * len(found))
                paths |= found
        closed = frozenset(path for path in paths if model.field(path).values is not None)
        return cls(frozenset(paths), written, spares, closed, work)

    def pattern(self, pattern: Pattern, holds: bool) -> Formula:
        """The formula that ``pattern`` matches, or with ``holds`` false that it does not."""
        match pattern:
            case JsonPattern(condition):
                return self.condition(condition, holds)
            case TermPattern(terms):
                return self._terms(terms, holds)
            case SpacePattern():
                return FALSE if holds else TRUE
            case EmptyPattern():
                return TRUE if holds else FALSE
            case _:
                assert_never(pattern)

    def condition(self, condition: Condition, holds: bool) -> Formula:
        """The formula of a condition or of its opposite."""
        match condition:
            case Comparison(selector, operator, value):
                equal = equal_to(value)
                match operator:
                    case Operator.EQUAL:
                        return self._leaf(selector, equal, holds)
                    case Operator.NOT_EQUAL:
                        return self._leaf(selector, every((Scalar(), negate(equal))), holds)
                    case _:
                        limit = value.value if isinstance(value, Number) else None
                        return FALSE if limit is None else self._leaf(selector, Ordered(operator, limit), holds)
            case Test(selector, check):
                if check is Check.NOT_EXISTS:
                    return self._leaf(selector, PRESENT, not holds)
                state = {Check.IS_NULL: None, Check.IS_TRUE: True, Check.IS_FALSE: False}[check]
                return self._leaf(selector, Is(frozenset({state})), holds)
            case And(parts):
                return (all_of if holds else any_of)(self.condition(part, holds) for part in dict.fromkeys(parts))
            case Or(parts):
                return (any_of if holds else all_of)(self.condition(part, holds) for part in dict.fromkeys(parts))
            case _:
                assert_never(condition)

    def _leaf(self, selector: Selector, predicate: Predicate, holds: bool) -> Formula:
        wanted = predicate if holds else negate(predicate)
        path = _plain(selector.steps)
        if path is not None:
            return Leaf(path, wanted)
        choices = sorted(_expand(selector.steps, self.paths, self.written, self.spares), key=str)
        self.work.spend(10 * len(choices))
        return (any_of if holds else all_of)(Leaf(choice, wanted) for choice in choices)

    def _terms(self, terms: Sequence[Term], holds: bool) -> Formula:
        required = [term for term in terms if term.kind is not TermKind.OPTIONAL]
        if not required:
            return (any_of if holds else all_of)(self._occurs(term, holds) for term in terms)
        return (all_of if holds else any_of)(
            self._occurs(term, holds == (term.kind is TermKind.REQUIRED)) for term in required
        )

    def _occurs(self, term: Term, holds: bool) -> Formula:
        if isinstance(term.content, str) and not term.content.strip():
            return TRUE if holds else FALSE
        paths = self.closed | {FREE_TEXT} if holds else self.paths
        self.work.spend(10 * len(paths))
        occurs = [self._in_field(term, path) for path in sorted(paths, key=str)]
        if holds:
            self.inexact = True
            return any_of(occurs)
        return all_of(Leaf(part.path, negate(part.predicate)) if isinstance(part, Leaf) else TRUE for part in occurs)

    def _in_field(self, term: Term, path: Path) -> Formula:
        content = term.content
        if isinstance(content, Regex):
            if any(not chain or chain[0] != ANY_TEXT or chain[-1] != ANY_TEXT for chain in chains(content.source)):
                return FALSE
            self.inexact = self.inexact or _can_match_an_escape(content)
            return Leaf(path, Equals(content))
        pair = _PAIR.fullmatch(content)
        if pair:
            return Leaf(path, equal_to(wildcard(pair[2]))) if path[-1] == pair[1] else FALSE
        if not content.isascii() or not content.isprintable() or '"' in content or "\\" in content:
            return FALSE
        within: Predicate = Equals(Wildcard(("", content, "")))
        return Leaf(path, PRESENT if isinstance(path[-1], str) and content in path[-1] else within)


def _can_match_an_escape(regex: Regex) -> bool:
    """Whether it can match characters that the raw text writes in another way than the value."""
    return any(
        char in element.charset for elements in chains(regex.source) for element in elements[1:-1] for char in ESCAPED
    )


def _leaves(pattern: Pattern) -> Iterable[Comparison | Test]:
    return leaves(pattern.condition) if isinstance(pattern, JsonPattern) else ()


def _plain(steps: Sequence[Step]) -> Path | None:
    path: list[str | int] = []
    for step in steps:
        if isinstance(step, Key):
            path.append(step.name)
        elif isinstance(step, Index):
            path.append(step.number)
        else:
            return None
    return tuple(path)


def _expand(steps: Sequence[Step], paths: Iterable[Path], written: Iterable[Path], spares: int) -> set[Path]:
    """The paths that a selector with one ``*`` can mean, given the fields that matter."""
    place = next(index for index, step in enumerate(steps) if isinstance(step, AnyKey | AnyIndex))
    before, after = _plain(steps[:place]) or (), _plain(steps[place + 1 :]) or ()

    def below(known: Iterable[Path]) -> set[str | int]:
        return {path[place] for path in known if len(path) > place and path[:place] == before}

    children: set[str | int]
    if isinstance(steps[place], AnyKey):
        children = {child for child in below(paths) if isinstance(child, str)}
        names = (f"{OTHER_KEY}{number or ''}" for number in count())
        children |= set(islice((name for name in names if name not in below(written)), spares))
    else:
        numbers = sorted(child for child in below(written) if isinstance(child, int))
        # Where the array ends before the next element that is written, each selector can still mean one of its own;
        # where it goes on, the selectors can mean elements at the end, and those not listed are like the one before.
        between = {
            inner
            for before, number in zip([-1, *numbers], numbers, strict=False)
            for inner in range(before + 1, min(number, before + 1 + spares))
        }
        length = 1 + max(numbers, default=-1)
        children = {*numbers, *between, *range(length, length + spares)}
    return {(*before, child, *after) for child in children}
