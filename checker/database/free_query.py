"""Runs a statement that a person wrote: one, read-only, in time, and streamed through a cursor of the server.

What a statement is, which types its parameters have and where it is wrong is asked of the server, never read from the
text. It is parsed alone first, which refuses several statements; then it runs in a read-only transaction that is always
rolled back, so that no setting that it makes outlives it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
import psycopg.errors as pg
from psycopg import sql
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.rows import tuple_row

from checker.database.parameter_values import Expected, Given, values_of
from checker.database.pool import OwnConnection, rows, run
from checker.database.result_types import TypedText, read_as, take_typed
from checker.database.statement_errors import primary, several, statement_errors
from checker.database.statements import Statement
from checker.errors import DatabaseUnavailable, StatementRefused

_CURSOR = "alarmchain_rows"
_DECLARE = f"declare {_CURSOR} no scroll cursor for "
_EXPLAIN = "explain (format json, costs off, verbose) "
_EXPLAIN_LINES = "explain (costs off) "
_FIRST_ROWS = 100
_MOST_ROWS = 10_000
_MOST_ENDS = 100
_BATCH_BYTES = 4_000_000
_SESSION = (
    "set timezone to 'UTC'",
    "set datestyle to 'ISO, YMD'",
    "set intervalstyle to 'iso_8601'",
    "set bytea_output to 'hex'",
)


@dataclass(frozen=True, slots=True)
class Described:
    """What the server knows of a statement before it runs."""

    parameters: tuple[Expected, ...]
    columns: tuple[str, ...]


class FreeQuery:
    """One statement on one connection, which nobody else uses meanwhile. ``timeout`` is in seconds, for all of it."""

    def __init__(
        self, connection: OwnConnection, statement: Statement, *, target: str, timeout: float, hint: str = ""
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._target = target
        self._timeout = timeout
        self._hint = hint

    def describe(self) -> Described:
        """Parameters and columns. Raises ``StatementRefused`` for what is no single statement, or is wrong."""
        statement = self._statement
        text = _encoded(statement)
        with self._errors():
            for setting in _SESSION:
                run(self._connection, setting)
            take_typed(self._connection)
            declared = [self._oid(parameter.type) for parameter in statement.parameters]
            self._parse(text, declared)
            shape = self._connection.pgconn.describe_prepared(b"")
            if shape.status != ExecStatus.COMMAND_OK:
                raise psycopg.errors.error_from_result(shape, encoding="utf-8")
            names = [(shape.fname(index) or b"").decode() for index in range(shape.nfields)]
            oids = [shape.param_type(index) for index in range(shape.nparams)]
            return Described(self._expected(oids), tuple(names))

    def _parse(self, text: bytes, types: Sequence[int]) -> None:
        problem = self._problem(text, types)
        if problem is None:
            return
        if _is_several(problem):
            ends = (place for place in range(len(text)) if text[place : place + 1] == b";")
            for end in islice(ends, _MOST_ENDS):
                # The first statement ends at the first semicolon before which the server finds a whole one.
                if text[:end].strip() and not isinstance(self._problem(text[:end], types), pg.SyntaxError):
                    rest = text[end + 1 :]
                    start = end + 1 + len(rest) - len(rest.lstrip())
                    raise several(self._statement.source, self._statement.sql, len(text[:start].decode()))
        raise problem

    def _problem(self, text: bytes, types: Sequence[int]) -> psycopg.Error | None:
        """What the server says against a text as one statement."""
        prepared = self._connection.pgconn.prepare(b"", text, types or None)
        if prepared.status == ExecStatus.COMMAND_OK:
            return None
        return psycopg.errors.error_from_result(prepared, encoding="utf-8")

    def tables(self, described: Described, given: Sequence[Given]) -> frozenset[str]:
        """Names of the tables that the statement's plan reads, views and subqueries resolved. Runs nothing.

        Empty for what has no plan (``show``).
        """
        return frozenset(_relations(self._explained(_EXPLAIN, described, given)))

    def plan(self, described: Described, given: Sequence[Given]) -> tuple[list[str], Any]:
        """The plan as lines for a person, and as the server's document. Runs nothing; empty for what has no plan."""
        lines = self._explained(_EXPLAIN_LINES, described, given)
        return lines if isinstance(lines, list) else [], self._explained(_EXPLAIN, described, given)

    def _explained(self, prefix: str, described: Described, given: Sequence[Given]) -> Any:
        """The document of a plan, or its lines; ``None`` for what has no plan. A transaction of its own."""
        values = self._typed(described, given)
        with self._errors(before=len(prefix)):
            run(self._connection, "begin read only")
            try:
                self._limit(self._timeout)
                found = self._execute(prefix + self._statement.sql, values).fetchall()
            except pg.SyntaxError:
                return None
            finally:
                run(self._connection, "rollback")
        return found[0][0] if prefix == _EXPLAIN else [row[0] for row in found]

    def batches(self, described: Described, given: Sequence[Given], *, native: bool) -> Iterator[list[tuple[Any, ...]]]:
        """The rows, some at a time: as the server's text, or as Python's values (``native``).

        Raises ``UsageError`` for values that do not fit, ``StatementRefused`` and ``RunError`` as the server says.
        """
        typed = self._typed(described, given)
        with self._errors():
            run(self._connection, "begin read only")
        try:
            if self._declared(typed):
                yield from self._fetched(native=native)
            else:
                yield self._at_once(typed, native=native)
        finally:
            if self._connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                with self._errors():
                    run(self._connection, "rollback")

    def _typed(self, described: Described, given: Sequence[Given]) -> list[TypedText | None]:
        values = values_of(described.parameters, given, may_lack=bool(self._statement.parameters))
        return [
            None if value is None else TypedText(value, parameter.oid)
            for value, parameter in zip(values, described.parameters, strict=True)
        ]

    def _declared(self, values: Sequence[TypedText | None]) -> bool:
        """Whether the server makes a cursor of the statement: it does of what selects, and of nothing else.

        A statement that parses alone and not as a cursor's is ``explain``, ``show`` or one that writes.
        """
        text = _DECLARE + self._statement.sql
        self._limit(self._timeout)
        with self._errors(before=len(_DECLARE)):
            run(self._connection, "savepoint before_cursor")
            try:
                self._execute(text, values)
            except (pg.SyntaxError, pg.FeatureNotSupported):
                run(self._connection, "rollback to savepoint before_cursor")
                return False
        return True

    def _fetched(self, *, native: bool) -> Iterator[list[tuple[Any, ...]]]:
        """The cursor's rows, in batches that grow until they are a few megabytes, within the time that is left."""
        end = time.monotonic() + self._timeout
        count = _FIRST_ROWS
        cursor = psycopg.Cursor(self._connection, row_factory=tuple_row)
        read_as(cursor, native=native)
        while True:
            self._limit(end - time.monotonic())
            with self._errors():
                # A literal: FETCH takes no parameters.
                fetch = sql.SQL("fetch forward {} from {}").format(sql.Literal(count), sql.Identifier(_CURSOR))
                found = cursor.execute(fetch, prepare=False).fetchall()
            if found:
                yield found
            if len(found) < count:
                return
            count = _next_count(found)

    def _at_once(self, values: Sequence[TypedText | None], *, native: bool) -> list[tuple[Any, ...]]:
        """The rows of a statement that no cursor can be made of. They are few: a plan, a setting."""
        with self._errors():
            cursor = self._execute(self._statement.sql, values, native=native)
            if cursor.pgresult is None or cursor.pgresult.status != ExecStatus.TUPLES_OK:
                raise StatementRefused(
                    f"{self._statement.source}: the statement returns no rows", hint="run one that does: select ..."
                )
            return cursor.fetchall()

    def _execute(
        self, text: str, values: Sequence[TypedText | None], *, native: bool | None = None
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run it. ``native`` is as ``batches`` says; ``None`` leaves the driver's own values."""
        cursor = psycopg.RawCursor(self._connection, row_factory=tuple_row)
        if native is not None:
            read_as(cursor, native=native)
        try:
            # The text is what the person wrote, which is the point of it; every value is beside it.
            return cursor.execute(text.encode(), values or None, prepare=False)
        except psycopg.ProgrammingError as error:
            if error.sqlstate is None:
                raise StatementRefused(
                    f"{self._statement.source}: the statement returns no rows", hint="run one that does: select ..."
                ) from error
            raise

    def _limit(self, seconds: float) -> None:
        """Let what runs next take no longer. Raises ``DatabaseUnavailable`` when the time is over."""
        if seconds <= 0:
            raise DatabaseUnavailable(
                f"{self._target}: no answer in time ({self._timeout:g} s)", hint="raise --timeout, or ask for less"
            )
        milliseconds = max(1, int(min(seconds, 2_000_000) * 1000))
        with self._errors():
            run(self._connection, sql.SQL("set local statement_timeout = {}").format(sql.Literal(milliseconds)))

    def _errors(self, *, before: int = 0) -> Any:
        return statement_errors(
            self._statement.source, self._statement.sql, self._target, before=before, hint=self._hint
        )

    def _oid(self, type_name: str) -> int:
        """The number of a type that a header names. Raises ``StatementRefused`` for one that the server has not."""
        ((found,),) = rows(self._connection, "select to_regtype(%s)::oid::bigint", (type_name,))
        if found is None:
            raise StatementRefused(
                f"{self._statement.source}: the server has no type {type_name}",
                hint="the header declares it: '-- $1 name text[]: ...'",
            )
        return int(found)

    def _expected(self, oids: Sequence[int]) -> tuple[Expected, ...]:
        names = self._statement.parameter_names or tuple(str(place) for place in range(1, len(oids) + 1))
        asked = rows(
            self._connection,
            "select oid::bigint, format_type(oid, null), typcategory = 'A', typname in ('json', 'jsonb') from pg_type "
            "where oid = any(%s)",
            (list(oids),),
        )
        known = {row[0]: row[1:] for row in asked}
        return tuple(Expected(name, known[oid][0], oid, *known[oid][1:]) for name, oid in zip(names, oids, strict=True))


def _is_several(problem: psycopg.Error) -> bool:
    return isinstance(problem, pg.SyntaxError) and "multiple commands" in primary(problem)


def _relations(node: Any) -> Iterator[str]:
    """Every table that a plan names, however deep."""
    if isinstance(node, dict):
        if name := node.get("Relation Name"):
            yield str(name)
        for child in node.values():
            yield from _relations(child)
    elif isinstance(node, list):
        for child in node:
            yield from _relations(child)


def _next_count(found: Sequence[tuple[Any, ...]]) -> int:
    """How many rows make a batch of a few megabytes, judged by those that came."""
    sample = found[:: max(1, len(found) // 50)]
    size = sum(len(value) if isinstance(value, str) else 16 for row in sample for value in row) / len(sample)
    return int(max(1, min(_MOST_ROWS, len(found) * 10, _BATCH_BYTES / (size + 1))))


def _encoded(statement: Statement) -> bytes:
    if "\0" in statement.sql:
        raise StatementRefused(f"{statement.source}: SQL has no character 0", hint="is it a text file?")
    try:
        text = statement.sql.encode()
    except UnicodeEncodeError as error:
        raise StatementRefused(f"{statement.source}: not UTF-8", hint="write it as UTF-8") from error
    return text
