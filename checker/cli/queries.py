"""``alarmchain queries``: the SQL behind a check, to read and to run by hand."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Annotated, Any

import typer

from checker.cli import console, options
from checker.cli.grouping import Without, grouped
from checker.database.query_files import Query, load_queries
from checker.errors import UnknownControl, UsageError
from checker.text.json_text import json_text

app = typer.Typer(
    name="queries", help="The SQL behind a check: list, read and run it.", no_args_is_help=True, add_completion=False
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A query, as 'queries list' names it.")]


class RowFormat(StrEnum):
    """How rows are printed."""

    JSON = "json"
    LINES = "lines"


@app.command("list")
def list_queries() -> None:
    """List the queries: name, table, parameters, title."""
    queries = load_queries()
    width = max(len(name) for name in queries)
    for query in queries.values():
        names = ", ".join(f"${number} {name}" for number, name in enumerate(query.parameter_names, start=1))
        console.print_text(f"{query.name:<{width}}  {query.title} ({query.table}; {names})\n")


@app.command()
def show(name: Name) -> None:
    """Print a query's SQL as it is: paste it into psql and give the parameters with \\bind."""
    console.print_text(_find(name).sql)


@app.command()
@grouped
def run(
    *,
    context: typer.Context,
    name: Name,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE[,VALUE]", help="Values of a parameter; unset means all."),
    ] = None,
    reading: Annotated[options.Reading, Without("fresh", "concurrency")],
    output_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to print rows.")] = RowFormat.LINES,
) -> None:
    """Run a query and print its rows as JSON."""
    from checker.database.interface import ReadFailed
    from checker.run import open_databases

    query = _find(name)
    values = _values(query, parameter or [])
    with open_databases(reading.database_options(context)) as opened:
        answers = [source.database.read(query, values) for source in opened.sources]
    if failures := [failure for answer in answers for failure in answer.failures]:
        raise ReadFailed(failures)
    rows = [dataclasses.asdict(row) for answer in answers for row in answer.rows]
    console.print_text(_rendered(rows, output_format))


def _find(name: str) -> Query:
    queries = load_queries()
    if name not in queries:
        raise UnknownControl(f"no query is called {name}", hint=f"known are: {', '.join(queries)}")
    return queries[name]


def _values(query: Query, settings: list[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or name not in query.parameter_names:
            raise UsageError(
                f"--set: {setting} does not set a parameter of {query.name}",
                hint=f"write NAME=VALUE; its parameters are: {', '.join(query.parameter_names)}",
            )
        values.setdefault(name, []).extend(value.split(","))
    return values


def _rendered(rows: list[dict[str, Any]], output_format: RowFormat) -> str:
    if output_format is RowFormat.JSON:
        return json_text(rows)
    return "".join(json_text(row, indent=None) for row in rows)
