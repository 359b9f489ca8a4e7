"""Tree to text: the canonical spelling, which `parse` reads back to an equal tree."""

from __future__ import annotations

from typing import assert_never

from checker.patterns.language.cursor import is_word
from checker.patterns.language.tree import (
    And,
    AnyIndex,
    AnyKey,
    Comparison,
    Condition,
    EmptyPattern,
    Index,
    JsonPattern,
    Key,
    Number,
    Or,
    Pattern,
    Regex,
    Selector,
    SpacePattern,
    Step,
    Term,
    TermPattern,
    Test,
    Value,
)


def to_text(pattern: Pattern) -> str:
    """The canonical spelling: ``{ $.a = "b" && ($.c NOT EXISTS || $.d > 1) }``."""
    match pattern:
        case JsonPattern(condition):
            return f"{{ {condition_text(condition)} }}"
        case TermPattern(terms):
            return " ".join(_term_text(term) for term in terms)
        case SpacePattern():
            return f"[{', '.join(_field_texts(pattern))}]"
        case EmptyPattern():
            return ""
        case _:
            assert_never(pattern)


def condition_text(condition: Condition, prefix: str = "$") -> str:
    """A condition without the braces. ``prefix`` is what selectors start with; ``""`` gives bare names."""
    match condition:
        case Comparison(selector, operator, value):
            return f"{selector_text(selector, prefix)} {operator} {value_text(value)}"
        case Test(selector, check):
            return f"{selector_text(selector, prefix)} {check}"
        case Or(parts):
            return " || ".join(condition_text(part, prefix) for part in parts)
        case And(parts):
            return " && ".join(
                f"({condition_text(part, prefix)})" if isinstance(part, Or) else condition_text(part, prefix)
                for part in parts
            )
        case _:
            assert_never(condition)


def selector_text(selector: Selector, prefix: str = "$") -> str:
    """``$.users[0].['full name']``."""
    text = "".join(_step_text(step) for step in selector.steps)
    return prefix + text if prefix else text.removeprefix(".")


def _step_text(step: Step) -> str:
    match step:
        case Key(name):
            if name and all(is_word(char, "_-") for char in name):
                return f".{name}"
            quote = '"' if "'" in name else "'"
            return f".[{quote}{name}{quote}]"
        case Index(number):
            return f"[{number}]"
        case AnyKey():
            return ".*"
        case AnyIndex():
            return "[*]"
        case _:
            assert_never(step)


def value_text(value: Value) -> str:
    """A value as it stands in a pattern: text quoted, numbers bare, regular expressions between percent signs."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, Regex):
        return f"%{value.source}%"
    return quoted("*".join(value.pieces))


def quoted(text: str) -> str:
    """``text`` in double quotation marks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _term_text(term: Term) -> str:
    content = f"%{term.content.source}%" if isinstance(term.content, Regex) else quoted(term.content)
    return f"{term.kind}{content}"


def _field_texts(pattern: SpacePattern) -> list[str]:
    texts = [condition_text(field.condition, "") if field.condition else field.name for field in pattern.fields]
    if pattern.ellipsis is not None:
        texts.insert(pattern.ellipsis, "...")
    return texts
