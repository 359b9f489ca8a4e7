"""One line a value, for rows that are too wide for a table: nothing is cut."""

from __future__ import annotations

from collections.abc import Sequence

from checker.text.printable import printable
from checker.text.rows import Row
from checker.text.rows.cells import NULL, padded, shown, width_of
from checker.text.style import Style


class Lines:
    """A head with the row's number, then its values. The further lines of a value stand below its first."""

    def __init__(self, columns: Sequence[str], style: Style) -> None:
        self._names = [shown(name) for name in columns]
        self._width = max((width_of(name) for name in self._names), default=0)
        self._style = style
        self._count = 0

    def rows(self, rows: Sequence[Row]) -> str:
        """See ``RowWriter.rows``."""
        return "".join(self._row(row) for row in rows)

    def end(self) -> str:
        """See ``RowWriter.end``."""
        return "" if self._count else "(0 rows)\n"

    def _row(self, row: Row) -> str:
        self._count += 1
        dash = "─" if self._style.unicode else "-"
        head = f"{dash * 2} row {self._count} "
        lines = [head + dash * max(0, min(40, self._style.width) - len(head))]
        bar = "│" if self._style.unicode else "|"
        for name, value in zip(self._names, row, strict=True):
            first, *others = (NULL if value is None else printable(value)).split("\n")
            lines.append(f"{padded(name, self._width)} {bar} {first}".rstrip())
            lines.extend(f"{' ' * self._width} {bar} {other}".rstrip() for other in others)
        return "\n".join(lines) + "\n"
