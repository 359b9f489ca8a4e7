"""What a Steampipe service has besides tables, in a plain Postgres: settings, connections and cache control."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.builders import organisation
from tests.checker.database.passworded import PasswordedPostgres
from tests.postgres import TABLES, create, insert
from tests.reports import Row

_NUMBERS = itertools.count(1)
PLUGIN = "hub.steampipe.io/plugins/turbot/aws@latest"
INTERNAL = """
    create schema steampipe_internal;
    create table steampipe_internal.steampipe_server_settings (cache_enabled boolean, cache_max_ttl bigint);
    insert into steampipe_internal.steampipe_server_settings values (true, 300);
    create table steampipe_internal.steampipe_connection
        (name text, state text, type text, connections jsonb, plugin text, error text);
    create table steampipe_internal.orders (command text);
    create function steampipe_internal.meta_cache(command text) returns table (status text) language plpgsql as
        $$ begin insert into steampipe_internal.orders values (command); return; end $$;
"""


@dataclass(frozen=True, slots=True)
class Steampipe:
    """A database of its own, with a schema per connection."""

    conninfo: str

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that may write."""
        return psycopg.connect(self.conninfo, autocommit=True)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as the owner."""
        text: Any = statement
        with self.connect() as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def orders(self) -> list[str]:
        """What the cache was told, in order."""
        return [row[0] for row in self.run("select command from steampipe_internal.orders")]


@contextmanager
def steampipe(
    postgres: PasswordedPostgres,
    connections: Mapping[str, str | Sequence[str]],
    *,
    search_path: Sequence[str] | None = None,
) -> Iterator[Steampipe]:
    """A service with these connections: an account id for a plain one, member patterns for an aggregator.

    Every account has a trail that delivers nowhere. An aggregator shows the rows of every plain connection.
    """
    name = f"service_{next(_NUMBERS)}"
    with postgres.connect() as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    service = Steampipe(postgres.to_database(name))
    try:
        service.run(INTERNAL)
        with service.connect() as connection:
            for schema, what in connections.items():
                _add(connection, schema, what, connections)
            path = search_path if search_path is not None else sorted(connections)
            connection.execute(
                sql.SQL("alter database {} set search_path to {}").format(
                    sql.Identifier(name),
                    sql.SQL(", ").join(map(sql.Identifier, ["public", *path, "steampipe_internal"])),
                )
            )
        yield service
    finally:
        with postgres.connect() as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _add(
    connection: psycopg.Connection[Any],
    schema: str,
    what: str | Sequence[str],
    connections: Mapping[str, str | Sequence[str]],
) -> None:
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    for table in TABLES:
        create(connection, schema, table)
    plain = isinstance(what, str)
    connection.execute(
        "insert into steampipe_internal.steampipe_connection values (%s, 'ready', %s, %s, %s, '')",
        (schema, "plugin" if plain else "aggregator", None if plain else Jsonb(what), PLUGIN),
    )
    shown = {schema: what} if plain else {name: item for name, item in connections.items() if isinstance(item, str)}
    for name, account in shown.items():
        for table, row in _rows(name, str(account)):
            insert(connection, schema, table, [row])


def _rows(connection: str, account: str) -> Iterator[tuple[str, Row]]:
    common = {"account_id": account, "partition": "aws", "sp_connection_name": connection}
    yield "aws_account", {"title": account, **common}
    (trail,) = [row for row in organisation(1).trails if row.region == row.home_region]
    yield (
        "aws_cloudtrail_trail",
        {
            "name": trail.name,
            "arn": f"arn:aws:cloudtrail:us-east-1:{account}:trail/main",
            "home_region": trail.home_region,
            "region": trail.region,
            "is_multi_region_trail": True,
            "is_organization_trail": False,
            "is_logging": True,
            "event_selectors": trail.event_selectors,
            **common,
        },
    )
