"""Selectors, operators and values of conditions."""

from __future__ import annotations

import re

from checker.patterns.language.cursor import BLANKS, END, Cursor
from checker.patterns.language.regex import RegexError, chains
from checker.patterns.language.tree import (
    AnyIndex,
    AnyKey,
    Index,
    Key,
    Operator,
    Regex,
    Selector,
    Step,
    Value,
    number,
    wildcard,
)

_OPERATORS = ("!=", "<=", ">=", "=", "<", ">")
_AFTER_VALUE = BLANKS + "()}&|,]"
UNQUOTED = "_.*+-"
_EQUALITY = (Operator.EQUAL, Operator.NOT_EQUAL)


def read_selector(cursor: Cursor) -> Selector:
    """Read ``$`` and the steps after it. Raises `PatternSyntaxError`."""
    start = cursor.index
    cursor.index += 1
    steps: list[Step] = []
    while True:
        if cursor.take("."):
            steps.append(_name_step(cursor))
        elif cursor.peek() == "[":
            steps.append(_bracket_step(cursor))
        else:
            break
    if not steps:
        raise cursor.error("'.' and the name of a field after '$'", hint="a selector starts with '$.'")
    selector = Selector(tuple(steps))
    if selector.wildcards > 1:
        raise cursor.error("at most one '*' in a selector", at=start)
    return selector


def _name_step(cursor: Cursor) -> Step:
    if cursor.peek() == "[":
        return _bracket_step(cursor)
    if cursor.take("*"):
        return AnyKey()
    name = cursor.take_while("_-")
    if not name:
        raise cursor.error(
            "the name of a field (letters, digits, '-' and '_')",
            hint="a name with other characters is written $.['name']" if cursor.peek() == '"' else "",
        )
    return Key(name)


def _bracket_step(cursor: Cursor) -> Step:
    """A step in square brackets: a quoted name, a number or ``*``."""
    opening = cursor.index
    cursor.index += 1
    cursor.skip_blanks()
    step: Step
    quote = cursor.peek()
    if quote and quote in "'\"":
        cursor.index += 1
        end = cursor.text.find(quote, cursor.index)
        if end <= cursor.index:
            raise cursor.error(f"a name and its closing {quote}")
        step = Key(cursor.text[cursor.index : end])
        cursor.index = end + 1
    elif cursor.take("*"):
        step = AnyIndex()
    else:
        digits = cursor.take_while("_")
        if not digits.isdigit() or len(digits) > 9:
            raise cursor.error("a number, '*' or a quoted name in the square brackets", at=opening + 1)
        step = Index(int(digits))
    cursor.skip_blanks()
    if not cursor.take("]"):
        raise cursor.error("']'")
    return step


def read_operator(cursor: Cursor) -> Operator:
    """Read a comparison operator. Raises `PatternSyntaxError`."""
    cursor.skip_blanks()
    for text in _OPERATORS:
        if not cursor.take(text):
            continue
        if cursor.peek() and cursor.peek() in "=~<>!":
            raise cursor.error("a value", at=cursor.index - len(text), hint="the operators are =, !=, <, >, <= and >=")
        return Operator(text)
    if cursor.peek() == "!":
        raise cursor.error("an operator", hint="there is no '!' alone; write != for not equal")
    hint = "an operator such as = is missing between selector and value" if cursor.peek() in ('"', ")", "}") else ""
    raise cursor.error("an operator (=, !=, <, >, <=, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS)", hint=hint)


TOO_LARGE = "a number of JSON is smaller than 1e308 in size"
TEXT_COMPARED = "text is compared with = and != only"
_NUMERAL = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+|[+-]?[0-9.]+")


def read_value(cursor: Cursor, operator: Operator) -> Value:
    """Read the value after ``operator``. Raises `PatternSyntaxError`."""
    cursor.skip_blanks()
    start = cursor.index
    value: Value
    if cursor.peek() == '"':
        value = wildcard(read_quoted(cursor))
    elif cursor.peek() == "%":
        value = read_regex(cursor)
    else:
        text = cursor.take_while(UNQUOTED)
        if not text or (cursor.peek() and cursor.peek() not in _AFTER_VALUE):
            raise _bad_value(cursor, text)
        value = number(text) or wildcard(text)
    if operator not in _EQUALITY and number(cursor.text[start : cursor.index]) is None:
        hint = TOO_LARGE if _NUMERAL.fullmatch(cursor.text[start : cursor.index]) else TEXT_COMPARED
        raise cursor.error(f"a number after {operator}", at=start, hint=hint)
    return value


def _bad_value(cursor: Cursor, text: str) -> Exception:
    char = cursor.peek()
    if not text and (not char or char in _AFTER_VALUE):
        return cursor.error("a value")
    if char == '"':
        return cursor.error("the end of the unquoted value", hint="the opening double quotation mark is missing")
    if char == "$":
        return cursor.error("a value", hint="a field cannot be compared with another field; $ in text needs quotes")
    error = cursor.error("a value in double quotation marks, or one of letters, digits, '_', '.', '-' and '*'")
    if not error.hint:
        error.hint = f"put the value in double quotation marks: an unquoted one cannot contain {cursor.found()}"
    return error


def read_quoted(cursor: Cursor) -> str:
    r"""Read a text in double quotation marks; ``\"`` and ``\\`` stand for the second character."""
    opening = cursor.index
    cursor.index += 1
    text: list[str] = []
    while (char := cursor.peek()) != '"':
        if not char:
            raise cursor.error(
                "a closing double quotation mark",
                at=opening,
                found=END,
                hint="the double quotation mark here is not closed",
            )
        if char == "\\" and cursor.peek(2)[1:] in ('"', "\\"):
            cursor.index += 1
            char = cursor.peek()
        text.append(char)
        cursor.index += 1
    cursor.index += 1
    return "".join(text)


def read_regex(cursor: Cursor) -> Regex:
    """Read a regular expression between percent signs. Raises `PatternSyntaxError`."""
    opening = cursor.index
    end = cursor.text.find("%", opening + 1)
    if end < 0:
        raise cursor.error("'%' at the end of the regular expression", at=opening, found=END)
    source = cursor.text[opening + 1 : end]
    try:
        chains(source)
    except RegexError as error:
        raise cursor.error(
            "a regular expression that CloudWatch Logs accepts",
            at=min(opening + 1 + error.index, end),
            found=str(error),
            hint="letters, digits, : _ # = @ / ; , - and the operators ^ $ ? [ ] { } | \\ * + . only; \\x28 means '('",
        ) from error
    cursor.index = end + 1
    return Regex(source)
