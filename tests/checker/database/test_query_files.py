"""What a query file may look like: every refusal with its place."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pytest

from checker.database.query_files import ROW_TYPES, load_queries, parse_query
from checker.errors import DataFileError
from checker.exit_codes import ExitCode


@dataclass(frozen=True)
class Row:
    a: str
    b: str


HEADER = "-- title: Things\n-- table: aws_thing\n-- $1 names text[]: names to ask; null asks all\n"
PROSE = "--\n-- One row a thing.\n-- Costs nothing.\n"
SELECT = "select a, t.b\nfrom aws_thing t\nwhere ($1::text[] is null or a = any($1))\n"


def parse(text: str) -> object:
    return parse_query("things", text, path="queries/things.sql", row_types={"things": Row})


def test_a_query_knows_its_header_parameters_columns_and_row_type() -> None:
    query = parse_query("things", HEADER + PROSE + SELECT, path="p.sql", row_types={"things": Row})
    assert (query.name, query.title, query.table, query.row_type) == ("things", "Things", "aws_thing", Row)
    assert query.parameter_names == ("names",)
    assert (query.parameters[0].type, query.parameters[0].description) == ("text[]", "names to ask; null asks all")
    assert query.columns == ("a", "b")
    assert query.description == "One row a thing. Costs nothing."
    assert query.sql == HEADER + PROSE + SELECT


@pytest.mark.parametrize(
    "text",
    [
        HEADER + SELECT,
        "\n" + HEADER + PROSE + SELECT,
        HEADER + PROSE + SELECT.rstrip() + ";\n",
        HEADER + PROSE + "select a, /* ; $9 */ 'x; $7' as b -- $8;\nfrom t where a = any($1)",
        HEADER + PROSE + "  select a, b from t where a = any($1)",
    ],
)
def test_accepted(text: str) -> None:
    assert parse(text)


REFUSED = {
    "nothing": ("", 1, "no SQL in the file"),
    "comments only": (HEADER + PROSE, 6, "no SQL in the file"),
    "no title": (HEADER.partition("\n")[2] + SELECT, 1, "the header lacks 'title:'"),
    "no table": ("-- title: T\n" + SELECT.replace("$1", "null"), 1, "the header lacks 'table:'"),
    "unknown key": (HEADER + "-- owner: me\n" + SELECT, 4, "unknown or repeated header line: -- owner: me"),
    "repeated key": (HEADER + "-- title: again\n" + SELECT, 4, "unknown or repeated header line"),
    "empty key": ("-- title:\n" + SELECT, 1, "unknown or repeated header line"),
    "prose without a blank line": ("-- A thing.\n" + HEADER + SELECT, 1, "unknown or repeated header line"),
    "parameters out of order": (HEADER.replace("$1", "$2") + SELECT, 3, "parameter $2 is out of order"),
    "a parameter twice": (HEADER + HEADER.splitlines()[2] + "\n" + SELECT, 4, "parameter $1 is out of order"),
    "a name twice": (
        HEADER + "-- $2 names text[]: again\n" + SELECT.rstrip() + " and b = any($2)",
        4,
        "the parameter name names is taken",
    ),
    "a parameter that is no array": (HEADER.replace("text[]", "text") + SELECT, 3, "unknown or repeated header line"),
    "not declared": (HEADER + SELECT.rstrip() + " and b = any($2)", 4, "$2 is used but not declared"),
    "not used": (HEADER + "select a, b from t", 4, "$1 is declared but not used"),
    "used in a string only": (HEADER + "select a, b from t where a = '$1'", 4, "$1 is declared but not used"),
    "two statements": (HEADER + SELECT + ";\nselect a, b from t", 4, "more than one statement"),
    "all columns": (HEADER + SELECT.replace("a, t.b", "*"), 4, "with every column named"),
    "no select": (HEADER + "delete from t where a = any($1)", 4, "the statement must be"),
    "other columns": (HEADER + SELECT.replace("t.b", "c"), 4, "columns (a, c) differ from the fields of Row (a, b)"),
    "another order": (HEADER + SELECT.replace("a, t.b", "b, a"), 4, "columns (b, a) differ"),
}


@pytest.mark.parametrize(("text", "line", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_with_file_and_line(text: str, line: int, message: str) -> None:
    with pytest.raises(DataFileError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"queries/things.sql:{line}: ")
    assert message in str(caught.value)
    assert caught.value.hint
    assert (caught.value.line, caught.value.exit_code) == (line, ExitCode.USAGE)


def test_a_query_without_a_row_type_is_refused() -> None:
    with pytest.raises(DataFileError, match=r"x\.sql:1: no row type for the query 'unknown'"):
        parse_query("unknown", HEADER + SELECT, path="x.sql")


def test_files_and_row_types_are_the_same_set() -> None:
    queries = load_queries()
    assert set(queries) == set(ROW_TYPES)
    assert list(queries) == sorted(queries)
    assert len(queries) == len(ROW_TYPES)
    for name, query in queries.items():
        assert query.row_type is ROW_TYPES[name]
        assert query.columns == tuple(field.name for field in fields(query.row_type))
