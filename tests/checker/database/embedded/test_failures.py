"""What becomes of refusals, throttling, silence and bugs."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from checker.aws.sessions import Sessions
from checker.database.embedded.database import EmbeddedDatabase
from checker.database.embedded.settings import EmbeddedSettings
from checker.database.interface import ReadFailed
from checker.demo.world import World
from checker.errors import DatabaseUnavailable
from checker.facts import FailureKind
from tests.builders import HOME, A
from tests.checker.database.embedded.reading import QUERIES, Read, actions, reader
from tests.emulator.client import EmulatedAws
from tests.scenarios import CENTRAL_TOPIC, SCENARIOS


def test_a_refusal_names_what_it_concerns_and_is_asked_once(emulator: EmulatedAws, read: Read) -> None:
    emulator.set_faults([{"action": "DescribeMetricFilters", "code": "AccessDeniedException"}])
    for _ in range(2):
        with pytest.raises(ReadFailed) as caught:
            read("metric_filters", regions=[HOME], log_group_names=["ct"])
        (failure,) = caught.value.failures
        assert failure.query == "metric_filters"
        assert failure.message == "AccessDeniedException: not authorized to perform logs:DescribeMetricFilters"
        assert (failure.connection, failure.account_id) == ("default", A)
        assert (failure.region, failure.action) == (HOME, "logs:DescribeMetricFilters")
    assert actions(emulator)["DescribeMetricFilters"] == 1


@pytest.mark.parametrize(
    ("action", "query", "parameters", "iam_action"),
    [
        ("GetCallerIdentity", "accounts", {}, "sts:GetCallerIdentity"),
        ("DescribeTrails", "trails", {"regions": [HOME]}, "cloudtrail:DescribeTrails"),
        ("GetTrailStatus", "trails", {"regions": [HOME]}, "cloudtrail:GetTrailStatus"),
        ("GetEventSelectors", "trails", {"regions": [HOME]}, "cloudtrail:GetEventSelectors"),
        ("DescribeAlarms", "alarms", {"regions": [HOME]}, "cloudwatch:DescribeAlarms"),
        ("DescribeRegions", "alarms", {}, "ec2:DescribeRegions"),
        ("ListTopics", "topics", {"regions": [HOME]}, "sns:ListTopics"),
        ("GetTopicAttributes", "topics", {"topic_arns": [CENTRAL_TOPIC]}, "sns:GetTopicAttributes"),
        ("ListSubscriptionsByTopic", "topic_subscriptions", {"topic_arns": [CENTRAL_TOPIC]}, None),
        ("GetSubscriptionAttributes", "topic_subscriptions", {"topic_arns": [CENTRAL_TOPIC]}, None),
        ("DescribeKey", "kms_keys", {"regions": [HOME], "key_ids": ["any"]}, "kms:DescribeKey"),
        ("ListKeys", "kms_keys", {"regions": [HOME]}, "kms:ListKeys"),
        ("DescribeLogGroups", "log_groups", {"regions": [HOME]}, "logs:DescribeLogGroups"),
    ],
)
def test_every_call_can_be_refused(
    action: str, query: str, parameters: Any, iam_action: str | None, world: World, emulator: EmulatedAws, read: Read
) -> None:
    SCENARIOS["ok_canonical"].build(world)
    emulator.set_faults([{"action": action, "code": "AccessDenied", "status": 403}])
    with pytest.raises(ReadFailed, match="AccessDenied: not authorized to perform") as caught:
        read(query, **parameters)
    assert {failure.action for failure in caught.value.failures} == {iam_action or f"sns:{action}"}


def test_throttling_is_retried(world: World, emulator: EmulatedAws, read: Read) -> None:
    world.alarm(CENTRAL_TOPIC)
    emulator.clear_calls()
    emulator.set_faults([{"action": "DescribeAlarms", "code": "Throttling", "times": 2}])
    assert len(read("alarms", regions=[HOME])) == 1
    assert actions(emulator)["DescribeAlarms"] == 3


def test_one_trail_that_cannot_be_asked_does_not_hide_another(
    world: World, emulator: EmulatedAws, database: EmbeddedDatabase
) -> None:
    world.trail("good")
    world.trail("far", region="eu-west-1")
    emulator.set_faults([{"action": "GetTrailStatus", "region": "eu-west-1", "code": "AccessDeniedException"}])
    answer = database.read(QUERIES["trails"], {"regions": [HOME]})
    rows = {row.name: row for row in answer.rows}
    assert rows["good"].is_logging is True
    assert (rows["far"].is_logging, rows["far"].event_selectors) == (None, None)
    (told,) = answer.failures
    assert (told.query, told.action, told.region) == ("trails", "cloudtrail:GetTrailStatus", "eu-west-1")
    assert str(told.name).endswith(":trail/far")
    emulator.set_faults([])
    assert len(database.read(QUERIES["trails"], {"regions": [HOME]}).failures) == 1
    database.clear_cache()
    assert database.read(QUERIES["trails"], {"regions": [HOME]}).failures == ()


def test_one_subscription_that_cannot_be_asked_does_not_hide_another(
    world: World, emulator: EmulatedAws, database: EmbeddedDatabase
) -> None:
    arn = world.topic()
    world.client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint="two@example.com")
    emulator.set_faults([{"action": "GetSubscriptionAttributes", "code": "AuthorizationError", "times": 1}])
    answer = database.read(QUERIES["topic_subscriptions"], {"topic_arns": [arn]})
    # Text instead of a policy: null would say that there is none.
    assert sorted(str(row.filter_policy) for row in answer.rows) == ["None", "unreadable"]
    assert [(failure.action, failure.name) for failure in answer.failures] == [("sns:GetSubscriptionAttributes", arn)]


def test_a_subscription_that_is_gone_meanwhile_is_no_row(world: World, emulator: EmulatedAws, read: Read) -> None:
    arn = world.topic()
    emulator.set_faults([{"action": "GetSubscriptionAttributes", "code": "NotFound", "status": 404}])
    assert read("topic_subscriptions", topic_arns=[arn]) == []


def test_a_log_group_that_does_not_exist_is_told_by_its_name(database: EmbeddedDatabase, emulator: EmulatedAws) -> None:
    emulator.set_faults([{"action": "DescribeMetricFilters", "code": "ResourceNotFoundException"}])
    answer = database.read(QUERIES["metric_filters"], {"regions": [HOME], "log_group_names": ["gone"]})
    assert [(failure.kind, failure.name) for failure in answer.failures] == [(FailureKind.NOT_FOUND, "gone")]


def test_a_trail_that_is_gone_meanwhile_is_no_row(world: World, emulator: EmulatedAws, read: Read) -> None:
    world.trail("good")
    world.trail("gone", region="eu-west-1")
    emulator.set_faults([{"action": "GetTrailStatus", "region": "eu-west-1", "code": "TrailNotFoundException"}])
    assert [row.name for row in read("trails", regions=[HOME])] == ["good"]


@pytest.mark.usefixtures("aws_environment")
def test_a_slow_answer_ends_with_the_timeout(emulator: EmulatedAws) -> None:
    emulator.set_faults([{"action": "DescribeTrails", "delay": 30}])
    begin = time.monotonic()
    with (
        EmbeddedDatabase(EmbeddedSettings(timeout=1)) as database,
        pytest.raises(ReadFailed, match="no answer") as caught,
    ):
        reader(database)("trails", regions=[HOME])
    assert time.monotonic() - begin < 25
    assert caught.value.failures[0].region == HOME


def test_cancel_ends_the_waiting(database: EmbeddedDatabase, emulator: EmulatedAws) -> None:
    emulator.set_faults([{"action": "DescribeTrails", "delay": 3}])
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            reader(database)("trails", regions=[HOME])
        except ReadFailed as error:
            errors.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    end = time.monotonic() + 10
    while time.monotonic() < end and "DescribeTrails" not in actions(emulator):
        time.sleep(0.02)
    begin = time.monotonic()
    database.cancel()
    waiting.join(5)
    assert time.monotonic() - begin < 1
    # The rows that had come are still selected, and that statement may be cancelled, too.
    assert [str(error).partition(";")[0] for error in errors] == ["cancelled"]


def test_a_bug_is_not_taken_for_a_refusal(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sessions, "call", lambda *_: {"unexpected": True})
    with pytest.raises(KeyError):
        read("accounts")


def test_a_lost_server_ends_the_run(database: EmbeddedDatabase, read: Read) -> None:
    database._server.close()
    with pytest.raises(DatabaseUnavailable):
        read("accounts")
