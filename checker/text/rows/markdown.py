"""A table in Markdown. What others wrote is escaped: it is no markup, no link and no new column."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.text.printable import printable
from checker.text.rows import Row

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&$#@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_NULL = "*null*"


class Markdown:
    """GitHub's tables: https://github.github.com/gfm/#tables-extension-"""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._began = False

    def rows(self, rows: Sequence[Row]) -> str:
        """See ``RowWriter.rows``."""
        return self._head() + "".join(_line([_cell(value) for value in row]) for row in rows)

    def end(self) -> str:
        """See ``RowWriter.end``."""
        return self._head()

    def _head(self) -> str:
        if self._began:
            return ""
        self._began = True
        return _line([_cell(name) for name in self._columns]) + _line(["---"] * len(self._columns))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _cell(value: str | None) -> str:
    if value is None:
        return _NULL
    return _MARKUP.sub(r"\\\1", printable(value)).replace("\n", "<br>").replace("\t", " ")
