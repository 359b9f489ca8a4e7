"""A resource policy with one statement more; what stands in it stays, because setting a policy replaces it whole. Pure.

Sources: IAM user guide, "IAM JSON policy elements: Statement" (one statement may stand without a list) and "Sid"
(unique in its policy); SNS developer guide, "Example cases for Amazon SNS access control" (CloudWatch alarms).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ALARMS_MAY_PUBLISH = "CloudWatchAlarmsMayPublish"


def with_statement(policy: Any, statement: Mapping[str, Any]) -> dict[str, Any] | None:
    """The policy's document with ``statement`` at its end, under a ``Sid`` that is free.

    ``None`` when the policy was not read, or is no policy's document.
    """
    if not isinstance(policy, Mapping) or "Statement" not in policy:
        return None
    given = policy["Statement"]
    statements = [*given] if isinstance(given, list) else [given]
    taken = {entry.get("Sid") for entry in statements if isinstance(entry, Mapping)}
    wanted = str(statement["Sid"])
    sid = next(
        name for name in (wanted, *(f"{wanted}{number}" for number in range(2, len(taken) + 3))) if name not in taken
    )
    return {**policy, "Statement": [*statements, {**statement, "Sid": sid}]}


def alarms_may_publish(topic_arn: str, account_id: str) -> dict[str, Any]:
    """The statement that lets the alarms of an account publish to a topic."""
    return {
        "Sid": ALARMS_MAY_PUBLISH,
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }
