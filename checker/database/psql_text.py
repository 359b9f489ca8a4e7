"""A statement as what a person pastes into psql, values filled in. Runs in every version, nulls included.

``\\bind`` of psql 16 and newer takes no null, so the statement is prepared by name instead:
https://www.postgresql.org/docs/current/sql-prepare.html
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.database.parameter_values import Expected, Given, values_of
from checker.database.statements import Statement
from checker.text.printable import CONTROL

_NAME = "alarmchain_query"


def for_psql(statement: Statement, given: Sequence[Given]) -> str:
    """The text to paste. A parameter without a value is null. Raises ``UsageError`` for values that do not fit."""
    body = statement.sql.rstrip().removesuffix(";").rstrip()
    if not statement.parameters:
        return f"{body}\n;\n"
    expected = [
        Expected(parameter.name, parameter.type, 0, parameter.type.endswith("[]"), parameter.type in {"json", "jsonb"})
        for parameter in statement.parameters
    ]
    literals = ", ".join(literal(value) for value in values_of(expected, given, may_lack=True))
    types = ", ".join(parameter.type for parameter in statement.parameters)
    return f"prepare {_NAME} ({types}) as\n{body}\n;\nexecute {_NAME} ({literals});\ndeallocate {_NAME};\n"


def literal(value: str | None) -> str:
    """A value as SQL. What does something on a terminal is spelled out by whoever prints it, as ``E''`` reads it.

    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE
    """
    if value is None:
        return "null"
    doubled = value.replace("'", "''")
    if CONTROL.search(value) or "\\" in value:
        return "E'" + doubled.replace("\\", "\\\\") + "'"
    return f"'{doubled}'"
