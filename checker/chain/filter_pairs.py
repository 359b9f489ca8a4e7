"""Filters with what they publish, as the filter hop speaks of them: alone or several together. Pure."""

from __future__ import annotations

from typing import Any

from checker.arns import LogGroupId
from checker.chain.aws_rules.publishers import Transformation, metric_value
from checker.chain.filter_scope import takes
from checker.chain.truth import Truth
from checker.facts import MetricFilter

Pair = tuple[MetricFilter, Transformation]
Pairs = tuple[Pair, ...]


def counts(pair: Pair, group: LogGroupId, account_id: str) -> bool:
    """Whether a filter can add an event of the account to what others count: it publishes something, and may see it."""
    item, transformation = pair
    return metric_value(transformation.value) != 0 and takes(item, group, account_id) is not Truth.NO


def filter_arn(item: MetricFilter, group: LogGroupId) -> str:
    """The name by which a filter is told apart: AWS gives it no ARN, Steampipe uses this form."""
    return f"{group.arn}:metric-filter:{item.name}"


def hidden_by_the_source(pairs: Pairs) -> tuple[str, ...]:
    """What the source of these filters cannot show."""
    if pairs[0][1].complete:
        return ()
    hidden = (
        "dimensions, unit, default value, further transformations, fieldSelectionCriteria, emitSystemFieldDimensions "
        "and applyOnTransformedLogs are not visible in this source"
    )
    return (f"{names_of(pairs)}: {hidden}",)


def evidence_of(pairs: Pairs) -> dict[str, Any]:
    """The patterns and the metrics, for whoever wants to look."""
    return {
        "patterns": {item.name: item.filter_pattern for item, _ in pairs},
        "metrics": [
            {"filter": item.name, "namespace": to.namespace, "metric": to.metric, "value": to.value}
            for item, to in pairs
        ],
    }


def patterns_of(pairs: Pairs) -> tuple[str, ...]:
    """The texts of the filters."""
    return tuple(item.filter_pattern or "" for item, _ in pairs)


def names_of(pairs: Pairs) -> str:
    """``metric filter a``, or ``metric filters a, b together``."""
    if len(pairs) == 1:
        return f"metric filter {pairs[0][0].name}"
    return f"metric filters {', '.join(item.name for item, _ in pairs)} together"
