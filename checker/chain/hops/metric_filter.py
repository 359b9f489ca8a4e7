"""Hop 3: a metric filter on that group whose pattern covers a reference, publishing what can make an alarm fire.

Filters of one group that publish to one metric count together: the union of their patterns is decided. Sources:
CloudWatch Logs user guide, "Creating metrics from log events using filters" (metric value, default value,
dimensions), API reference ``MetricTransformation``, ``PutMetricFilter`` (a name that exists is replaced).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.arns import LogGroupId
from checker.chain.aws_rules.publishers import Publisher, Transformation, metric_value
from checker.chain.commands import filter_beside, free_name, put_metric_filter
from checker.chain.decisions import REFUTED, FilterQuestion
from checker.chain.filter_decision import Decision
from checker.chain.filter_pairs import (
    Pair,
    Pairs,
    counts,
    evidence_of,
    filter_arn,
    hidden_by_the_source,
    names_of,
    patterns_of,
)
from checker.chain.filter_scope import out_of_scope
from checker.chain.lookup import Lookup
from checker.chain.reasons import Code
from checker.chain.resemblance import is_about, likeness, subject_of
from checker.chain.verdicts import Outcome, not_read, verdict
from checker.facts import MetricFilter
from checker.findings import HopStatus, HopVerdict
from checker.patterns import CoverVerdict


@dataclass(frozen=True, slots=True)
class Publication:
    """A metric that one matching event changes: what an alarm must watch."""

    filters: tuple[MetricFilter, ...]
    transformation: Transformation
    value: float
    """What one event adds at least."""
    zeros: bool
    """Datapoints of 0 are published between events (default value, or another filter with value 0)."""
    resting: tuple[float, ...] = ()
    """Other values that are published between events (default values)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What the chain goes on with behind the filters of a group."""

    group: LogGroupId
    publication: Publication


@dataclass(frozen=True, slots=True)
class FilterOutcome(Outcome[Feed]):
    """With the decision on the patterns, which tells the witness and what others accept."""

    decision: Decision | None = None


def judge_filters(group: LogGroupId, lookup: Lookup, question: FilterQuestion) -> list[FilterOutcome]:
    """The ways in which the filters of the group may serve the control, best first.

    When one way holds, the ways that are broken here are left out: their chains break earlier. When none holds or is
    unknown, the one outcome is about the filter that was meant for the control, or says that there is none.
    """
    filters = lookup.filters(group)
    # A group is read whole or not at all: rows mean that the failure was another group's.
    if not filters and (failure := lookup.failure("metric_filters", group.account_id, group.region, name=group.name)):
        what = f"the metric filters of log group {group.name}"
        place = {"region": group.region, "account_id": group.account_id}
        return [FilterOutcome(not_read(Code.FILTERS_NOT_READ, failure, what, **place))]
    publishers = lookup.publishers(group)
    if not publishers:
        return [FilterOutcome(_nothing_publishes(group, filters, question))]
    open_ways: list[FilterOutcome] = []
    misses: list[tuple[Pairs, Decision]] = []
    for publisher in publishers:
        _Sorting(group, publisher, lookup, question, open_ways, misses).sort()
    kept = [outcome for outcome in open_ways if outcome.verdict.status is not HopStatus.ALARM]
    if kept:
        return sorted(kept, key=lambda outcome: outcome.verdict.status.order)
    return open_ways[:1] or [_blamed(group, filters, misses, lookup, question)]


def _nothing_publishes(group: LogGroupId, filters: Sequence[MetricFilter], question: FilterQuestion) -> HopVerdict:
    remedy = f"Add one with the reference pattern: {command_that_adds(group, filters, question)}."
    if filters:
        reason = f"no metric filter of log group {group.name} publishes a metric."
        return verdict(Code.FILTER_WITHOUT_METRIC, reason, remedy, group.arn)
    return verdict(Code.FILTER_NONE, f"log group {group.name} has no metric filter.", remedy, group.arn)


def command_that_adds(group: LogGroupId, filters: Sequence[MetricFilter], question: FilterQuestion) -> str:
    """The line that adds a filter with the reference pattern, under a name that is free."""
    names = question.control.names
    name = free_name(names.filter_name, (item.name for item in filters))
    metric = (names.metric_namespace, names.metric_name)
    return put_metric_filter(group, name, question.control.references[0].effective, metric)


@dataclass(frozen=True, slots=True)
class _Sorting:
    """Sorts the filters of one metric into what covers or is not known (``ways``) and what misses."""

    group: LogGroupId
    publisher: Publisher
    lookup: Lookup
    question: FilterQuestion
    ways: list[FilterOutcome]
    misses: list[tuple[Pairs, Decision]]

    def sort(self) -> None:
        """Each filter alone, and their union where that is needed."""
        before = len(self.ways)
        for pair in self.publisher.pairs:
            self._sort_in((pair,))
        useful = tuple(pair for pair in self.publisher.pairs if counts(pair, self.group, self.question.account_id))
        found = self.ways[before:]
        if len(useful) > 1 and all(outcome.verdict.status is not HopStatus.OK for outcome in found):
            self._sort_in(useful)

    def _sort_in(self, pairs: Pairs) -> None:
        if any(item.filter_pattern is None for item, _ in pairs):
            reason = f"the pattern of {names_of(pairs)} on log group {self.group.name} could not be read."
            arn = filter_arn(pairs[0][0], self.group)
            self.ways.append(FilterOutcome(verdict(Code.FILTER_PATTERN_NOT_READ, reason, resource=arn)))
            return
        decision = self.lookup.decisions.decided(patterns_of(pairs), self.question)
        if decision.verdict is CoverVerdict.COVERS:
            self.ways.append(_covers(self.group, pairs, decision, self.question, self.publisher))
        elif decision.verdict is CoverVerdict.UNKNOWN:
            self.ways.append(_about_pattern(self.group, pairs, decision, self.lookup, self.question))
        else:
            self.misses.append((pairs, decision))


def _blamed(
    group: LogGroupId,
    filters: Sequence[MetricFilter],
    misses: Sequence[tuple[Pairs, Decision]],
    lookup: Lookup,
    question: FilterQuestion,
) -> FilterOutcome:
    """The filter that was meant for the control: a matter of explanation, never of the verdict."""
    reference = question.control.references[0].effective
    meant = [item for item in misses if is_about(patterns_of(item[0]), question.control)]
    if not meant:
        subject = subject_of(question.control)
        reason = f"no metric filter of log group {group.name} is about {subject} ({_listed(filters)})."
        remedy = f"Add one with the reference pattern: {command_that_adds(group, filters, question)}."
        return FilterOutcome(verdict(Code.FILTER_NONE_ABOUT_CONTROL, reason, remedy, group.arn))
    missing = [pairs for pairs, decision in meant if decision.verdict is CoverVerdict.MISSES]
    together = tuple(
        {pair[0].name: pair for pairs in missing for pair in pairs if counts(pair, group, question.account_id)}.values()
    )
    if len(together) > 1:
        # What one leaves out another may match: all are looked at, so that the witness is missed by all.
        decision = lookup.decisions.in_full(patterns_of(together), question)
        if decision.verdict is CoverVerdict.MISSES:
            return _about_pattern(group, together, decision, lookup, question)
    pairs, decision = min(
        meant,
        key=lambda item: (item[1].verdict is CoverVerdict.INVALID, -likeness(patterns_of(item[0]), reference)),
    )
    if decision is REFUTED:
        decision = lookup.decisions.in_full(patterns_of(pairs), question)
    return _about_pattern(group, pairs, decision, lookup, question)


_MOST_NAMES = 5


def _listed(filters: Sequence[MetricFilter]) -> str:
    names = sorted({item.name for item in filters})
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"it has {', '.join(names[:_MOST_NAMES])}{more}"


_CODES = {
    CoverVerdict.UNKNOWN: Code.FILTER_UNDECIDED,
    CoverVerdict.MISSES: Code.FILTER_MISSES_EVENTS,
    CoverVerdict.INVALID: Code.FILTER_PATTERN_INVALID,
}


def _about_pattern(
    group: LogGroupId, pairs: Pairs, decision: Decision, lookup: Lookup, question: FilterQuestion
) -> FilterOutcome:
    """The verdict on patterns that do not cover, or of which that is not known."""
    reason = f"{names_of(pairs)} on log group {group.name}: {_sentence(decision.reason)}"
    add = command_that_adds(group, lookup.filters(group), question)
    widen = "Widen the pattern, or add" if decision.verdict is CoverVerdict.MISSES else "Add"
    remedy = f"{widen} a filter with the reference pattern: {add}."
    resource, evidence = filter_arn(pairs[0][0], group), evidence_of(pairs)
    return FilterOutcome(
        verdict(_CODES[decision.verdict], reason, remedy, resource, evidence=evidence), decision=decision
    )


def _covers(
    group: LogGroupId, pairs: Pairs, decision: Decision, question: FilterQuestion, publisher: Publisher
) -> FilterOutcome:
    """The verdict on patterns that cover: what they publish decides."""
    names, arn, evidence = names_of(pairs), filter_arn(pairs[0][0], group), evidence_of(pairs)
    if scope := out_of_scope([item for item, _ in pairs], group, question.account_id, names):
        return FilterOutcome(scope, decision=decision)
    first = pairs[0][1]
    values = [(metric_value(pair[1].value), pair) for pair in pairs]
    alone = len(pairs) == 1
    if unknown := [pair for number, pair in values if number is None]:
        text = unknown[0][1].value
        kind = "a value taken from the event" if text.startswith("$") else "which is no number"
        what = f"{text}, {kind}" if text else "a value that could not be read"
        verb = "publishes" if alone else "publish"
        reason = f"{names} {verb} {what}: whether it reaches the alarm's threshold is not known."
        code = Code.FILTER_VALUE_UNKNOWN
        return FilterOutcome(
            verdict(code, reason, _publish_one(unknown[0], group), arn, evidence=evidence), None, (), decision
        )
    value, least = min(((number, pair) for number, pair in values if number is not None), key=lambda entry: entry[0])
    if value <= 0:
        both = "covers the control but publishes" if alone else "cover the control but publish"
        reason = f"{names} {both} {value:g}: no alarm can tell an event from none."
        code = Code.FILTER_VALUE_NOT_POSITIVE
        return FilterOutcome(
            verdict(code, reason, _publish_one(least, group), arn, evidence=evidence), None, (), decision
        )
    covers, publishes = ("covers", "publishes") if alone else ("cover", "publish")
    reason = (
        f"{names} on log group {group.name} {covers} {question.control.control_id} and {publishes} {value:g} to "
        f"{first.namespace}/{first.metric}."
    )
    publication = Publication(tuple(item for item, _ in pairs), first, value, publisher.zeros, publisher.resting)
    return FilterOutcome(
        verdict(Code.FILTER_COVERS, reason, resource=arn, evidence=evidence),
        Feed(group, publication),
        (*hidden_by_the_source(pairs), *(f"{names}: {remark}" for remark in decision.remarks)),
        decision,
    )


def _publish_one(pair: Pair, group: LogGroupId) -> str:
    item, transformation = pair
    metric = (transformation.namespace, transformation.metric)
    return f"Add a filter that publishes 1: {filter_beside(group, item.name, item.filter_pattern or '', metric)}."


def _sentence(text: str) -> str:
    if not text.startswith("CloudWatch"):
        text = text[:1].lower() + text[1:]
    return text if text.endswith(".") else f"{text}."
