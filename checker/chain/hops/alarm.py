"""Hop 4: an alarm watches exactly that metric, and one matching event makes it change to ALARM.

A metric is namespace, name and dimensions in one account and region. Sources: CloudWatch API reference
``PutMetricAlarm``, ``MetricDataQuery`` (metric math; the alarm evaluates the one entry with ``ReturnData``),
CloudWatch user guide "Using metric math" (``FILL``). Alarms without a metric (PromQL, composite) are simply not it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.arns import LogGroupId
from checker.chain.aws_rules.alarm_evaluation import Evaluation, Firing, FiringVerdict, one_event_fires
from checker.chain.hops.metric_filter import Publication
from checker.chain.verdicts import verdict
from checker.facts import Alarm
from checker.findings import Hop, HopStatus, HopVerdict

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
class AlarmOutcome:
    """A verdict on the alarm hop, with the alarm to follow when it holds."""

    verdict: HopVerdict
    alarm: Alarm | None = None
    unverified: tuple[str, ...] = ()


def judge_alarms(group: LogGroupId, publication: Publication, alarms: Sequence[Alarm]) -> list[AlarmOutcome]:
    """Every alarm of the group's account and region that has to do with the metric, best first; one outcome if none."""
    wanted = (publication.transformation.namespace, publication.transformation.metric)
    outcomes: list[AlarmOutcome] = []
    for alarm in sorted(alarms, key=lambda item: item.name):
        if alarm.metric_name and (alarm.namespace, alarm.metric_name) != wanted:
            continue
        watch = watched(alarm, wanted)
        if isinstance(watch, str):
            plain = "Let an alarm watch the metric itself."
            reason = f"alarm {alarm.name} {watch}: whether one event makes it fire is not decided. {plain}"
            outcomes.append(AlarmOutcome(_verdict(alarm, HopStatus.UNKNOWN, reason)))
        elif watch is not None and (watch.namespace, watch.metric) == wanted:
            outcomes.append(_judge(alarm, watch, publication, group))
    if not outcomes:
        reason = f"no alarm in {group.region} watches the metric {wanted[0]}/{wanted[1]}{_nearly(alarms, wanted)}."
        evidence = {"namespace": wanted[0], "metric": wanted[1]}
        outcomes.append(
            AlarmOutcome(
                verdict(
                    Hop.ALARM,
                    HopStatus.ALARM,
                    f"{reason} Add one.",
                    region=group.region,
                    account_id=group.account_id,
                    evidence=evidence,
                )
            )
        )
    rank = {HopStatus.OK: 0, HopStatus.UNKNOWN: 1, HopStatus.ALARM: 2}
    return sorted(outcomes, key=lambda outcome: rank[outcome.verdict.status])


def _judge(alarm: Alarm, watch: Watch, publication: Publication, group: LogGroupId) -> AlarmOutcome:
    transformation = publication.transformation
    problem = _dimension_problem(watch, publication, group)
    if problem is None and watch.account_id and watch.account_id != group.account_id:
        problem = f"watches the metric of account {watch.account_id}. Watch that of {group.account_id}"
    if problem:
        return AlarmOutcome(_verdict(alarm, HopStatus.ALARM, f"alarm {alarm.name} {problem}."))
    unverified: list[str] = []
    if watch.unit and watch.unit != (transformation.unit or "None"):
        if transformation.complete:
            published = transformation.unit or "no unit"
            reason = f"alarm {alarm.name} takes only datapoints with unit {watch.unit}, but {published} is published."
            return AlarmOutcome(_verdict(alarm, HopStatus.ALARM, f"{reason} Leave the alarm's unit out."))
        reason = (
            f"alarm {alarm.name} takes only datapoints with unit {watch.unit}, and the filter's unit is not visible. "
            "Leave the alarm's unit out."
        )
        return AlarmOutcome(_verdict(alarm, HopStatus.UNKNOWN, reason))
    firing = _fires(watch, publication)
    status = {Firing.FIRES: HopStatus.OK, Firing.SILENT: HopStatus.ALARM, Firing.UNKNOWN: HopStatus.UNKNOWN}[
        firing.firing
    ]
    if firing.caveat:
        unverified.append(f"alarm {alarm.name}: {firing.caveat}")
    return AlarmOutcome(_verdict(alarm, status, f"alarm {alarm.name} {firing.clause}."), alarm, tuple(unverified))


def _fires(watch: Watch, publication: Publication) -> FiringVerdict:
    evaluation, filled = watch.evaluation, None
    if watch.filled is not None:
        if watch.filled.upper() == "REPEAT":
            # The last value is repeated until the next datapoint: like a state that is kept.
            evaluation = replace(evaluation, treat_missing_data="ignore")
        elif watch.filled.upper() != "LINEAR":
            try:
                filled = float(watch.filled)
            except ValueError:
                return FiringVerdict(Firing.UNKNOWN, f"fills missing data with {watch.filled}, which is not a number")
    return one_event_fires(
        evaluation, value=publication.value, zeros=publication.zeros, resting=publication.resting, filled=filled
    )


def _dimension_problem(watch: Watch, publication: Publication, group: LogGroupId) -> str | None:
    published = dict(publication.transformation.dimensions)
    watched_dimensions = dict(watch.dimensions)
    if not published and not watched_dimensions:
        return None
    if set(published) != set(watched_dimensions):
        missing = sorted(set(published) - set(watched_dimensions))
        if missing:
            return (
                f"watches the metric without the dimension {', '.join(missing)} that the filter publishes: "
                "that metric never gets a datapoint. Publish without dimensions"
            )
        extra = sorted(set(watched_dimensions) - set(published))
        return (
            f"watches the metric with the dimension {', '.join(extra)}, which the filter does not publish. "
            "Watch it without dimensions"
        )
    for name, field in published.items():
        constant = watched_dimensions[name] == group.account_id and field == "$.recipientAccountId"
        if not constant:
            return (
                f"watches only events whose {field} is {watched_dimensions[name]} (dimension {name}). "
                "Publish without dimensions"
            )
    return None


def watched(alarm: Alarm, wanted: tuple[str, str]) -> Watch | str | None:
    """What the alarm watches; a clause when it uses the metric in math that is not modelled; ``None`` if not at all."""
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
    returned = [query for query in queries if query.get("ReturnData") is not False]
    by_id = {str(query.get("Id")): query for query in queries}
    uses = any(_metric(query) == wanted for query in queries)
    if not uses:
        return None
    if len(returned) != 1:
        returned = [query for query in queries if query.get("ReturnData")]
    query, filled = _resolve(returned[0], by_id) if len(returned) == 1 else (None, None)
    if query is None:
        return f"returns a metric math expression over {wanted[0]}/{wanted[1]}"
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


def _nearly(alarms: Sequence[Alarm], wanted: tuple[str, str]) -> str:
    for alarm in sorted(alarms, key=lambda item: item.name):
        if alarm.metric_name == wanted[1] and alarm.namespace:
            return f" (alarm {alarm.name} watches {alarm.namespace}/{alarm.metric_name}, another metric)"
    return ""


def _verdict(alarm: Alarm, status: HopStatus, reason: str) -> HopVerdict:
    evidence = {
        "threshold": alarm.threshold,
        "comparison_operator": alarm.comparison_operator,
        "evaluation_periods": alarm.evaluation_periods,
        "treat_missing_data": alarm.treat_missing_data,
    }
    return verdict(
        Hop.ALARM, status, reason, alarm.arn, region=alarm.region, account_id=alarm.account_id, evidence=evidence
    )
