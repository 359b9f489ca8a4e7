"""Hop 2. The trail's log group: named, delivered to, visible."""

from __future__ import annotations

from typing import Any

import pytest

from checker.arns import LogGroupId
from checker.chain.hops.log_group import judge_log_group
from checker.chain.lookup import Lookup
from checker.facts import Facts
from checker.findings import HopStatus
from tests.builders import A, B, trail
from tests.checker.chain.judging import account

ARN = f"arn:aws:logs:us-east-1:{A}:log-group:ct"


@pytest.mark.parametrize(
    ("changes", "visible", "status", "sentence"),
    [
        ({}, True, HopStatus.OK, "trail main delivers to log group ct in us-east-1."),
        (
            {"log_group_arn": None},
            True,
            HopStatus.ALARM,
            "delivers to no log group. Link one to it: `aws",
        ),
        ({"log_group_arn": ""}, True, HopStatus.ALARM, "delivers to no log group"),
        ({"log_group_arn": "ct"}, True, HopStatus.UNKNOWN, "names a log group that is not an ARN: ct"),
        (
            {"latest_cloudwatch_logs_delivery_error": "AccessDenied"},
            True,
            HopStatus.ALARM,
            "the delivery of trail main to log group ct fails: AccessDenied.",
        ),
        (
            {},
            False,
            HopStatus.UNKNOWN,
            f"to account {A}, which is not connected. Add a connection for account {A}.",
        ),
        # A delivery that fails is broken, whoever owns the group.
        ({"latest_cloudwatch_logs_delivery_error": "x"}, False, HopStatus.ALARM, "fails: x"),
    ],
)
def test_verdict(changes: dict[str, Any], visible: bool, status: HopStatus, sentence: str) -> None:
    outcome = judge_log_group(trail(A, **changes), Lookup(Facts(accounts=(account(A if visible else B),))))
    assert outcome.verdict.status is status
    assert sentence in outcome.verdict.sentence
    assert (outcome.follow is not None) == (status is HopStatus.OK)


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"{ARN}:*", LogGroupId(A, "us-east-1", "ct")),
        (ARN, LogGroupId(A, "us-east-1", "ct")),
        (
            f"arn:aws-cn:logs:cn-north-1:{B}:log-group:/a/b:*",
            LogGroupId(B, "cn-north-1", "/a/b", "aws-cn"),
        ),
    ],
)
def test_account_region_and_partition_are_those_of_the_groups_own_arn(arn: str, expected: LogGroupId) -> None:
    outcome = judge_log_group(trail(A, log_group_arn=arn), Lookup(Facts(accounts=(account(A), account(B)))))
    verdict = outcome.verdict
    assert outcome.follow == expected
    assert verdict.resource == expected.arn
    assert (verdict.account_id, verdict.region) == (expected.account_id, expected.region)
