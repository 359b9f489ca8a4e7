"""Term patterns: words, phrases in double quotation marks and regular expressions, with ``?`` and ``-`` before them."""

from __future__ import annotations

from checker.patterns.language.cursor import BLANKS, Cursor
from checker.patterns.language.operands import read_quoted, read_regex
from checker.patterns.language.tree import Regex, Term, TermKind, TermPattern

_SIGNS = {"?": TermKind.OPTIONAL, "-": TermKind.EXCLUDED}


def read_term_pattern(cursor: Cursor) -> TermPattern:
    """Read the whole text. Raises `PatternSyntaxError`."""
    terms: list[Term] = []
    while cursor.peek():
        start = cursor.index
        kind = _SIGNS.get(cursor.peek(), TermKind.REQUIRED)
        if kind is not TermKind.REQUIRED:
            cursor.index += 1
            if kind is TermKind.EXCLUDED:
                cursor.skip_blanks()
        terms.append(Term(_content(cursor), kind, cursor.position(start)))
        if cursor.peek() and cursor.peek() not in BLANKS:
            raise cursor.error("a blank between two terms", hint=_hint(cursor))
        cursor.skip_blanks()
    return TermPattern(tuple(terms))


def _content(cursor: Cursor) -> str | Regex:
    if cursor.peek() == '"':
        return read_quoted(cursor)
    if cursor.peek() == "%":
        return read_regex(cursor)
    word = cursor.take_while("_")
    if not word:
        raise cursor.error(
            "a term of letters, digits and '_', or a phrase in double quotation marks", hint=_hint(cursor)
        )
    return word


def _hint(cursor: Cursor) -> str:
    char = cursor.peek()
    looks_like_json = "$." in cursor.text or "&&" in cursor.text or "||" in cursor.text
    if looks_like_json:
        return "a pattern for JSON fields stands in braces: { $.field = value }; without them this is a list of words"
    if char and not is_quote(char) and char not in "\\" and char.isprintable():
        return f"a term with '{char}' in it needs double quotation marks"
    return ""


def is_quote(char: str) -> bool:
    """Whether ``char`` is some other quotation mark than the one that counts."""
    return char in "'`\u201c\u201d\u2018\u2019"
