"""What exists in an account and region, as the facts show it: rows by their identity, names that are taken. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Any, TypeVar

from checker.arns import LogGroupId, parse_arn
from checker.chain.aws_rules.publish import key_id_of
from checker.chain.aws_rules.publishers import transformations
from checker.chain.lookup import Lookup
from checker.facts import Alarm, Facts, KmsKey, LogGroup, MetricFilter, Topic
from remediation.planning.steps import Metric

Row = TypeVar("Row")


class Inventory(Lookup):
    """The check's look-ups, and what else planning asks of the facts. Two connections may show one account: each object
    counts once, rows keep their order."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.facts = facts
        self._filters_in: dict[tuple[str, str], list[MetricFilter]] = defaultdict(list)
        for row in _once(facts.metric_filters, lambda row: (row.account_id, row.region, row.log_group_name, row.name)):
            self._filters_in[row.account_id, row.region].append(row)
        self._topics_in: dict[tuple[str, str], dict[str, Topic]] = defaultdict(dict)
        for topic in facts.topics:
            if arn := parse_arn(topic.topic_arn):
                self._topics_in[arn.account_id, arn.region].setdefault(topic.topic_arn, topic)
        self._groups = {(group.account_id, group.region, group.name): group for group in facts.log_groups}
        self._connections = {account.account_id: account.connection for account in reversed(facts.accounts)}
        self._partitions = {account.account_id: account.partition for account in reversed(facts.accounts)}

    def filters_in(self, account_id: str, region: str) -> list[MetricFilter]:
        """Every filter that was read there, of whatever log group."""
        return self._filters_in[account_id, region]

    def feeders(self, account_id: str, region: str, metric: Metric) -> list[MetricFilter]:
        """The filters that publish to a metric, of whatever log group."""
        wanted = (metric.namespace, metric.name)
        rows = self.filters_in(account_id, region)
        return [row for row in rows if any((item.namespace, item.metric) == wanted for item in transformations(row))]

    def filter_at(self, resource: str | None) -> MetricFilter | None:
        """The filter of an ``...:log-group:GROUP:metric-filter:NAME`` resource."""
        arn = parse_arn(resource)
        if arn is None:
            return None
        group, _, name = arn.resource.removeprefix("log-group:").partition(":metric-filter:")
        rows = self.filters_in(arn.account_id, arn.region)
        return next((row for row in rows if row.log_group_name == group and row.name == name), None)

    def alarm_at(self, resource: str | None) -> Alarm | None:
        """The alarm of an ARN."""
        arn = parse_arn(resource)
        if arn is None:
            return None
        name = arn.resource.removeprefix("alarm:")
        return next((row for row in self.alarms(arn.account_id, arn.region) if row.name == name), None)

    def customer_key(self, topic: Topic) -> KmsKey | None:
        """The customer key of a topic, when it was read."""
        key_id = key_id_of(topic.kms_master_key_id)
        return self.key(topic, key_id) if key_id else None

    def topics(self, account_id: str, region: str) -> list[Topic]:
        """Topics of one account and region, by name."""
        return [topic for _, topic in sorted(self._topics_in[account_id, region].items())]

    def log_group(self, group: LogGroupId) -> LogGroup | None:
        """Class and number of filters of a group, when they were read."""
        return self._groups.get((group.account_id, group.region, group.name))

    def connection(self, account_id: str) -> str | None:
        """The first connection that shows the account."""
        return self._connections.get(account_id)

    def partition(self, account_id: str) -> str:
        """The account's partition; ``aws`` when nothing says otherwise."""
        return self._partitions.get(account_id) or "aws"

    def metrics_in_use(self, account_id: str, region: str) -> set[Metric]:
        """Metrics that a filter publishes to or an alarm watches."""
        used = {
            Metric(entry.namespace, entry.metric)
            for row in self.filters_in(account_id, region)
            for entry in transformations(row)
        }
        for alarm in self.alarms(account_id, region):
            if alarm.metric_name and alarm.namespace:
                used.add(Metric(alarm.namespace, alarm.metric_name))
            for query in alarm.metrics or ():
                metric = (query.get("MetricStat") or {}).get("Metric") or {}
                used.add(Metric(str(metric.get("Namespace")), str(metric.get("MetricName"))))
        return used


def _once(rows: Iterable[Row], identity: Any) -> list[Row]:
    chosen: dict[Hashable, Row] = {}
    for row in rows:
        chosen.setdefault(identity(row), row)
    return list(chosen.values())
