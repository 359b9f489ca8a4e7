"""Which metrics of filters that exist an alarm without dimensions can watch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.chain.aws_rules.publishers import publishers_of
from remediation.planning.trial import publications
from tests.remediation.planning.test_plan import narrow_filter

BOTH = {"a", "b"}


def value(number: str) -> dict[str, Any]:
    return {"metric_transformation_value": number}


def entry(**more: Any) -> dict[str, Any]:
    return {
        "metric_transformations": [{"metricName": "m", "metricNamespace": "CISBenchmark", "metricValue": "1"} | more]
    }


@pytest.mark.parametrize(
    ("first", "second", "values"),
    [
        (value("1"), value("0.5"), [0.5]),
        # One that publishes nothing, no number, or a number that says nothing, spoils the metric.
        (value("1"), value("0"), []),
        (value("1"), value("-1"), []),
        (value("1"), value("$.size"), []),
        # An alarm of ours names no dimensions, and a value without events would ring or hide an event.
        (entry(), entry(), [1.0]),
        (entry(defaultValue=0.0), entry(), [1.0]),
        (entry(defaultValue=5.0), entry(), []),
        (entry(dimensions={"A": "$.a"}), entry(dimensions={"A": "$.a"}), []),
    ],
)
def test_a_metric_is_as_good_as_the_least_of_its_filters(
    first: dict[str, Any], second: dict[str, Any], values: list[float]
) -> None:
    filters = [replace(narrow_filter("a", "m"), **first), replace(narrow_filter("b", "m"), **second)]
    assert [found.value for found in publications(BOTH, publishers_of(filters))] == values


def test_all_the_named_filters_publish_to_it() -> None:
    filters = [narrow_filter("a", "m"), narrow_filter("b", "n"), narrow_filter("c", "m")]
    assert publications(BOTH, publishers_of(filters)) == []
    (found,) = publications({"a", "c"}, publishers_of(filters))
    assert [row.name for row in found.filters] == ["a", "c"]
