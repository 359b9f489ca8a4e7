"""What an alarm watches: one metric, directly or through metric math that returns the metric itself. Pure.

Sources: CloudWatch API reference ``PutMetricAlarm``, ``MetricDataQuery`` (the alarm evaluates the one entry with
``ReturnData``; ``AccountId`` is the account of the metric, for monitoring accounts); CloudWatch user guide, "Using
metric math" (``FILL``; aggregates over one metric give it back).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checker.chain.aws_rules.alarm_evaluation import Evaluation
from checker.facts import Alarm

_FILL = re.compile(r"FILL\(\s*(?P<id>\w+)\s*,\s*(?P<value>[-\w.]+)\s*\)", re.IGNORECASE)
_AGGREGATE = re.compile(r"(?:SUM|MAX|MIN|AVG)\(\s*\[?\s*(?P<id>\w+)\s*\]?\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Watch:
    """What an alarm watches: one metric, evaluated in one way. ``filled`` is the constant of a ``FILL``."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    account_id: str | None
    unit: str | None
    evaluation: Evaluation
    filled: str | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """The alarm uses the metric, or may, in a way that is not modelled: ``how`` completes "alarm X ..."."""

    how: str


def watched(alarm: Alarm, wanted: tuple[str, str]) -> Watch | Undecided | None:
    """What the alarm watches of the metric (namespace, name) that is wanted; ``None`` when it has nothing of it."""
    if alarm.metric_name and alarm.namespace:
        return Watch(
            namespace=alarm.namespace,
            metric=alarm.metric_name,
            dimensions=_dimensions(alarm.dimensions),
            account_id=None,
            unit=alarm.unit or None,
            evaluation=_evaluation(alarm, alarm.statistic or alarm.extended_statistic, alarm.period),
        )
    queries = [query for query in alarm.metrics or () if isinstance(query, Mapping)]
    if not any(_metric(query) == wanted for query in queries):
        return None
    returned = [query for query in queries if query.get("ReturnData") is not False]
    if len(returned) != 1:
        returned = [query for query in queries if query.get("ReturnData")]
    by_id = {str(query.get("Id")): query for query in queries}
    query, filled = _resolve(returned[0], by_id) if len(returned) == 1 else (None, None)
    if query is None:
        return Undecided(f"returns a metric math expression over {wanted[0]}/{wanted[1]}")
    return _watch_of_query(alarm, query, filled)


def _resolve(
    query: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]
) -> tuple[Mapping[str, Any] | None, str | None]:
    """Follow expressions that return one metric itself (``m1``, ``SUM([m1])``, ``FILL(m1, 0)``) to that metric."""
    filled: str | None = None
    for _ in range(len(by_id) + 1):
        expression = query.get("Expression")
        if not expression:
            return query, filled
        text = str(expression).strip()
        if fill := _FILL.fullmatch(text):
            filled, name = fill["value"], fill["id"]
        elif aggregate := _AGGREGATE.fullmatch(text):
            name = aggregate["id"]
        else:
            name = text
        if name not in by_id:
            return None, None
        query = by_id[name]
    return None, None


def _watch_of_query(alarm: Alarm, query: Mapping[str, Any], filled: str | None) -> Watch | None:
    stat = query.get("MetricStat") or {}
    metric = stat.get("Metric") or {}
    if not metric.get("MetricName"):
        return None
    return Watch(
        namespace=str(metric.get("Namespace")),
        metric=str(metric.get("MetricName")),
        dimensions=_dimensions(metric.get("Dimensions")),
        account_id=query.get("AccountId"),
        unit=stat.get("Unit"),
        evaluation=_evaluation(alarm, stat.get("Stat"), stat.get("Period")),
        filled=filled,
    )


def _metric(query: Mapping[str, Any]) -> tuple[str, str] | None:
    metric = (query.get("MetricStat") or {}).get("Metric") or {}
    return (str(metric.get("Namespace")), str(metric.get("MetricName"))) if metric else None


def _evaluation(alarm: Alarm, statistic: str | None, period: int | None) -> Evaluation:
    return Evaluation(
        statistic=statistic,
        period=period,
        evaluation_periods=alarm.evaluation_periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm,
        threshold=None if alarm.threshold_metric_id else alarm.threshold,
        comparison_operator=alarm.comparison_operator,
        treat_missing_data=alarm.treat_missing_data,
        low_samples=alarm.evaluate_low_sample_count_percentile,
    )


def _dimensions(raw: Any) -> tuple[tuple[str, str], ...]:
    pairs: Iterable[Any] = raw or ()
    return tuple(sorted((str(pair.get("Name")), str(pair.get("Value"))) for pair in pairs if isinstance(pair, Mapping)))
