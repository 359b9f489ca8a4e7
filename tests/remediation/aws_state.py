"""The full state of an emulated account, as describe calls show it: what a repair must not change and undo restores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.demo.world import World
from tests.builders import HOME, A

_VOLATILE = (
    "StateUpdatedTimestamp",
    "AlarmConfigurationUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "StateReason",
    "StateReasonData",
    "storedBytes",
)
Objects = dict[str, Any]


def state(world: World, accounts: Iterable[str] = (A,), regions: Iterable[str] = (HOME, "eu-west-1")) -> Objects:
    """Every object that a repair could touch, by a key that says what it is."""
    found: Objects = {}
    for account in accounts:
        for region in regions:
            for key, value in _objects(world, account, region):
                found[f"{account} {region} {key}"] = value
    return found


def _objects(world: World, account: str, region: str) -> Iterable[tuple[str, Any]]:
    logs = world.client("logs", region, account)
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            yield f"group {group['logGroupName']}", _steady(group, "metricFilterCount")
    for page in logs.get_paginator("describe_metric_filters").paginate():
        for found in page["metricFilters"]:
            yield f"filter {found['logGroupName']}/{found['filterName']}", _steady(found)
    cloudwatch = world.client("cloudwatch", region, account)
    for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"]):
            yield f"alarm {alarm['AlarmName']}", _steady(alarm)
    sns = world.client("sns", region, account)
    for page in sns.get_paginator("list_topics").paginate():
        for topic in page["Topics"]:
            arn = topic["TopicArn"]
            attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
            counts = ("SubscriptionsConfirmed", "SubscriptionsDeleted", "SubscriptionsPending")
            yield f"topic {arn}", _steady(attributes, *counts)
            yield f"topic tags {arn}", sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
    for page in sns.get_paginator("list_subscriptions").paginate():
        for row in page["Subscriptions"]:
            attributes = sns.get_subscription_attributes(SubscriptionArn=row["SubscriptionArn"])["Attributes"]
            yield f"subscription {row['SubscriptionArn']}", attributes
    for trail in world.client("cloudtrail", region, account).describe_trails()["trailList"]:
        yield f"trail {trail['TrailARN']}", trail


def _steady(found: Objects, *counts: str) -> Objects:
    return {key: value for key, value in found.items() if key not in (*_VOLATILE, *counts, "ResponseMetadata")}
