"""``alarmchain query run``: one statement, its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checker.cli import console
from checker.cli.grouping import Without, grouped
from checker.cli.options import Reading
from checker.cli.query_filled import tell_filled
from checker.cli.query_options import Asking, Narrowing, Printing, What
from checker.errors import StatementRefused
from checker.exit_codes import ExitCode

if TYPE_CHECKING:
    from checker.database.free_opening import Asked, Filling
    from checker.database.parameter_values import Given
    from checker.database.statements import Statement
    from checker.text.rows import RowFormat, RowWriter


@grouped
def run(
    *,
    context: typer.Context,
    what: What,
    asking: Asking,
    narrowing: Narrowing,
    reading: Annotated[Reading, Without("region", "concurrency")],
    printing: Printing,
) -> None:
    """Run one statement and print its rows. The session is read-only, and the server holds it to that.

    Several connections are asked one after the other. Exit code: 0, or 3 when AWS refused a part of what the embedded
    database asked for, which is said on stderr; 2 for SQL that is refused, 4 for a database that fails.
    """
    from checker.database.free_opening import open_free

    statement = asking.statement(what)
    given = asking.given(statement, narrowing)
    if printing.output is not None:
        console.check_writable(printing.output)
    with open_free(narrowing.database_options(reading, context)) as opened:
        narrowing.check(statement, embedded=any(place.embedded for place in opened.places))
        run_ = Run(statement, given, narrowing.filling(statement, given), printing.row_format())
        with console.product(printing.output) as write:
            for place in opened.places:
                run_.ask(place, write)
            run_.end(write)
    if run_.incomplete:
        raise typer.Exit(ExitCode.UNDECIDED)


class Run:
    """One statement at several places, whose rows become one answer."""

    def __init__(self, statement: Statement, given: Sequence[Given], filling: Filling, row_format: RowFormat) -> None:
        self.incomplete = False
        self._statement = statement
        self._given = given
        self._filling = filling
        self._format = row_format
        self._columns: tuple[str, ...] | None = None
        self._writer: RowWriter | None = None

    def ask(self, place: Asked, write: console.Write) -> None:
        """Print the rows of one place."""
        with place.query(self._statement) as query:
            described = query.describe()
            if (filled := place.fill(query, described, self._given, self._filling)) is not None:
                self.incomplete = tell_filled(filled) or self.incomplete
            rows = query.batches(described, self._given, native=self._format.native)
            self._print(described.columns, rows, write)

    def end(self, write: console.Write) -> None:
        """Print what comes after the last row."""
        if self._writer is not None:
            write(self._writer.end())

    def _print(self, columns: tuple[str, ...], batches: Iterator[Sequence[Any]], write: console.Write) -> None:
        from checker.text.rows import new_writer

        if self._writer is None:
            self._columns = columns
            self._writer = new_writer(self._format, columns, console.stdout_style())
        elif columns != self._columns:
            raise StatementRefused(
                f"{self._statement.source}: the columns differ between the connections",
                hint="name the columns instead of *, or ask one connection",
            )
        for batch in batches:
            if batch:
                write(self._writer.rows(batch))
