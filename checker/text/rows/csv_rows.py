"""CSV as Postgres's COPY writes it: null is nothing between the commas, an empty text is ``""``. RFC 4180 otherwise."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from checker.text.rows import Row

# No text of Postgres holds the character 0, so it can stand for what the csv module does not tell apart. The module
# quotes what holds a character of the line's end, so both kinds of line end are in it.
_EMPTY = "\0"
_NOTHING = "\0N"
_END = "\r\n\0"


class Csv:
    """A line of column names, then the rows. Lines end with a line feed."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns: Sequence[str] | None = columns
        self._single = len(columns) == 1

    def rows(self, rows: Sequence[Row]) -> str:
        """See ``RowWriter.rows``."""
        return self._head() + self._lines(rows)

    def end(self) -> str:
        """See ``RowWriter.end``."""
        return self._head()

    def _head(self) -> str:
        columns, self._columns = self._columns, None
        return self._lines([tuple(columns)]) if columns is not None else ""

    def _lines(self, rows: Sequence[Row]) -> str:
        return _plain(rows) or self._quoted(rows)

    def _quoted(self, rows: Sequence[Row]) -> str:
        marked = [tuple(_EMPTY if value == "" else value for value in row) if "" in row else row for row in rows]
        if self._single:
            # A line of one null is an empty line, which the csv module writes as an empty text.
            marked = [(_NOTHING,) if row[0] is None else row for row in marked]
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=_END).writerows(marked)
        text = out.getvalue().replace(_END, "\n")
        return text.replace(f'"{_NOTHING}"', "").replace(_EMPTY, "") if _EMPTY in text else text


def _plain(rows: Sequence[Row]) -> str:
    """The lines when nothing in them needs quotes, which is several times as fast to write; empty otherwise."""
    lines = [
        ",".join(row)
        if None not in row and "" not in row
        else ",".join([_EMPTY if value == "" else value or "" for value in row])
        for row in rows
    ]
    text = "\n".join(lines) + "\n"
    as_it_is = (
        text.count(",") == len(rows) * (len(rows[0]) - 1)
        and text.count("\n") == len(rows)
        and '"' not in text
        and "\r" not in text
    )
    return text.replace(_EMPTY, '""') if as_it_is else ""
