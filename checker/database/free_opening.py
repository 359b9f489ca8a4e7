"""Opening the databases of a run that asks statements of a person: no AWS tables need to be there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from checker.database.embedded.schema import columns
from checker.database.free_query import Described, FreeQuery
from checker.database.locate import locate
from checker.database.opening import DatabaseOptions, chosen_connections, chosen_profiles, home_folder, members
from checker.database.parameter_values import Given
from checker.database.pool import OwnConnection, Pool, rows
from checker.database.query_files import load_queries
from checker.database.statements import Statement
from checker.errors import RunError, UsageError
from checker.facts import ReadFailure

if TYPE_CHECKING:
    from checker.database.embedded.database import EmbeddedDatabase


@dataclass(frozen=True, slots=True)
class Filling:
    """Which rows the embedded database brings first; what ``None`` means, ``EmbeddedDatabase.fill`` says."""

    account_ids: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One place that a statement is asked at: a connection of the server, or its search path (``schema`` is null).

    ``embedded`` is the database to fill first, where it is that one.
    """

    pool: Pool
    conninfo: str
    target: str
    schema: str | None
    timeout: float
    embedded: EmbeddedDatabase | None = None

    @contextmanager
    def query(self, statement: Statement) -> Iterator[FreeQuery]:
        """The statement on a connection of its own."""
        with self.pool.connection() as connection:
            hint = f"the embedded database has: {', '.join(columns())}" if self.embedded else ""
            yield FreeQuery(connection, statement, target=self.target, timeout=self.timeout, hint=hint)

    @property
    def asks_aws(self) -> bool:
        """Whether reading rows may cost calls of AWS: of Steampipe and the embedded database."""
        return self.embedded is not None or self.aws_connections() is not None

    def accounts(self, schema: str) -> int:
        """How many connections are asked when a table of this schema is."""
        if self.embedded is not None:
            return len(self.embedded.connections)
        known = self.aws_connections() or {}
        return len(members(schema, known)) or 1

    def aws_connections(self) -> dict[str, list[str] | None] | None:
        """AWS connections of a Steampipe service, an aggregator with its patterns; ``None`` where there is no service.

        Raises ``RunError`` when the service does not tell.
        """
        with self.pool.connection() as connection:
            ((there,),) = rows(connection, "select to_regclass('steampipe_internal.steampipe_connection') is not null")
            if not there:
                return None
            found = rows(
                connection,
                "select name, type, to_jsonb(connections) from steampipe_internal.steampipe_connection "
                "where plugin like '%/aws@%' or plugin like '%/aws' or plugin = 'aws'",
            )
        return {name: list(patterns or []) if kind == "aggregator" else None for name, kind, patterns in found}

    def answering_schema(self) -> str | None:
        """The schema that an unqualified AWS table is of; ``None`` when there is none on the search path."""
        with self.pool.connection() as connection:
            return answering_schema(connection)

    def account_of(self, name: str, *, by_schema: bool) -> dict[str, Any] | None:
        """Account id and aliases of a connection; ``by_schema``: its tables are in the schema of its name.

        Raises ``RunError`` with what AWS or the server said.
        """
        if self.embedded is not None:
            for failure in self.embedded.read(load_queries()["accounts"], {"connections": [name]}).failures:
                raise RunError(failure.message)
        table = sql.Identifier(name, "aws_account") if by_schema else sql.Identifier("aws_account")
        condition = sql.SQL("sp_connection_name = {}").format(sql.Literal(name)) if self.embedded else sql.SQL("true")
        statement = sql.SQL("select account_id, account_aliases from {} where {} limit 1").format(table, condition)
        with self.pool.connection() as connection, connection.cursor() as cursor:
            found = cursor.execute(statement, prepare=False).fetchall()
        return {"account_id": found[0][0], "aliases": found[0][1]} if found else None

    def connection_states(self) -> list[tuple[str, str, str | None]]:
        """Name, state and error of every connection that Steampipe, or the embedded database, knows of."""
        with self.pool.connection() as connection:
            return [
                (name, state, problem)
                for name, state, problem in rows(
                    connection, "select name, state, error from steampipe_internal.steampipe_connection order by name"
                )
            ]

    def fill(self, query: FreeQuery, described: Described, given: Sequence[Given], filling: Filling) -> Filled | None:
        """Bring the rows that the statement will read; ``None`` where they are there already."""
        if self.embedded is None:
            return None
        return self.bring(query.tables(described, given) & columns().keys(), filling)

    def bring(self, tables: frozenset[str], filling: Filling) -> Filled | None:
        """Bring the rows of these tables; ``None`` where they are there already."""
        if self.embedded is None:
            return None
        before = self.embedded.calls
        failures = self.embedded.fill(tables, filling.account_ids, filling.regions)
        return Filled(tuple(sorted(tables)), self.embedded.calls - before, failures)


@dataclass(frozen=True, slots=True)
class Filled:
    """What filling brought: the tables, how many requests it took, and what failed."""

    tables: tuple[str, ...]
    calls: int
    failures: tuple[ReadFailure, ...]


@dataclass(frozen=True, slots=True)
class FreeDatabases:
    """The places to ask, one after the other, and why the database is this one."""

    places: tuple[Asked, ...]
    why: str


@contextmanager
def open_free(options: DatabaseOptions) -> Iterator[FreeDatabases]:
    """Open what the options ask for and close it afterwards. Raises ``UsageError`` or ``RunError``."""
    location = locate(options.database, origin=options.origin, environ=os.environ, home=home_folder())
    if location.conninfo is None:
        with _open_embedded(options, location.why) as opened:
            yield opened
        return
    if options.profiles:
        raise UsageError(
            "`profiles` selects AWS profiles of the embedded database, but another database answers",
            hint="add `database=embedded`, or choose with `connections`",
        )
    with ExitStack() as stack:
        places = []
        for schema in chosen_connections(location.conninfo, options) or (None,):
            pool = Pool(location.conninfo, timeout=options.timeout, schema=schema, concurrency=1)
            stack.callback(pool.close)
            places.append(Asked(pool, location.conninfo, _checked(pool, schema), schema, options.timeout))
            if options.fresh:
                pool.switch_cache_off()
        yield FreeDatabases(tuple(places), location.why)


@contextmanager
def _open_embedded(options: DatabaseOptions, why: str) -> Iterator[FreeDatabases]:
    """The embedded database, with a connection of its own for what a person asks."""
    from checker.database.embedded.database import EmbeddedDatabase
    from checker.database.embedded.settings import EmbeddedSettings

    if options.connections:
        raise UsageError(
            "`connections` selects connections of a Steampipe service, but the embedded database answers",
            hint="select AWS profiles with `profiles`, or name the service with `database`",
        )
    settings = EmbeddedSettings(
        chosen_profiles(options), options.region, options.timeout, options.concurrency, options.sign_in
    )
    with (
        EmbeddedDatabase(settings) as database,
        closing(Pool(database.conninfo, timeout=options.timeout, concurrency=1)) as pool,
    ):
        yield FreeDatabases((Asked(pool, database.conninfo, database.target, None, options.timeout, database),), why)


def answering_schema(connection: OwnConnection) -> str | None:
    """The schema that an unqualified AWS table is of."""
    found = rows(
        connection,
        "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where c.oid = to_regclass('aws_cloudtrail_trail')",
    )
    return str(found[0][0]) if found else None


def _checked(pool: Pool, schema: str | None) -> str:
    """``host:port/name``. Raises ``UsageError`` for a schema that is not there."""
    with pool.connection() as connection:
        info = connection.info
        if schema is not None:
            # By the catalogue: a name that is no identifier is not parsed, and one without rights is no riddle.
            found = rows(connection, "select nspname from pg_namespace where nspname !~ '^pg_' order by 1")
            names = [row[0] for row in found]
            if schema not in names:
                raise UsageError(
                    f"`connections`: {schema} is not there", hint=f"connections and schemas: {', '.join(names)}"
                )
        return f"{info.host}:{info.port}/{info.dbname}"
