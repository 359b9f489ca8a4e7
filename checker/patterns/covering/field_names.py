"""Fields that CloudTrail does not have, and which one was probably meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from checker.patterns.covering.event_model import EventModel, Names
from checker.patterns.language.printer import selector_text
from checker.patterns.language.tree import (
    And,
    Condition,
    JsonPattern,
    Key,
    Or,
    Pattern,
    Selector,
    TermPattern,
    conjunction,
    disjunction,
    leaves,
)

SIMILAR = 0.8
"""How alike two names must be (`difflib.SequenceMatcher.ratio`) to be taken for one."""
EVENT_BRIDGE = Key("detail")
QUOTED = (
    "The quotation marks around the whole pattern make it one phrase that is looked for in the raw text: "
    "leave them out."
)


def corrected(condition: Condition, model: EventModel) -> tuple[Condition, tuple[Selector, ...]]:
    """The condition with the fields that were probably meant, and the selectors that changed."""
    wrong = tuple(dict.fromkeys(leaf.selector for leaf in leaves(condition) if _meant(leaf.selector, model)))
    return _renamed(condition, model), wrong


def hints(pattern: Pattern, model: EventModel) -> tuple[str, ...]:
    """What is probably wrong with a pattern that misses events, as sentences: fields that do not exist, quotes."""
    if isinstance(pattern, TermPattern):
        return (QUOTED,) if quoted(pattern) else ()
    if not isinstance(pattern, JsonPattern):
        return ()
    return tuple(dict.fromkeys(_of_fields(pattern.condition, model)))


def _of_fields(condition: Condition, model: EventModel) -> Iterator[str]:
    for leaf in leaves(condition):
        meant = _meant(leaf.selector, model)
        if meant is None:
            continue
        if leaf.selector.steps[0] == EVENT_BRIDGE:
            found, wanted = selector_text(leaf.selector), selector_text(meant)
            yield f"EventBridge puts the field at {found}; in the log group of a trail it is {wanted}."
        else:
            yield f"CloudTrail has no field {selector_text(leaf.selector)}; did you mean {selector_text(meant)}?"


def quoted(pattern: TermPattern) -> str | None:
    """The pattern that stands in quotation marks as a whole, if that is what the term is."""
    (first, *more) = pattern.terms
    if more or not isinstance(first.content, str):
        return None
    inner = first.content.strip()
    return inner if inner.startswith(("{", "$.")) else None


def _renamed(condition: Condition, model: EventModel) -> Condition:
    if isinstance(condition, And | Or):
        join = conjunction if isinstance(condition, And) else disjunction
        return join(_renamed(part, model) for part in condition.parts)
    meant = _meant(condition.selector, model)
    return replace(condition, selector=meant) if meant else condition


def _meant(selector: Selector, model: EventModel) -> Selector | None:
    """The selector that was probably meant; ``None`` if the field may exist or nothing resembles it."""
    names = [step.name for step in selector.steps if isinstance(step, Key)]
    if len(names) != len(selector.steps) or not model.record:
        return None
    if selector.steps[0] == EVENT_BRIDGE and len(names) > 1:
        rest = Selector(selector.steps[1:])
        return _meant(rest, model) or (rest if _exists(names[1:], model) else None)
    found = _nearest(names, model)
    return Selector(tuple(map(Key, found))) if found and found != names else None


def _exists(names: Sequence[str], model: EventModel) -> bool:
    return _nearest(names, model) == list(names)


def _nearest(names: Sequence[str], model: EventModel) -> list[str] | None:
    """The path with every name that does not exist replaced by one that resembles it; ``None`` if none does."""
    known: Names | None = model.record
    found: list[str] = []
    for index, name in enumerate(names):
        if known is None:
            return [*found, *names[index:]]
        if name not in known:
            similar = _alike(name, tuple(known))
            if similar is None:
                return None
            name = similar
        found.append(name)
        known = known[name]
    return found


def _alike(name: str, known: Sequence[str]) -> str | None:
    by_letters = {other.lower(): other for other in known}
    found = get_close_matches(name.lower(), by_letters, n=1, cutoff=SIMILAR)
    return by_letters[found[0]] if found else None
