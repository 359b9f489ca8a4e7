"""Space-delimited patterns: ``[ip, user, ..., request = *html*, status = 4*, bytes > 1000]``.

A condition names its field again (``status = 403 || status = 404``); it may only speak of its own field.
"""

from __future__ import annotations

from checker.patterns.language.cursor import Cursor
from checker.patterns.language.operands import read_operator, read_value
from checker.patterns.language.tree import (
    Comparison,
    Condition,
    Key,
    Selector,
    SpaceField,
    SpacePattern,
    conjunction,
    disjunction,
)

_EXPECTED = "',' or ']' after a field"


def read_space_pattern(cursor: Cursor) -> SpacePattern:
    """Read up to and including the closing bracket; the opening one has been read. Raises `PatternSyntaxError`."""
    fields: list[SpaceField] = []
    ellipsis: int | None = None
    while True:
        cursor.skip_blanks()
        if cursor.peek(3) == "..." or cursor.peek() == "\u2026":
            if ellipsis is not None:
                raise cursor.error("at most one '...' in a pattern")
            ellipsis = len(fields)
            cursor.index += 3 if cursor.peek() == "." else 1
        else:
            fields.append(_read_field(cursor))
        cursor.skip_blanks()
        if cursor.take("]"):
            return SpacePattern(tuple(fields), ellipsis)
        if not cursor.take(","):
            raise cursor.error(_EXPECTED)


def _read_field(cursor: Cursor) -> SpaceField:
    name = cursor.take_while("_-")
    cursor.skip_blanks()
    if not name:
        if cursor.peek() and cursor.peek() in ",]":
            return SpaceField("")
        raise cursor.error("the name of a field")
    if not cursor.peek() or cursor.peek() in ",]":
        return SpaceField(name)
    return SpaceField(name, _read_conditions(cursor, name))


def _read_conditions(cursor: Cursor, name: str) -> Condition:
    """The conditions of one field, joined with ``&&`` and ``||``, each with the field's name again."""
    selector = Selector((Key(name),))
    done: list[Condition] = []
    current: list[Condition] = [_read_comparison(cursor, selector, cursor.index)]
    while True:
        cursor.skip_blanks()
        if cursor.take("||"):
            done.append(conjunction(current))
            current = []
        elif not cursor.take("&&"):
            return disjunction([*done, conjunction(current)])
        cursor.skip_blanks()
        start = cursor.index
        again = cursor.take_while("_-")
        if again != name:
            raise cursor.error(f"the name of the field again, {name}", at=start)
        current.append(_read_comparison(cursor, selector, start))


def _read_comparison(cursor: Cursor, selector: Selector, start: int) -> Comparison:
    operator = read_operator(cursor)
    return Comparison(selector, operator, read_value(cursor, operator), cursor.position(start))
