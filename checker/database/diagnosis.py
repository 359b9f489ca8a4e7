"""What can be said of a database before it is asked anything: version, safety, connections, tables, cache, clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from checker.database.embedded.schema import columns
from checker.database.free_opening import Asked, answering_schema
from checker.database.opening import members
from checker.database.pool import OwnConnection, rows
from checker.errors import AlarmchainError
from checker.text.secrets import mask_answer

_SLOW_SECONDS = 1.0
_SKEW_SECONDS = 60.0
_LOCAL = ("localhost", "127.0.0.1", "::1")


class State(StrEnum):
    """How a line of a diagnosis ends."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line: what was looked at, what was found, and what to do when it is not ``ok``."""

    topic: str
    state: State
    found: str
    next_step: str = ""


def failed(topic: str, error: AlarmchainError) -> Diagnosis:
    """A look that ended in an error."""
    return Diagnosis(topic, State.PROBLEM, mask_answer(str(error)), error.hint)


def diagnoses_of(place: Asked) -> Iterator[Diagnosis]:
    """Every line about one place. Asks the server's catalogue only: no call of AWS is made.

    Raises ``RunError`` when the database is lost on the way.
    """
    with place.pool.connection() as connection:
        yield _version(connection)
        yield _tls(connection, is_private=place.embedded is not None)
        yield from _safety(connection)
        yield _latency(connection)
        yield _clock(connection)
        yield from _cache(connection)
        schema = answering_schema(connection)
        yield from _tables(connection, schema)
    yield from _connections(place, schema)


def _version(connection: OwnConnection) -> Diagnosis:
    ((version,),) = rows(connection, "show server_version")
    return Diagnosis("server", State.OK, f"Postgres {version}")


def _tls(connection: OwnConnection, *, is_private: bool) -> Diagnosis:
    host = connection.info.host
    if connection.pgconn.ssl_in_use:
        return Diagnosis("tls", State.OK, "the connection is encrypted")
    if is_private or host.startswith("/") or host in _LOCAL:
        return Diagnosis("tls", State.OK, "not encrypted, and does not leave this machine")
    return Diagnosis("tls", State.WARNING, "the connection is not encrypted", "add sslmode=verify-full to --database")


def _safety(connection: OwnConnection) -> Iterator[Diagnosis]:
    ((read_only, timeout),) = rows(
        connection, "select current_setting('transaction_read_only'), current_setting('statement_timeout')"
    )
    if read_only == "on":
        yield Diagnosis("read-only", State.OK, "the server holds the session to reading")
    else:
        yield Diagnosis(
            "read-only", State.PROBLEM, "the server did not take the setting", "connect as a user that may only read"
        )
    if timeout == "0":
        yield Diagnosis("timeout", State.PROBLEM, "the server did not take the setting", "ask the server's owner")
    else:
        yield Diagnosis("timeout", State.OK, f"a statement ends after {timeout}")


def _latency(connection: OwnConnection) -> Diagnosis:
    begin = time.perf_counter()
    rows(connection, "select 1")
    seconds = time.perf_counter() - begin
    if seconds > _SLOW_SECONDS:
        return Diagnosis(
            "latency", State.WARNING, f"{seconds * 1000:.0f} ms for select 1", "look for a nearer database"
        )
    return Diagnosis("latency", State.OK, f"{seconds * 1000:.0f} ms for select 1")


def _clock(connection: OwnConnection) -> Diagnosis:
    ((there,),) = rows(connection, "select extract(epoch from clock_timestamp())::double precision")
    return skew("clock", there - datetime.now(UTC).timestamp(), "the database's clock")


def skew(topic: str, seconds: float, whose: str) -> Diagnosis:
    """How far another clock is from ours."""
    if abs(seconds) > _SKEW_SECONDS:
        way = "ahead of" if seconds > 0 else "behind"
        return Diagnosis(
            topic, State.WARNING, f"{whose} is {abs(seconds):.0f} s {way} this one", "set both clocks by NTP"
        )
    return Diagnosis(topic, State.OK, f"{whose} agrees with this one")


def _cache(connection: OwnConnection) -> Iterator[Diagnosis]:
    ((there,),) = rows(connection, "select to_regclass('steampipe_internal.steampipe_server_settings') is not null")
    if not there:
        return
    found = rows(
        connection,
        "select steampipe_version, fdw_version, cache_enabled, cache_max_ttl "
        "from steampipe_internal.steampipe_server_settings",
    )
    for version, extension, enabled, seconds in found:
        yield Diagnosis("steampipe", State.OK, f"Steampipe {version}, FDW {extension}")
        said = f"rows may be up to {seconds} s old (--fresh asks anew)" if enabled else "off"
        yield Diagnosis("cache", State.OK, said)


def _tables(connection: OwnConnection, schema: str | None) -> Iterator[Diagnosis]:
    """Where unqualified tables come from, and which of ours, and of their columns, are not there."""
    ((path,),) = rows(connection, "select current_setting('search_path')")
    if schema is None:
        yield Diagnosis(
            "search path",
            State.PROBLEM,
            f"no schema of the search path ({path}) has AWS tables",
            "choose one with --connection, or install Steampipe's AWS plugin",
        )
        return
    yield Diagnosis("search path", State.OK, f"{path}: AWS tables are those of {schema}")
    found = rows(
        connection,
        "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid "
        "join pg_namespace n on n.oid = c.relnamespace where n.nspname = %s and a.attnum > 0 and not a.attisdropped",
        (schema,),
    )
    known: dict[str, set[str]] = {}
    for table, column in found:
        known.setdefault(table, set()).add(column)
    if lacking := [table for table in columns() if table not in known]:
        yield Diagnosis(
            "tables",
            State.PROBLEM,
            f"{schema} lacks {', '.join(lacking)}",
            "update the AWS plugin: steampipe plugin update aws",
        )
    else:
        yield Diagnosis("tables", State.OK, f"all {len(columns())} are there")
    gone = [
        f"{table}.{name}" for table, names in columns().items() if table in known for name in set(names) - known[table]
    ]
    if gone:
        yield Diagnosis(
            "columns",
            State.WARNING,
            f"not there: {', '.join(sorted(gone))}",
            "use a version of the AWS plugin near 1.31",
        )


def _connections(place: Asked, schema: str | None) -> Iterator[Diagnosis]:
    """State of each AWS connection of a Steampipe service, and whether the search path covers it."""
    known = place.aws_connections() if place.embedded is None else None
    if known is None or schema is None:
        return
    covered = members(schema, known)
    for name, state, problem in place.connection_states():
        if name in known and known[name] is None:
            reach = "covered" if name in covered else "not covered by the search path"
            if state == "error":
                yield Diagnosis(
                    "connection",
                    State.WARNING,
                    f"{name} ({reach}): {mask_answer(problem or state)}",
                    "see ~/.steampipe/config",
                )
            elif name in covered:
                yield Diagnosis("connection", State.OK, f"{name}: {state}")
            else:
                yield Diagnosis(
                    "connection", State.WARNING, f"{name}: {state}, {reach}", "choose an aggregator with --connection"
                )
