"""A real Postgres for the tests: the embedded server's binaries, filled with what real Steampipe returned."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from checker.database.embedded.server import Server

DATA = Path(__file__).parent / "data"
COLUMNS: dict[str, list[dict[str, str]]] = json.loads((DATA / "steampipe_columns.json").read_text(encoding="utf-8"))
TABLES = (
    "aws_account",
    "aws_cloudtrail_trail",
    "aws_cloudwatch_log_metric_filter",
    "aws_cloudwatch_alarm",
    "aws_sns_topic",
    "aws_sns_topic_subscription",
    "aws_kms_key",
    "aws_cloudwatch_log_group",
)
Rows = Mapping[str, Iterable[Mapping[str, Any]]]


@dataclass
class Postgres:
    """A server of its own for the session; every test makes schemas in it."""

    conninfo: str
    _numbers: Iterator[int]

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection that may write."""
        return psycopg.connect(self.conninfo, autocommit=True)

    def schema(self, rows: Rows, *, name: str | None = None, tables: Iterable[str] = TABLES) -> str:
        """A new schema with Steampipe's tables and these rows. Returns its name."""
        schema = name or f"case_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
            for table in tables:
                create(connection, schema, table)
            for table, items in rows.items():
                insert(connection, schema, table, items)
        return schema


def create(connection: psycopg.Connection[Any], schema: str, table: str) -> None:
    """One of Steampipe's tables, empty."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column["name"]), sql.SQL(_checked(column["type"])))
        for column in COLUMNS[table]
    )
    connection.execute(
        sql.SQL("create table {}.{} ({})").format(sql.Identifier(schema), sql.Identifier(table), columns)
    )


def insert(connection: psycopg.Connection[Any], schema: str, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows by column name; JSON columns take Python values."""
    kinds = {column["name"]: column["type"] for column in COLUMNS[table]}
    for row in rows:
        values = [Jsonb(value) if kinds[key] == "jsonb" and value is not None else value for key, value in row.items()]
        statement = sql.SQL("insert into {}.{} ({}) values ({})").format(
            sql.Identifier(schema),
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        )
        connection.execute(statement, values)


def _checked(kind: str) -> Any:
    assert kind in {"text", "jsonb", "boolean", "bigint", "double precision", "timestamp with time zone"}
    return kind


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's server. A machine on which it does not start fails the tests, it does not skip them."""
    server = Server()
    server.wait()
    try:
        yield Postgres(server.conninfo, itertools.count(1))
    finally:
        server.close()
