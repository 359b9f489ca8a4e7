"""A Postgres that lists connections as Steampipe does: an aggregator of three, and one that it does not cover."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.checker.database.steampipe import PLUGIN
from tests.postgres import Postgres


@contextmanager
def listing(postgres: Postgres, *, failed: str = "aws_c") -> Iterator[list[str]]:
    """Options that lead there; the connection ``failed`` is in error."""
    schema = postgres.schema({}, name="aws_all")
    with postgres.connect() as connection:
        connection.execute("drop schema if exists steampipe_internal cascade; create schema steampipe_internal")
        connection.execute(
            "create table steampipe_internal.steampipe_connection "
            "(name text, state text, type text, connections text[], plugin text, error text)"
        )
        for name, kind, patterns in (
            ("aws_all", "aggregator", ["aws_*"]),
            *((name, "plugin", None) for name in ("aws_a", "aws_b", "aws_c", "other")),
        ):
            connection.execute(
                "insert into steampipe_internal.steampipe_connection values (%s, %s, %s, %s, %s, %s)",
                (
                    name,
                    "error" if name == failed else "ready",
                    kind,
                    patterns,
                    PLUGIN,
                    "no profile of 123456789012, token=abcdefgh" if name == failed else "",
                ),
            )
    try:
        yield ["--database", postgres.conninfo, "--connection", schema]
    finally:
        with postgres.connect() as connection:
            connection.execute("drop schema steampipe_internal cascade")
