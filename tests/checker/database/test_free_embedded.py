"""Free SQL on the embedded database: what a statement touches is filled, said, and nothing else is asked."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.demo.world import World
from checker.exit_codes import ExitCode
from tests.builders import HOME
from tests.emulator.client import EmulatedAws

pytestmark = pytest.mark.usefixtures("aws_environment")


def ask(*words: str) -> Result:
    return CliRunner().invoke(app, ["query", *words, "--database", "embedded", "--format", "json"])


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == ExitCode.OK, result.stderr
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


@pytest.fixture
def world(emulator: EmulatedAws) -> World:
    made = World(emulator.endpoint)
    made.chain()
    made.topic("elsewhere", region="eu-west-1")
    return made


@pytest.fixture
def emulated(emulator: EmulatedAws, world: World) -> EmulatedAws:
    del world
    emulator.clear_calls()
    return emulator


def actions(emulator: EmulatedAws) -> Counter[str]:
    return Counter(call["action"] for call in emulator.calls())


def test_the_table_that_is_touched_is_filled_where_trails_live(emulated: EmulatedAws) -> None:
    result = ask("select title, region from aws_sns_topic")
    assert rows(result) == [{"title": "cis", "region": HOME}]
    assert f"filled aws_sns_topic with {sum(actions(emulated).values())} AWS calls" in result.stderr
    assert set(actions(emulated)) == {
        "GetCallerIdentity",
        "DescribeTrails",
        "GetTrailStatus",
        "GetEventSelectors",
        "ListTopics",
        "GetTopicAttributes",
    }


def test_regions_that_are_named_are_asked_instead(emulated: EmulatedAws) -> None:
    found = rows(ask("select title from aws_sns_topic order by 1", "--region", "eu-west-1", "--region", HOME))
    assert [row["title"] for row in found] == ["cis", "elsewhere"]
    assert "DescribeTrails" not in actions(emulated)


@pytest.mark.parametrize(
    ("sql", "asked"),
    [
        ("select 1 as a", False),
        ("select 'aws_sns_topic' as a", False),
        ("select 1 as a from aws_sns_topic where false", False),
        ("show timezone", False),
        ("select 1 as a where exists (select from aws_sns_topic)", True),
        ("with t as (select * from aws_sns_topic) select count(*) from t", True),
        ("select count(*) from (select 1 union all select 2 from aws_sns_topic) x", True),
        ("explain analyze select * from aws_sns_topic", False),
    ],
)
def test_what_a_statement_touches_is_what_postgres_says(emulated: EmulatedAws, sql: str, asked: bool) -> None:
    rows(ask(sql, "--region", HOME))
    assert ("ListTopics" in actions(emulated)) is asked
    assert "DescribeAlarms" not in actions(emulated)


def test_an_account_that_is_not_selected_is_not_asked(emulated: EmulatedAws) -> None:
    assert rows(ask("select title from aws_sns_topic", "--account", "999999999999")) == []
    assert "ListTopics" not in actions(emulated)


def test_a_shipped_query_is_answered(emulated: EmulatedAws) -> None:
    (row,) = rows(ask("run", "metric_filters", "--param", f"regions={HOME}"))
    assert row["region"] == HOME
    assert "DescribeMetricFilters" in actions(emulated)


def test_a_table_that_is_not_there_lists_those_that_are() -> None:
    result = ask("select * from aws_s3_bucket")
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "aws_cloudtrail_trail" in result.stderr
    assert "aws_sns_topic" in result.stderr


def test_what_aws_refuses_is_said_beside_the_rows(emulated: EmulatedAws) -> None:
    emulated.set_faults([{"action": "GetTopicAttributes", "code": "AuthorizationError", "status": 403}])
    result = ask("select title from aws_sns_topic", "--region", HOME)
    assert (result.exit_code, json.loads(result.stdout)) == (ExitCode.UNDECIDED, [])
    assert "sns:GetTopicAttributes" in result.stderr


def test_connections_are_profiles_here() -> None:
    result = ask("select 1", "--connection", "x")
    assert result.exit_code == ExitCode.USAGE
    assert "--profile" in result.stderr
