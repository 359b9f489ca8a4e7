"""Hop 3: a metric filter on that group whose pattern covers a reference, publishing what can make an alarm fire.

Filters of one group that publish to one metric count together: the union of their patterns is decided. Sources:
CloudWatch Logs user guide, "Creating metrics from log events using filters" (metric value, default value,
dimensions), API reference ``MetricTransformation``; design section 4 and 5.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.arns import LogGroupId
from checker.chain.verdicts import verdict
from checker.controls.model import SelectedControl
from checker.facts import MetricFilter
from checker.findings import Hop, HopStatus, HopVerdict
from checker.patterns import CoverVerdict, Decision, decide


@dataclass(frozen=True, slots=True)
class Transformation:
    """One metric that a filter publishes. ``complete`` is False where the source hides unit, dimensions and default."""

    namespace: str
    metric: str
    value: str
    unit: str | None
    default: float | None
    dimensions: tuple[tuple[str, str], ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """A metric that one matching event changes: what an alarm must watch. Only for filters that cover."""

    filters: tuple[MetricFilter, ...]
    transformation: Transformation
    value: float
    """What one event adds at least."""
    zeros: bool
    """Datapoints of 0 are published between events (default value, or another filter with value 0)."""


@dataclass(frozen=True, slots=True)
class FilterOutcome:
    """A verdict on the filter hop; with the publication to follow when it holds."""

    verdict: HopVerdict
    publication: Publication | None = None
    decision: Decision | None = None
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a pattern is decided for: the control, the account, and what is declared or accepted."""

    control: SelectedControl
    account_id: str
    accept: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()


def judge_filters(group: LogGroupId, filters: Sequence[MetricFilter], question: Question) -> list[FilterOutcome]:
    """Every way in which the filters of the group serve the control, best first; one outcome when none does."""
    if not filters:
        reason = (
            f"log group {group.name} has no metric filter. Add one with the pattern of {question.control.control_id}."
        )
        return [FilterOutcome(verdict(Hop.FILTER, HopStatus.ALARM, reason, group.arn))]
    by_metric: dict[tuple[str, str], list[tuple[MetricFilter, Transformation]]] = defaultdict(list)
    for item in sorted(filters, key=lambda item: item.name):
        for transformation in transformations(item):
            by_metric[transformation.namespace, transformation.metric].append((item, transformation))
    outcomes = [outcome for pairs in by_metric.values() for outcome in _judge_metric(group, pairs, question)]
    if not outcomes:
        reason = f"no metric filter of log group {group.name} publishes a metric. Add a metric transformation."
        return [FilterOutcome(verdict(Hop.FILTER, HopStatus.ALARM, reason, group.arn))]
    return sorted(outcomes, key=lambda outcome: _RANK[outcome.verdict.status])


_RANK = {HopStatus.OK: 0, HopStatus.UNKNOWN: 1, HopStatus.ALARM: 2}
_DECISION_RANK = {CoverVerdict.COVERS: 0, CoverVerdict.UNKNOWN: 1, CoverVerdict.MISSES: 2, CoverVerdict.INVALID: 3}


def transformations(item: MetricFilter) -> list[Transformation]:
    """The metrics that a filter publishes, as far as its source shows them."""
    if isinstance(item.metric_transformations, list):
        return [_from_api(raw) for raw in item.metric_transformations]
    if not item.metric_transformation_name or not item.metric_transformation_namespace:
        return []
    return [
        Transformation(
            namespace=item.metric_transformation_namespace,
            metric=item.metric_transformation_name,
            value=item.metric_transformation_value or "",
            unit=None,
            default=None,
            dimensions=(),
            complete=False,
        )
    ]


def _from_api(raw: Mapping[str, Any]) -> Transformation:
    return Transformation(
        namespace=str(raw.get("metricNamespace", "")),
        metric=str(raw.get("metricName", "")),
        value=str(raw.get("metricValue", "")),
        unit=raw.get("unit"),
        default=raw.get("defaultValue"),
        dimensions=tuple(sorted((raw.get("dimensions") or {}).items())),
        complete=True,
    )


def filter_arn(item: MetricFilter, group: LogGroupId) -> str:
    """The name by which a filter is told apart: AWS gives it no ARN, Steampipe uses this form."""
    return f"{group.arn}:metric-filter:{item.name}"


def metric_value(text: str) -> float | None:
    """The number that a filter publishes; ``None`` for a field of the event (``$.size``) or no number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _judge_metric(
    group: LogGroupId, pairs: list[tuple[MetricFilter, Transformation]], question: Question
) -> list[FilterOutcome]:
    zeros = any(transformation.default == 0 or metric_value(transformation.value) == 0 for _, transformation in pairs)
    singles = [_judge_union(group, [pair], question, zeros=zeros) for pair in pairs]
    useful = [pair for pair in pairs if metric_value(pair[1].value) != 0]
    if len(useful) > 1 and all(outcome.verdict.status is not HopStatus.OK for outcome in singles):
        return [_judge_union(group, useful, question, zeros=zeros), *singles]
    return singles


def _judge_union(
    group: LogGroupId, pairs: list[tuple[MetricFilter, Transformation]], question: Question, *, zeros: bool
) -> FilterOutcome:
    items = tuple(item for item, _ in pairs)
    names = _names(items)
    decision = _decide(tuple(item.filter_pattern or "" for item in items), question)
    arn = filter_arn(items[0], group)
    evidence = {"patterns": {item.name: item.filter_pattern for item in items}}
    if decision.verdict is not CoverVerdict.COVERS:
        status = HopStatus.UNKNOWN if decision.verdict is CoverVerdict.UNKNOWN else HopStatus.ALARM
        reason = f"{names} on log group {group.name}: {_sentence(decision.reason)}"
        return FilterOutcome(verdict(Hop.FILTER, status, reason, arn, evidence=evidence), decision=decision)
    first = pairs[0][1]
    values = [metric_value(transformation.value) for _, transformation in pairs]
    if any(value is None for value in values):
        reason = (
            f"{names} publishes {first.value or 'no value'}, a value taken from the event: whether it reaches "
            "the alarm's threshold cannot be known. Publish 1."
        )
        return FilterOutcome(verdict(Hop.FILTER, HopStatus.UNKNOWN, reason, arn, evidence=evidence), decision=decision)
    value = min(number for number in values if number is not None)
    if value <= 0:
        reason = f"{names} covers the control but publishes {value:g}: no alarm can tell an event from none. Publish 1."
        return FilterOutcome(verdict(Hop.FILTER, HopStatus.ALARM, reason, arn, evidence=evidence), decision=decision)
    reason = (
        f"{names} on log group {group.name} covers {question.control.control_id} and publishes {value:g} to "
        f"{first.namespace}/{first.metric}."
    )
    publication = Publication(items, first, value, zeros)
    unverified = (
        ()
        if first.complete
        else (f"{names}: dimensions, unit, default value and further transformations are not visible in this source",)
    )
    return FilterOutcome(
        verdict(Hop.FILTER, HopStatus.OK, reason, arn, evidence=evidence), publication, decision, unverified
    )


def _decide(patterns: tuple[str, ...], question: Question) -> Decision:
    """Without fixing the account first: that answer serves all accounts and is remembered by the engine."""
    general = decide(patterns, question.control, accept=question.accept, excluding=question.excluding)
    if general.verdict is CoverVerdict.COVERS or not any("ccountId" in text for text in patterns):
        return general
    fixed = {"recipientAccountId": question.account_id}
    return decide(patterns, question.control, accept=question.accept, excluding=question.excluding, fixed=fixed)


def _names(items: tuple[MetricFilter, ...]) -> str:
    if len(items) == 1:
        return f"metric filter {items[0].name}"
    return f"metric filters {', '.join(item.name for item in items)} together"


def _sentence(text: str) -> str:
    text = text[:1].lower() + text[1:]
    return text if text.endswith(".") else f"{text}."


def rank_decision(decision: Decision | None) -> int:
    """How near a decision is to covering: lower is better."""
    return 4 if decision is None else _DECISION_RANK[decision.verdict]
