"""The further questions: the same rows from what real Steampipe returned and from the embedded database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from checker.database.free_opening import Asked, Filling, open_free
from checker.database.opening import DatabaseOptions
from checker.database.parameter_values import Given
from checker.database.statements import Statement, named_statements
from checker.demo.world import World
from tests.emulator.client import EmulatedAws
from tests.postgres import DATA, Postgres
from tests.scenarios import SCENARIOS

EXPLORING = {name: statement for name, statement in named_statements().items() if "exploring" in statement.source}
FOUND = {
    "bad_no_filter": {"unfiltered_trail_groups", "alarms_without_filter"},
    "bad_actions_disabled": {"silent_alarms", "filters_of_trails"},
    "bad_no_action": {"silent_alarms", "filters_of_trails"},
    "bad_no_subscription": {"silent_alarms", "filters_of_trails", "unheard_topics"},
    "bad_single_region": {"accounts_without_multi_region_trail", "filters_of_trails"},
    "bad_topic_managed_key": {"keys_of_alarm_topics", "filters_of_trails"},
    "bad_empty": {"accounts_without_multi_region_trail"},
    "bad_other_namespace": {"alarms_without_filter", "filters_of_trails"},
    "ok_metric_math": {"filters_of_trails"},
    "ok_canonical": {"filters_of_trails"},
}
"""Which questions have rows in a scenario; the others have none."""


def ask(place: Asked, statement: Statement, given: Sequence[Given] = ()) -> list[tuple[Any, ...]]:
    with place.query(statement) as query:
        described = query.describe()
        place.fill(query, described, given, Filling())
        return [row for batch in query.batches(described, given, native=True) for row in batch]


def answers(options: DatabaseOptions) -> dict[str, list[tuple[Any, ...]]]:
    with open_free(options) as opened:
        return {name: ask(opened.places[0], statement) for name, statement in EXPLORING.items()}


def recorded(postgres: Postgres, rows: dict[str, Any]) -> DatabaseOptions:
    return DatabaseOptions(postgres.conninfo, connections=(postgres.schema(rows),))


def comparable(rows: list[tuple[Any, ...]]) -> str:
    """Without the name of the connection, which is last and differs."""
    return json.dumps([row[:-1] for row in rows], default=str)


@pytest.mark.parametrize("scenario", FOUND)
@pytest.mark.usefixtures("aws_environment")
def test_the_rows_are_the_same_on_both(postgres: Postgres, emulator: EmulatedAws, scenario: str) -> None:
    rows = json.loads((DATA / "steampipe_rows" / f"{scenario}.json").read_text(encoding="utf-8"))
    SCENARIOS[scenario].build(World(emulator.endpoint))
    from_rows = answers(recorded(postgres, rows))
    assert {name for name, found in from_rows.items() if found} == FOUND[scenario]
    from_aws = answers(DatabaseOptions("embedded"))
    assert {name: comparable(found) for name, found in from_rows.items()} == {
        name: comparable(found) for name, found in from_aws.items()
    }


BASE = {"account_id": "1", "region": "eu-west-1", "sp_connection_name": "a"}
TOPIC = "arn:aws:sns:eu-west-1:1:t"


def one(postgres: Postgres, name: str, rows: dict[str, Any], **values: str) -> list[tuple[Any, ...]]:
    with open_free(
        recorded(postgres, {table: [BASE | row for row in items] for table, items in rows.items()})
    ) as opened:
        return ask(opened.places[0], EXPLORING[name], [Given(key, value) for key, value in values.items()])


def test_a_group_near_the_limit(postgres: Postgres) -> None:
    rows = {"aws_cloudwatch_log_metric_filter": [{"log_group_name": "full", "name": str(n)} for n in range(90)]}
    assert one(postgres, "crowded_log_groups", rows) == [("full", 90, "eu-west-1", "1", "a")]
    assert one(postgres, "crowded_log_groups", rows, least="91") == []


def test_a_trail_that_cannot_deliver(postgres: Postgres) -> None:
    rows = {
        "aws_cloudtrail_trail": [
            {
                "name": "t",
                "arn": "x",
                "home_region": "eu-west-1",
                "latest_cloudwatch_logs_delivery_error": "AccessDenied",
            },
            {"name": "u", "arn": "y", "home_region": "eu-west-1", "latest_delivery_error": ""},
            {"name": "v", "arn": "z", "home_region": "us-east-1", "latest_delivery_error": "NoSuchBucket"},
            {"name": "v", "arn": "z", "home_region": "us-east-1", "region": "us-east-1", "latest_delivery_error": None},
        ]
    }
    assert [row[0] for row in one(postgres, "trails_with_delivery_errors", rows)] == ["t"]


def test_a_subscription_that_waits(postgres: Postgres) -> None:
    rows = {
        "aws_sns_topic": [{"topic_arn": TOPIC}],
        "aws_sns_topic_subscription": [
            {"topic_arn": TOPIC, "protocol": "email", "endpoint": "a@b.example"},
            {"topic_arn": TOPIC, "protocol": "sms", "subscription_arn": "Deleted"},
        ],
    }
    assert [row[2] for row in one(postgres, "pending_subscriptions", rows)] == ["a@b.example"]
    assert [row[:2] for row in one(postgres, "unheard_topics", rows)] == [(TOPIC, 1)]


@pytest.mark.parametrize(
    ("alarm", "reason"),
    [
        ({"actions_enabled": False, "alarm_actions": [TOPIC]}, "its actions are disabled"),
        ({"actions_enabled": True, "alarm_actions": []}, "it has no action for ALARM"),
        ({"actions_enabled": True, "alarm_actions": None}, "it has no action for ALARM"),
        ({"actions_enabled": True, "alarm_actions": [TOPIC]}, "no visible topic of it has a confirmed subscription"),
        ({"actions_enabled": True, "alarm_actions": [TOPIC, f"{TOPIC}2"]}, None),
        ({"actions_enabled": True, "alarm_actions": ["arn:aws:lambda:eu-west-1:1:function:f"]}, None),
        ({"actions_enabled": None, "alarm_actions": [f"{TOPIC}2"]}, None),
    ],
)
def test_why_an_alarm_is_silent(postgres: Postgres, alarm: dict[str, Any], reason: str | None) -> None:
    rows = {
        "aws_cloudwatch_alarm": [{"name": "a"} | alarm],
        "aws_sns_topic_subscription": [
            {"topic_arn": TOPIC, "subscription_arn": None},
            {"topic_arn": f"{TOPIC}2", "subscription_arn": f"{TOPIC}2:1"},
        ],
    }
    assert [row[1] for row in one(postgres, "silent_alarms", rows)] == ([reason] if reason else [])


def test_alarms_of_aws_itself_and_of_published_metrics_are_no_question(postgres: Postgres) -> None:
    math = [{"Id": "m", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "inside"}}}, {"Id": "e"}]
    rows = {
        "aws_cloudwatch_alarm": [
            {"name": "aws", "namespace": "AWS/EC2", "metric_name": "CPU"},
            {"name": "published", "namespace": "N", "metric_name": "m"},
            {"name": "elsewhere", "namespace": "N", "metric_name": "m", "region": "us-east-1"},
            {"name": "math", "metrics": math},
        ],
        "aws_cloudwatch_log_metric_filter": [
            {"metric_transformation_namespace": "N", "metric_transformation_name": "m"}
        ],
    }
    found = one(postgres, "alarms_without_filter", rows)
    assert [row[:3] for row in found] == [("math", "N", "inside"), ("elsewhere", "N", "m")]


@pytest.mark.parametrize("name", EXPLORING)
@pytest.mark.parametrize("values", [{"connections": "b"}, {"account_ids": "2"}])
def test_values_select(postgres: Postgres, name: str, values: dict[str, str]) -> None:
    rows = json.loads((DATA / "steampipe_rows" / "bad_no_subscription.json").read_text(encoding="utf-8"))
    with open_free(recorded(postgres, rows)) as opened:
        assert ask(opened.places[0], EXPLORING[name], [Given(key, value) for key, value in values.items()]) == []


@pytest.mark.parametrize("statement", EXPLORING.values(), ids=list(EXPLORING))
def test_each_names_its_columns_its_cost_and_its_tables(statement: Statement) -> None:
    assert statement.cost
    assert statement.description
    assert {"connections", "account_ids", "regions"} <= set(statement.parameter_names)
    assert all(
        f" {table}" in statement.sql.partition("with")[2] or table in statement.sql for table in statement.tables
    )
    assert "select *" not in statement.sql
