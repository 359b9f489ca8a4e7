"""``alarmchain query explain``: plan and cost, and nothing is run."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.database.costs import USUAL_REGIONS, load_costs, scans_of
from checker.exit_codes import ExitCode
from tests.checker.cli.listing import listing
from tests.emulator.client import EmulatedAws
from tests.postgres import COLUMNS, Postgres


def explain(*words: str) -> Result:
    return CliRunner().invoke(app, ["query", "explain", *words])


@pytest.fixture
def steampipe(postgres: Postgres) -> Iterator[list[str]]:
    with listing(postgres) as words:
        yield words


def test_a_statement_that_asks_everywhere_is_warned_of(steampipe: list[str]) -> None:
    result = explain("select name, tags from aws_cloudwatch_alarm where state_value = 'OK'", *steampipe)
    assert result.exit_code == ExitCode.OK
    assert "Seq Scan on aws_cloudwatch_alarm" in result.stdout
    assert "filters that reach AWS: state_value (possible: account_id, region" in result.stdout
    assert "columns that cost a call a row: tags (ListTagsForResource)" in result.stdout
    assert f"warning: about {USUAL_REGIONS} regions x 3 accounts = {USUAL_REGIONS * 3} calls" in result.stdout


@pytest.mark.parametrize(
    ("condition", "warning"),
    [
        ("region = 'eu-west-1'", "about 1 region x 3 accounts = 3 calls"),
        ("account_id = '1'", f"about {USUAL_REGIONS} regions x 1 account = {USUAL_REGIONS} calls"),
        ("region = 'eu-west-1' and sp_connection_name = 'aws_a'", ""),
        ("name = 'region account_id'", f"about {USUAL_REGIONS} regions x 3 accounts"),
    ],
)
def test_what_narrows_it_down_is_what_the_plan_says(steampipe: list[str], condition: str, warning: str) -> None:
    shown = explain(f"select name from aws_cloudwatch_alarm where {condition}", *steampipe).stdout
    assert warning in shown
    assert ("warning" in shown) is bool(warning)
    assert "columns that cost a call a row: none" in shown


def test_values_are_part_of_the_plan(steampipe: list[str]) -> None:
    assert "warning" in explain("trails", *steampipe).stdout
    values = ["--param", "regions=eu-west-1", "--param", "connections=aws_a"]
    shown = explain("trails", *steampipe, *values).stdout
    assert "warning" not in shown
    assert "is_logging (GetTrailStatus)" in shown


def test_a_copy_costs_nothing_and_a_table_that_is_not_known_is_said_to_be(postgres: Postgres) -> None:
    words = ["--database", postgres.conninfo, "--connection", postgres.schema({})]
    with postgres.connect() as connection:
        connection.execute("drop schema if exists steampipe_internal cascade")
    assert "this database holds a copy" in explain("select 1 from aws_sns_topic", *words).stdout
    assert "AWS" not in explain("select 1", *words).stdout
    assert explain("show timezone", *words).stdout == ""
    assert explain("selec", *words).exit_code == ExitCode.USAGE


def test_what_is_not_in_the_data_is_not_guessed(steampipe: list[str], postgres: Postgres) -> None:
    with postgres.connect() as connection:
        connection.execute("create table aws_all.aws_s3_bucket (name text)")
    assert "aws_s3_bucket: what it costs is not known" in explain("select * from aws_s3_bucket", *steampipe).stdout


@pytest.mark.usefixtures("aws_environment")
def test_the_embedded_database_asks_nothing_to_explain(emulator: EmulatedAws) -> None:
    emulator.clear_calls()
    shown = explain("select policy from aws_sns_topic", "--database", "embedded").stdout
    assert "policy (GetTopicAttributes)" in shown
    assert f"{USUAL_REGIONS} regions x 1 account" in shown
    assert emulator.calls() == []


def test_the_data_names_columns_that_there_are() -> None:
    for table, cost in load_costs().items():
        names = {column["name"] for column in COLUMNS[table]}
        assert set(cost.columns) <= names
        assert {word for text in cost.filters for word in text.split(" with ")} <= names


def test_every_scan_of_a_plan_is_found() -> None:
    plan = [{"Plan": {"Plans": [{"Relation Name": "a", "Index Cond": "(x = 'y')"}, {"Relation Name": "b"}]}}]
    found = scans_of(json.loads(json.dumps(plan)))
    assert [(scan.table, sorted(scan.filtered)) for scan in found] == [("a", ["x"]), ("b", [])]
