"""The smallest change that makes a pattern cover a reference, and that counts nothing else than the two.

A change that covers by counting everything is none: what is proposed matches no event that neither the pattern nor
the reference matches. Changes are tried in the order of how many comparisons they touch. Events that refuted earlier
ones refute most of the others by evaluation; a few questions are left for the engine, each within its own budget.
The reference itself needs no question: it covers, and it counts nothing outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.patterns.covering.cover import ask
from checker.patterns.covering.event_model import EventModel, default_model
from checker.patterns.covering.field_names import corrected, quoted
from checker.patterns.covering.question import CoverQuestion
from checker.patterns.language.errors import PatternSyntaxError
from checker.patterns.language.parse import MAX_LENGTH, parse, try_parse
from checker.patterns.language.printer import to_text
from checker.patterns.language.tree import (
    And,
    Comparison,
    Condition,
    JsonPattern,
    Key,
    Operator,
    Or,
    Pattern,
    Selector,
    TermPattern,
    Wildcard,
    conjunction,
    disjunction,
    leaves,
)
from checker.patterns.language.typos import mend
from checker.patterns.matching.match import matches

MAX_QUESTIONS = 8
"""Questions that the engine is asked for one proposal."""
MAX_CHANGES = 200
SMALL = 3
"""Comparisons that the reference may differ in and still stand in the place of the pattern."""
EVENT_NAME = Selector((Key("eventName"),))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pattern that covers. ``beside``: it is the reference, for a filter of its own, since no small change does."""

    pattern: str
    beside: bool = False


def repair(
    pattern: str,
    reference: str,
    *,
    model: EventModel | None = None,
    fixed: Mapping[str, str] | None = None,
) -> str | None:
    """The pattern of `propose`, or ``None``."""
    proposal = propose(pattern, reference, model=model, fixed=fixed)
    return proposal.pattern if proposal else None


def propose(
    pattern: str,
    reference: str,
    *,
    model: EventModel | None = None,
    fixed: Mapping[str, str] | None = None,
    everybody: EventModel | None = None,
    missed: Mapping[str, Any] | None = None,
) -> Proposal | None:
    """A pattern of at most 1024 characters that covers ``reference`` and is near to ``pattern``.

    It matches nothing outside of both, a pattern that does not parse taken as it was probably meant. ``everybody``
    are the events among which that is judged (default: ``model``). ``missed`` is an event of the reference that the
    pattern misses, where one is known already. ``None`` if ``pattern`` covers already. Raises `PatternSyntaxError`
    for the reference.
    """
    events = model or default_model()
    wanted, meant = parse(reference), mend(pattern)
    trial = _Trial(wanted, meant, events, everybody or events, tuple(sorted((fixed or {}).items())))
    if missed is not None and matches(wanted, missed) and meant is not None and not matches(meant, missed):
        trial.inside.append(missed)
    return _propose(pattern, wanted, meant, trial)


def _propose(text: str, reference: Pattern, meant: Pattern | None, trial: _Trial) -> Proposal | None:
    """The proposal; ``meant`` is the pattern that the text is or was probably meant to be."""
    if meant is not None and not trial.inside and trial.covers(meant):
        unchanged = not isinstance(try_parse(text), PatternSyntaxError)
        return None if unchanged else Proposal(to_text(meant))
    if isinstance(meant, TermPattern):
        meant = mend(quoted(meant) or "") or meant
    if not isinstance(meant, JsonPattern) or not isinstance(reference, JsonPattern):
        return Proposal(to_text(reference), beside=True)
    distance = _distance(meant.condition, reference.condition)
    limit = max(SMALL, sum(1 for _ in leaves(meant.condition)) // 2)
    for cost, condition in sorted(_changes(meant.condition, reference.condition, trial), key=lambda change: change[0]):
        if cost > distance:
            break
        spelling = to_text(JsonPattern(condition))
        if len(spelling) <= MAX_LENGTH and trial.accepts(JsonPattern(condition)):
            return Proposal(spelling)
    mine, theirs = ({leaf.selector for leaf in leaves(tree.condition)} for tree in (meant, reference))
    return Proposal(to_text(reference), beside=distance > limit or not mine & theirs)


@dataclass(slots=True)
class _Trial:
    """Judges changes: whether they cover the reference, and match nothing outside of it and the pattern."""

    reference: Pattern
    meant: Pattern | None
    model: EventModel
    everybody: EventModel
    fixed: tuple[tuple[str, str], ...]
    inside: list[Mapping[str, Any]] = field(default_factory=list)
    """Events that every proposal must match."""
    outside: list[Mapping[str, Any]] = field(default_factory=list)
    """Events that none may match."""
    questions: int = 0

    def covers(self, pattern: Pattern) -> bool:
        """Whether the engine says that every event of the reference is matched."""
        return self._none(CoverQuestion(self.reference, (pattern,), self.model, self.fixed), self.inside)

    def accepts(self, pattern: Pattern) -> bool:
        """Whether the pattern may be proposed."""
        if not all(matches(pattern, event) for event in self.inside):
            return False
        if any(matches(pattern, event) for event in self.outside) or self.questions >= MAX_QUESTIONS:
            return False
        known = (self.reference,) if self.meant is None else (self.meant, self.reference)
        more = CoverQuestion(pattern, known, self.everybody, self.fixed)
        return self.covers(pattern) and self._none(more, self.outside)

    def _none(self, question: CoverQuestion, events: list[Mapping[str, Any]]) -> bool:
        """Whether no event answers the question; one that does is kept."""
        self.questions += 1
        answer = ask(question)
        if answer.event is not None:
            events.append(answer.event)
        return answer.exists is False


def _changes(condition: Condition, reference: Condition, trial: _Trial) -> Iterator[tuple[float, Condition]]:
    """Changed conditions with their costs."""
    yield 0, condition
    mended, misspelt = corrected(condition, trial.model)
    if misspelt:
        yield len(misspelt) - 0.5, mended
    yield from _with_missing_names(condition, reference, trial.inside)
    substitutes: dict[object, list[Condition]] = {}
    for leaf in leaves(reference):
        substitutes.setdefault(leaf.selector, []).append(leaf)
    for count, change in enumerate(_single_changes(condition, substitutes)):
        if count >= MAX_CHANGES:
            break
        yield change


def _distance(condition: Condition, reference: Condition) -> int:
    """How many comparisons differ; at least 1, for another structure."""
    mine, theirs = Counter(leaves(condition)), Counter(leaves(reference))
    return max(1, (mine - theirs).total(), (theirs - mine).total())


def _with_missing_names(
    condition: Condition, reference: Condition, missed: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[float, Condition]]:
    """The condition with the event names of the reference that it lacks, put where it lists names itself.

    Whether a name is lacking is tried with a missed event that gets the name.
    """
    if not missed:
        return
    names = {name: leaf for leaf in leaves(reference) if (name := _name(leaf)) is not None}
    event, pattern = missed[0], JsonPattern(condition)
    lacking = [leaf for name, leaf in names.items() if not matches(pattern, {**event, "eventName": name})]
    if lacking and len(lacking) < len(names):
        for changed in _inserted(condition, lacking):
            yield len(lacking) - 0.25, changed


def _name(condition: Condition) -> str | None:
    """The event name that the condition asks for, if it is one comparison with one name."""
    if isinstance(condition, Comparison) and condition.selector == EVENT_NAME and condition.operator is Operator.EQUAL:
        return condition.value.literal if isinstance(condition.value, Wildcard) else None
    return None


def _inserted(condition: Condition, names: Sequence[Condition]) -> Iterator[Condition]:
    """The condition with the names as further alternatives at one place where event names stand."""
    if _name(condition) is not None:
        yield disjunction([condition, *names])
    if not isinstance(condition, And | Or):
        return
    parts = condition.parts
    if isinstance(condition, Or) and any(_name(part) is not None for part in parts):
        yield disjunction([*parts, *names])
        return
    rebuild = conjunction if isinstance(condition, And) else disjunction
    for index, part in enumerate(parts):
        for changed in _inserted(part, names):
            yield rebuild([*parts[:index], changed, *parts[index + 1 :]])


def _single_changes(
    condition: Condition, substitutes: Mapping[object, list[Condition]]
) -> Iterator[tuple[float, Condition]]:
    """Every way to drop one part of an ``&&``, or to replace one comparison by one of the reference."""
    if isinstance(condition, And | Or):
        rebuild = conjunction if isinstance(condition, And) else disjunction
        parts = condition.parts
        for index, part in enumerate(parts):
            if isinstance(condition, And):
                yield sum(1 for _ in leaves(part)), rebuild([*parts[:index], *parts[index + 1 :]])
            for cost, changed in _single_changes(part, substitutes):
                yield cost, rebuild([*parts[:index], changed, *parts[index + 1 :]])
    else:
        for substitute in substitutes.get(condition.selector, ()):
            if substitute != condition:
                yield 1, substitute
