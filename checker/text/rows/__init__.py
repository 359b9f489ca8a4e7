"""Rows of any statement as text, one file a format. Pure: a writer is fed batch by batch and keeps at most the first.

Values come as the server's text, or as Python values where ``RowFormat.native`` says so. ``None`` is SQL's null, which
every format shows apart from an empty text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, Protocol

from checker.text.style import Style

Row = Sequence[Any]


class RowFormat(StrEnum):
    """Values of ``--format`` of commands that print rows."""

    TABLE = "table"
    LINE = "line"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"

    @property
    def native(self) -> bool:
        """Whether it wants numbers, lists and documents as such, and not as the server's text."""
        return self in {RowFormat.JSON, RowFormat.JSONL}


ENDINGS = {
    ".csv": RowFormat.CSV,
    ".json": RowFormat.JSON,
    ".jsonl": RowFormat.JSONL,
    ".ndjson": RowFormat.JSONL,
    ".md": RowFormat.MARKDOWN,
    ".txt": RowFormat.TABLE,
}
"""The format that a file's name asks for."""


class RowWriter(Protocol):
    """One format at work."""

    def rows(self, rows: Sequence[Row]) -> str:
        """The text of a batch; what comes before the first row is part of the first batch's."""

    def end(self) -> str:
        """What comes after the last row, when there was any; otherwise all that is shown of no rows."""


def new_writer(row_format: RowFormat, columns: Sequence[str], style: Style) -> RowWriter:
    """A writer for these columns. ``style`` is what the place of the output can show."""
    if row_format is RowFormat.TABLE:
        from checker.text.rows.table import Table

        return Table(columns, style)
    if row_format is RowFormat.LINE:
        from checker.text.rows.line import Lines

        return Lines(columns, style)
    if row_format is RowFormat.CSV:
        from checker.text.rows.csv_rows import Csv

        return Csv(columns)
    if row_format is RowFormat.MARKDOWN:
        from checker.text.rows.markdown import Markdown

        return Markdown(columns)
    from checker.text.rows.json_rows import JsonArray, JsonLines

    return JsonArray(columns) if row_format is RowFormat.JSON else JsonLines(columns)


def written(writer: RowWriter, batches: Iterable[Sequence[Row]]) -> Iterator[str]:
    """The whole text, piece by piece."""
    for batch in batches:
        if batch:
            yield writer.rows(batch)
    yield writer.end()
