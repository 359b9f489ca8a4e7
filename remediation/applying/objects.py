"""Looks at one object in AWS: is it absent, exactly as it was planned, or something else?

``apply`` looks before it adds (nothing is overwritten) and after a lost answer; ``undo`` looks before it removes
(nothing that somebody changed is taken away). What is compared is everything that the call sets and everything that
a person could have set besides, except tags.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from checker.aws.access import AccountSession
from checker.aws.call import CallFailed, call, pages
from checker.facts import FailureKind
from remediation.planning.settings import endpoint_identity
from remediation.planning.steps import StepKind
from remediation.planning.topic_policy import same_policy


class Presence(StrEnum):
    """What was seen."""

    ABSENT = "absent"
    OURS = "ours"
    """It is exactly what the arguments say."""
    OTHER = "other"
    """There is something of that name, and it differs."""


@dataclass(frozen=True, slots=True)
class ObjectState:
    """The answer of a look. ``differences`` names the settings that differ; ``details`` what only AWS knows."""

    presence: Presence
    differences: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


ABSENT = ObjectState(Presence.ABSENT)


def inspect(session: AccountSession, kind: StepKind, region: str, arguments: Mapping[str, Any]) -> ObjectState:
    """Look for the object that a call with these arguments makes. ``arguments``: as sent, or as journalled.

    Raises ``CallFailed``.
    """
    return _LOOKS[kind](session, region, arguments)


def _metric_filter(session: AccountSession, region: str, arguments: Mapping[str, Any]) -> ObjectState:
    """The filter of that name on its group, compared with what a step asks for."""
    name = arguments["filterName"]
    asked = {"logGroupName": arguments["logGroupName"], "filterNamePrefix": name}
    for page in pages(session.reader("logs", region), "logs", "DescribeMetricFilters", asked):
        for found in page["metricFilters"]:
            if found["filterName"] == name:
                return _compare(
                    {
                        "filterPattern": (arguments["filterPattern"], found.get("filterPattern")),
                        "metricTransformations": (
                            arguments["metricTransformations"],
                            [_without_empty(entry) for entry in found["metricTransformations"]],
                        ),
                        "applyOnTransformedLogs": (False, found.get("applyOnTransformedLogs") or False),
                        "fieldSelectionCriteria": ("", found.get("fieldSelectionCriteria") or ""),
                        "emitSystemFieldDimensions": ([], found.get("emitSystemFieldDimensions") or []),
                    }
                )
    return ABSENT


_TOPIC_AS_MADE = {
    "KmsMasterKeyId": "",
    "DisplayName": "",
    "DeliveryPolicy": "",
    "ArchivePolicy": "",
    "MaximumMessageSize": "262144",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
    **{
        f"{protocol}{end}FeedbackRoleArn": ""
        for protocol in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
        for end in ("Success", "Failure")
    },
}
"""What ``SetTopicAttributes`` can set, and its default (SNS API reference, ``SetTopicAttributes``,
``GetTopicAttributes``). A feedback's sample rate says nothing without its role."""


def _topic(session: AccountSession, region: str, arguments: Mapping[str, Any]) -> ObjectState:
    """The topic, compared with what a step asks for; the ARN stands in the policy."""
    policy = json.loads(arguments["Attributes"]["Policy"])
    arn = policy["Statement"][0]["Resource"]
    try:
        response = call(session.reader("sns", region), "sns", "GetTopicAttributes", {"TopicArn": arn})
    except CallFailed as error:
        if error.kind is FailureKind.NOT_FOUND:
            return ABSENT
        raise
    found = response.data["Attributes"]
    return _compare(
        {
            "Policy": (True, same_policy(policy, json.loads(found.get("Policy") or "null"))),
            **{name: (default, found.get(name) or default) for name, default in _TOPIC_AS_MADE.items()},
        }
    )


def _subscription(session: AccountSession, region: str, arguments: Mapping[str, Any]) -> ObjectState:
    wanted = arguments.get("EndpointIdentity") or endpoint_identity(arguments["Protocol"], arguments["Endpoint"])
    try:
        found = subscriptions(session, region, arguments["TopicArn"])
    except CallFailed as error:
        if error.kind is FailureKind.NOT_FOUND:
            return ABSENT
        raise
    if wanted not in found:
        return ABSENT
    arn = found[wanted]
    return ObjectState(Presence.OURS, details={"subscription_arn": arn, "pending": not arn.startswith("arn:")})


def subscriptions(session: AccountSession, region: str, topic_arn: str) -> dict[str, str]:
    """The topic's subscriptions: ARN (or the word for a pending one) by endpoint identity; deleted ones left out."""
    found = {}
    client = session.reader("sns", region)
    for page in pages(client, "sns", "ListSubscriptionsByTopic", {"TopicArn": topic_arn}):
        for row in page["Subscriptions"]:
            if row["SubscriptionArn"] != "Deleted":
                found[endpoint_identity(row["Protocol"], row["Endpoint"])] = row["SubscriptionArn"]
    return found


_SUBSCRIPTION_SETTINGS = ("FilterPolicy", "DeliveryPolicy", "RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn")


def subscription_changes(session: AccountSession, region: str, subscription_arn: str) -> tuple[str, ...]:
    """What somebody has set on a confirmed subscription since it was made. Raises ``CallFailed``."""
    asked = {"SubscriptionArn": subscription_arn}
    found = call(session.reader("sns", region), "sns", "GetSubscriptionAttributes", asked).data["Attributes"]
    changed = [name for name in _SUBSCRIPTION_SETTINGS if found.get(name)]
    raw = ["RawMessageDelivery"] if str(found.get("RawMessageDelivery", "false")).lower() == "true" else []
    return tuple(changed + raw)


_SET_BY_NOBODY = (
    "OKActions",
    "InsufficientDataActions",
    "Dimensions",
    "Metrics",
    "Unit",
    "ExtendedStatistic",
    "DatapointsToAlarm",
    "ThresholdMetricId",
    "EvaluateLowSampleCountPercentile",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "ActionConfiguration",
)


def _alarm(session: AccountSession, region: str, arguments: Mapping[str, Any]) -> ObjectState:
    name = arguments["AlarmName"]
    asked = {"AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    for page in pages(session.reader("cloudwatch", region), "cloudwatch", "DescribeAlarms", asked):
        for found in page.get("MetricAlarms", ()):
            compared = {
                key: (value, found.get(key)) for key, value in arguments.items() if key not in ("AlarmName", "Tags")
            }
            compared |= {key: (None, found.get(key) or None) for key in _SET_BY_NOBODY}
            return _compare(compared)
        if page.get("CompositeAlarms"):
            return ObjectState(Presence.OTHER, ("it is a composite alarm",))
    return ABSENT


def _compare(pairs: Mapping[str, tuple[Any, Any]]) -> ObjectState:
    differences = tuple(name for name, (wanted, found) in pairs.items() if wanted != found)
    return ObjectState(Presence.OTHER if differences else Presence.OURS, differences)


def _without_empty(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The transformation without what AWS adds although nobody set it."""
    return {
        key: value for key, value in entry.items() if value not in (None, {}, []) and (key, value) != ("unit", "None")
    }


_LOOKS = {
    StepKind.METRIC_FILTER: _metric_filter,
    StepKind.TOPIC: _topic,
    StepKind.SUBSCRIPTION: _subscription,
    StepKind.ALARM: _alarm,
}
