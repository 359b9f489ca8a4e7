"""Evaluates a pattern on a log event, with the semantics of CloudWatch Logs.

- A comparison with a field that is absent, null, an object or an array is false, ``!=`` included (absent: observed
  with test-metric-filter, DataBiosphere/azul issue 5884; objects and arrays: the user guide).
- ``=`` and ``!=`` compare the text of a string, number or boolean; an unquoted number also equals a JSON number of
  the same value (``1e3`` and 1000). The ordering operators compare JSON numbers only.
- ``NOT EXISTS`` holds only where the field is absent; a field that is null is there.
- A selector with ``*`` stands for every field or element: a condition holds if it does for one of them, and
  ``NOT EXISTS`` if there is none.
- Terms are looked for in the raw text; of an event that is given as a mapping, in its compact JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, assert_never

from checker.patterns.language.parse import parse
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
    Selector,
    SpacePattern,
    Step,
    Term,
    TermKind,
    TermPattern,
    Test,
    Value,
)
from checker.patterns.matching.automaton import equals_text
from checker.patterns.matching.spaces import matches_space


def matches(pattern: Pattern | str, event: Mapping[str, Any] | str) -> bool:
    """Whether ``pattern`` matches ``event``, a JSON object or the raw text of a log event.

    Raises `checker.patterns.language.errors.PatternSyntaxError` if ``pattern`` is a text that does not parse.
    """
    match parse(pattern) if isinstance(pattern, str) else pattern:
        case JsonPattern(condition):
            document = _document(event) if isinstance(event, str) else event
            return document is not None and holds(condition, document)
        case TermPattern(terms):
            return _matches_terms(terms, event if isinstance(event, str) else compact_json(event))
        case SpacePattern() as spaces:
            return isinstance(event, str) and _document(event) is None and matches_space(spaces, event)
        case EmptyPattern():
            return True
        case other:
            assert_never(other)


def compact_json(event: Mapping[str, Any]) -> str:
    """The event as one line without blanks, as CloudTrail delivers it."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def holds(condition: Condition, event: Mapping[str, Any]) -> bool:
    """Whether a JSON condition holds for ``event``."""
    match condition:
        case Comparison(selector, operator, value):
            return any(_compares(operator, value, found) for found in _select(selector, event))
        case Test(selector, check):
            return _passes(check, _select(selector, event))
        case And(parts):
            return all(holds(part, event) for part in parts)
        case Or(parts):
            return any(holds(part, event) for part in parts)
        case _:
            assert_never(condition)


@lru_cache(maxsize=64)
def _document(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _select(selector: Selector, event: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = [event]
    for step in selector.steps:
        found = [child for value in found for child in _children(step, value)]
    return found


def _children(step: Step, value: Any) -> list[Any]:
    match step:
        case Key(name):
            return [value[name]] if isinstance(value, Mapping) and name in value else []
        case Index(number):
            return [value[number]] if isinstance(value, list) and number < len(value) else []
        case AnyKey():
            return list(value.values()) if isinstance(value, Mapping) else []
        case AnyIndex():
            return list(value) if isinstance(value, list) else []
        case _:
            assert_never(step)


def _passes(check: Check, found: list[Any]) -> bool:
    match check:
        case Check.NOT_EXISTS:
            return not found
        case Check.IS_NULL:
            return any(value is None for value in found)
        case Check.IS_TRUE:
            return any(value is True for value in found)
        case Check.IS_FALSE:
            return any(value is False for value in found)
        case _:
            assert_never(check)


def _compares(operator: Operator, value: Value, found: Any) -> bool:
    if operator is Operator.EQUAL:
        return equals(value, found)
    if operator is Operator.NOT_EQUAL:
        return scalar_text(found) is not None and not equals(value, found)
    return isinstance(value, Number) and order(operator, value.value, found)


def scalar_text(found: Any) -> str | None:
    """The text of a string, number or boolean as JSON spells it; ``None`` for anything else."""
    if isinstance(found, str):
        return found
    if isinstance(found, bool):
        return "true" if found else "false"
    return repr(found) if isinstance(found, int | float) else None


def equals(value: Value, found: Any) -> bool:
    """Whether a JSON value equals the value of a comparison."""
    text = scalar_text(found)
    if text is None:
        return False
    if isinstance(value, Number) and _is_number(found):
        return Decimal(text) == value.value
    return equals_text(value, text)


_ORDERINGS: dict[Operator, Callable[[Decimal, Decimal], bool]] = {
    Operator.LESS: lambda found, limit: found < limit,
    Operator.GREATER: lambda found, limit: found > limit,
    Operator.LESS_OR_EQUAL: lambda found, limit: found <= limit,
    Operator.GREATER_OR_EQUAL: lambda found, limit: found >= limit,
}


def order(operator: Operator, limit: Decimal, found: Any) -> bool:
    """Whether a JSON value is a number on the right side of ``limit``."""
    return _is_number(found) and _ORDERINGS[operator](Decimal(repr(found)), limit)


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found)


def _matches_terms(terms: Sequence[Term], text: str) -> bool:
    required = [term for term in terms if term.kind is not TermKind.OPTIONAL]
    if not required:
        return any(contains(term.content, text) for term in terms)
    return all(contains(term.content, text) == (term.kind is TermKind.REQUIRED) for term in required)


def contains(content: Value | str, text: str) -> bool:
    """Whether a term occurs in ``text``. A phrase of blanks occurs everywhere (the guide's "match everything")."""
    if isinstance(content, str):
        return not content.strip() or content in text
    return equals_text(content, text)
