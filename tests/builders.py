"""An account with a chain that holds, as rows: the one place where tests make such rows by hand.

``organisation(1)`` is a whole account; ``alarm(A, threshold=9.0)`` is a part of one, changed a little. ``home`` is the
region of everything in a chain. States as tables (``tests.checker.further.rows``) start from the same parts; accounts
of an emulated AWS are built by ``checker.demo.world.World``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from checker.facts import Account, Alarm, Facts, MetricFilter, Topic, TopicSubscription, Trail

A = "123456789012"
B = "210987654321"
HOME = "us-east-1"
ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
NAMESPACE = "CISBenchmark"


def organisation(size: int) -> Facts:
    """So many accounts, each with a complete chain of its own and the same names in all."""
    ids = [f"{number:012}" for number in range(1, size + 1)]
    return Facts(
        accounts=tuple(Account(i, "aws", i, f"aws_{i}") for i in ids),
        trails=tuple(trail(i, region) for i in ids for region in (HOME, "eu-west-1")),
        metric_filters=tuple(metric_filter(i) for i in ids),
        alarms=tuple(alarm(i) for i in ids),
        topics=tuple(topic(i) for i in ids),
        subscriptions=tuple(subscription(i) for i in ids),
    )


def trail(account: str, region: str = "", *, home: str = HOME, partition: str = "aws", **changes: Any) -> Trail:
    """A multi-region trail of ``home``, as a region (``home`` itself, when not given) shows it."""
    name = changes.get("name", "main")
    values: dict[str, Any] = {
        "name": name,
        "arn": f"arn:{partition}:cloudtrail:{home}:{account}:trail/{name}",
        "home_region": home,
        "is_multi_region_trail": True,
        "is_organization_trail": False,
        "include_global_service_events": True,
        "log_group_arn": f"arn:{partition}:logs:{home}:{account}:log-group:ct:*",
        "is_logging": True,
        "event_selectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}],
        "advanced_event_selectors": None,
        "latest_cloudwatch_logs_delivery_error": None,
    }
    return Trail(**values | _place(account, region or home, partition) | changes)


def metric_filter(account: str, *, home: str = HOME, partition: str = "aws", **changes: Any) -> MetricFilter:
    """The benchmark's filter on the trail's group."""
    values: dict[str, Any] = {
        "name": "root",
        "log_group_name": "ct",
        "filter_pattern": ROOT,
        "metric_transformation_name": "root",
        "metric_transformation_namespace": NAMESPACE,
        "metric_transformation_value": "1",
        "metric_transformations": None,
    }
    return MetricFilter(**values | _place(account, home, partition) | changes)


def alarm(account: str, *, home: str = HOME, partition: str = "aws", **changes: Any) -> Alarm:
    """The benchmark's alarm."""
    name = changes.get("name", "root")
    values: dict[str, Any] = {field.name: None for field in fields(Alarm)} | {
        "name": name,
        "arn": f"arn:{partition}:cloudwatch:{home}:{account}:alarm:{name}",
        "metric_name": "root",
        "namespace": NAMESPACE,
        "statistic": "Sum",
        "period": 300,
        "evaluation_periods": 1,
        "threshold": 1.0,
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "unit": "",
        "actions_enabled": True,
        "alarm_actions": [topic_arn(account, home=home, partition=partition)],
        "dimensions": [],
        "metrics": [],
    }
    return Alarm(**values | _place(account, home, partition) | changes)


def topic_arn(account: str, name: str = "cis", *, home: str = HOME, partition: str = "aws") -> str:
    """A topic of an account; ``cis`` is the one of its chain."""
    return f"arn:{partition}:sns:{home}:{account}:{name}"


def topic(account: str, name: str = "cis", *, home: str = HOME, partition: str = "aws", **changes: Any) -> Topic:
    """A topic with the policy that SNS gives."""
    arn = changes.pop("topic_arn", topic_arn(account, name, home=home, partition=partition))
    values: dict[str, Any] = {"policy": default_policy(arn), "kms_master_key_id": None}
    return Topic(arn, **values | _place(account, home, partition) | changes)


def default_policy(topic: str) -> dict[str, Any]:
    """The policy that SNS gives a topic made without one."""
    actions = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic")
    more = ("Subscribe", "ListSubscriptionsByTopic", "Publish")
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in (*actions, *more)],
                "Resource": topic,
                "Condition": {"StringEquals": {"AWS:SourceOwner": topic.split(":")[4]}},
            }
        ],
    }


def subscription(
    account: str, name: str = "cis", *, home: str = HOME, partition: str = "aws", **changes: Any
) -> TopicSubscription:
    """A confirmed e-mail subscription."""
    arn = changes.pop("topic_arn", topic_arn(account, name, home=home, partition=partition))
    values: dict[str, Any] = {
        "subscription_arn": f"{arn}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55",
        "protocol": "email",
        "endpoint": "security@example.com",
        "filter_policy": None,
        "filter_policy_scope": None,
    }
    place = _place(account, home, partition)
    del place["partition"]
    return TopicSubscription(arn, **values | place | changes)


def _place(account: str, region: str, partition: str) -> dict[str, Any]:
    return {"region": region, "account_id": account, "partition": partition, "connection": f"aws_{account}"}
