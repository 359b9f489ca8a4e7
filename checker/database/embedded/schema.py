"""The tables of the embedded database: Steampipe's, column by column.

``steampipe_columns.json`` maps each table that the queries read to its columns and Postgres types, as Steampipe's
AWS plugin 1.31 declares them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

CONNECTION_TABLE = "steampipe_internal.steampipe_connection"
_INTERNAL = (
    "create schema steampipe_internal;",
    f"create table {CONNECTION_TABLE} (name text, state text, type text, connections text[], plugin text, error text);",
)


@lru_cache(maxsize=1)
def columns() -> dict[str, dict[str, str]]:
    """Type by column by table, in Steampipe's order."""
    text = resources.files("checker.database.embedded").joinpath("steampipe_columns.json").read_text(encoding="utf-8")
    return {
        table: {column["name"]: column["type"] for column in described} for table, described in json.loads(text).items()
    }


def statements() -> tuple[str, ...]:
    """One line of SQL per schema and table, for an empty database."""
    tables = (
        f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in described.items())});"
        for table, described in columns().items()
    )
    return (*_INTERNAL, *tables)
