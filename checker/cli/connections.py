"""``alarmchain connections``: Steampipe's connections, or AWS profiles, with their accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checker.cli import console
from checker.cli.grouping import Without, grouped
from checker.cli.options import Reading
from checker.errors import AlarmchainError
from checker.text.style import OutputFormat

if TYPE_CHECKING:
    from checker.database.free_opening import Asked

SCHEMA = "alarmchain.connections/v1"


@dataclass(frozen=True, slots=True)
class Line:
    """One connection. ``kind``: plugin, aggregator or profile. ``covered``: what is asked without ``--connection``."""

    name: str
    kind: str
    state: str
    covered: bool
    account_id: str | None = None
    aliases: tuple[str, ...] = ()
    error: str | None = None


@grouped
def connections(
    *,
    context: typer.Context,
    reading: Annotated[Reading, Without("fresh", "concurrency")],
    output_format: Annotated[OutputFormat, typer.Option("--format", "-f", help="How to print.")] = OutputFormat.TEXT,
) -> None:
    """List the connections of a Steampipe service, or the AWS profiles that are chosen, with their accounts.

    Asks each for its account (GetCallerIdentity). One that fails is shown with its error.
    """
    from checker.database.free_opening import open_free

    with open_free(reading.database_options(context)) as opened:
        found = [line for place in opened.places for line in _lines(place)]
    if output_format is OutputFormat.JSON:
        console.print_json({"schema": SCHEMA, "connections": [asdict(line) for line in found]})
        return
    console.print_text(_table(found))


def _table(found: list[Line]) -> str:
    """The lines as a table that fits the place."""
    from checker.text.rows import RowFormat, new_writer

    rows = [
        (
            line.name,
            line.kind,
            line.state,
            "yes" if line.covered else "no",
            line.account_id or "",
            ", ".join(line.aliases),
            line.error or "",
        )
        for line in found
    ]
    names = ("name", "kind", "state", "covered", "account", "aliases", "error")
    writer = new_writer(RowFormat.TABLE, names, console.stdout_style())
    return writer.rows(rows) + writer.end() if rows else writer.end()


def _lines(place: Asked) -> Iterator[Line]:
    """Every connection of a place; a plain Postgres has none but its schema's rows."""
    from checker.database.opening import members

    known = place.aws_connections()
    if place.embedded is not None or known is None:
        for name in place.embedded.connections if place.embedded is not None else (place.schema or "public",):
            yield _with_account(place, Line(name, "profile" if place.embedded else "schema", "ready", covered=True))
        return
    schema = place.answering_schema()
    covered = members(schema, known) if schema is not None else ()
    for name, state, problem in place.connection_states():
        if name not in known:
            continue
        kind = "plugin" if known[name] is None else "aggregator"
        line = Line(name, kind, state, covered=name in covered or name == schema, error=problem or None)
        yield line if kind == "aggregator" or state == "error" else _with_account(place, line)


def _with_account(place: Asked, line: Line) -> Line:
    """The line with its account, or with what went wrong when it was asked."""
    from dataclasses import replace

    try:
        account: dict[str, Any] | None = place.account_of(line.name, by_schema=line.kind == "plugin")
    except AlarmchainError as error:
        return replace(line, state="error", error=str(error))
    if account is None:
        return replace(line, error=line.error or "no account is told")
    return replace(line, account_id=account["account_id"], aliases=tuple(account["aliases"] or ()))
