"""Looks that the emulator cannot play: composite alarms, and what AWS adds to what was set."""

from __future__ import annotations

from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from checker.aws.access import AccountSession
from checker.aws.call import Client
from checker.aws.error_messages import Place
from remediation.applying.objects import Presence, inspect, subscriptions
from remediation.planning.steps import StepKind
from tests.builders import A
from tests.remediation.cases import facts_of_report, planned

REGION = "us-east-1"
TOPIC = f"arn:aws:sns:{REGION}:{A}:t"


class Session:
    """An account whose only client is stubbed."""

    def __init__(self, service: str) -> None:
        make: Any = boto3.client
        sdk = make(service, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
        self.client = Client(lambda: sdk, Place("p", REGION, ""))
        self.stub = Stubber(sdk)
        self.stub.activate()

    def reader(self, _service: str, _region: str) -> Any:
        return self.client


def session(service: str, operation: str, answer: dict[str, Any]) -> AccountSession:
    made = Session(service)
    made.stub.add_response(operation, answer)
    return cast(AccountSession, made)


def step(kind: StepKind) -> dict[str, Any]:
    made = planned(facts_of_report("r088"))
    return dict(next(step.arguments for step in made.calls if step.kind is kind))


def test_a_composite_alarm_of_that_name_is_something_else() -> None:
    answer = {"CompositeAlarms": [{"AlarmName": "x"}]}
    seen = inspect(session("cloudwatch", "describe_alarms", answer), StepKind.ALARM, REGION, step(StepKind.ALARM))
    assert seen.presence is Presence.OTHER
    assert seen.differences == ("it is a composite alarm",)


def test_what_aws_adds_to_a_filter_is_no_difference() -> None:
    arguments = step(StepKind.METRIC_FILTER)
    stored = [{**arguments["metricTransformations"][0], "unit": "None", "dimensions": {}}]
    found = {"filterName": arguments["filterName"], "filterPattern": arguments["filterPattern"]}
    longer = {**found, "filterName": f"{arguments['filterName']}-2", "metricTransformations": stored}
    answer = {"metricFilters": [longer, {**found, "metricTransformations": stored}]}
    asked = session("logs", "describe_metric_filters", answer)
    assert inspect(asked, StepKind.METRIC_FILTER, REGION, arguments).presence is Presence.OURS


def test_a_default_value_that_somebody_set_is_a_difference() -> None:
    arguments = step(StepKind.METRIC_FILTER)
    stored = [{**arguments["metricTransformations"][0], "defaultValue": 0.0}]
    found = {**{name: arguments[name] for name in ("filterName", "filterPattern")}, "metricTransformations": stored}
    asked = session("logs", "describe_metric_filters", {"metricFilters": [found]})
    seen = inspect(asked, StepKind.METRIC_FILTER, REGION, arguments)
    assert seen.differences == ("metricTransformations",)


@pytest.mark.parametrize(
    "set_by_somebody",
    [{"fieldSelectionCriteria": '@aws.region = "eu-west-1"'}, {"emitSystemFieldDimensions": ["@aws.account"]}],
    ids=str,
)
def test_what_else_somebody_set_on_a_filter_is_a_difference(set_by_somebody: dict[str, Any]) -> None:
    arguments = step(StepKind.METRIC_FILTER)
    asked = session("logs", "describe_metric_filters", {"metricFilters": [arguments | set_by_somebody]})
    seen = inspect(asked, StepKind.METRIC_FILTER, REGION, arguments)
    assert seen.differences == tuple(set_by_somebody)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DisplayName", "Ours"),
        ("KmsMasterKeyId", "alias/ours"),
        ("DeliveryPolicy", "{}"),
        ("ArchivePolicy", "{}"),
        ("MaximumMessageSize", "1024"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "Active"),
        ("HTTPFailureFeedbackRoleArn", f"arn:aws:iam::{A}:role/feedback"),
        ("SQSSuccessFeedbackRoleArn", f"arn:aws:iam::{A}:role/feedback"),
    ],
)
def test_whatever_somebody_set_on_a_topic_is_a_difference(name: str, value: str) -> None:
    arguments = step(StepKind.TOPIC)
    attributes = {"Policy": arguments["Attributes"]["Policy"], name: value}
    asked = session("sns", "get_topic_attributes", {"Attributes": attributes})
    assert inspect(asked, StepKind.TOPIC, REGION, arguments).differences == (name,)


def test_what_aws_shows_of_a_topic_that_nobody_touched_is_no_difference() -> None:
    arguments = step(StepKind.TOPIC)
    shown = {
        "Policy": arguments["Attributes"]["Policy"],
        "SignatureVersion": "1",
        "TracingConfig": "PassThrough",
        "MaximumMessageSize": "262144",
        "HTTPSuccessFeedbackSampleRate": "0",
        "EffectiveDeliveryPolicy": "{}",
        "SubscriptionsConfirmed": "1",
    }
    asked = session("sns", "get_topic_attributes", {"Attributes": shown})
    assert inspect(asked, StepKind.TOPIC, REGION, arguments).presence is Presence.OURS


def test_a_warm_up_that_somebody_set_on_an_alarm_is_a_difference() -> None:
    arguments = step(StepKind.ALARM)
    described = {name: value for name, value in arguments.items() if name != "Tags"}
    found = {**described, "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}}
    asked = session("cloudwatch", "describe_alarms", {"MetricAlarms": [found]})
    assert inspect(asked, StepKind.ALARM, REGION, arguments).differences == ("WarmUpConfiguration",)


def test_a_deleted_subscription_is_none() -> None:
    rows = [
        {"SubscriptionArn": "Deleted", "Protocol": "email", "Endpoint": "gone@example.com"},
        {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": "late@example.com"},
    ]
    found = subscriptions(session("sns", "list_subscriptions_by_topic", {"Subscriptions": rows}), REGION, TOPIC)
    assert found == {"email:late@example.com": "PendingConfirmation"}
