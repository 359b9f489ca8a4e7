"""A session with a Postgres that answers the query files: Steampipe's, a plain one, or the embedded one.

Read-only, autocommit, with a statement timeout; values travel as native parameters (``RawCursor``), identifiers are
quoted by the driver, and statements are never prepared by name, because a generic plan cannot fold
``$1 is null or ...`` and Steampipe would then push nothing down.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
from psycopg import sql
from psycopg.rows import class_row, tuple_row

from checker.database import translate
from checker.database.interface import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_SECONDS, DatabaseKind, Parameters
from checker.database.query_files import Query
from checker.errors import DatabaseUnavailable, MissingRights, NoAwsTables
from checker.facts import ReadFailure

OwnConnection = psycopg.Connection[Any]
"""A connection that another program owns and lends."""

_LONGEST_TIMEOUT_SECONDS = 2_000_000.0
"""Postgres counts a timeout in milliseconds, in 32 bits."""
_USUAL_CACHE_SECONDS = 300
_AWS_TABLE = "aws_cloudtrail_trail"
_LENT_SETTINGS = ("search_path", "statement_timeout")


class Session:
    """Up to ``concurrency`` connections to one database, opened when first needed. Thread-safe.

    ``schema`` is the connection or aggregator whose tables are asked; ``None`` leaves the server's search path.
    """

    def __init__(
        self,
        conninfo: str,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        schema: str | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        borrowed: OwnConnection | None = None,
    ) -> None:
        self._conninfo = conninfo
        self._timeout = min(_LONGEST_TIMEOUT_SECONDS, timeout)
        self._schema = schema
        self._borrowed = borrowed
        self._before: dict[str, str] = {}
        self._free: queue.LifoQueue[OwnConnection | None] = queue.LifoQueue()
        self._open: list[OwnConnection] = []
        self._lock = threading.Lock()
        self._without_cache = False
        for _ in range(1 if borrowed else max(1, concurrency)):
            self._free.put(None)
        try:
            with self._connection() as connection:
                self.kind = _recognise(connection)
                self.target = _target(connection)
        except BaseException:
            self.close()
            raise

    @classmethod
    def connect(
        cls,
        conninfo: str,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        schema: str | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> Session:
        """Connect by a libpq URL or key=value string. Raises the ``RunError`` that fits, never with the password."""
        return cls(conninfo, timeout=timeout, schema=schema, concurrency=concurrency)

    @classmethod
    def borrow(
        cls, connection: OwnConnection, *, timeout: float = DEFAULT_TIMEOUT_SECONDS, schema: str | None = None
    ) -> Session:
        """Use a caller's own connection. ``close`` gives it back open, with the settings and transaction that it had.

        Every statement runs in a transaction of its own, or behind a savepoint of the caller's, so that one that fails
        costs nothing else.
        """
        return cls("", timeout=timeout, schema=schema, borrowed=connection)

    @property
    def row_age_seconds(self) -> int:
        """How old a row can be: Steampipe's cache TTL, 0 elsewhere or after ``clear_cache``."""
        if self.kind is not DatabaseKind.STEAMPIPE or self._without_cache:
            return 0
        try:
            with self._connection() as connection:
                rows = _rows(
                    connection, "select cache_enabled, cache_max_ttl from steampipe_internal.steampipe_server_settings"
                )
        except MissingRights:
            return _USUAL_CACHE_SECONDS
        if not rows or rows[0][0] is False:
            return 0
        return int(rows[0][1] or _USUAL_CACHE_SECONDS)

    @property
    def partial_failures(self) -> tuple[ReadFailure, ...]:
        """Always empty: a query of Steampipe fails whole."""
        return ()

    def read(self, query: Query, parameters: Parameters) -> list[Any]:
        """Rows of the query. Raises ``ReadFailed`` when a connection behind the database failed."""
        values = [None if (value := parameters.get(name)) is None else list(value) for name in query.parameter_names]
        with self._connection() as connection, translate.query_errors(query.name, self.target):
            if self._borrowed is not None:
                _run(connection, "set transaction read only")
            with psycopg.RawCursor(connection, row_factory=class_row(query.row_type)) as cursor:
                return list(cursor.execute(query.sql, values, prepare=False).fetchall())

    def schemas_with_aws_tables(self) -> tuple[str, ...]:
        """Schemas that hold AWS tables, in alphabetical order: connections, aggregators, or plain schemas."""
        with self._connection() as connection:
            rows = _rows(
                connection,
                "select table_schema from information_schema.tables where table_name = %s order by 1",
                (_AWS_TABLE,),
            )
        return tuple(row[0] for row in rows)

    def answering_schema(self) -> str:
        """The schema that an unqualified AWS table resolves to.

        Raises ``NoAwsTables`` when there is none, ``MissingRights`` when it must not be looked into.
        """
        with self._connection() as connection:
            rows = _rows(
                connection,
                "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where c.oid = to_regclass(%s)",
                (_AWS_TABLE,),
            )
        if rows:
            return str(rows[0][0])
        reachable = self.schemas_with_aws_tables()
        if not reachable or self._schema:
            self._check_rights()
        where = f"the schema {self._schema!r} has no" if self._schema else "no schema of the search path has"
        if reachable:
            hint = f"choose one with `connections`; these have AWS tables: {', '.join(reachable)}"
        else:
            hint = (
                "no schema of this database has AWS tables: install Steampipe's AWS plugin, or use `database=embedded`"
            )
        raise NoAwsTables(f"{self.target}: {where} table {_AWS_TABLE}", hint=hint)

    def _check_rights(self) -> None:
        """A schema that this user must not look into is on no search path: say that instead of "no tables"."""
        with self._connection() as connection:
            rows = _rows(
                connection,
                "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = %s "
                "and not has_schema_privilege(n.oid, 'usage') and n.nspname = coalesce(%s::text, n.nspname) order by 1",
                (_AWS_TABLE, self._schema),
            )
        if rows:
            names = ", ".join(row[0] for row in rows)
            raise MissingRights(
                f"{self.target}: permission denied for the schema with AWS tables: {names}",
                hint="grant usage on the schema and select on its tables to this user",
            )

    def clear_cache(self) -> None:
        """Have Steampipe forget its cached rows for this session, and keep it from caching what follows."""
        self._without_cache = True
        with self._lock:
            for connection in self._open:
                with self._unit(connection):
                    self._switch_cache_off(connection)

    def cancel(self) -> None:
        """Cancel the statements that are running in this session. What cannot be cancelled ends by its timeout."""
        with self._lock:
            for connection in self._open:
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=2)

    def close(self) -> None:
        """Close what this session opened, and give a borrowed connection back as it came."""
        with self._lock:
            while self._open:
                connection = self._open.pop()
                if connection is not self._borrowed:
                    connection.close()
                elif not connection.closed:
                    with suppress(psycopg.Error), connection.transaction():
                        self._restore(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _connection(self) -> Iterator[OwnConnection]:
        connection = self._free.get()
        try:
            if connection is None or connection.closed:
                connection = self._new_connection()
            with self._unit(connection):
                yield connection
        finally:
            self._free.put(connection)

    @contextmanager
    def _unit(self, connection: OwnConnection) -> Iterator[None]:
        """Around statements that succeed or fail together; translates what they raise."""
        own = self._borrowed is None
        with translate.errors(_target(connection)), nullcontext() if own else connection.transaction():
            yield

    def _new_connection(self) -> OwnConnection:
        if self._borrowed is not None:
            connection = self._borrowed
            if connection.closed:
                raise DatabaseUnavailable("the caller's own connection is closed", hint="keep it open during the check")
        else:
            with translate.connection_errors(self._conninfo):
                connection = psycopg.connect(
                    self._conninfo,
                    autocommit=True,
                    prepare_threshold=None,
                    application_name="alarmchain",
                    connect_timeout=max(2, int(min(10.0, self._timeout))),
                )
        with self._lock:
            self._open.append(connection)
        with self._unit(connection):
            self._set_up(connection)
        return connection

    def _set_up(self, connection: OwnConnection) -> None:
        if self._borrowed is None:
            _run(connection, "set default_transaction_read_only = on")
        else:
            for name in _LENT_SETTINGS:
                ((self._before[name],),) = _rows(connection, "select current_setting(%s)", (name,))
        milliseconds = int(self._timeout * 1000)
        _run(connection, sql.SQL("set statement_timeout = {}").format(sql.Literal(milliseconds)))
        if self._schema is not None:
            _run(connection, sql.SQL("set search_path to {}").format(sql.Identifier(self._schema)))
        if self._without_cache:
            self._switch_cache_off(connection)

    def _restore(self, connection: OwnConnection) -> None:
        for name, value in self._before.items():
            _rows(connection, "select set_config(%s, %s, false)", (name, value))
        if self._without_cache and _has_cache_control(connection):
            _rows(connection, "select * from steampipe_internal.meta_cache(%s)", ("on",))

    def _switch_cache_off(self, connection: OwnConnection) -> None:
        if not _has_cache_control(connection):
            return
        # The function inserts into a settings table, which a read-only transaction would refuse.
        if self._borrowed is None:
            _run(connection, "set default_transaction_read_only = off")
        try:
            for order in ("clear", "off"):
                _rows(connection, "select * from steampipe_internal.meta_cache(%s)", (order,))
        finally:
            if self._borrowed is None:
                _run(connection, "set default_transaction_read_only = on")


def _recognise(connection: OwnConnection) -> DatabaseKind:
    # By the catalogue, because to_regclass refuses a schema that this user must not use.
    ((found,),) = _rows(
        connection,
        "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'steampipe_internal' and c.relname = 'steampipe_server_settings')",
    )
    return DatabaseKind.STEAMPIPE if found else DatabaseKind.POSTGRES


def _has_cache_control(connection: OwnConnection) -> bool:
    ((found,),) = _rows(
        connection,
        "select exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
        "where n.nspname = 'steampipe_internal' and p.proname = 'meta_cache')",
    )
    return bool(found)


def _run(connection: OwnConnection, statement: LiteralString | sql.Composed) -> None:
    """A setting. Never prepared by name, which a borrowed connection would remember."""
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(statement, prepare=False)


def _rows(connection: OwnConnection, statement: LiteralString, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Rows of a statement of our own, as tuples: a borrowed connection may make other rows, or prepare by name."""
    with psycopg.Cursor(connection, row_factory=tuple_row) as cursor:
        return cursor.execute(statement, values or None, prepare=False).fetchall()


def _target(connection: OwnConnection) -> str:
    info = connection.info
    return f"{info.host}:{info.port}/{info.dbname}"
