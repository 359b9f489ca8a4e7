"""Writes collected rows into the tables. The only connection of the embedded database that may write."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from checker.database import translate
from checker.database.embedded import schema

Row = Mapping[str, Any]

_TARGET = "embedded"

_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "aws_account": (),
    "aws_cloudtrail_trail": ("arn",),
    "aws_cloudwatch_log_group": ("name",),
    "aws_cloudwatch_log_metric_filter": ("log_group_name", "name"),
    "aws_cloudwatch_alarm": ("arn",),
    "aws_sns_topic": ("topic_arn",),
    "aws_sns_topic_subscription": ("topic_arn", "subscription_arn", "protocol", "endpoint"),
    "aws_kms_key": ("id",),
}
"""What tells two rows of one connection and region apart, by table."""


class Store:
    """Thread-safe. A row that is there already is not written again: two questions may overlap."""

    def __init__(self, conninfo: str) -> None:
        with translate.connection_errors(conninfo):
            self._connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
        self._lock = threading.Lock()
        self._known: set[tuple[object, ...]] = set()

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Write rows of ``table``: a dict per row, by column; columns that are left out are null."""
        with self._lock:
            new = {key: row for row in rows if (key := _key(table, row)) not in self._known}
            if new:
                self._write(table, list(new.values()))
                self._known.update(new)

    def set_connections(self, rows: Iterable[Sequence[object]]) -> None:
        """Fill ``steampipe_connection``: name, state, type, connections, plugin and error per row."""
        with self._lock, translate.errors(_TARGET), self._connection.cursor() as cursor:
            cursor.execute(f"truncate {schema.CONNECTION_TABLE}")
            cursor.executemany(f"insert into {schema.CONNECTION_TABLE} values (%s, %s, %s, %s, %s, %s)", rows)  # noqa: S608 - a constant of ours

    def clear(self) -> None:
        """Forget every collected row."""
        with self._lock:
            tables = sql.SQL(", ").join(sql.Identifier(table) for table in schema.columns())
            with translate.errors(_TARGET):
                self._connection.execute(sql.SQL("truncate {}").format(tables))
            self._known.clear()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _write(self, table: str, rows: list[Row]) -> None:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in schema.columns()[table])
        statement = sql.SQL("insert into {table} select {names} from jsonb_populate_recordset(null::{table}, %s)")
        with translate.errors(_TARGET):
            self._connection.execute(
                statement.format(table=sql.Identifier(table), names=names), (Jsonb([_plain(row) for row in rows]),)
            )


def _key(table: str, row: Row) -> tuple[object, ...]:
    return (table, row["sp_connection_name"], row["region"], *(row.get(name) for name in _IDENTITY[table]))


def _plain(value: Any) -> Any:
    """The value as JSON knows it; times in ISO 8601, which Postgres reads."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    # Postgres has no zero character in text.
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value
