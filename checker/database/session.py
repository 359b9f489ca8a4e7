"""A session with a Postgres that answers the query files: Steampipe's, a plain one, or the embedded one.

Values travel as native parameters (``RawCursor``), identifiers are quoted by the driver, and statements are never
prepared by name, because a generic plan cannot fold ``$1 is null or ...`` and Steampipe would then push nothing down.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.rows import class_row

from checker.database import translate
from checker.database.interface import (
    DEFAULT_CONCURRENCY,
    DEFAULT_TIMEOUT_SECONDS,
    Answer,
    DatabaseKind,
    Parameters,
)
from checker.database.narrowing import Narrowing
from checker.database.pool import OwnConnection, Pool, rows, run, target_of
from checker.database.query_files import Query
from checker.errors import MissingRights, NoAwsTables

__all__ = ["OwnConnection", "Session"]

_USUAL_CACHE_SECONDS = 300
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
        concurrency: int = DEFAULT_CONCURRENCY,
        borrowed: OwnConnection | None = None,
    ) -> None:
        self._schema = schema
        self._pool = Pool(conninfo, timeout=timeout, schema=schema, concurrency=concurrency, borrowed=borrowed)
        self._narrowing = Narrowing(self.ask)
        try:
            with self._pool.connection() as connection:
                self.kind = _recognise(connection)
                self.target = target_of(connection)
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
    def asks_aws(self) -> bool:
        """Steampipe asks AWS; a plain Postgres holds what was copied into it."""
        return self.kind is DatabaseKind.STEAMPIPE

    @property
    def shows_composites(self) -> bool:
        """Never: Steampipe has no table of composite alarms."""
        return False

    @property
    def connections(self) -> tuple[str, ...]:
        """The connections behind the schema, once ``know_connections`` has told them; empty: not known."""
        return self._narrowing.connections

    def know_connections(self, names: Sequence[str]) -> None:
        """Tell which connections are behind the schema: one that fails is then left out, and its rows only."""
        self._narrowing.connections = tuple(names)

    def oldest_row_seconds(self) -> int:
        """How old a row can be: Steampipe's cache TTL, 0 elsewhere or after ``clear_cache``. Asks the server."""
        if self.kind is not DatabaseKind.STEAMPIPE or self._pool.without_cache:
            return 0
        try:
            with self._pool.connection() as connection:
                found = rows(
                    connection, "select cache_enabled, cache_max_ttl from steampipe_internal.steampipe_server_settings"
                )
        except MissingRights:
            return _USUAL_CACHE_SECONDS
        if not found or found[0][0] is False:
            return 0
        return int(found[0][1] or _USUAL_CACHE_SECONDS)

    def read(self, query: Query, parameters: Parameters) -> Answer:
        """Rows of the query, and what failed: a question that fails whole is asked again in parts."""
        return self._narrowing.read(query, parameters)

    def ask(self, query: Query, parameters: Parameters) -> list[Any]:
        """Rows of the query, asked once. Raises ``ReadFailed`` when a connection behind the database failed."""
        values = [None if (value := parameters.get(name)) is None else list(value) for name in query.parameter_names]
        with self._pool.connection() as connection, translate.query_errors(query.name, self.target):
            if self._pool.borrowed is not None:
                run(connection, "set transaction read only")
            with psycopg.RawCursor(connection, row_factory=class_row(query.row_type)) as cursor:
                return list(cursor.execute(query.sql, values, prepare=False).fetchall())

    def schemas_with_aws_tables(self) -> tuple[str, ...]:
        """Schemas that hold AWS tables, in alphabetical order: connections, aggregators, or plain schemas."""
        with self._pool.connection() as connection:
            found = rows(
                connection,
                "select table_schema from information_schema.tables where table_name = %s order by 1",
                (_AWS_TABLE,),
            )
        return tuple(row[0] for row in found)

    def answering_schema(self) -> str:
        """The schema that an unqualified AWS table resolves to.

        Raises ``NoAwsTables`` when there is none, ``MissingRights`` when it must not be looked into.
        """
        with self._pool.connection() as connection:
            found = rows(
                connection,
                "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where c.oid = to_regclass(%s)",
                (_AWS_TABLE,),
            )
        if found:
            return str(found[0][0])
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
        with self._pool.connection() as connection:
            found = rows(
                connection,
                "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = %s "
                "and not has_schema_privilege(n.oid, 'usage') and n.nspname = coalesce(%s::text, n.nspname) order by 1",
                (_AWS_TABLE, self._schema),
            )
        if found:
            names = ", ".join(row[0] for row in found)
            raise MissingRights(
                f"{self.target}: permission denied for the schema with AWS tables: {names}",
                hint="grant usage on the schema and select on its tables to this user",
            )

    def clear_cache(self) -> None:
        """Have Steampipe forget its cached rows for this session, and keep it from caching what follows."""
        self._pool.switch_cache_off()

    def cancel(self) -> None:
        """Cancel the statements that are running in this session. What cannot be cancelled ends by its timeout."""
        self._narrowing.stop()
        self._pool.cancel()

    def close(self) -> None:
        """Close what this session opened, and give a borrowed connection back as it came."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _recognise(connection: OwnConnection) -> DatabaseKind:
    # By the catalogue, because to_regclass refuses a schema that this user must not use.
    ((found,),) = rows(
        connection,
        "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'steampipe_internal' and c.relname = 'steampipe_server_settings')",
    )
    return DatabaseKind.STEAMPIPE if found else DatabaseKind.POSTGRES
