"""Conditions: what stands between the braces of a JSON pattern.

The reader keeps its own stack of open parentheses, so that nesting is bounded by the length of the text only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.patterns.language.cursor import Cursor
from checker.patterns.language.operands import read_operator, read_selector, read_value
from checker.patterns.language.tree import Check, Comparison, Condition, Selector, Test, conjunction, disjunction

CONNECTIVE = "&&, || or the closing '}'"
CONNECTIVE_INSIDE = "&&, || or ')'"
OPERAND = "a selector such as $.eventName, or '('"


@dataclass(slots=True)
class _Group:
    """One level of parentheses: finished ``||`` parts, and the ``&&`` parts that are being collected."""

    opened_at: int
    done: list[Condition] = field(default_factory=list)
    current: list[Condition] = field(default_factory=list)

    def close(self) -> Condition:
        return disjunction([*self.done, conjunction(self.current)])


def read_condition(cursor: Cursor) -> Condition:
    """Read up to and including the closing brace; the opening one has been read. Raises `PatternSyntaxError`."""
    groups = [_Group(cursor.index - 1)]
    while True:
        _read_operand(cursor, groups)
        if _read_connective(cursor, groups):
            return groups[0].close()


def _read_operand(cursor: Cursor, groups: list[_Group]) -> None:
    """Read opening parentheses and one comparison or test."""
    cursor.skip_blanks()
    while cursor.peek() == "(":
        groups.append(_Group(cursor.index))
        cursor.index += 1
        cursor.skip_blanks()
    if cursor.peek() != "$":
        raise cursor.error(OPERAND, hint=_operand_hint(cursor))
    groups[-1].current.append(_read_leaf(cursor))


def _read_leaf(cursor: Cursor) -> Condition:
    """Read a comparison or a test."""
    position = cursor.position()
    selector = read_selector(cursor)
    check = _read_check(cursor, selector)
    if check:
        return Test(selector, check, position)
    operator = read_operator(cursor)
    return Comparison(selector, operator, read_value(cursor, operator), position)


def _read_connective(cursor: Cursor, groups: list[_Group]) -> bool:
    """Read closing parentheses and ``&&`` or ``||``; true at the closing brace."""
    while True:
        cursor.skip_blanks()
        inside = len(groups) > 1
        if cursor.take("&&"):
            return False
        if cursor.take("||"):
            groups[-1].done.append(conjunction(groups[-1].current))
            groups[-1].current = []
            return False
        if inside and cursor.take(")"):
            closed = groups.pop().close()
            groups[-1].current.append(closed)
            continue
        if not inside and cursor.take("}"):
            return True
        raise cursor.error(CONNECTIVE_INSIDE if inside else CONNECTIVE, hint=_connective_hint(cursor, groups))


def _read_check(cursor: Cursor, selector: Selector) -> Check | None:
    """Read ``IS NULL``, ``IS TRUE``, ``IS FALSE`` or ``NOT EXISTS`` if one is next."""
    had_blank = cursor.peek().isspace()
    cursor.skip_blanks()
    start = cursor.index
    first = cursor.word_here()
    if not first:
        return None
    cursor.index += len(first)
    cursor.skip_blanks()
    second = cursor.word_here()
    if had_blank and (text := f"{first} {second}") in list(Check):
        cursor.index += len(second)
        return Check(text)
    cursor.index = start
    raise cursor.error(
        "an operator (=, !=, <, >, <=, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS)",
        hint=_word_hint(selector, first, second),
    )


def _word_hint(selector: Selector, first: str, second: str) -> str:
    """What was probably meant by two words after a selector that are no operator."""
    last = str(getattr(selector.steps[-1], "name", ""))
    if first == "EXISTS" and last.endswith("NOT") and last != "NOT":
        return f"a blank is missing before NOT EXISTS: write ...{last[:-3]} NOT EXISTS"
    if first.upper() == "EXISTS":
        return 'there is no EXISTS; write the selector = "*" for a field that is there, NOT EXISTS for one that is not'
    if (first, second) == ("IS", "NOT"):
        return "there is no IS NOT; write IS TRUE, IS FALSE, IS NULL or NOT EXISTS"
    if f"{first} {second}".upper() in list(Check):
        return f"operators are written in capital letters: {first.upper()} {second.upper()}"
    if first.upper() == "NOT":
        return "after NOT only EXISTS is known: write NOT EXISTS"
    if first.upper() == "IS":
        return "after IS only NULL, TRUE and FALSE are known; compare other values with = or !="
    if first.upper() in ("AND", "OR"):
        return "conditions are joined with && and ||, and each needs its own operator"
    return "a name with a blank in it is often a line break of a PDF that was copied along; join the name"


def _operand_hint(cursor: Cursor) -> str:
    """What was probably meant where a condition should begin."""
    char = cursor.peek()
    if char == "{":
        return "braces stand once around the whole pattern; group with parentheses"
    if char == "!":
        return "there is no '!' before a condition; turn the operator round (!= or NOT EXISTS)"
    if char in ("&", "|"):
        return "a condition is missing between two operators"
    if char == "}" or char == ")":
        return "a condition is missing here"
    if char == '"':
        rest = cursor.text[cursor.index :]
        return 'the selector stands on the left: $.field = "value"' if "=" in rest else ""
    if char.isalpha():
        return "a selector starts with '$.'"
    return ""


def _connective_hint(cursor: Cursor, groups: list[_Group]) -> str:
    """What was probably meant where ``&&``, ``||`` or the end should stand."""
    char = cursor.peek()
    if char and char in "&|":
        return f"a single '{char}' is not an operator; write '{char}{char}'"
    if not char and len(groups) > 1:
        opened = cursor.position(groups[-1].opened_at)
        return f"the '(' of line {opened.line}, column {opened.column} is not closed"
    if not char:
        return "the closing '}' is missing"
    if char == "}":
        opened = cursor.position(groups[-1].opened_at)
        return f"the '(' of line {opened.line}, column {opened.column} is not closed"
    if char == ")":
        return "this ')' closes nothing"
    if char == "$" or char == "(":
        return "put && or || between two conditions"
    word = cursor.word_here()
    if word.upper() in ("AND", "OR"):
        return f"write {'&&' if word.upper() == 'AND' else '||'} instead of {word}"
    if word:
        return 'a value with a blank in it needs double quotation marks, as in "Failed authentication"'
    return ""
