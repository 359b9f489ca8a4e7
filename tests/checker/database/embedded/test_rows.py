"""What the rows hold, and which parameters they answer to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.aws.sessions import Sessions
from checker.database.embedded.database import EmbeddedDatabase
from checker.database.query_files import parse_query
from checker.demo.world import World
from checker.facts import Connection, LogGroup
from tests.builders import HOME, A, B
from tests.checker.database.embedded.reading import Read, actions
from tests.emulator.client import EmulatedAws
from tests.scenarios import CENTRAL_TOPIC


def test_every_transformation_is_kept(world: World, read: Read) -> None:
    world.filter(defaultValue=0.0, unit="Count")
    (row,) = read("metric_filters", regions=[HOME], log_group_names=["ct", "ct"])
    assert row.metric_transformations == [
        {"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1", "defaultValue": 0.0}
        | {"unit": "Count"}
    ]


def test_a_group_asked_alone_and_with_all_others_is_one_row(world: World, emulator: EmulatedAws, read: Read) -> None:
    world.filter()
    world.filter(group="other")
    emulator.clear_calls()
    assert len(read("metric_filters", regions=[HOME], log_group_names=["ct"])) == 1
    assert len(read("metric_filters", regions=[HOME])) == 2
    assert len(read("metric_filters", regions=[HOME], log_group_names=["other"])) == 1
    assert actions(emulator)["DescribeMetricFilters"] == 2


def test_log_groups_are_exact(world: World, emulator: EmulatedAws, read: Read) -> None:
    for name in ("ct", "ct-more", "other"):
        world.log_group(name)
    emulator.clear_calls()
    (row,) = read("log_groups", regions=[HOME], log_group_names=["ct"])
    assert isinstance(row, LogGroup)
    assert (row.name, row.region, row.account_id) == ("ct", HOME, A)
    assert len(read("log_groups", regions=[HOME])) == 3
    assert len(read("log_groups", regions=[HOME], log_group_names=["other"])) == 1
    assert actions(emulator)["DescribeLogGroups"] == 2


def test_a_filter_policy_and_its_scope(world: World, read: Read) -> None:
    arn = world.topic(subscribe=False)
    sns = world.client("sns")
    attributes = {"FilterPolicy": json.dumps({"NewStateValue": ["ALARM"]}), "FilterPolicyScope": "MessageBody"}
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@example.com", Attributes=attributes)
    (row,) = read("topic_subscriptions", topic_arns=[arn])
    assert row.filter_policy == {"NewStateValue": ["ALARM"]}
    assert row.filter_policy_scope == "MessageBody"


def test_a_key_by_id_and_by_alias(world: World, emulator: EmulatedAws, read: Read) -> None:
    kms = world.client("kms")
    key = kms.create_key(Description="topics")["KeyMetadata"]
    kms.create_alias(AliasName="alias/topics", TargetKeyId=key["KeyId"])
    emulator.clear_calls()
    (row,) = read("kms_keys", regions=[HOME], key_ids=[key["KeyId"]])
    assert (row.id, row.arn, row.key_manager, row.key_state) == (key["KeyId"], key["Arn"], "CUSTOMER", "Enabled")
    assert row.policy["Statement"]
    (row,) = read("kms_keys", regions=[HOME], key_ids=["alias/topics"])
    assert (row.id, row.arn) == ("alias/topics", key["Arn"])
    assert read("kms_keys", regions=[HOME], key_ids=["alias/absent"]) == []
    assert actions(emulator) == {"GetCallerIdentity": 1, "DescribeKey": 3, "GetKeyPolicy": 2}
    assert key["KeyId"] in [row.id for row in read("kms_keys", regions=[HOME])]


def test_everything_everywhere_without_parameters(world: World, emulator: EmulatedAws, read: Read) -> None:
    world.topic()
    world.topic("far", region="ap-southeast-2")
    emulator.clear_calls()
    assert sorted(row.region for row in read("topics")) == ["ap-southeast-2", HOME]
    assert sorted(row.region for row in read("topic_subscriptions")) == ["ap-southeast-2", HOME]
    asked = actions(emulator)
    assert asked["DescribeRegions"] == 1
    assert asked["ListTopics"] > 10
    assert asked["GetTopicAttributes"] == 2


def test_a_missing_topic_is_no_row(emulator: EmulatedAws, read: Read) -> None:
    absent = f"arn:aws:sns:{HOME}:{A}:absent"
    assert read("topics", topic_arns=[absent, "nonsense"]) == []
    emulator.set_faults([{"action": "ListSubscriptionsByTopic", "code": "NotFound", "status": 404}])
    assert read("topic_subscriptions", topic_arns=[absent]) == []


def test_a_foreign_topic_costs_no_call(emulator: EmulatedAws, read: Read) -> None:
    foreign = [f"arn:aws:sns:{HOME}:{B}:cis", f"arn:aws:sns:eu-west-1:{A}:elsewhere"]
    assert read("topics", topic_arns=foreign, regions=[HOME]) == []
    assert actions(emulator) == {"GetCallerIdentity": 1}


def test_a_region_of_another_partition_costs_no_call(emulator: EmulatedAws, read: Read) -> None:
    assert read("alarms", regions=["cn-north-1", "us-gov-west-1"]) == []
    assert actions(emulator) == {"GetCallerIdentity": 1}


def test_pending_and_deleted_subscriptions_are_told_apart(
    world: World, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = world.topic()
    real = Sessions.pages

    def pages(self: Sessions, *arguments: Any) -> list[dict[str, Any]]:
        answered = real(self, *arguments)
        if arguments[3] == "ListSubscriptionsByTopic":
            shared = {"TopicArn": arn, "Owner": A, "Protocol": "email"}
            answered[0]["Subscriptions"] += [
                shared | {"SubscriptionArn": "PendingConfirmation", "Endpoint": "pending@example.com"},
                shared | {"SubscriptionArn": "Deleted", "Endpoint": "deleted@example.com"},
            ]
        return answered

    monkeypatch.setattr(Sessions, "pages", pages)
    rows = {row.endpoint: row.subscription_arn for row in read("topic_subscriptions", topic_arns=[arn])}
    assert rows["pending@example.com"] is None
    assert rows["deleted@example.com"] == "Deleted"
    assert rows["security@example.com"].startswith(f"{arn}:")


def test_composite_alarms_are_rows_without_a_metric(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    composite = {
        "AlarmName": "both",
        "AlarmArn": f"arn:aws:cloudwatch:{HOME}:{A}:alarm:both",
        "AlarmRule": "ALARM(root)",
        "ActionsEnabled": True,
        "AlarmActions": [CENTRAL_TOPIC],
    }

    def pages(self: Sessions, *arguments: Any) -> list[dict[str, Any]]:
        asked.append(arguments[4])
        return [{"MetricAlarms": [], "CompositeAlarms": [composite]}]

    monkeypatch.setattr(Sessions, "pages", pages)
    (row,) = read("alarms", regions=[HOME])
    assert asked == [{"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}]
    assert (row.name, row.alarm_rule, row.alarm_actions) == ("both", "ALARM(root)", [CENTRAL_TOPIC])
    assert (row.metric_name, row.statistic, row.metrics) == (None, None, None)


def test_a_table_that_is_not_collected_is_read_as_it_is(database: EmbeddedDatabase) -> None:
    text = (
        "-- title: Names\n-- table: TABLE\n-- $1 names text[]: any\n--\n-- Prose.\nselect name, null as state, "
        "null as type, null as connections, null as plugin, null as error from TABLE "
        "where ($1::text[] is null or name = any($1))"
    )

    def names(table: str) -> list[str]:
        query = parse_query(
            "connections", text.replace("TABLE", table), path="here", row_types={"connections": Connection}
        )
        return [row.name for row in database.read(query, {}).rows]

    assert names("steampipe_internal.steampipe_connection") == ["default"]


def test_an_organisation_trail_of_another_account_is_shown_without_status(
    world: World, emulator: EmulatedAws, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.trail()
    emulator.clear_calls()
    real = Sessions.call

    def call(self: Sessions, *arguments: Any) -> dict[str, Any]:
        answer = real(self, *arguments)
        for trail in answer.get("trailList", []):
            trail.update(TrailARN=trail["TrailARN"].replace(A, B), IsOrganizationTrail=True)
        return answer

    monkeypatch.setattr(Sessions, "call", call)
    (row,) = read("trails", regions=[HOME])
    assert row.arn.split(":")[4] == B
    assert (row.account_id, row.is_logging, row.event_selectors) == (A, None, None)
    assert actions(emulator) == {"GetCallerIdentity": 1, "DescribeTrails": 1}
