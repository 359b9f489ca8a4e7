"""The smallest change that makes a pattern cover a reference.

Changes are tried and the ones that `cover` confirms are compared: first by how many comparisons they touch, then by
whether the result means exactly what the reference means, then by length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from checker.patterns.covering.cover import Question, ask
from checker.patterns.covering.event_model import EventModel, default_model
from checker.patterns.language.parse import MAX_LENGTH, parse, try_parse
from checker.patterns.language.printer import to_text
from checker.patterns.language.tree import And, Condition, JsonPattern, Or, Pattern, conjunction, disjunction, leaves
from checker.patterns.language.typos import mend

MAX_CANDIDATES = 150
ADDING = 0.5
"""What adding a branch costs beyond its comparisons: changing what is there comes first."""


def repair(
    pattern: str,
    reference: str,
    *,
    model: EventModel | None = None,
    fixed: Mapping[str, str] | None = None,
) -> str | None:
    """A pattern of at most 1024 characters that covers ``reference`` and is near to ``pattern``.

    ``None`` if ``pattern`` covers already or nothing was found. Raises `PatternSyntaxError` for the reference.
    """
    return _repair(pattern, reference, model, tuple(sorted((fixed or {}).items())))


@lru_cache(maxsize=512)
def _repair(text: str, reference_text: str, model: EventModel | None, fixed: tuple[tuple[str, str], ...]) -> str | None:
    reference = parse(reference_text)
    covers = partial(_covers, reference=reference, model=model, fixed=dict(fixed))
    tree = mend(text)
    if tree is not None and covers(tree):
        return None if try_parse(text) == tree else to_text(tree)
    if not isinstance(tree, JsonPattern) or not isinstance(reference, JsonPattern):
        return to_text(reference)
    best: tuple[float, bool, int, str] | None = None
    for cost, condition in _candidates(tree.condition, reference.condition, covers):
        spelling = to_text(JsonPattern(condition))
        if len(spelling) > MAX_LENGTH or (best is not None and cost > best[0]):
            continue
        candidate = JsonPattern(condition)
        if covers(candidate):
            wider = not _covers(reference, candidate, model, dict(fixed))
            rank = (cost, wider, len(spelling), spelling)
            best = rank if best is None else min(best, rank)
    return best[3] if best else to_text(reference)


def _covers(pattern: Pattern, reference: Pattern, model: EventModel | None, fixed: Mapping[str, str]) -> bool:
    question = Question(reference, (pattern,), model or default_model(), tuple(sorted(fixed.items())))
    return ask(question).exists is False


def _candidates(condition: Condition, reference: Condition, covers: partial[bool]) -> Iterator[tuple[float, Condition]]:
    """Changed conditions with their costs, cheap ones first within each kind."""
    substitutes: dict[object, list[Condition]] = {}
    for leaf in leaves(reference):
        substitutes.setdefault(leaf.selector, []).append(leaf)
    for count, change in enumerate(_single_changes(condition, substitutes)):
        if count >= MAX_CANDIDATES:
            break
        yield change
    for index, part in enumerate(_parts(Or, condition)):
        clauses = _parts(And, part)
        kept = [clause for clause in clauses if covers(JsonPattern(clause))]
        if kept:
            others = [other for place, other in enumerate(_parts(Or, condition)) if place != index]
            yield _size(clauses) - _size(kept), disjunction([*others, conjunction(kept)])
    missing = [branch for branch in _branches(reference) if not _covers_branch(condition, branch, covers)]
    if missing:
        yield _size(missing) + ADDING, disjunction([condition, *missing])
    yield _size([reference]) + ADDING, disjunction([condition, reference])


def _covers_branch(condition: Condition, branch: Condition, covers: partial[bool]) -> bool:
    return covers(JsonPattern(condition), reference=JsonPattern(branch))


def _size(conditions: list[Condition]) -> int:
    return sum(1 for condition in conditions for _ in leaves(condition))


def _parts(kind: type[And] | type[Or], condition: Condition) -> list[Condition]:
    return list(condition.parts) if isinstance(condition, kind) else [condition]


def _branches(reference: Condition) -> list[Condition]:
    """The reference as alternatives; ``a && (b || c)`` is spread once."""
    alternatives: list[Condition] = []
    for part in _parts(Or, reference):
        clauses = _parts(And, part)
        choice = next((clause for clause in clauses if isinstance(clause, Or)), None)
        if choice is None:
            alternatives.append(part)
        else:
            alternatives += [
                conjunction(option if clause is choice else clause for clause in clauses) for option in choice.parts
            ]
    return alternatives


def _single_changes(
    condition: Condition, substitutes: Mapping[object, list[Condition]]
) -> Iterator[tuple[float, Condition]]:
    """Every way to drop one part of an ``&&``, or to replace one comparison by one of the reference."""
    if isinstance(condition, And | Or):
        rebuild = conjunction if isinstance(condition, And) else disjunction
        parts = condition.parts
        for index, part in enumerate(parts):
            if isinstance(condition, And):
                yield _size([part]), rebuild([*parts[:index], *parts[index + 1 :]])
            for cost, changed in _single_changes(part, substitutes):
                yield cost, rebuild([*parts[:index], changed, *parts[index + 1 :]])
    else:
        for substitute in substitutes.get(condition.selector, ()):
            if substitute != condition:
                yield 1, substitute
