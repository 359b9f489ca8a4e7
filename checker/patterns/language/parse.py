"""Text to tree: `parse` finds the kind of a pattern and reads it.

Source of the grammar: "Filter pattern syntax for metric filters" in the CloudWatch Logs user guide, with its
quotas (at most 1024 characters, two regular expressions, one ``*`` a selector and three in a pattern). Beyond the
documented text, dots, asterisks, hyphens and plus signs are accepted in unquoted values, because the benchmarks
and the guide's own examples write them (``kms.amazonaws.com``, ``123.123.*``, ``1e-3``).
"""

from __future__ import annotations

from functools import lru_cache

from checker.patterns.language.conditions import read_condition
from checker.patterns.language.cursor import Cursor
from checker.patterns.language.errors import PatternSyntaxError
from checker.patterns.language.spaces import read_space_pattern
from checker.patterns.language.terms import read_term_pattern
from checker.patterns.language.tree import (
    Comparison,
    Condition,
    EmptyPattern,
    JsonPattern,
    Pattern,
    Regex,
    SpacePattern,
    TermPattern,
    leaves,
)

MAX_LENGTH = 1024
MAX_REGEXES = 2
MAX_WILDCARD_SELECTORS = 3


@lru_cache(maxsize=4096)
def parse(text: str) -> Pattern:
    """The tree of a filter pattern. Raises `PatternSyntaxError` when CloudWatch Logs would refuse the text."""
    cursor = Cursor(text)
    if len(text) > MAX_LENGTH:
        raise cursor.error(
            f"at most {MAX_LENGTH} characters",
            at=MAX_LENGTH,
            found=f"a pattern of {len(text)} characters",
            hint="shorten it with wildcards, or split it over several filters that publish to one metric",
        )
    cursor.skip_blanks()
    if not cursor.peek():
        return EmptyPattern()
    pattern: Pattern
    if cursor.take("{"):
        pattern = JsonPattern(read_condition(cursor))
    elif cursor.take("["):
        pattern = read_space_pattern(cursor)
    else:
        return read_term_pattern(cursor)
    cursor.skip_blanks()
    if cursor.peek():
        raise cursor.error("nothing after the closing bracket", hint=_after_hint(cursor))
    _check_quotas(pattern, cursor)
    return pattern


def try_parse(text: str) -> Pattern | PatternSyntaxError:
    """The tree, or the error as a value."""
    try:
        return parse(text)
    except PatternSyntaxError as error:
        return error


def _after_hint(cursor: Cursor) -> str:
    if cursor.peek() in ("&", "|"):
        return "a pattern is one pair of braces; put both conditions inside it, joined by && or ||"
    return "remove what follows the pattern"


def _conditions(pattern: JsonPattern | SpacePattern | TermPattern) -> list[Condition]:
    if isinstance(pattern, JsonPattern):
        return [pattern.condition]
    if isinstance(pattern, SpacePattern):
        return [field.condition for field in pattern.fields if field.condition]
    return []


def _check_quotas(pattern: JsonPattern | SpacePattern | TermPattern, cursor: Cursor) -> None:
    """Raise where a pattern has more regular expressions or wildcard selectors than CloudWatch Logs allows."""
    regexes = wildcards = 0
    for condition in _conditions(pattern):
        for leaf in leaves(condition):
            wildcards += leaf.selector.wildcards
            regexes += isinstance(leaf, Comparison) and isinstance(leaf.value, Regex)
            if regexes > MAX_REGEXES:
                raise cursor.error(
                    f"at most {MAX_REGEXES} regular expressions in a pattern",
                    at=leaf.position.offset,
                    hint="write the other values as text with wildcards",
                )
            if wildcards > MAX_WILDCARD_SELECTORS:
                raise cursor.error(
                    f"at most {MAX_WILDCARD_SELECTORS} selectors with '*' in a pattern", at=leaf.position.offset
                )
