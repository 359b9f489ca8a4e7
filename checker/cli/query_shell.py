"""``alarmchain query shell``: the user's own Postgres client, led to the database. No prompt of our own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli import console
from checker.cli.grouping import Without, grouped
from checker.cli.options import Reading
from checker.cli.query_filled import tell_filled
from checker.cli.query_options import Narrowing
from checker.errors import RunError, UsageError

if TYPE_CHECKING:
    from checker.database.client_environment import ClientSettings
    from checker.database.free_opening import Asked

SIGNALLED = 128
"""A shell's exit code for a program that a signal ended is this and the signal's number."""


class Client(StrEnum):
    """Values of ``--with``, the one that is taken first, first."""

    PSQL = "psql"
    PGCLI = "pgcli"
    HARLEQUIN = "harlequin"

    @property
    def command(self) -> list[str]:
        """What is run. Where to connect, and the password, are in the environment."""
        if self is Client.PSQL:
            return ["psql", "--set=PROMPT1=alarmchain %/%R%x%# "]
        if self is Client.PGCLI:
            # pgcli names itself to the server unless it is told a name.
            return ["pgcli", "--application-name", "alarmchain-shell", "--prompt", "alarmchain \\d> "]
        return ["harlequin", "--adapter", "postgres"]


GET = {
    Client.PSQL: "your system's package postgresql-client",
    Client.PGCLI: "pip install pgcli",
    Client.HARLEQUIN: "pip install 'harlequin[postgres]'",
}


@grouped
def shell(
    *,
    context: typer.Context,
    client: Annotated[
        Client | None,
        typer.Option("--with", help="The client [default: the first that is installed].", show_default=False),
    ] = None,
    fill: Annotated[
        list[str] | None,
        typer.Option("--fill", metavar="TABLE", help="Bring this table into the embedded database first (repeatable)."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--print", help="Print command and environment, password masked, and run nothing.")
    ] = False,
    narrowing: Narrowing,
    reading: Annotated[Reading, Without("region", "concurrency", "fresh")],
) -> None:
    """Open your own Postgres client on the database: psql, pgcli or harlequin.

    The session is read-only by default, with the timeout and the search path of the options. The password is in a file
    of the session, never on a command line. The exit code is the client's.
    """
    from checker.database.client_environment import client_settings
    from checker.database.free_opening import open_free

    chosen = client if show and client is not None else _installed(client)
    if len(reading.connection or ()) > 1:
        raise UsageError("a shell has one search path", hint="give one --connection, or name an aggregator")
    with open_free(narrowing.database_options(reading, context)) as opened:
        place = opened.places[0]
        if show and place.embedded:
            raise UsageError("the embedded database lives as long as the shell", hint="leave out --print")
        settings = client_settings(place.conninfo, os.environ, timeout=reading.timeout, schema=place.schema)
        if show:
            console.print_text("".join(f"{line}\n" for line in settings.shown()))
            console.print_text(shlex.join(chosen.command) + "\n")
            return
        _fill(place, fill or [], narrowing)
        code = _run(chosen, settings)
    raise typer.Exit(code)


def _installed(client: Client | None) -> Client:
    wanted = list(Client) if client is None else [client]
    for candidate in wanted:
        if shutil.which(candidate.value):
            return candidate
    ways = "; ".join(f"{candidate.value}: {GET[candidate]}" for candidate in wanted)
    raise RunError(f"{' and '.join(wanted)} cannot be found on PATH", hint=f"install one ({ways}), or use 'query run'")


def _fill(place: Asked, tables: list[str], narrowing: Narrowing) -> None:
    """Bring the tables, and say what it took. Raises ``UsageError`` for one that is not there."""
    from checker.database.embedded.schema import columns

    if tables and place.embedded is None:
        raise UsageError("--fill is for the embedded database; this one has its rows", hint="leave out --fill")
    if unknown := [table for table in tables if table not in columns()]:
        raise UsageError(f"--fill: no table {', '.join(unknown)}", hint=f"there are: {', '.join(columns())}")
    if place.embedded is not None and not tables:
        console.say("the embedded database is empty; --fill TABLE brings a table from AWS first")
        return
    if (filled := place.bring(frozenset(tables), narrowing.filling())) is not None:
        tell_filled(filled)


def _run(client: Client, settings: ClientSettings) -> int:
    from checker.database.client_environment import environment_of

    with environment_of(settings, os.environ) as environment, _left_to_the_client():
        done = subprocess.run(client.command, env=environment, check=False)  # noqa: S603 - one of three names
    return done.returncode if done.returncode >= 0 else SIGNALLED - done.returncode


@contextmanager
def _left_to_the_client() -> Iterator[None]:
    """Ctrl-C cancels a statement in the client, and must not end us before it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
