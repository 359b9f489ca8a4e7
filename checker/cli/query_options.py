"""The options of commands that ask a statement: where, with which values, and how rows are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli import console
from checker.cli.options import OUTPUT, READING, Reading, as_tuple
from checker.database.statements import find_statement
from checker.errors import UsageError
from checker.text.rows import ENDINGS, RowFormat

if TYPE_CHECKING:
    from checker.database.free_opening import Filling
    from checker.database.opening import DatabaseOptions
    from checker.database.parameter_values import Given
    from checker.database.statements import Statement

STATEMENT = "What to ask"
What = Annotated[str, typer.Argument(metavar="WHAT", help="A query's name, a file, - for stdin, or SQL text.")]


@dataclass(frozen=True)
class Asking:
    """The values of the statement, and where its text may come from."""

    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-s",
            metavar="NAME=VALUE",
            help="Value of a parameter, by name or number; again for more elements of an array; NAME:=JSON; NULL.",
            rich_help_panel=STATEMENT,
        ),
    ] = None
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries", metavar="DIR", help="A folder with queries of your own (NAME.sql).", rich_help_panel=STATEMENT
        ),
    ] = None

    def statement(self, what: str) -> Statement:
        """What is asked. Raises ``UsageError`` when there is no such thing."""
        return find_statement(what, self.queries, console.read_stdin)

    def given(self, statement: Statement, narrowing: Narrowing) -> tuple[Given, ...]:
        """The values; those that select accounts and regions serve the parameters of these names, too."""
        from checker.database.parameter_values import Given, parse_given

        given = [parse_given(text) for text in self.param or ()]
        names = {item.name for item in given}
        for name, values in (("account_ids", narrowing.account), ("regions", narrowing.region)):
            if name in statement.parameter_names:
                number = str(statement.parameter_names.index(name) + 1)
                if not names & {name, number}:
                    given.extend(Given(name, value) for value in as_tuple(values))
        return tuple(given)


def values_of(given: Sequence[Given], statement: Statement, name: str) -> tuple[str, ...] | None:
    """The values given to the parameter of this name; ``None`` for all of them."""
    from checker.database.parameter_values import listed

    if name not in statement.parameter_names:
        return None
    number = str(statement.parameter_names.index(name) + 1)
    return listed([item for item in given if item.name in {name, number}])


@dataclass(frozen=True)
class Narrowing:
    """Which accounts and regions: of the embedded database, and of parameters ``account_ids`` and ``regions``."""

    account: Annotated[
        list[str] | None,
        typer.Option("--account", metavar="ID", help="Only this account (repeatable).", rich_help_panel=READING),
    ] = None
    region: Annotated[
        list[str] | None,
        typer.Option(
            "--region",
            "-r",
            metavar="NAME",
            help="Only this region (repeatable) [default: the embedded database asks where trails live].",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = None

    def database_options(self, reading: Reading, context: typer.Context) -> DatabaseOptions:
        """Where to read. The first region is where the embedded database looks first."""
        return replace(reading.database_options(context), region=self.region[0] if self.region else None)

    def filling(self, statement: Statement | None = None, given: Sequence[Given] = ()) -> Filling:
        """Which rows the embedded database brings: of the options, else of the statement's parameters."""
        from checker.database.free_opening import Filling

        accounts = None if statement is None else values_of(given, statement, "account_ids")
        regions = None if statement is None else values_of(given, statement, "regions")
        return Filling(as_tuple(self.account) or accounts, as_tuple(self.region) or regions)

    def check(self, statement: Statement, *, embedded: bool) -> None:
        """Raise ``UsageError`` for a selection that nothing would take."""
        for option, name, values in (
            ("--account", "account_ids", self.account),
            ("--region", "regions", self.region),
        ):
            if values and not embedded and name not in statement.parameter_names:
                raise UsageError(
                    f"{option} selects nothing here: the statement has no parameter {name}",
                    hint="say it in the SQL: where account_id = '...' and region = '...'",
                )


@dataclass(frozen=True)
class Printing:
    """How rows are printed, and where."""

    format: Annotated[
        RowFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="How to print rows [default: by the file's ending; table on a terminal, else jsonl].",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the rows to this file.", rich_help_panel=OUTPUT),
    ] = None

    def row_format(self) -> RowFormat:
        """The format that was asked for, or that fits the place."""
        if self.format is not None:
            return self.format
        if self.output is not None:
            return ENDINGS.get(self.output.suffix.lower(), RowFormat.JSONL)
        return RowFormat.TABLE if console.is_terminal() else RowFormat.JSONL
