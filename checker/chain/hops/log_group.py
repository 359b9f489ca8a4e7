"""Hop 2: the trail delivers to a log group, and the delivery works.

Source: CloudTrail user guide, "Sending events to CloudWatch Logs"; API reference ``GetTrailStatus``
(``LatestCloudWatchLogsDeliveryError``). Account and region of the group come from its own ARN, which may name
another account and any partition.
"""

from __future__ import annotations

from checker.arns import LogGroupId, parse_log_group_arn
from checker.chain.verdicts import verdict
from checker.facts import Trail
from checker.findings import Hop, HopStatus, HopVerdict


def judge_log_group(trail: Trail, *, visible: bool) -> tuple[HopVerdict, LogGroupId | None]:
    """Verdict on the trail's group, and the group where there is one to follow.

    ``visible``: the database can see the group's account.
    """
    if not trail.log_group_arn:
        return (
            verdict(
                Hop.LOG_GROUP,
                HopStatus.ALARM,
                f"trail {trail.name} delivers to no log group. Link one to it.",
                region=trail.home_region or trail.region,
                account_id=trail.account_id,
            ),
            None,
        )
    group = parse_log_group_arn(trail.log_group_arn)
    if group is None:
        reason = f"trail {trail.name} names a log group that is not an ARN: {trail.log_group_arn}."
        return verdict(Hop.LOG_GROUP, HopStatus.UNKNOWN, reason, account_id=trail.account_id), None
    if error := trail.latest_cloudwatch_logs_delivery_error:
        reason = (
            f"the delivery of trail {trail.name} to log group {group.name} fails: {error}. "
            "Repair the trail's CloudWatch Logs role or group."
        )
        return verdict(Hop.LOG_GROUP, HopStatus.ALARM, reason, group.arn), None
    if not visible:
        reason = (
            f"log group {group.name} belongs to account {group.account_id}, which is not connected. "
            "Add a connection for it."
        )
        return verdict(Hop.LOG_GROUP, HopStatus.UNKNOWN, reason, group.arn), None
    reason = f"trail {trail.name} delivers to log group {group.name} in {group.region}."
    return verdict(Hop.LOG_GROUP, HopStatus.OK, reason, group.arn), group
