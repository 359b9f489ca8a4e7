"""The policy of a new topic, and whether a topic's policy is that one. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from checker.arns import Place

_OWNER_ACTIONS = (
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
)


def topic_policy(place: Place, name: str) -> dict[str, Any]:
    """Policy of a new topic: alarms of this account and region may publish, the owner keeps the usual rights.

    The conditions keep other accounts' alarms out (AWS, SNS developer guide, "Example cases for Amazon SNS access
    control": allow CloudWatch alarms to publish with ``aws:SourceArn`` and ``aws:SourceAccount``).
    """
    arn = place.arn("sns", name)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AlarmchainAlarmsMayPublish",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": arn,
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": place.account_id},
                    "ArnLike": {"aws:SourceArn": place.arn("cloudwatch", "alarm:*")},
                },
            },
            {
                "Sid": "AlarmchainOwner",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{place.partition}:iam::{place.account_id}:root"},
                "Action": [f"sns:{action}" for action in _OWNER_ACTIONS],
                "Resource": arn,
            },
        ],
    }


def same_policy(one: Any, other: Any) -> bool:
    """Both say the same: a lone value and a list of it, an account's number and its root ARN, and the case of actions
    make no difference, because AWS may store a policy in the other spelling."""
    return bool(_canonical(one) == _canonical(other))


_ROOT = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):root")


def _canonical(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _canonical(entry, name) for name, entry in value.items()}
    if isinstance(value, list):
        entries = [_canonical(entry, key) for entry in value]
        return entries[0] if len(entries) == 1 and key != "Statement" else sorted(entries, key=repr)
    if key == "Action":
        return str(value).lower()
    if key == "AWS" and (root := _ROOT.fullmatch(str(value))):
        return root["account"]
    return value
