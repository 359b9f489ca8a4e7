"""What the server says against a statement that a person wrote: where, which line, and what it advises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import psycopg.errors as pg

from checker.database import translate
from checker.errors import DatabaseUnavailable, RunError, StatementRefused
from checker.text.printable import printable

_ONE = "one statement a call: put the others into files of their own"
_READ_ONLY = "the session is read-only, and the server holds it to that"
_WRITTEN = ("22", "25", "26", "3F", "42", "0A", "54", "2F", "34", "3D")
"""Classes of SQLSTATE that concern what was written, and not the server that was asked.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_SHOWN = 100
_LINE = re.compile(r"^[ \t]*(?!--)(\S)", re.MULTILINE)


@contextmanager
def statement_errors(source: str, sql: str, target: str, *, before: int = 0, hint: str = "") -> Iterator[None]:
    """Around a statement. ``before``: characters of our own in front of ``sql``, which positions count.

    ``hint`` is said when the server has none for a table that is not there. Raises ``StatementRefused`` for what was
    written, ``RunError`` for what happened to it.
    """
    try:
        yield
    except pg.QueryCanceled as error:
        raise DatabaseUnavailable(
            f"{target}: no answer in time ({primary(error)})", hint="raise --timeout, or ask for less"
        ) from error
    except psycopg.Error as error:
        state = error.sqlstate or ""
        if state.startswith(_WRITTEN):
            raise refused(error, source, sql, before=before, hint=hint) from error
        if not state or state.startswith(("08", "57P")):
            raise translate.unavailable(error, target) from error
        failures = translate.failures(source, primary(error))
        told = "; ".join(
            f"{failure.connection}: {failure.message}" if failure.connection else failure.message
            for failure in failures
        )
        raise RunError(f"{target}: {told}", hint=error.diag.message_hint or "") from error


def refused(error: psycopg.Error, source: str, sql: str, *, before: int = 0, hint: str = "") -> StatementRefused:
    """The error for a person: ``file:line:column: what``, the line with a caret below, and the server's advice."""
    advice = " ".join(filter(None, (error.diag.message_detail, error.diag.message_hint)))
    if not advice:
        advice = _advice(error, hint)
    position = int(error.diag.statement_position or 0) - before
    if isinstance(error, pg.ReadOnlySqlTransaction):
        position = _beginning(sql) + 1
    if not 0 < position <= len(sql) + 1:
        return StatementRefused(f"{source}: {primary(error)}", hint=advice)
    line, column, excerpt = place(sql, position - 1)
    return StatementRefused(f"{source}:{line}:{column}: {primary(error)}", excerpt=excerpt, hint=advice)


def several(source: str, sql: str, second: int) -> StatementRefused:
    """The error for several statements; ``second`` is where the second begins."""
    line, column, excerpt = place(sql, second)
    return StatementRefused(f"{source}:{line}:{column}: a second statement begins here", excerpt=excerpt, hint=_ONE)


def place(sql: str, index: int) -> tuple[int, int, tuple[str, str]]:
    """Line, column (both from 1), and the line with a caret below, of a character of the text."""
    start = sql.rfind("\n", 0, index) + 1
    end = sql.find("\n", index)
    text = sql[start : len(sql) if end < 0 else end].rstrip("\r")
    column = index - start
    # The piece of a long line that is around the place.
    first = max(0, column - _SHOWN // 2) if len(text) > _SHOWN else 0
    shown = _flat(text[first : first + _SHOWN])
    return sql.count("\n", 0, index) + 1, column + 1, (f"  {shown}", f"  {' ' * len(_flat(text[first:column]))}^")


def primary(error: psycopg.Error) -> str:
    """The message alone, without the lines around it."""
    return error.diag.message_primary or " ".join(str(error).split())


def _flat(text: str) -> str:
    return printable(text.replace("\t", " "))


def _beginning(sql: str) -> int:
    """Where the first line begins that is neither blank nor a comment."""
    return next((found.start(1) for found in _LINE.finditer(sql)), 0)


def _advice(error: psycopg.Error, hint: str) -> str:
    if isinstance(error, pg.ReadOnlySqlTransaction):
        return _READ_ONLY
    return hint if isinstance(error, pg.UndefinedTable) else ""
