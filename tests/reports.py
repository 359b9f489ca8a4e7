"""The public bug reports as cases: their state becomes the rows that Steampipe would show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.builders import default_policy

DATA = Path(__file__).parent / "data"
OTHER_REGION = {
    "aws": ("us-east-1", "eu-west-1"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
}
Row = dict[str, Any]


def cases() -> list[dict[str, Any]]:
    """All cases."""
    return [json.loads(line) for line in (DATA / "reports.jsonl").read_text(encoding="utf-8").splitlines() if line]


def case(identifier: str) -> dict[str, Any]:
    """One case by its id."""
    return next(item for item in cases() if item["id"] == identifier)


def rows_of(state: dict[str, Any]) -> dict[str, list[Row]]:
    """Rows by table for the connected accounts (default: all). A multi-region trail shows in two regions."""
    found: dict[str, list[Row]] = {}
    for account in state.get("connected") or list(state["accounts"]):
        facts = state["accounts"][account]
        text = json.dumps(facts)
        partition = next((name for name in ("aws-cn", "aws-us-gov") if f"arn:{name}:" in text), "aws")
        for table, row in _rows(account, facts, partition):
            found.setdefault(table, []).append(row)
    return found


def _rows(account: str, state: dict[str, Any], partition: str) -> Iterator[tuple[str, Row]]:
    common = {"account_id": account, "partition": partition, "sp_connection_name": f"aws_{account}"}
    yield "aws_account", {"region": "global", "title": account, **common}
    for trail in state.get("trails", []):
        other = next(region for region in OTHER_REGION[partition] if region != trail["HomeRegion"])
        for region in [trail["HomeRegion"], *([other] if trail["IsMultiRegionTrail"] else [])]:
            yield "aws_cloudtrail_trail", {**_trail(trail, account), "region": region, **common}
    for item in state.get("metric_filters", []):
        yield "aws_cloudwatch_log_metric_filter", {**_filter(item), **common}
    for alarm in state.get("alarms", []):
        yield "aws_cloudwatch_alarm", {**_alarm(alarm, account, partition), **common}
    for topic in state.get("topics", []):
        if topic["TopicArn"].split(":")[4] == account:
            yield "aws_sns_topic", {**_topic(topic), **common}
    for subscription in state.get("subscriptions", []):
        if subscription["TopicArn"].split(":")[4] == account:
            yield "aws_sns_topic_subscription", {**_subscription(subscription), **common}


def _trail(trail: Row, account: str) -> Row:
    foreign = trail["TrailARN"].split(":")[4] != account
    return {
        "name": trail["Name"],
        "arn": trail["TrailARN"],
        "home_region": trail["HomeRegion"],
        "is_multi_region_trail": trail["IsMultiRegionTrail"],
        "is_organization_trail": trail["IsOrganizationTrail"],
        "include_global_service_events": trail["IncludeGlobalServiceEvents"],
        "log_group_arn": trail.get("CloudWatchLogsLogGroupArn"),
        "is_logging": None if foreign else trail["IsLogging"],
        "event_selectors": None if foreign else trail.get("EventSelectors"),
        "advanced_event_selectors": None if foreign else trail.get("AdvancedEventSelectors"),
        "latest_cloudwatch_logs_delivery_error": trail.get("LatestCloudWatchLogsDeliveryError"),
    }


def _filter(item: Row) -> Row:
    first = item["metricTransformations"][0]
    return {
        "name": item["filterName"],
        "log_group_name": item["logGroupName"],
        "filter_pattern": item["filterPattern"],
        "metric_transformation_name": first["metricName"],
        "metric_transformation_namespace": first["metricNamespace"],
        "metric_transformation_value": first["metricValue"],
        "region": item["Region"],
    }


def _alarm(alarm: Row, account: str, partition: str) -> Row:
    return {
        "name": alarm["AlarmName"],
        "arn": f"arn:{partition}:cloudwatch:{alarm['Region']}:{account}:alarm:{alarm['AlarmName']}",
        "metric_name": alarm.get("MetricName"),
        "namespace": alarm.get("Namespace"),
        "statistic": alarm.get("Statistic"),
        "extended_statistic": alarm.get("ExtendedStatistic"),
        "period": alarm.get("Period"),
        "evaluation_periods": alarm.get("EvaluationPeriods"),
        "datapoints_to_alarm": alarm.get("DatapointsToAlarm"),
        "threshold": alarm.get("Threshold"),
        "comparison_operator": alarm.get("ComparisonOperator"),
        "treat_missing_data": alarm.get("TreatMissingData"),
        "actions_enabled": alarm["ActionsEnabled"],
        "alarm_actions": alarm["AlarmActions"],
        "dimensions": alarm.get("Dimensions", []),
        "metrics": alarm.get("Metrics", []),
        "state_value": alarm.get("StateValue", "OK"),
        "unit": "",
        "region": alarm["Region"],
    }


def _topic(topic: Row) -> Row:
    attributes, arn = topic.get("Attributes") or {}, topic["TopicArn"]
    policy = attributes.get("Policy") or default_policy(arn)
    return {
        "topic_arn": arn,
        "owner": arn.split(":")[4],
        "title": arn.split(":")[5],
        "policy": json.loads(policy) if isinstance(policy, str) else policy,
        "kms_master_key_id": attributes.get("KmsMasterKeyId"),
        "region": arn.split(":")[3],
    }


def _subscription(subscription: Row) -> Row:
    arn = subscription["SubscriptionArn"]
    return {
        "topic_arn": subscription["TopicArn"],
        "subscription_arn": None if arn == "PendingConfirmation" else arn,
        "protocol": subscription["Protocol"],
        "endpoint": subscription["Endpoint"],
        "filter_policy": subscription.get("FilterPolicy"),
        "region": subscription["TopicArn"].split(":")[3],
    }
