"""What a pattern matches, in words."""

from __future__ import annotations

from typing import assert_never

from checker.patterns.language.parse import parse
from checker.patterns.language.printer import selector_text, value_text
from checker.patterns.language.tree import (
    ANYTHING,
    And,
    Check,
    Comparison,
    Condition,
    EmptyPattern,
    JsonPattern,
    Number,
    Operator,
    Or,
    Pattern,
    Regex,
    SpacePattern,
    Term,
    TermKind,
    TermPattern,
    Test,
    Value,
    Wildcard,
)

_CHECKS = {
    Check.IS_NULL: "is there and null",
    Check.IS_TRUE: "is true",
    Check.IS_FALSE: "is false",
    Check.NOT_EXISTS: "is absent",
}
_ORDERINGS = {
    Operator.LESS: "a number below",
    Operator.GREATER: "a number above",
    Operator.LESS_OR_EQUAL: "a number of at most",
    Operator.GREATER_OR_EQUAL: "a number of at least",
}


def explain(pattern: str | Pattern) -> str:
    """One sentence. Raises `PatternSyntaxError` for a text that does not parse."""
    tree = parse(pattern) if isinstance(pattern, str) else pattern
    match tree:
        case JsonPattern(condition):
            return f"Matches JSON events in which {condition_words(condition)}."
        case TermPattern(terms):
            return f"Matches events whose raw text {_terms_words(terms)}."
        case SpacePattern(fields, ellipsis):
            count = f"{'at least ' if ellipsis is not None else ''}{len(fields)} field{'s' * (len(fields) != 1)}"
            conditions = [condition_words(field.condition, "") for field in fields if field.condition]
            where = f", in which {' and '.join(conditions)}" if conditions else ""
            return f"Matches text that is split at blanks into {count}{where}; it never matches JSON events."
        case EmptyPattern():
            return "Matches every event."
        case _:
            assert_never(tree)


def condition_words(condition: Condition, prefix: str = "$") -> str:
    """A condition as a clause: ``eventName is "ConsoleLogin" and ...``."""
    match condition:
        case Comparison(selector, operator, value):
            return f"{selector_text(selector, prefix).removeprefix('$.')} {_comparison_words(operator, value)}"
        case Test(selector, check):
            return f"{selector_text(selector, prefix).removeprefix('$.')} {_CHECKS[check]}"
        case And(parts):
            return " and ".join(_part_words(part, prefix) for part in parts)
        case Or(parts):
            return " or ".join(_part_words(part, prefix) for part in parts)
        case _:
            assert_never(condition)


def _part_words(part: Condition, prefix: str) -> str:
    words = condition_words(part, prefix)
    return f"({words})" if isinstance(part, And | Or) else words


def _comparison_words(operator: Operator, value: Value) -> str:
    if operator in _ORDERINGS:
        return f"is {_ORDERINGS[operator]} {value_text(value)}"
    negated = operator is Operator.NOT_EQUAL
    if value == ANYTHING:
        return "is there with no text at all" if negated else "is there"
    words = _value_words(value, negated)
    return f"is there and {words}" if negated else words


def _value_words(value: Value, negated: bool) -> str:
    if isinstance(value, Regex):
        return f"{'does not match' if negated else 'matches'} the regular expression {value.source}"
    if isinstance(value, Wildcard) and value.literal is None:
        return f"{'is not like' if negated else 'is like'} {value_text(value)}"
    text = value.text if isinstance(value, Number) else value_text(value)
    return f"{'is not' if negated else 'is'} {text}"


def _terms_words(terms: tuple[Term, ...]) -> str:
    required = [_term_words(term) for term in terms if term.kind is TermKind.REQUIRED]
    excluded = [_term_words(term) for term in terms if term.kind is TermKind.EXCLUDED]
    optional = [_term_words(term) for term in terms if term.kind is TermKind.OPTIONAL]
    clauses = []
    if required:
        clauses.append(f"contains {' and '.join(required)}")
    if excluded:
        clauses.append(f"does not contain {' or '.join(excluded)}")
    if optional and clauses:
        clauses.append(f"(the optional {' and '.join(optional)} are ignored beside other terms)")
    elif optional:
        clauses.append(f"contains {' or '.join(optional)}")
    return " and ".join(clauses[:2]) + "".join(f" {clause}" for clause in clauses[2:])


def _term_words(term: Term) -> str:
    return f"a match of {term.content.source}" if isinstance(term.content, Regex) else f'"{term.content}"'
