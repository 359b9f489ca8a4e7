"""Reads ``queries/``: each ``.sql`` file becomes a ``Query`` that knows its name, parameters, columns and row type.

A file is plain SQL with Postgres's own parameters (psql: ``\\bind`` or ``prepare``) behind a header of comments::

    -- title: Metric filters of log groups
    -- table: aws_cloudwatch_log_metric_filter
    -- $1 connections text[]: connections to ask; null asks all
    --
    -- Prose: what a row is, what it costs.
    select ...

The loader refuses unknown header keys, parameters that are declared but not used or used but not declared,
columns that differ from the fields of the fact's row type, and ``select *``. Every error says ``file:line``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from checker import facts
from checker.errors import DataFileError

ROW_TYPES: Mapping[str, type[Any]] = MappingProxyType(
    {
        "accounts": facts.Account,
        "alarms": facts.Alarm,
        "connections": facts.Connection,
        "kms_keys": facts.KmsKey,
        "log_groups": facts.LogGroup,
        "metric_filters": facts.MetricFilter,
        "topic_subscriptions": facts.TopicSubscription,
        "topics": facts.Topic,
        "trails": facts.Trail,
    }
)

_KEY = re.compile(r"--\s*(?P<key>[a-z_]+):\s*(?P<value>.+)")
_PARAMETER = re.compile(
    r"--\s*\$(?P<number>\d+)\s+(?P<name>[a-z][a-z0-9_]*)\s+(?P<type>[a-z][a-z0-9_ ]*(?:\[\])?):\s*(?P<prose>.+)"
)
_STRING_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_HEADER_KEYS = ("title", "table")
_OPTIONAL_KEYS = ("cost",)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A native parameter ``$n`` of a query. Those of the facts' queries are arrays, or null for "all"."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Query:
    """One file of ``queries/``. ``sql`` is its whole text, header included, and is sent as it is."""

    name: str
    title: str
    table: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    description: str
    sql: str
    path: str
    row_type: type[Any]

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names in the order of ``$1``, ``$2``, ..."""
        return tuple(parameter.name for parameter in self.parameters)


@dataclass(frozen=True, slots=True)
class Header:
    """What the comment lines above a statement say."""

    title: str
    tables: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    description: str
    cost: str = ""


class Catalogue(Mapping[str, Query]):
    """The queries by name, in alphabetical order."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._queries = {query.name: query for query in sorted(queries, key=lambda query: query.name)}

    def __getitem__(self, name: str) -> Query:
        return self._queries[name]

    def __iter__(self) -> Any:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


@lru_cache(maxsize=1)
def load_queries() -> Catalogue:
    """The queries that come with the package. Raises ``DataFileError`` when one breaks the rules above."""
    folder = resources.files("queries")
    found = [
        parse_query(entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8"), path=f"queries/{entry.name}")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".sql")
    ]
    return Catalogue(found)


def parse_header(text: str, *, path: str) -> Header:
    """The header of one file. Raises ``DataFileError`` with file and line, for its statement too: it is one only."""
    return _parse(text, path)[0]


def _parse(text: str, path: str) -> tuple[Header, str, int]:
    """Header, statement, and the line that the statement begins at."""
    lines, statement, first_line = _split(text, path)
    keys, parameters, prose = _read_header(lines, path)
    for key in _HEADER_KEYS:
        if key not in keys:
            raise DataFileError(f"the header lacks '{key}:'", path=path, line=1, hint=f"add a line '-- {key}: ...'")
    _check_parameters(statement, parameters, path, first_line)
    tables = tuple(name.strip() for name in keys["table"].split(","))
    header = Header(keys["title"], tables, tuple(parameters), " ".join(prose), keys.get("cost", ""))
    return header, statement, first_line


def parse_query(name: str, text: str, *, path: str, row_types: Mapping[str, type[Any]] = ROW_TYPES) -> Query:
    """One query from the text of its file. Raises ``DataFileError`` with file and line."""
    header, statement, first_line = _parse(text, path)
    for parameter in header.parameters:
        if not parameter.type.endswith("[]"):
            raise DataFileError(
                f"unknown or repeated header line: the parameter {parameter.name} is no array",
                path=path,
                line=1 + next(i for i, line in enumerate(text.splitlines()) if f" {parameter.name} " in line),
                hint="what a check reads is asked for by lists: '-- $1 name text[]: ...'",
            )
    columns = _columns(statement, path, first_line)
    row_type = row_types.get(name)
    if row_type is None:
        raise DataFileError(
            f"no row type for the query '{name}'",
            path=path,
            line=1,
            hint="add a dataclass to checker/facts.py and name it in checker/database/query_files.py",
        )
    expected = tuple(field.name for field in fields(row_type))
    if columns != expected:
        raise DataFileError(
            f"columns ({', '.join(columns)}) differ from the fields of {row_type.__name__} ({', '.join(expected)})",
            path=path,
            line=first_line,
            hint="select exactly the fields of the row type, in their order",
        )
    return Query(
        name=name,
        title=header.title,
        table=header.tables[0],
        parameters=header.parameters,
        columns=columns,
        description=header.description,
        sql=text,
        path=path,
        row_type=row_type,
    )


def _split(text: str, path: str) -> tuple[list[str], str, int]:
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("--"):
            statement = "\n".join(lines[index:]).strip().removesuffix(";")
            if ";" in _STRING_OR_COMMENT.sub("", statement):
                raise DataFileError(
                    "more than one statement", path=path, line=index + 1, hint="one file holds one statement"
                )
            return lines[:index], statement, index + 1
    raise DataFileError("no SQL in the file", path=path, line=len(lines) or 1, hint="add one select statement")


def _read_header(header: list[str], path: str) -> tuple[dict[str, str], list[Parameter], list[str]]:
    """Keys, parameters and prose of a header comment. Raises ``DataFileError`` with the line."""
    keys: dict[str, str] = {}
    parameters: list[Parameter] = []
    prose: list[str] = []
    in_prose = False
    for number, line in enumerate(header, start=1):
        text = line.strip()
        if text in {"", "--"}:
            in_prose = in_prose or bool(keys)
        elif in_prose:
            prose.append(text.removeprefix("--").strip())
        elif parameter := _PARAMETER.fullmatch(text):
            if int(parameter["number"]) != len(parameters) + 1:
                raise DataFileError(
                    f"parameter ${parameter['number']} is out of order",
                    path=path,
                    line=number,
                    hint=f"declare ${len(parameters) + 1} here",
                )
            if any(known.name == parameter["name"] for known in parameters):
                raise DataFileError(
                    f"the parameter name {parameter['name']} is taken",
                    path=path,
                    line=number,
                    hint="values are given by name: name every parameter differently",
                )
            parameters.append(Parameter(parameter["name"], parameter["type"], parameter["prose"]))
        elif (
            (match := _KEY.fullmatch(text))
            and match["key"] in _HEADER_KEYS + _OPTIONAL_KEYS
            and match["key"] not in keys
        ):
            keys[match["key"]] = match["value"]
        else:
            raise DataFileError(
                f"unknown or repeated header line: {text}",
                path=path,
                line=number,
                hint="known are '-- title:', '-- table:', '-- cost:' and '-- $1 name text[]: ...'; prose follows '--'",
            )
    return keys, parameters, prose


def _check_parameters(statement: str, parameters: list[Parameter], path: str, first_line: int) -> None:
    used = {int(number) for number in re.findall(r"\$(\d+)\b", _STRING_OR_COMMENT.sub("", statement))}
    declared = set(range(1, len(parameters) + 1))
    for number in sorted(used - declared):
        raise DataFileError(
            f"${number} is used but not declared", path=path, line=first_line, hint=f"declare it: '-- ${number} ...'"
        )
    for number in sorted(declared - used):
        raise DataFileError(
            f"${number} is declared but not used", path=path, line=first_line, hint="use it or drop its line"
        )


def _columns(statement: str, path: str, first_line: int) -> tuple[str, ...]:
    match = re.match(r"select\s+(?P<list>.+?)\s+from\s", _STRING_OR_COMMENT.sub(_blank_string, statement), re.DOTALL)
    if not match or "*" in match["list"]:
        raise DataFileError(
            "the statement must be 'select column, ... from ...' with every column named",
            path=path,
            line=first_line,
            hint="list the columns in the order of the row type's fields",
        )
    return tuple(part.split()[-1].rpartition(".")[2] for part in match["list"].split(","))


def _blank_string(match: re.Match[str]) -> str:
    return "''" if match[0].startswith("'") else " "
