"""A table for a terminal: one line a row, as wide as the place allows; what does not fit ends with a mark.

The widths are those of the first batch, so that any number of rows can be shown without keeping them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.text.rows import Row
from checker.text.rows.cells import cut, padded, shown, width_of
from checker.text.style import Style

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|-?Infinity|NaN")
_GAP = 2
_NARROWEST = 6


class Table:
    """Columns of numbers stand right. Below the rows stands how many there are, and how to see what was cut."""

    def __init__(self, columns: Sequence[str], style: Style) -> None:
        self._names = [shown(name) for name in columns]
        self._style = style
        self._widths: list[int] = []
        self._right: list[bool] = []
        self._began = False
        self._count = 0
        self._cut = False

    def rows(self, rows: Sequence[Row]) -> str:
        """See ``RowWriter.rows``."""
        head = "" if self._began else self._head(rows)
        self._count += len(rows)
        return head + "".join(self._line([shown(value) for value in row]) for row in rows)

    def end(self) -> str:
        """See ``RowWriter.end``."""
        head = "" if self._began else self._head([])
        note = "; what ends with a mark was cut: --format line shows it" if self._cut else ""
        return f"{head}({self._count} row{'' if self._count == 1 else 's'}{note})\n"

    def _head(self, rows: Sequence[Row]) -> str:
        """Decide the widths, and show the names."""
        self._began = True
        wanted = [
            max([width_of(name), *(width_of(shown(row[index])) for row in rows)])
            for index, name in enumerate(self._names)
        ]
        self._right = [
            any(row[index] is not None for row in rows)
            and all(row[index] is None or _NUMBER.fullmatch(row[index]) for row in rows)
            for index in range(len(self._names))
        ]
        self._widths = fitted(wanted, self._style.width - _GAP * (len(wanted) - 1))
        dash = "─" if self._style.unicode else "-"
        return self._line(self._names) + (" " * _GAP).join(dash * width for width in self._widths) + "\n"

    def _line(self, cells: list[str]) -> str:
        mark = "…" if self._style.unicode else "~"
        shortened = [cut(cell, width, mark) for cell, width in zip(cells, self._widths, strict=True)]
        self._cut = self._cut or shortened != cells
        parts = [
            padded(cell, width, right=right)
            for cell, width, right in zip(shortened, self._widths, self._right, strict=True)
        ]
        return (" " * _GAP).join(parts).rstrip() + "\n"


def fitted(wanted: Sequence[int], room: int) -> list[int]:
    """Widths that fit the room: the widest columns give way first, none below a minimum."""
    widths = list(wanted)
    while sum(widths) > room:
        widest = max(widths)
        if widest <= _NARROWEST:
            break
        over = sum(widths) - room
        second = max([width for width in widths if width < widest], default=_NARROWEST)
        at_widest = widths.count(widest)
        lower = max(second, widest - -(-over // at_widest), _NARROWEST)
        widths = [lower if width == widest else width for width in widths]
    return widths
