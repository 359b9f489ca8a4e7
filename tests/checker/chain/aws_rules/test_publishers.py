"""What the filters of a group publish, grouped by metric."""

from __future__ import annotations

from typing import Any

from checker.chain.aws_rules.publishers import Publisher, publishers_of
from checker.facts import MetricFilter
from tests.builders import A, metric_filter


def test_filters_of_one_metric_stand_together_by_name() -> None:
    one, two = metric_filter(A, name="b"), metric_filter(A, name="a")
    other = metric_filter(A, name="c", metric_transformation_namespace="Other")
    for order in ([one, two, other], [other, one, two]):
        names = [[item.name for item, _ in publisher.pairs] for publisher in publishers_of(order)]
        assert names == [["a", "b"], ["c"]]


def test_the_namespace_is_part_of_the_metric() -> None:
    filters = [metric_filter(A), metric_filter(A, name="x", metric_transformation_namespace="Other")]
    assert len(publishers_of(filters)) == 2


def transformed(name: str, *system: str, **changes: Any) -> MetricFilter:
    """A filter as the API shows it."""
    raw = {"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1"} | changes
    return metric_filter(A, name=name, metric_transformations=[raw], emit_system_field_dimensions=list(system))


def names(publishers: tuple[Publisher, ...]) -> list[list[str]]:
    return [[item.name for item, _ in publisher.pairs] for publisher in publishers]


def test_system_fields_become_dimensions_beside_those_of_the_transformation() -> None:
    item = transformed("a", "@aws.region", "@aws.account", dimensions={"Who": "$.userIdentity.arn"})
    (((_, transformation),),) = [publisher.pairs for publisher in publishers_of([item])]
    assert transformation.dimensions == (
        ("@aws.account", "@aws.account"),
        ("@aws.region", "@aws.region"),
        ("Who", "$.userIdentity.arn"),
    )


def test_dimensions_are_part_of_the_metric() -> None:
    with_dimension = transformed("b", "@aws.account")
    assert names(publishers_of([transformed("a"), with_dimension, transformed("c")])) == [["a", "c"], ["b"]]
