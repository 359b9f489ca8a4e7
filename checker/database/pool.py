"""Connections to one Postgres: opened when first needed, set up alike, and given back as they came."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from checker.database import translate
from checker.database.interface import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_SECONDS
from checker.errors import DatabaseUnavailable

OwnConnection = psycopg.Connection[Any]
"""A connection that another program owns and lends."""

_LONGEST_TIMEOUT_SECONDS = 2_000_000.0
"""Postgres counts a timeout in milliseconds, in 32 bits."""
_LENT_SETTINGS = ("search_path", "statement_timeout")


class Pool:
    """Up to ``concurrency`` connections, or the one that is borrowed. Thread-safe.

    Read-only, autocommit, with a statement timeout. ``schema`` is put on the search path; ``None`` leaves the server's.
    Made by hand, because Ctrl-C must cancel what runs on every connection, and a borrowed one is given back unchanged.
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
        self.borrowed = borrowed
        self.without_cache = False
        self._conninfo = conninfo
        self._timeout = min(_LONGEST_TIMEOUT_SECONDS, timeout)
        self._schema = schema
        self._before: dict[str, str] = {}
        self._free: queue.LifoQueue[OwnConnection | None] = queue.LifoQueue()
        self._open: list[OwnConnection] = []
        self._lock = threading.Lock()
        for _ in range(1 if borrowed else max(1, concurrency)):
            self._free.put(None)

    @contextmanager
    def connection(self) -> Iterator[OwnConnection]:
        """A connection that nobody else uses meanwhile; what its statements raise is translated."""
        connection = self._free.get()
        try:
            if connection is None or connection.closed:
                connection = self._new_connection()
            with self._unit(connection):
                yield connection
        finally:
            self._free.put(connection)

    def switch_cache_off(self) -> None:
        """Have Steampipe forget its cached rows for these connections, and keep it from caching what follows."""
        self.without_cache = True
        with self._lock:
            for connection in self._open:
                with self._unit(connection):
                    self._switch_cache_off(connection)

    def cancel(self) -> None:
        """Cancel the statements that are running. What cannot be cancelled ends by its timeout."""
        with self._lock:
            for connection in self._open:
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=2)

    def close(self) -> None:
        """Close what was opened here, and give a borrowed connection back as it came."""
        with self._lock:
            while self._open:
                connection = self._open.pop()
                if connection is not self.borrowed:
                    connection.close()
                elif not connection.closed:
                    with suppress(psycopg.Error), connection.transaction():
                        self._restore(connection)

    @contextmanager
    def _unit(self, connection: OwnConnection) -> Iterator[None]:
        """Around statements that succeed or fail together; translates what they raise."""
        own = self.borrowed is None
        with translate.errors(target_of(connection)), nullcontext() if own else connection.transaction():
            yield

    def _new_connection(self) -> OwnConnection:
        """A connection of our own, or the borrowed one, set up for reading."""
        if self.borrowed is not None:
            connection = self.borrowed
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
        if self.borrowed is None:
            run(connection, "set default_transaction_read_only = on")
        else:
            for name in _LENT_SETTINGS:
                ((self._before[name],),) = rows(connection, "select current_setting(%s)", (name,))
        milliseconds = int(self._timeout * 1000)
        run(connection, sql.SQL("set statement_timeout = {}").format(sql.Literal(milliseconds)))
        if self._schema is not None:
            run(connection, sql.SQL("set search_path to {}").format(sql.Identifier(self._schema)))
        if self.without_cache:
            self._switch_cache_off(connection)

    def _restore(self, connection: OwnConnection) -> None:
        for name, value in self._before.items():
            rows(connection, "select set_config(%s, %s, false)", (name, value))
        if self.without_cache and _has_cache_control(connection):
            rows(connection, "select * from steampipe_internal.meta_cache(%s)", ("on",))

    def _switch_cache_off(self, connection: OwnConnection) -> None:
        if not _has_cache_control(connection):
            return
        # The function inserts into a settings table, which a read-only transaction would refuse.
        if self.borrowed is None:
            run(connection, "set default_transaction_read_only = off")
        try:
            for order in ("clear", "off"):
                rows(connection, "select * from steampipe_internal.meta_cache(%s)", (order,))
        finally:
            if self.borrowed is None:
                run(connection, "set default_transaction_read_only = on")


def run(connection: OwnConnection, statement: LiteralString | sql.Composed) -> None:
    """A setting. Never prepared by name, which a borrowed connection would remember."""
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(statement, prepare=False)


def rows(connection: OwnConnection, statement: LiteralString, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Rows of a statement of our own, as tuples: a borrowed connection may make other rows, or prepare by name."""
    with psycopg.Cursor(connection, row_factory=tuple_row) as cursor:
        return cursor.execute(statement, values or None, prepare=False).fetchall()


def target_of(connection: OwnConnection) -> str:
    """``host:port/name`` of a connection."""
    info = connection.info
    return f"{info.host}:{info.port}/{info.dbname}"


def _has_cache_control(connection: OwnConnection) -> bool:
    ((found,),) = rows(
        connection,
        "select exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
        "where n.nspname = 'steampipe_internal' and p.proname = 'meta_cache')",
    )
    return bool(found)
