"""Hop 2: the trail delivers to a log group, and the delivery works.

Source: CloudTrail user guide, "Sending events to CloudWatch Logs"; API reference ``GetTrailStatus``
(``LatestCloudWatchLogsDeliveryError``). Account and region of the group come from its own ARN, which may name
another account and any partition.
"""

from __future__ import annotations

from typing import Any

from checker.arns import LogGroupId, parse_log_group_arn
from checker.chain.commands import aws
from checker.chain.lookup import Lookup
from checker.chain.reasons import Code
from checker.chain.verdicts import Outcome, verdict
from checker.facts import FailureKind, Trail


def judge_log_group(trail: Trail, lookup: Lookup) -> Outcome[LogGroupId]:
    """Verdict on the trail's group, and the group where there is one to follow."""
    region = trail.home_region or trail.region
    if not trail.log_group_arn:
        reason = f"trail {trail.name} delivers to no log group."
        link = f"Link one to it: {_update(trail, 'LOG_GROUP_ARN', region)}."
        return Outcome(verdict(Code.LOG_GROUP_NONE, reason, link, region=region, account_id=trail.account_id))
    group = parse_log_group_arn(trail.log_group_arn)
    if group is None:
        reason = f"trail {trail.name} names a log group that is not an ARN: {trail.log_group_arn}."
        shown = f"Look at it: {aws('cloudtrail', 'get-trail', name=trail.arn, region=region)}."
        return Outcome(verdict(Code.LOG_GROUP_NOT_AN_ARN, reason, shown, region=region, account_id=trail.account_id))
    if error := trail.latest_cloudwatch_logs_delivery_error:
        reason = f"the delivery of trail {trail.name} to log group {group.name} fails: {error.rstrip('.')}."
        remedy = f"Repair the trail's role or log group, or name others: {_update(trail, f'{group.arn}:*', region)}."
        return Outcome(verdict(Code.LOG_GROUP_DELIVERY_FAILS, reason, remedy, group.arn, evidence=_evidence(trail)))
    if not lookup.sees(group.account_id):
        reason = f"log group {group.name} belongs to account {group.account_id}, which is not connected."
        connect = f"Add a connection for account {group.account_id}."
        return Outcome(verdict(Code.LOG_GROUP_OF_UNCONNECTED_ACCOUNT, reason, connect, group.arn))
    if not lookup.filters(group) and _is_gone(group, lookup):
        reason = f"log group {group.name}, which trail {trail.name} names, does not exist in {group.region}."
        create = aws("logs", "create-log-group", log_group_name=group.name, region=group.region)
        return Outcome(verdict(Code.LOG_GROUP_GONE, reason, f"Create it: {create}.", group.arn))
    reason = f"trail {trail.name} delivers to log group {group.name} in {group.region}."
    return Outcome(verdict(Code.LOG_GROUP_HOLDS, reason, resource=group.arn, evidence=_evidence(trail)), group)


def _evidence(trail: Trail) -> dict[str, Any]:
    """What the trail says of its delivery; ``None``: no error was told."""
    return {
        "log_group_arn": trail.log_group_arn,
        "latest_cloudwatch_logs_delivery_error": trail.latest_cloudwatch_logs_delivery_error,
    }


def _is_gone(group: LogGroupId, lookup: Lookup) -> bool:
    """AWS answered that there is no such group: asked alone, so that the answer is about this one."""
    failure = lookup.failure("metric_filters", group.account_id, group.region, name=group.name)
    return failure is not None and failure.kind is FailureKind.NOT_FOUND and failure.name == group.name


def _update(trail: Trail, group_arn: str, region: str) -> str:
    return aws(
        "cloudtrail",
        "update-trail",
        name=trail.arn,
        cloud_watch_logs_log_group_arn=group_arn,
        cloud_watch_logs_role_arn="ROLE_ARN",
        region=region,
    )
