"""A session with a Postgres that answers the query files: Steampipe's, a plain one, or the embedded one.

Read-only, autocommit, with a statement timeout; values travel as native parameters (``RawCursor``), identifiers are
quoted by the driver, and statements are never prepared by name (``prepare_threshold=None``), because a generic plan
cannot fold ``$1 is null or ...`` and Steampipe would then push nothing down.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from checker.catalogue import Query
from checker.database import translate
from checker.database.interface import DatabaseKind, Parameters
from checker.errors import NoAwsTables
from checker.findings import ReadFailure

OwnConnection = psycopg.Connection[Any]
"""A connection that another program owns and lends."""

DEFAULT_TIMEOUT_SECONDS = 300.0
_AWS_TABLE = "aws_cloudtrail_trail"


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
        concurrency: int = 4,
        borrowed: psycopg.Connection[Any] | None = None,
    ) -> None:
        self._conninfo = conninfo
        self._timeout = timeout
        self._schema = schema
        self._borrowed = borrowed
        self._free: queue.LifoQueue[psycopg.Connection[Any] | None] = queue.LifoQueue()
        self._open: list[psycopg.Connection[Any]] = []
        self._lock = threading.Lock()
        self._closed = False
        self._without_cache = False
        for _ in range(1 if borrowed else max(1, concurrency)):
            self._free.put(None)
        with self._connection() as connection:
            self.kind = self._recognise(connection)
            self.target = _target(connection)

    @classmethod
    def connect(
        cls,
        conninfo: str,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        schema: str | None = None,
        concurrency: int = 4,
    ) -> Session:
        """Connect by a libpq URL or key=value string. Raises the ``RunError`` that fits, never with the password."""
        return cls(conninfo, timeout=timeout, schema=schema, concurrency=concurrency)

    @classmethod
    def borrow(
        cls, connection: psycopg.Connection[Any], *, timeout: float = DEFAULT_TIMEOUT_SECONDS, schema: str | None = None
    ) -> Session:
        """Use a caller's own connection. It is given back unclosed, in the state in which it came."""
        return cls("", timeout=timeout, schema=schema, borrowed=connection)

    @property
    def row_age_seconds(self) -> int:
        """How old a row can be: Steampipe's cache TTL, 0 elsewhere or after ``clear_cache``."""
        if self.kind is not DatabaseKind.STEAMPIPE or self._without_cache:
            return 0
        with self._connection() as connection, translate.errors(self.target):
            row = connection.execute(
                "select cache_enabled, cache_max_ttl from steampipe_internal.steampipe_server_settings"
            ).fetchone()
        if row is None or row[0] is False:
            return 0
        return int(row[1] or 300)

    @property
    def partial_failures(self) -> tuple[ReadFailure, ...]:
        """Always empty: a query of Steampipe fails whole."""
        return ()

    def read(self, query: Query, parameters: Parameters) -> list[Any]:
        """Rows of the query. Raises ``ReadFailed`` when a connection behind the database failed."""
        values = [None if (value := parameters.get(name)) is None else list(value) for name in query.parameter_names]
        with self._connection() as connection, translate.query_errors(query.name, self.target):
            cursor = psycopg.RawCursor(connection, row_factory=class_row(query.row_type))
            with cursor:
                return list(cursor.execute(query.sql, values).fetchall())

    def schemas_with_aws_tables(self) -> tuple[str, ...]:
        """Schemas that hold AWS tables, in alphabetical order: connections, aggregators, or plain schemas."""
        with self._connection() as connection, translate.errors(self.target):
            rows = connection.execute(
                "select table_schema from information_schema.tables where table_name = %s order by 1", (_AWS_TABLE,)
            ).fetchall()
        return tuple(row[0] for row in rows)

    def answering_schema(self) -> str:
        """The schema that an unqualified AWS table resolves to. Raises ``NoAwsTables`` when there is none."""
        with self._connection() as connection, translate.errors(self.target):
            row = connection.execute(
                "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where c.oid = to_regclass(%s)",
                (_AWS_TABLE,),
            ).fetchone()
        if row is not None:
            return str(row[0])
        reachable = self.schemas_with_aws_tables()
        where = f"the schema {self._schema!r} has no" if self._schema else "no schema of the search path has"
        if reachable:
            hint = f"choose one with --connection; these have AWS tables: {', '.join(reachable)}"
        else:
            hint = (
                "no schema of this database has AWS tables: install Steampipe's AWS plugin, or use --database embedded"
            )
        raise NoAwsTables(f"{self.target}: {where} table {_AWS_TABLE}", hint=hint)

    def clear_cache(self) -> None:
        """Have Steampipe forget its cached rows for this session, and keep it from caching what follows."""
        self._without_cache = True
        with self._lock:
            for connection in self._open:
                self._switch_cache_off(connection)

    def cancel(self) -> None:
        """Cancel the statements that are running in this session."""
        with self._lock:
            for connection in self._open:
                connection.cancel_safe(timeout=2)

    def close(self) -> None:
        """Close what this session opened."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                if connection is not self._borrowed:
                    connection.close()
            self._open.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._free.get()
        try:
            if connection is None or connection.closed:
                connection = self._new_connection()
            yield connection
        finally:
            self._free.put(connection)

    def _new_connection(self) -> psycopg.Connection[Any]:
        if self._borrowed is not None:
            connection = self._borrowed
        else:
            with translate.connection_errors(self._conninfo):
                connection = psycopg.connect(
                    self._conninfo,
                    autocommit=True,
                    prepare_threshold=None,
                    application_name="alarmchain",
                    connect_timeout=max(2, min(10, int(self._timeout))),
                )
        with translate.errors(_target(connection)):
            self._set_up(connection)
        with self._lock:
            self._open.append(connection)
        return connection

    def _set_up(self, connection: psycopg.Connection[Any]) -> None:
        milliseconds = int(self._timeout * 1000)
        if self._borrowed is None:
            connection.execute("set default_transaction_read_only = on")
            connection.execute(sql.SQL("set statement_timeout = {}").format(sql.Literal(milliseconds)))
        if self._schema is not None:
            connection.execute(sql.SQL("set search_path to {}").format(sql.Identifier(self._schema)))
        if self._without_cache:
            self._switch_cache_off(connection)

    def _switch_cache_off(self, connection: psycopg.Connection[Any]) -> None:
        found = connection.execute(
            "select exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
            "where n.nspname = 'steampipe_internal' and p.proname = 'meta_cache')"
        ).fetchone()
        if not (found and found[0]):
            return
        # The function inserts into a settings table, which a read-only transaction would refuse.
        connection.execute("set default_transaction_read_only = off")
        try:
            for order in ("clear", "off"):
                connection.execute("select * from steampipe_internal.meta_cache(%s)", (order,))
        finally:
            if self._borrowed is None:
                connection.execute("set default_transaction_read_only = on")

    def _recognise(self, connection: psycopg.Connection[Any]) -> DatabaseKind:
        with translate.errors(_target(connection)):
            row = connection.execute(
                "select to_regclass('steampipe_internal.steampipe_server_settings') is not null"
            ).fetchone()
        return DatabaseKind.STEAMPIPE if row and row[0] else DatabaseKind.POSTGRES


def _target(connection: psycopg.Connection[Any]) -> str:
    info = connection.info
    return f"{info.host}:{info.port}/{info.dbname}"
