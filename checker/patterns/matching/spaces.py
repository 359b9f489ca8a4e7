"""Evaluates a space-delimited pattern on raw text.

Text between square brackets or double quotation marks is one field. Without ``...`` the last field of the pattern
takes all that is left, as the guide's ``[w1=ERROR, w2]`` does for a line of six words.
"""

from __future__ import annotations

import re
from decimal import Decimal

from checker.patterns.language.tree import (
    And,
    Comparison,
    Condition,
    Number,
    Operator,
    Or,
    SpacePattern,
    Value,
    number,
)
from checker.patterns.matching.automaton import equals_text

_FIELD = re.compile(r'\[([^\]]*)\]|"([^"]*)"|(\S+)')


def matches_space(pattern: SpacePattern, text: str) -> bool:
    """Whether the fields of ``text`` fit the pattern."""
    words = ["".join(match.groups("")) for match in _FIELD.finditer(text)]
    fields = pattern.fields
    if pattern.ellipsis is None:
        if not fields or len(words) < len(fields):
            return False
        words[len(fields) - 1 :] = [" ".join(words[len(fields) - 1 :])]
    elif len(words) < len(fields):
        return False
    before = len(fields) if pattern.ellipsis is None else pattern.ellipsis
    after = len(fields) - before
    chosen = words[:before] + (words[len(words) - after :] if after else [])
    return all(
        field.condition is None or _holds(field.condition, word) for field, word in zip(fields, chosen, strict=True)
    )


def _holds(condition: Condition, word: str) -> bool:
    match condition:
        case And(parts):
            return all(_holds(part, word) for part in parts)
        case Or(parts):
            return any(_holds(part, word) for part in parts)
        case Comparison(_, operator, value):
            return _compares(operator, value, word)
        case _:
            return False


def _compares(operator: Operator, value: Value, word: str) -> bool:
    found = number(word)
    if isinstance(value, Number) and found:
        return _order(operator, found.value, value.value)
    equal = equals_text(value, word)
    return equal == (operator is Operator.EQUAL) if operator in (Operator.EQUAL, Operator.NOT_EQUAL) else False


def _order(operator: Operator, found: Decimal, limit: Decimal) -> bool:
    signs = {
        Operator.EQUAL: found == limit,
        Operator.NOT_EQUAL: found != limit,
        Operator.LESS: found < limit,
        Operator.GREATER: found > limit,
        Operator.LESS_OR_EQUAL: found <= limit,
        Operator.GREATER_OR_EQUAL: found >= limit,
    }
    return signs[operator]
