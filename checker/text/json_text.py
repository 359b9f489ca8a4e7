"""A document as the JSON that is printed and saved. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from checker.text.printable import printable


def json_text(document: Any, *, indent: int | None = 2) -> str:
    """The document as JSON that ends a line. ``indent=None``: on one line.

    Letters stay as they are, characters that could redraw a screen are escaped. What JSON does not know (a time) is
    written as its text.
    """
    return json_line(document, indent=indent) + "\n"


def json_list(items: Iterable[Any]) -> str:
    """A list with an item a line: many times faster to write than an indented one, and still easy to search."""
    lines = ",\n".join(json_line(item) for item in items)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def json_line(value: Any, *, indent: int | None = None) -> str:
    """The value as JSON without an end of line, to stand inside another text."""
    return printable(json.dumps(value, indent=indent, ensure_ascii=False, default=str))
