"""Rows as JSON objects, in one array or one a line.

A ``json`` or ``jsonb`` value is the document itself, digit by digit. What JSON has no number for (``NaN``) is a text.
A name that several columns have would be lost in an object: the later ones get a number (``name``, ``name_2``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from checker.text.printable import printable
from checker.text.rows import Row


class JsonText(str):
    """A text that is JSON already."""

    __slots__ = ()


class JsonLines:
    """One object a line, and nothing for no rows."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._keys = [json.dumps(name, ensure_ascii=False) + ": " for name in distinct(columns)]

    def rows(self, rows: Sequence[Row]) -> str:
        """See ``RowWriter.rows``."""
        return "".join(f"{line}\n" for line in self.objects(rows))

    def end(self) -> str:
        """See ``RowWriter.end``."""
        return ""

    def objects(self, rows: Sequence[Row]) -> list[str]:
        """Each row as an object on one line."""
        return [
            printable("{" + ", ".join(key + encoded(value) for key, value in zip(self._keys, row, strict=True)) + "}")
            for row in rows
        ]


class JsonArray:
    """One array, an object a line in it."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._lines = JsonLines(columns)
        self._before = "["

    def rows(self, rows: Sequence[Row]) -> str:
        """See ``RowWriter.rows``."""
        before, self._before = self._before, ","
        return before + "\n  " + ",\n  ".join(self._lines.objects(rows))

    def end(self) -> str:
        """See ``RowWriter.end``."""
        return "[]\n" if self._before == "[" else "\n]\n"


def distinct(names: Sequence[str]) -> list[str]:
    """The names, each once: a repeated one gets the next free number."""
    taken: set[str] = set(names)
    seen: set[str] = set()
    found = []
    for name in names:
        free, number = name, 1
        while free in seen or (free != name and free in taken):
            number += 1
            free = f"{name}_{number}"
        seen.add(free)
        found.append(free)
    return found


def encoded(value: Any) -> str:
    """One value as JSON without a line end."""
    if isinstance(value, JsonText):
        # Outside of its strings, a document may be laid out over lines; inside, JSON allows no line end.
        return value.replace("\n", " ").replace("\r", " ").replace("\t", " ")
    if isinstance(value, list):
        return "[" + ", ".join(encoded(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else json.dumps(str(value))
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps({math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN"))
    return json.dumps(value, ensure_ascii=False)
