"""Who relies on whom in one account and region: filter, metric, alarm, composite alarm, topic, subscription. Pure.

Everything on a way through an object relies on it: what is above it is heard through it, what is below it hears through
it. Before a step the plan notes what would rely on its object already (``used_before``); what is found besides when the
step is undone came later. The same graph serves both, so that the same object has the same name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.chain.aws_rules.publishers import transformations
from remediation.planning.inventory import Inventory
from remediation.planning.settings import endpoint_identity
from remediation.planning.steps import Metric, Step, StepKind


@dataclass(frozen=True, slots=True)
class FilterUse:
    """A metric filter and the metrics that it publishes to."""

    group: str
    name: str
    metrics: tuple[Metric, ...]

    def __str__(self) -> str:
        return f"metric filter {self.name} on log group {self.group}"


@dataclass(frozen=True, slots=True)
class AlarmUse:
    """A metric or composite alarm (they share one space of names): what it watches or names, and what it notifies."""

    name: str
    namespace: str | None = None
    metric: str | None = None
    queries: Sequence[Mapping[str, Any]] = ()
    rule: str = ""
    """A composite alarm's rule and its action suppressor."""
    actions: Collection[str] = ()

    def __str__(self) -> str:
        return f"alarm {self.name}"

    def is_watching(self, metric: Metric) -> bool:
        """Whatever dimensions it asks for. An expression that names the metric counts: Metrics Insights reads metrics
        that no query lists (CloudWatch user guide, "Metrics Insights query components and syntax")."""
        if (self.namespace, self.metric) == (metric.namespace, metric.name):
            return True
        for query in self.queries:
            asked = (query.get("MetricStat") or {}).get("Metric") or {}
            listed = (asked.get("Namespace"), asked.get("MetricName")) == (metric.namespace, metric.name)
            if listed or metric.name in str(query.get("Expression") or ""):
                return True
        return False

    def is_naming(self, alarm: str) -> bool:
        """A composite alarm's rule names alarms by name or ARN, quoted or not (CloudWatch API reference,
        ``PutCompositeAlarm``)."""
        return re.search(rf"(?:^|[\s(\"':]){re.escape(alarm)}(?:$|[\s)\"'])", self.rule) is not None


@dataclass(frozen=True, slots=True)
class SubscriptionUse:
    """A subscription, confirmed or pending, by the identity of its endpoint."""

    topic_arn: str
    identity: str

    def __str__(self) -> str:
        return f"subscription {self.identity} of topic {self.topic_arn.rpartition(':')[2]}"


class Reliance:
    """The ways between the objects of one account and region."""

    def __init__(
        self,
        filters: Iterable[FilterUse] = (),
        alarms: Iterable[AlarmUse] = (),
        subscriptions: Iterable[SubscriptionUse] = (),
    ) -> None:
        self._below: dict[Hashable, set[Hashable]] = defaultdict(set)
        self._above: dict[Hashable, set[Hashable]] = defaultdict(set)
        known, metrics = list(alarms), set()
        for item in filters:
            for metric in item.metrics:
                metrics.add(metric)
                self._lead(str(item), metric)
        composites = [alarm for alarm in known if alarm.rule]
        for alarm in known:
            for metric in metrics:
                if alarm.is_watching(metric):
                    self._lead(metric, str(alarm))
            for topic_arn in alarm.actions:
                self._lead(str(alarm), (topic_arn,))
            for composite in composites:
                if composite.is_naming(alarm.name):
                    self._lead(str(alarm), str(composite))
        for subscription in subscriptions:
            self._lead((subscription.topic_arn,), str(subscription))

    def users(self, node: Hashable, *, without: Collection[str] = ()) -> frozenset[str]:
        """Filters, alarms and subscriptions on a way through the node. ``without``: objects that are taken as gone.

        ``node``: the text of a filter, alarm or subscription, or ``(topic ARN,)``.
        """
        found = self._reach(node, self._below, without) | self._reach(node, self._above, without)
        return frozenset(item for item in found if isinstance(item, str))

    def _lead(self, above: Hashable, below: Hashable) -> None:
        self._below[above].add(below)
        self._above[below].add(above)

    def _reach(
        self, start: Hashable, ways: Mapping[Hashable, set[Hashable]], without: Collection[str]
    ) -> set[Hashable]:
        found: set[Hashable] = set()
        front = [start]
        while front:
            for item in ways.get(front.pop(), ()):
                if item not in found and item not in without and item != start:
                    found.add(item)
                    front.append(item)
        return found


def node_of(kind: StepKind, resource: str, step_id: str) -> Hashable:
    """The object of a step in the graph, by its resource and the step's id."""
    match kind:
        case StepKind.METRIC_FILTER:
            group, _, name = resource.partition(":log-group:")[2].rpartition(":metric-filter:")
            return str(FilterUse(group, name, ()))
        case StepKind.ALARM:
            return str(AlarmUse(resource.partition(":alarm:")[2]))
        case StepKind.SUBSCRIPTION:
            return str(SubscriptionUse(resource, step_id.removeprefix(f"{resource}#")))
        case _:
            return (resource,)


def used_before(inventory: Inventory, step: Step) -> tuple[str, ...]:
    """What would rely on the object of a step that is not made yet, in alphabetical order."""
    account, region, arguments = step.account_id, step.region, step.arguments
    filters = [
        FilterUse(
            row.log_group_name,
            row.name,
            tuple(Metric(entry.namespace, entry.metric) for entry in transformations(row)),
        )
        for row in inventory.filters_in(account, region)
    ]
    alarms = [
        AlarmUse(row.name, row.namespace, row.metric_name, row.metrics or (), row.alarm_rule or "", topics)
        for row in inventory.alarms(account, region)
        for topics in (tuple(map(str, row.alarm_actions or ())),)
    ]
    subscribed = {topic_arn for alarm in alarms for topic_arn in alarm.actions} | {step.resource}
    match step.kind:
        case StepKind.METRIC_FILTER:
            filters.append(filter_use(arguments))
        case StepKind.ALARM:
            alarms.append(alarm_use(arguments))
            subscribed |= set(arguments["AlarmActions"])
        case _:
            pass
    subscriptions = [
        SubscriptionUse(row.topic_arn, endpoint_identity(row.protocol or "", row.endpoint or ""))
        for topic_arn in sorted(subscribed)
        for row in inventory.subscriptions(topic_arn)
    ]
    if step.kind is StepKind.SUBSCRIPTION:
        identity = endpoint_identity(arguments["Protocol"], arguments["Endpoint"])
        subscriptions.append(SubscriptionUse(step.resource, identity))
    graph = Reliance(filters, alarms, subscriptions)
    return tuple(sorted(graph.users(node_of(step.kind, step.resource, step.id))))


def filter_use(described: Mapping[str, Any]) -> FilterUse:
    """A filter as the API shows or takes it."""
    group, name = described.get("logGroupName", ""), described["filterName"]
    metrics = (Metric(entry["metricNamespace"], entry["metricName"]) for entry in described["metricTransformations"])
    return FilterUse(group, name, tuple(metrics))


def alarm_use(described: Mapping[str, Any]) -> AlarmUse:
    """An alarm as the API shows or takes it. Its actions are those of any state."""
    actions = [
        action
        for state in ("AlarmActions", "OKActions", "InsufficientDataActions")
        for action in described.get(state, ())
    ]
    rule = " ".join(filter(None, (described.get("AlarmRule"), described.get("ActionsSuppressor"))))
    return AlarmUse(
        described["AlarmName"],
        described.get("Namespace"),
        described.get("MetricName"),
        described.get("Metrics", ()),
        rule,
        tuple(actions),
    )
