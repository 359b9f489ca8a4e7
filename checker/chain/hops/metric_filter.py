"""Hop 3: a metric filter on that group whose pattern covers a reference, publishing what can make an alarm fire.

Filters of one group that publish to one metric count together: the union of their patterns is decided. Sources:
CloudWatch Logs user guide, "Creating metrics from log events using filters" (metric value, default value,
dimensions), API reference ``MetricTransformation``; design section 4 and 5.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from checker.arns import LogGroupId
from checker.chain.aws_rules.publishers import Publisher, Transformation, metric_value
from checker.chain.decisions import REFUTED, Question, decided, in_full
from checker.chain.filter_decision import Decision
from checker.chain.verdicts import verdict
from checker.facts import MetricFilter
from checker.findings import Hop, HopStatus, HopVerdict
from checker.patterns import CoverVerdict


@dataclass(frozen=True, slots=True)
class Publication:
    """A metric that one matching event changes: what an alarm must watch. Only for filters that cover."""

    filters: tuple[MetricFilter, ...]
    transformation: Transformation
    value: float
    """What one event adds at least."""
    zeros: bool
    """Datapoints of 0 are published between events (default value, or another filter with value 0)."""
    resting: tuple[float, ...] = ()
    """Other values that are published between events (default values)."""


@dataclass(frozen=True, slots=True)
class FilterOutcome:
    """A verdict on the filter hop; with the publication to follow when it holds."""

    verdict: HopVerdict
    publication: Publication | None = None
    decision: Decision | None = None
    unverified: tuple[str, ...] = ()


def judge_filters(
    group: LogGroupId, publishers: Sequence[Publisher], question: Question, *, any_filter: bool
) -> list[FilterOutcome]:
    """The ways in which the filters of the group may serve the control, best first.

    When one way holds, the ways that are broken here are left out: their chains break earlier. When none holds or is
    unknown, the one outcome is about the filter that resembles the control most.
    """
    if not publishers:
        name = f"log group {group.name}"
        reason = (
            f"no metric filter of {name} publishes a metric. Add a metric transformation."
            if any_filter
            else f"{name} has no metric filter. Add one with the pattern of {question.control.control_id}."
        )
        return [FilterOutcome(verdict(Hop.FILTER, HopStatus.ALARM, reason, group.arn))]
    open_ways: list[FilterOutcome] = []
    broken: list[tuple[_Pairs, Decision]] = []
    for publisher in publishers:
        ways, misses = _judge_metric(group, publisher, question)
        open_ways.extend(ways)
        broken.extend(misses)
    if any(outcome.verdict.status is not HopStatus.ALARM for outcome in open_ways):
        kept = [outcome for outcome in open_ways if outcome.verdict.status is not HopStatus.ALARM]
        return sorted(kept, key=lambda outcome: outcome.verdict.status is not HopStatus.OK)
    if open_ways:
        return open_ways[:1]
    pairs, decision = min(broken, key=lambda item: _unlikeness(item, question))
    if len(broken) > 1 and not _likeness(pairs, question):
        reason = (
            f"none of the metric filters of log group {group.name} is about {question.control.control_id}. "
            "Add one with the reference pattern."
        )
        return [FilterOutcome(verdict(Hop.FILTER, HopStatus.ALARM, reason, group.arn))]
    if decision is REFUTED:
        decision = in_full(_patterns(pairs), question)
    return [_broken(group, pairs, decision)]


_Pairs = tuple[tuple[MetricFilter, Transformation], ...]
_DECISION_RANK = {CoverVerdict.COVERS: 0, CoverVerdict.UNKNOWN: 1, CoverVerdict.MISSES: 2, CoverVerdict.INVALID: 3}


def filter_arn(item: MetricFilter, group: LogGroupId) -> str:
    """The name by which a filter is told apart: AWS gives it no ARN, Steampipe uses this form."""
    return f"{group.arn}:metric-filter:{item.name}"


def _judge_metric(
    group: LogGroupId, publisher: Publisher, question: Question
) -> tuple[list[FilterOutcome], list[tuple[_Pairs, Decision]]]:
    """What covers or is not known, and what misses: each filter alone, and their union where that is needed."""
    ways: list[FilterOutcome] = []
    misses: list[tuple[_Pairs, Decision]] = []
    for pair in publisher.pairs:
        _sort_in(group, (pair,), question, publisher, ways, misses)
    useful = tuple(pair for pair in publisher.pairs if metric_value(pair[1].value) != 0)
    if len(useful) > 1 and all(outcome.verdict.status is not HopStatus.OK for outcome in ways):
        _sort_in(group, useful, question, publisher, ways, misses)
    return ways, misses


def _sort_in(
    group: LogGroupId,
    pairs: _Pairs,
    question: Question,
    publisher: Publisher,
    ways: list[FilterOutcome],
    misses: list[tuple[_Pairs, Decision]],
) -> None:
    if any(item.filter_pattern is None for item, _ in pairs):
        reason = (
            f"the pattern of {_names(pairs)} on log group {group.name} could not be read. "
            "Allow logs:DescribeMetricFilters."
        )
        arn = filter_arn(pairs[0][0], group)
        ways.append(FilterOutcome(verdict(Hop.FILTER, HopStatus.UNKNOWN, reason, arn)))
        return
    decision = decided(_patterns(pairs), question)
    if decision.verdict is CoverVerdict.COVERS:
        ways.append(_covers(group, pairs, decision, question, publisher))
    elif decision.verdict is CoverVerdict.UNKNOWN:
        ways.append(_broken(group, pairs, decision))
    else:
        misses.append((pairs, decision))


def _broken(group: LogGroupId, pairs: _Pairs, decision: Decision) -> FilterOutcome:
    status = HopStatus.UNKNOWN if decision.verdict is CoverVerdict.UNKNOWN else HopStatus.ALARM
    reason = f"{_names(pairs)} on log group {group.name}: {_sentence(decision.reason)}"
    if decision.verdict is CoverVerdict.MISSES:
        reason = f"{reason} Widen the pattern, or add a filter with the reference pattern."
    hop = verdict(Hop.FILTER, status, reason, filter_arn(pairs[0][0], group), evidence=_evidence(pairs))
    return FilterOutcome(hop, decision=decision)


def _covers(
    group: LogGroupId, pairs: _Pairs, decision: Decision, question: Question, publisher: Publisher
) -> FilterOutcome:
    names, arn, evidence = _names(pairs), filter_arn(pairs[0][0], group), _evidence(pairs)
    first = pairs[0][1]
    values = [metric_value(transformation.value) for _, transformation in pairs]
    if any(value is None for value in values):
        kind = "a value taken from the event" if first.value.startswith("$") else "which is no number"
        what = f"{first.value}, {kind}" if first.value else "a value that could not be read"
        verb = "publishes" if len(pairs) == 1 else "publish"
        reason = f"{names} {verb} {what}: whether it reaches the alarm's threshold is not known. Publish 1."
        return FilterOutcome(verdict(Hop.FILTER, HopStatus.UNKNOWN, reason, arn, evidence=evidence), decision=decision)
    value = min(number for number in values if number is not None)
    if value <= 0:
        both = "covers the control but publishes" if len(pairs) == 1 else "cover the control but publish"
        reason = f"{names} {both} {value:g}: no alarm can tell an event from none. Publish 1."
        return FilterOutcome(verdict(Hop.FILTER, HopStatus.ALARM, reason, arn, evidence=evidence), decision=decision)
    covers, publishes = ("covers", "publishes") if len(pairs) == 1 else ("cover", "publish")
    reason = (
        f"{names} on log group {group.name} {covers} {question.control.control_id} and {publishes} {value:g} to "
        f"{first.namespace}/{first.metric}."
    )
    unverified = (
        ()
        if first.complete
        else (f"{names}: dimensions, unit, default value and further transformations are not visible in this source",)
    )
    return FilterOutcome(
        verdict(Hop.FILTER, HopStatus.OK, reason, arn, evidence=evidence),
        Publication(tuple(item for item, _ in pairs), first, value, publisher.zeros, publisher.resting),
        decision,
        unverified,
    )


def _evidence(pairs: _Pairs) -> dict[str, Any]:
    return {"patterns": {item.name: item.filter_pattern for item, _ in pairs}}


def _unlikeness(item: tuple[_Pairs, Decision], question: Question) -> tuple[bool, float]:
    """Which of the filters that miss was meant for the control: a matter of explanation, never of the verdict."""
    pairs, decision = item
    likeness = _likeness(pairs, question)
    return decision.verdict is CoverVerdict.INVALID and not likeness, -likeness


def _likeness(pairs: _Pairs, question: Question) -> float:
    """Share of words in common with the reference, from 0 to 1; words that any pattern may have do not count."""
    reference = _words(question.control.references[0].effective)
    words = frozenset().union(*(_words(text) for text in _patterns(pairs)))
    return len(words & reference) / (len(words | reference) or 1)


_COMMON_WORDS = frozenset({"eventName", "eventSource", "NOT", "EXISTS", "IS", "NULL", "TRUE", "FALSE"})


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Za-z][\w.]*", text)) - _COMMON_WORDS


def _patterns(pairs: _Pairs) -> tuple[str, ...]:
    return tuple(item.filter_pattern or "" for item, _ in pairs)


def _names(pairs: _Pairs) -> str:
    if len(pairs) == 1:
        return f"metric filter {pairs[0][0].name}"
    return f"metric filters {', '.join(item.name for item, _ in pairs)} together"


def _sentence(text: str) -> str:
    if not text.startswith("CloudWatch"):
        text = text[:1].lower() + text[1:]
    return text if text.endswith(".") else f"{text}."


def rank_decision(decision: Decision | None) -> int:
    """How near a decision is to covering: lower is better."""
    return 4 if decision is None else _DECISION_RANK[decision.verdict]
