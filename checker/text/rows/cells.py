"""What the formats for people share: how a value is shown in one line, and how wide a text is on a terminal. Pure."""

from __future__ import annotations

import unicodedata

from checker.text.printable import printable

NULL = "<null>"
"""What stands for null where people read."""


def shown(value: str | None) -> str:
    """A value in one line: line ends and tabs are spelled out, as control characters are."""
    if value is None:
        return NULL
    return printable(value).replace("\n", "\\n").replace("\t", "\\t")


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal: two for wide letters, none for marks that sit on the one before.

    By East Asian Width, https://www.unicode.org/reports/tr11/
    """
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def cut(text: str, width: int, mark: str) -> str:
    """The text in at most ``width`` columns; one that is longer ends with the mark, so that it shows."""
    if width_of(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _width(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + mark


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text with blanks up to the width, behind it or before it."""
    blanks = " " * max(0, width - width_of(text))
    return blanks + text if right else text + blanks


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
