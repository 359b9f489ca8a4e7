"""Lines that fit a width, with what others wrote in them made printable. Pure."""

from __future__ import annotations

import textwrap

from checker.text.printable import printable

NARROWEST = 40
"""Columns. Narrower places get lines of this width, and break them as they like."""


def wrapped(text: str, width: int, *, start: str = "", indent: str = "", whole_words: bool = False) -> list[str]:
    """The lines of a paragraph, at least one: the first begins with ``start``, the others with ``indent``.

    ``whole_words``: what is wider than a line (a command, an ARN to copy) is not broken.
    """
    lines = textwrap.wrap(
        printable(text),
        width=max(NARROWEST, width),
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=not whole_words,
        break_on_hyphens=False,
    )
    return lines or [start]
