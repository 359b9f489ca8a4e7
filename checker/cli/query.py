"""``alarmchain query``: ask anything in SQL, with the shipped queries or one's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from checker.cli import console
from checker.cli.grouping import grouped
from checker.cli.query_explain import explain
from checker.cli.query_options import Asking
from checker.cli.query_run import run
from checker.cli.query_shell import shell
from checker.database.statements import named_statements
from checker.errors import UsageError

EXAMPLES = """
Examples:

\b
  alarmchain query "select name, region from aws_sns_topic"
  alarmchain query run trails --param regions=eu-west-1
  alarmchain query run my.sql --param name=x --format csv --output rows.csv
  alarmchain query run 'select name from aws_cloudwatch_alarm where region = $1' --param 1=eu-west-1
  echo "select 1 as one" | alarmchain query run - --format json
"""
_HELP_FLAGS = ("-h", "--help")


class QueryGroup(TyperGroup):
    """``query "select ..."`` is short for ``query run "select ..."``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See ``TyperGroup.parse_args``."""
        if args and args[0] not in self.commands and args[0] not in _HELP_FLAGS:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="query",
    cls=QueryGroup,
    help='Ask anything in SQL: shipped queries, files, text. `query "select ..."` is short for `query run`.',
    epilog=EXAMPLES,
    no_args_is_help=True,
    add_completion=False,
)

FolderOption = Annotated[
    Path | None, typer.Option("--queries", metavar="DIR", help="A folder with queries of your own (NAME.sql).")
]


@app.command("list")
def list_queries(queries: FolderOption = None) -> None:
    """List the queries: name, title, tables, parameters."""
    named = named_statements(queries)
    width = max(len(name) for name in named)
    for name, statement in named.items():
        names = [f"${number} {parameter}" for number, parameter in enumerate(statement.parameter_names, start=1)]
        about = "; ".join(filter(None, (", ".join(statement.tables), ", ".join(names))))
        console.print_text(f"{name:<{width}}  {statement.title} ({about})\n")


class ShownFor(StrEnum):
    """Values of ``query show --for``."""

    PSQL = "psql"


@app.command()
@grouped
def show(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A query, as 'query list' names it, or a file.")],
    shown_for: Annotated[
        ShownFor | None, typer.Option("--for", help="What to paste into this program, with the values filled in.")
    ] = None,
    asking: Asking,
) -> None:
    """Print a query's SQL as it is, with the header that says what it answers and what it costs."""
    from checker.database.parameter_values import parse_given
    from checker.database.psql_text import for_psql

    statement = asking.statement(name)
    if statement.source == "SQL":
        raise UsageError("show takes a query or a file, not SQL text", hint="'query list' names the queries")
    given = [parse_given(text) for text in asking.param or ()]
    if shown_for is ShownFor.PSQL:
        console.print_text(for_psql(statement, given))
        return
    if given:
        raise UsageError("--param fills in what is shown for a program", hint="add --for psql")
    console.print_text(statement.sql)


app.command("run", epilog=EXAMPLES)(run)
app.command("explain")(explain)
app.command("shell")(shell)
