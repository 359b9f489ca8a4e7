"""Statements to ask: found by name in the shipped queries or a folder, in a file, on stdin, or as text.

What a check reads is in ``queries/``, what else is worth asking in ``queries/exploring/``.

A file may have the header of the shipped queries (``checker.database.query_files``), which names its parameters and
their types. One without a header is run all the same: its parameters are numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from checker.database.query_files import Parameter, Query, load_queries, parse_header
from checker.errors import UnknownQuery, UsageError
from checker.text.toml_document import did_you_mean

STDIN = "-"
_WORD = re.compile(r"[\w.-]+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_NAME = 4096


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement as it was written. ``source`` is what errors call it: a path, ``stdin`` or ``SQL``."""

    source: str
    sql: str
    parameters: tuple[Parameter, ...] = ()
    name: str | None = None
    title: str = ""
    tables: tuple[str, ...] = ()
    description: str = ""
    cost: str = ""

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names in the order of ``$1``, ``$2``, ...; empty without a header."""
        return tuple(parameter.name for parameter in self.parameters)


def named_statements(folder: Path | None = None) -> dict[str, Statement]:
    """The shipped queries and those of a folder, by name.

    Raises ``DataFileError`` for a file that breaks the rules of the header, and for a name that is taken.
    """
    found = {query.name: _of_query(query) for query in load_queries().values()}
    for entry in resources.files("queries").joinpath("exploring").iterdir():
        if entry.name.endswith(".sql"):
            name = entry.name.removesuffix(".sql")
            found[name] = _with_header(entry.read_text(encoding="utf-8"), f"queries/exploring/{entry.name}", name)
    if folder is None:
        return dict(sorted(found.items()))
    if not folder.is_dir():
        raise UsageError(f"--queries: {folder} is no folder", hint="give a folder with .sql files")
    for path in sorted(folder.glob("*.sql")):
        name = path.stem
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{path}: {name} is no name for a query", hint="use small letters, digits and _: my_query.sql"
            )
        if name in found:
            raise UsageError(
                f"{path}: a query called {name} exists ({found[name].source})", hint="give the file another name"
            )
        found[name] = _with_header(read_text(path), str(path), name)
    return dict(sorted(found.items()))


def find_statement(what: str, folder: Path | None, stdin: Callable[[], str]) -> Statement:
    """The statement that is meant: a name, ``-``, a file, or SQL text, in this order.

    Raises ``UnknownQuery`` for a word that is none of them, ``UsageError`` for what cannot be read.
    """
    if what == STDIN:
        return of_text(stdin(), "stdin")
    named = named_statements(folder)
    if what in named:
        return named[what]
    if len(what) < _LONGEST_NAME and "\n" not in what and Path(what).is_file():
        return of_text(read_text(Path(what)), what)
    if _WORD.fullmatch(what) or (what.endswith(".sql") and not any(mark in what for mark in " \t\n")):
        near = did_you_mean(what.removesuffix(".sql"), named)
        raise UnknownQuery(f"no query and no file is called {what}", hint=near or _known(named))
    return of_text(what, "SQL")


def of_text(sql: str, source: str) -> Statement:
    """A statement from its text; a header that names its parameters is taken, and nothing is asked of others."""
    if sql.lstrip().startswith("--") and re.search(r"^--\s*title:", sql, re.MULTILINE):
        return _with_header(sql, source, None)
    return Statement(source, sql)


def read_text(path: Path) -> str:
    """A file's text. Raises ``UsageError`` when it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="give a file that can be read") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 (byte {error.start})", hint="save the file as UTF-8") from error


def _with_header(sql: str, source: str, name: str | None) -> Statement:
    header = parse_header(sql, path=source)
    return Statement(source, sql, header.parameters, name, header.title, header.tables, header.description, header.cost)


def _of_query(query: Query) -> Statement:
    return Statement(
        query.path, query.sql, query.parameters, query.name, query.title, (query.table,), query.description
    )


def _known(named: Mapping[str, Statement]) -> str:
    return f"known queries are: {', '.join(named)}"
