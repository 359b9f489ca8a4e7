"""Filters whose pattern covers, and which do not see the events: one of several spoils what they add up to."""

from __future__ import annotations

from typing import Any

import pytest

from checker.arns import LogGroupId
from checker.chain.filter_scope import out_of_scope
from tests.builders import ROOT, A, B, metric_filter

GROUP = LogGroupId(A, "us-east-1", "ct")
ELSEWHERE = f'@aws.account = "{B}"'


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        (({}, {}), None, ""),
        (({}, {"apply_on_transformed_logs": True}), "FILTER_ON_TRANSFORMED_LOGS", "named: applyOnTransformedLogs"),
        (({"field_selection_criteria": ELSEWHERE},), "FILTER_SELECTS_OTHER_EVENTS", "takes only events"),
        (({}, {"field_selection_criteria": ELSEWHERE}), "FILTER_SELECTS_OTHER_EVENTS", "take only events"),
    ],
)
def test_one_filter_that_does_not_see_the_events_spoils_all(
    changes: tuple[dict[str, Any], ...], code: str | None, words: str
) -> None:
    found = out_of_scope([metric_filter(A, **change) for change in changes], GROUP, A, "named")
    assert (found.code if found else None) == code
    assert found is None or words in found.sentence


def test_what_to_type_keeps_pattern_and_metric() -> None:
    found = out_of_scope([metric_filter(A, apply_on_transformed_logs=True)], GROUP, A, "named")
    assert found is not None
    assert ROOT in found.remedy
    assert "metricName=root,metricNamespace=CISBenchmark" in found.remedy
