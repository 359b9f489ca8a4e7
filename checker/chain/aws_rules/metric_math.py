"""What an alarm watches: one metric, directly, through metric math that returns the metric itself, or by a query. Pure.

Sources: CloudWatch API reference ``PutMetricAlarm``, ``MetricDataQuery`` (the alarm evaluates the one entry with
``ReturnData``; ``AccountId`` is the account of the metric, for monitoring accounts); CloudWatch user guide, "Using
metric math" (``FILL``; aggregates over one metric give it back), "PromQL alarms"; ``metrics_insights`` for ``SELECT``.
What cannot be read, and may be over the metric, is undecided and never "something else".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checker.chain.aws_rules.alarm_evaluation import Evaluation
from checker.chain.aws_rules.metrics_insights import (
    FARTHEST_SECONDS,
    STATISTICS,
    Reach,
    accounts_in,
    is_query,
    parse_query,
    reading_of,
)
from checker.chain.aws_rules.token_reader import Unreadable
from checker.facts import Alarm

_FILL = re.compile(r"FILL\(\s*(?P<id>\w+)\s*,\s*(?P<value>[-\w.]+)\s*\)", re.IGNORECASE)
_NAMELESS = re.compile(r"(?:^|[^\w:\s]|\b(?:and|or|unless))\s*\{|__name__", re.IGNORECASE)
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
    any_dimensions: bool = False
    """A query that takes in the metric with the dimensions that the filter publishes."""
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The alarm uses the metric, or may, in a way that is not modelled: ``how`` completes "alarm X ..."."""

    how: str


def watched_accounts(alarm: Alarm) -> frozenset[str]:
    """Other accounts that the alarm's queries name: those whose metrics a monitoring account watches; maybe
    ``ANY_ACCOUNT``."""
    queries = (
        [query for query in alarm.metrics if isinstance(query, Mapping)] if isinstance(alarm.metrics, list) else []
    )
    named = {str(query.get("AccountId") or "") for query in queries}
    named.update(*(accounts_in(str(query.get("Expression") or "")) for query in queries))
    return frozenset(named - {"", alarm.account_id})


def watched(alarm: Alarm, wanted: tuple[str, str], published: frozenset[str] = frozenset()) -> Watch | Undecided | None:
    """What the alarm watches of the metric (namespace, name) that is wanted and ``published`` with these dimensions;
    ``None`` when it has nothing of it."""
    if alarm.metric_name and alarm.namespace:
        return Watch(
            namespace=alarm.namespace,
            metric=alarm.metric_name,
            dimensions=_dimensions(alarm.dimensions),
            account_id=None,
            unit=alarm.unit or None,
            evaluation=_evaluation(alarm, alarm.statistic or alarm.extended_statistic, alarm.period),
        )
    if alarm.evaluation_criteria:
        return _of_promql(alarm.evaluation_criteria, wanted)
    if not _readable(alarm.metrics):
        return Undecided("has a definition that could not be read")
    queries: list[Mapping[str, Any]] = list(alarm.metrics or ())
    if not any(_uses(query, wanted) for query in queries):
        return None
    returned = [query for query in queries if query.get("ReturnData") is not False]
    if len(returned) != 1:
        returned = [query for query in queries if query.get("ReturnData")]
    by_id = {str(query.get("Id")): query for query in queries}
    query, filled = _resolve(returned[0], by_id) if len(returned) == 1 else (None, None)
    if query is None:
        return Undecided(f"returns a metric math expression over {wanted[0]}/{wanted[1]}")
    if query.get("Expression"):
        return _of_insights(alarm, query, filled, wanted, published)
    return _watch_of_query(alarm, query, filled)


def _readable(metrics: Any) -> bool:
    return metrics is None or (isinstance(metrics, list) and all(isinstance(query, Mapping) for query in metrics))


def _uses(query: Mapping[str, Any], wanted: tuple[str, str]) -> bool:
    """The query is over the metric, or may be: a text of another language that has its name in it."""
    text = str(query.get("Expression") or "")
    if is_query(text):
        try:
            parsed = parse_query(text)
        except Unreadable:
            return wanted[1] in text
        return (parsed.namespace, parsed.metric) == wanted
    return _metric(query) == wanted or ("SEARCH(" in text.upper() and wanted[1] in text)


def _of_promql(criteria: Any, wanted: tuple[str, str]) -> Undecided | None:
    """A PromQL query is not decided; it is over something else when it names metrics, and not this one."""
    promql = criteria.get("PromQLCriteria") if isinstance(criteria, Mapping) else None
    text = promql.get("Query") if isinstance(promql, Mapping) else None
    if not isinstance(text, str):
        named = f" ({', '.join(sorted(map(str, criteria)))})" if isinstance(criteria, Mapping) else ""
        return Undecided(f"has evaluation criteria that could not be read{named}")
    names = (wanted[1], re.sub(r"\W", "_", wanted[1]))
    if any(name in text for name in names) or _NAMELESS.search(text):
        return Undecided(f"evaluates a PromQL query that may be over {wanted[0]}/{wanted[1]}")
    return None


def _of_insights(
    alarm: Alarm, query: Mapping[str, Any], filled: str | None, wanted: tuple[str, str], published: frozenset[str]
) -> Watch | Undecided | None:
    """What a Metrics Insights query watches, as far as AWS documents it."""
    over = f"a Metrics Insights query over {wanted[0]}/{wanted[1]}"
    try:
        parsed = parse_query(str(query.get("Expression")))
    except Unreadable:
        return Undecided(f"returns {over} that could not be read")
    reading, period = reading_of(parsed, wanted, published), query.get("Period")
    if reading.reach is Reach.OTHER_METRIC:
        return None
    if reading.reach is Reach.UNDECIDED:
        return Undecided(f"returns {over} that {reading.why}")
    if parsed.group_by and filled is not None:
        return Undecided(f"fills the gaps of {over} that groups")
    if not period or period * (alarm.evaluation_periods or 1) > FARTHEST_SECONDS:
        return Undecided(f"returns {over}, and looks back further than the three hours of such a query")
    taken_in = reading.reach is Reach.TAKEN_IN
    return Watch(
        namespace=wanted[0],
        metric=wanted[1],
        dimensions=() if taken_in else tuple((label, "") for label in parsed.schema or ()),
        account_id=query.get("AccountId"),
        unit=None,
        evaluation=_evaluation(alarm, STATISTICS[parsed.function], period),
        filled=filled,
        any_dimensions=taken_in,
        caveat=reading.caveat,
    )


def _resolve(
    query: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]
) -> tuple[Mapping[str, Any] | None, str | None]:
    """Follow expressions that return one metric itself (``m1``, ``SUM([m1])``, ``FILL(m1, 0)``) to that metric."""
    filled: str | None = None
    for _ in range(len(by_id) + 1):
        expression = query.get("Expression")
        text = str(expression or "").strip()
        if not text or is_query(text):
            return query, filled
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


def _watch_of_query(alarm: Alarm, query: Mapping[str, Any], filled: str | None) -> Watch | Undecided:
    stat = query.get("MetricStat") or {}
    metric = stat.get("Metric") or {}
    if not metric.get("MetricName"):
        return Undecided("has a definition that could not be read")
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
