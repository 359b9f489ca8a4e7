"""What the filters of a group publish, grouped by metric."""

from __future__ import annotations

from checker.chain.aws_rules.publishers import publishers_of
from tests.checker.chain.judging import A
from tests.checker.gather.fakes import metric_filter


def test_filters_of_one_metric_stand_together_by_name() -> None:
    one, two = metric_filter(A, name="b"), metric_filter(A, name="a")
    other = metric_filter(A, name="c", metric_transformation_namespace="Other")
    for order in ([one, two, other], [other, one, two]):
        names = [[item.name for item, _ in publisher.pairs] for publisher in publishers_of(order)]
        assert names == [["a", "b"], ["c"]]


def test_the_namespace_is_part_of_the_metric() -> None:
    filters = [metric_filter(A), metric_filter(A, name="x", metric_transformation_namespace="Other")]
    assert len(publishers_of(filters)) == 2
