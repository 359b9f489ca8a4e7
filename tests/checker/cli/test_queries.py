"""``alarmchain queries``: list, show, run."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.database.query_files import load_queries
from checker.exit_codes import ExitCode
from tests.postgres import Postgres
from tests.reports import case, rows_of


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["queries", *arguments])


@pytest.fixture
def place(postgres: Postgres) -> list[str]:
    return ["--database", postgres.conninfo, "--connection", postgres.schema(rows_of(case("r080")["state"]))]


def test_list_names_every_query_with_table_and_parameters() -> None:
    result = invoke("list")
    assert result.exit_code == ExitCode.OK
    assert len(result.stdout.splitlines()) == len(load_queries())
    assert "(aws_cloudtrail_trail; $1 connections, $2 account_ids, $3 regions)" in result.stdout


@pytest.mark.parametrize("name", list(load_queries()))
def test_show_prints_the_file_as_it_is(name: str) -> None:
    assert invoke("show", name).stdout == load_queries()[name].sql


def test_run_prints_rows_as_lines_or_one_document(place: list[str]) -> None:
    lines = invoke("run", "accounts", *place)
    assert lines.exit_code == ExitCode.OK
    rows = [json.loads(line) for line in lines.stdout.splitlines()]
    assert {row["account_id"] for row in rows} == {"123456789012", "210987654321"}
    assert json.loads(invoke("run", "accounts", *place, "--format", "json").stdout) == rows


def test_values_are_given_by_name_and_repeated_or_listed(place: list[str]) -> None:
    one = invoke("run", "accounts", *place, "--set", "account_ids=123456789012")
    assert len(one.stdout.splitlines()) == 1
    for given in (["-s", "account_ids=123456789012,210987654321"], ["-s", "account_ids=1", "-s", "account_ids=2"]):
        found = invoke("run", "accounts", *place, *given)
        assert len(found.stdout.splitlines()) == (2 if "," in given[1] else 0)


@pytest.mark.parametrize("setting", ["nowhere=1", "account_ids", "=x"])
def test_a_parameter_that_is_not_there_lists_those_that_are(place: list[str], setting: str) -> None:
    result = invoke("run", "accounts", *place, "--set", setting)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "connections, account_ids" in result.stderr


@pytest.mark.parametrize("command", ["show", "run"])
def test_an_unknown_query_lists_those_that_are_known(command: str) -> None:
    result = invoke(command, "nowhere")
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "known are: accounts, alarms" in result.stderr


def test_a_query_that_fails_is_one_line(postgres: Postgres) -> None:
    schema = postgres.schema({}, tables=["aws_cloudtrail_trail"])
    result = invoke("run", "accounts", "--database", postgres.conninfo, "--connection", schema)
    assert (result.exit_code, result.stdout) == (ExitCode.FAILED, "")
    assert result.stderr == 'alarmchain: relation "aws_account" does not exist\n'
