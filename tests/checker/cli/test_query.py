"""``alarmchain query``: list, show, run; values, formats, files, errors."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.database.query_files import load_queries
from checker.database.statements import named_statements
from checker.exit_codes import ExitCode
from tests.postgres import Postgres
from tests.reports import case, rows_of


def invoke(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["query", *arguments], input=stdin)


@pytest.fixture
def place(postgres: Postgres) -> list[str]:
    return ["--database", postgres.conninfo, "--connection", postgres.schema(rows_of(case("r080")["state"]))]


@pytest.fixture
def plain(postgres: Postgres) -> list[str]:
    return ["--database", postgres.conninfo]


def rows(result: Result) -> list[dict[str, object]]:
    assert (result.exit_code, result.stderr) == (ExitCode.OK, "")
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


# -- list, show ----------------------------------------------------------------------------------------------------


def test_list_names_every_query_with_table_and_parameters() -> None:
    result = invoke("list")
    assert result.exit_code == ExitCode.OK
    assert len(result.stdout.splitlines()) == len(named_statements())
    assert "(aws_cloudtrail_trail; $1 connections, $2 account_ids, $3 regions)" in result.stdout


@pytest.mark.parametrize("name", list(load_queries()))
def test_show_prints_the_file_as_it_is(name: str) -> None:
    assert invoke("show", name).stdout == load_queries()[name].sql


@pytest.mark.parametrize("command", ["show", "run"])
def test_an_unknown_query_names_the_nearest(command: str) -> None:
    result = invoke(command, "trials")
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "did you mean trails" in result.stderr


def test_show_for_psql_fills_the_values_in() -> None:
    shown = invoke("show", "trails", "--for", "psql", "--param", "regions=us-east-1", "--param", "2='NULL'").stdout
    assert shown.startswith("prepare alarmchain_query (text[], text[], text[]) as\n-- title: CloudTrail trails\n")
    assert shown.endswith(
        """execute alarmchain_query (null, '{"NULL"}', '{"us-east-1"}');\ndeallocate alarmchain_query;\n"""
    )


@pytest.mark.parametrize(
    "words", [["trails", "--param", "regions=x"], ["select 1"], ["trails", "--for", "psql", "--param", "x=1"]]
)
def test_show_refuses_what_it_would_not_use(words: list[str]) -> None:
    result = invoke("show", *words)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


# -- what is asked -------------------------------------------------------------------------------------------------


def test_text_a_file_stdin_and_the_short_form_are_asked_alike(plain: list[str], tmp_path: Path) -> None:
    path = tmp_path / "one.sql"
    path.write_text("\ufeff-- what a comment says\nselect 1 as one;\n", encoding="utf-8")
    for words in (["select 1 as one"], ["run", "select 1 as one"], ["run", str(path)]):
        assert rows(invoke(*words, *plain, "--format", "json")) == [{"one": 1}]
    assert rows(invoke("run", "-", *plain, "--format", "json", stdin="select 1 as one")) == [{"one": 1}]
    assert rows(invoke("values(1)", *plain, "--format", "json")) == [{"column1": 1}]


def test_options_may_stand_before_the_text_of_the_short_form(plain: list[str]) -> None:
    assert rows(invoke(*plain, "--format", "json", "select 2 as two")) == [{"two": 2}]


def test_a_shipped_query_takes_values_by_name_number_and_option(place: list[str]) -> None:
    everything = rows(invoke("run", "accounts", *place, "-f", "json"))
    assert {row["account_id"] for row in everything} == {"123456789012", "210987654321"}
    for words, count in (
        (["--param", "account_ids=123456789012"], 1),
        (["-s", "2=123456789012"], 1),
        (["-s", "$2=123456789012"], 1),
        (["--account", "123456789012"], 1),
        (["--account", "123456789012", "-s", "account_ids=1"], 0),
        (["-s", "account_ids=123456789012", "-s", "account_ids=210987654321"], 2),
        (["-s", 'account_ids:=["123456789012", "210987654321"]'], 2),
        (["-s", "account_ids=123456789012,210987654321"], 0),
        (["-s", "account_ids=NULL"], 2),
        (["-s", "account_ids:=null"], 2),
        (["-s", "account_ids:=[]"], 0),
    ):
        assert len(rows(invoke("run", "accounts", *place, "-f", "json", *words))) == count, words


@pytest.mark.parametrize("setting", ["nowhere=1", "account_ids", "=x", "3=x", "account_ids:=[", "0=x"])
def test_a_value_that_fits_nothing_is_refused(place: list[str], setting: str) -> None:
    result = invoke("run", "accounts", *place, "--param", setting)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


def test_an_unknown_parameter_lists_those_that_are_there_with_their_types(place: list[str]) -> None:
    result = invoke("run", "accounts", *place, "--param", "nowhere=1")
    assert "$1 connections text[], $2 account_ids text[]" in result.stderr
    result = invoke("select $1::int, $2::text[]", *place, "--param", "x=1")
    assert "$1 integer, $2 text[]" in result.stderr


def test_without_a_header_every_value_must_be_given(plain: list[str]) -> None:
    result = invoke("select $1::int as a, $2::date as b", *plain, "--param", "1=5")
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "$2 (date) has no value" in result.stderr
    words = ["--param", "1=5", "--param", "2=NULL"]
    assert rows(invoke("select $1::int as a, $2::date as b", *plain, *words, "-f", "json")) == [{"a": 5, "b": None}]


def test_null_is_told_apart_from_its_text(plain: list[str]) -> None:
    query = "select $1::text as a, $2::text as b, $3::text as c, $4::text[] as d"
    words = ["1=NULL", "2='NULL'", '3:="NULL"', "4=NULL", "4='NULL'", "4="]
    found = rows(invoke(query, *plain, "-f", "json", *[word for text in words for word in ("--param", text)]))
    assert found == [{"a": None, "b": "NULL", "c": "NULL", "d": [None, "NULL", ""]}]


def test_json_values_keep_their_type(plain: list[str]) -> None:
    query = "select $1::jsonb as a, $2::numeric as b, $3::boolean as c, $4::jsonb[] as d, $5::int[] as e"
    words = ['1:={"x": [1.10, null]}', "2:=0.10", "3:=true", '4:=[{"y": "\\"}"}, 1.50]', "5:=[[1,2],[3,4]]"]
    found = rows(invoke(query, *plain, "-f", "json", *[word for text in words for word in ("--param", text)]))
    assert found == [{"a": {"x": [1.10, None]}, "b": 0.1, "c": True, "d": [{"y": '"}'}, 1.5], "e": [[1, 2], [3, 4]]}]


@pytest.mark.parametrize("words", [["1=a", "1=b"], ['1:=["a"]'], ['1:={"a": 1}'], ['1:="\\u0000"'], ["1=\0"]])
def test_one_value_is_not_several(plain: list[str], words: list[str]) -> None:
    given = [word for text in words for word in ("--param", text)]
    result = invoke("select $1::text", *plain, *given)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


def test_a_selection_that_nothing_takes_is_refused(plain: list[str]) -> None:
    for words in (["--account", "1"], ["--region", "eu-west-1"]):
        result = invoke("select 1", *plain, *words)
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
        assert f"{words[0]} selects nothing here" in result.stderr


# -- a folder of one's own -----------------------------------------------------------------------------------------

MINE = "-- title: Mine\n-- table: aws_account, aws_sns_topic\n-- $1 least integer: the least\n--\n-- Costs nothing.\n"


def test_queries_of_ones_own_are_listed_shown_and_run(plain: list[str], tmp_path: Path) -> None:
    text = f"{MINE}select n from generate_series(1, 3) n where n >= coalesce($1, 0)\n"
    (tmp_path / "mine.sql").write_text(text, encoding="utf-8")
    words = ["--queries", str(tmp_path)]
    assert "(aws_account, aws_sns_topic; $1 least)" in invoke("list", *words).stdout
    assert invoke("show", "mine", *words).stdout == text
    assert len(rows(invoke("run", "mine", *words, *plain, "-f", "json"))) == 3
    assert rows(invoke("run", "mine", *words, *plain, "-f", "json", "-s", "least=3")) == [{"n": 3}]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("trails.sql", f"{MINE}select $1::int", "a query called trails exists"),
        ("mine.sql", "-- title: x\nselect 1", "mine.sql:1: the header lacks 'table:'"),
        ("mine.sql", f"{MINE}select 1", "mine.sql:6: $1 is declared but not used"),
        ("mine.sql", f"{MINE}select $1; select 2", "mine.sql:6: more than one statement"),
        ("My Query.sql", MINE, "My Query is no name for a query"),
    ],
)
def test_a_query_of_ones_own_that_breaks_the_rules_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    result = invoke("list", "--queries", str(tmp_path))
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert said in result.stderr


def test_a_type_that_the_server_has_not_is_named(plain: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.sql").write_text(f"{MINE}select $1".replace("integer", "inteher"), encoding="utf-8")
    result = invoke("run", "mine", "--queries", str(tmp_path), *plain)
    assert result.exit_code == ExitCode.USAGE
    assert "the server has no type inteher" in result.stderr


@pytest.mark.parametrize("words", [["--queries", "/nowhere"], ["--queries", __file__]])
def test_a_folder_that_is_none(words: list[str]) -> None:
    assert invoke("list", *words).exit_code == ExitCode.USAGE


# -- what the server refuses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "where", "column"),
    [
        ("select nam\nfrom pg_class", "SQL:1:8: column", 7),
        ("select 1 as a,\n\t  nam from pg_class", "SQL:2:4: column", 3),
        ("selec 1", "SQL:1:1: syntax error", 0),
        ("select 1 +", "SQL:1:11: syntax error", 10),
        ("-- why\n  create table x (a int)", "stdin:2:3: cannot execute CREATE TABLE in a read-only transaction", 2),
        ("with x as (select 1) insert into y select 1", "SQL:1:34: relation", 33),
        ("select ';' ; \n  drop table x", "SQL:2:3: a second statement begins here", 2),
        ("select 1; -- ;\nselect 2", "SQL:1:11: a second statement begins here", 10),
        ("select 'a'::int", "SQL:1:8: invalid input syntax for type integer", 7),
        ("select 'é' = nam", "SQL:1:14: column", 13),
        (f"select {'1 + ' * 60} nam", "SQL:1:249: column", 50),
    ],
)
def test_what_is_refused_is_shown_with_a_caret(plain: list[str], sql: str, where: str, column: int) -> None:
    result = invoke(sql, *plain) if sql[0] != "-" else invoke("-", *plain, stdin=sql)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"alarmchain: {where}")
    assert lines[2] == f"  {' ' * column}^"


def test_a_file_is_named_and_the_servers_advice_is_kept(plain: list[str], tmp_path: Path) -> None:
    path = tmp_path / "typo.sql"
    path.write_text("select relpage\nfrom pg_class\n", encoding="utf-8")
    result = invoke("run", str(path), *plain)
    assert result.stderr == (
        f'alarmchain: {path}:1:8: column "relpage" does not exist\n  select relpage\n         ^\n'
        'hint: Perhaps you meant to reference the column "pg_class.relpages".\n'
    )


@pytest.mark.parametrize(
    "sql",
    [
        "insert into aws_account default values returning 1",
        "delete from aws_account",
        "with gone as (delete from aws_account returning 1) select * from gone",
        "select * into copied from aws_account",
        "create temp table x as select 1; ",
        "select nextval('counter')",
        "copy aws_account to stdout",
        "copy aws_account from stdin",
        "set default_transaction_read_only = off",
        "set transaction read write",
        "commit",
        "",
        "-- nothing",
        ";",
    ],
)
def test_what_writes_or_returns_nothing_does_nothing(postgres: Postgres, place: list[str], sql: str) -> None:
    with postgres.connect() as connection:
        connection.execute("create sequence if not exists counter")
    result = invoke("run", "-", *place, stdin=sql)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert len(rows(invoke("run", "accounts", *place, "-f", "json"))) == 2
    with postgres.connect() as connection:
        assert connection.execute("select last_value, is_called from counter").fetchone() == (1, False)


@pytest.mark.parametrize("sql", ["select set_config('transaction_read_only', 'off', false)", "begin read write"])
def test_a_session_does_not_become_writable(plain: list[str], sql: str) -> None:
    assert invoke(sql, *plain).exit_code == ExitCode.USAGE


def test_plans_and_settings_are_shown(plain: list[str]) -> None:
    assert rows(invoke("show timezone", *plain, "-f", "json")) == [{"TimeZone": "UTC"}]
    for row_format in ("table", "csv", "json"):
        shown = invoke("explain (format json) select 1", *plain, "-f", row_format)
        assert (shown.exit_code, shown.stderr) == (ExitCode.OK, "")
    assert "QUERY PLAN" in invoke("explain select $1::int", *plain, "--param", "1=1").stdout


def test_a_statement_that_takes_too_long_ends(plain: list[str]) -> None:
    for sql in ("select pg_sleep(20)", "select pg_sleep(0.01) from generate_series(1, 2000)"):
        begin = time.monotonic()
        result = invoke(sql, *plain, "--timeout", "1")
        assert result.exit_code == ExitCode.FAILED
        assert "no answer in time" in result.stderr
        assert time.monotonic() - begin < 15


def test_a_table_that_is_not_there_is_refused(postgres: Postgres) -> None:
    schema = postgres.schema({}, tables=["aws_cloudtrail_trail"])
    result = invoke("run", "accounts", "--database", postgres.conninfo, "--connection", schema)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert 'queries/accounts.sql:8:6: relation "aws_account" does not exist' in result.stderr


def test_a_connection_that_is_not_there_lists_those_that_are(plain: list[str]) -> None:
    result = invoke("select 1", *plain, "--connection", "nowhere")
    assert result.exit_code == ExitCode.USAGE
    assert "public" in result.stderr


def test_several_connections_are_one_answer_if_their_columns_agree(postgres: Postgres) -> None:
    first = postgres.schema({"aws_account": [{"title": "one"}]})
    second = postgres.schema({"aws_account": [{"title": "two"}]})
    words = ["--database", postgres.conninfo, "-c", first, "-c", second, "-f", "json"]
    assert rows(invoke("select title from aws_account", *words)) == [{"title": "one"}, {"title": "two"}]
    with postgres.connect() as connection:
        connection.execute(f'create view "{second}".thing as select 1 as b'.encode())
        connection.execute(f'create view "{first}".thing as select 1 as a'.encode())
    result = invoke("select * from thing", *words)
    assert result.exit_code == ExitCode.USAGE
    assert "the columns differ" in result.stderr


# -- where rows go -------------------------------------------------------------------------------------------------

VALUES = "select 1 as a, null as b, '' as c, E'x,\"y\\nz' as d"


def test_the_format_follows_the_files_ending(plain: list[str], tmp_path: Path) -> None:
    for ending, expected in (
        ("csv", 'a,b,c,d\n1,,"","x,""y\nz"\n'),
        ("json", '[\n  {"a": 1, "b": null, "c": "", "d": "x,\\"y\\nz"}\n]\n'),
        ("jsonl", '{"a": 1, "b": null, "c": "", "d": "x,\\"y\\nz"}\n'),
        ("data", '{"a": 1, "b": null, "c": "", "d": "x,\\"y\\nz"}\n'),
        ("md", '| a | b | c | d |\n| --- | --- | --- | --- |\n| 1 | *null* |  | x,"y<br>z |\n'),
    ):
        path = tmp_path / f"rows.{ending}"
        result = invoke(VALUES, *plain, "--output", str(path))
        assert (result.exit_code, result.stdout) == (ExitCode.OK, "")
        assert path.read_text(encoding="utf-8") == expected
    assert invoke(VALUES, *plain, "--output", str(tmp_path / "x.csv"), "-f", "jsonl").exit_code == ExitCode.OK
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith("{")


def test_a_file_holds_values_to_the_letter_and_stdout_what_can_be_printed(plain: list[str], tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    sql = "select E'\\x1b[2J\\r\\n' as a"
    invoke(sql, *plain, "--output", str(path))
    assert path.read_bytes() == b'a\n"\x1b[2J\r\n"\n'
    assert invoke(sql, *plain, "-f", "csv").stdout == 'a\n"\\u001b[2J\\u000d\n"\n'
    assert rows(invoke(sql, *plain, "-f", "json")) == [{"a": "\x1b[2J\r\n"}]


def test_a_statement_that_fails_on_the_way_leaves_the_file_as_it_was(plain: list[str], tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("before", encoding="utf-8")
    result = invoke("select 1 / (5000 - n) from generate_series(1, 9000) n", *plain, "--output", str(path))
    assert result.exit_code == ExitCode.USAGE
    assert "division by zero" in result.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.csv"]
    assert path.read_text(encoding="utf-8") == "before"


def test_a_server_that_goes_away_on_the_way_leaves_no_half_file(plain: list[str], tmp_path: Path) -> None:
    sql = "select case when n = 5000 then pg_terminate_backend(pg_backend_pid()) end from generate_series(1, 9000) n"
    result = invoke(sql, *plain, "--output", str(tmp_path / "rows.csv"))
    assert result.exit_code == ExitCode.FAILED
    assert not list(tmp_path.iterdir())
    assert len(result.stderr.splitlines()) == 2


def test_a_folder_that_cannot_be_written_to_is_said_before_asking(tmp_path: Path) -> None:
    words = ["--database", "postgresql://nobody@127.0.0.1:1/x", "--output", str(tmp_path / "none" / "rows.csv")]
    result = invoke("select 1", *words)
    assert result.exit_code == ExitCode.USAGE
    assert "the folder does not exist" in result.stderr


def test_csv_is_what_another_reader_of_csv_reads(plain: list[str]) -> None:
    sql = "select E'a\"b' as \"x,y\", E'c\\nd' as z, array['e,f', 'g'] as l from generate_series(1, 2500)"
    found = list(csv.reader(io.StringIO(invoke(sql, *plain, "-f", "csv").stdout)))
    assert found == [["x,y", "z", "l"], *[['a"b', "c\nd", '{"e,f",g}']] * 2500]


def test_interrupting_cancels_on_the_server(postgres: Postgres) -> None:
    mark = "/* to be cancelled */ select pg_sleep(60)"
    words = [sys.executable, "-m", "checker", "query", mark, "--database", postgres.conninfo]
    running = (
        "select count(*) from pg_stat_activity where state = 'active' and query like '%fetch forward%' "
        "and pid <> pg_backend_pid()"
    )
    with (
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        postgres.connect() as connection,
    ):
        end = time.monotonic() + 30
        while time.monotonic() < end and connection.execute(running).fetchone() == (0,):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == ExitCode.INTERRUPTED, said
        assert connection.execute(running).fetchone() == (0,)
