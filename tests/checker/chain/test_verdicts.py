"""What to do after a read that failed follows from why it failed."""

from __future__ import annotations

import pytest

from checker.chain.reasons import Code
from checker.chain.verdicts import not_read
from checker.facts import FailureKind, ReadFailure

ACTION = "logs:DescribeMetricFilters"


@pytest.mark.parametrize(
    ("kind", "action", "remedy"),
    [
        (FailureKind.DENIED, ACTION, f"Allow {ACTION} there."),
        (FailureKind.THROTTLED, ACTION, "fewer reads at a time: `alarmchain check --concurrency 2`."),
        (FailureKind.UNREACHABLE, ACTION, "Check again: `alarmchain check --fresh`."),
        (FailureKind.AMBIGUOUS, ACTION, "Check again: `alarmchain check --fresh`."),
        (FailureKind.CREDENTIALS, ACTION, f"Allow {ACTION} there, or repair what its message says."),
        (None, ACTION, f"Allow {ACTION} there, or repair what its message says."),
        (None, None, "Check again: `alarmchain check --fresh`."),
    ],
)
def test_the_remedy(kind: FailureKind | None, action: str | None, remedy: str) -> None:
    failure = ReadFailure("metric_filters", "No.", action=action, kind=kind)
    found = not_read(Code.FILTERS_NOT_READ, failure, "the filters", region="us-east-1", account_id="1")
    assert found.remedy is not None
    assert found.remedy.endswith(remedy)
