"""The facts, indexed for the hops: a question is a dictionary look-up, so time grows with the accounts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from checker.arns import LogGroupId, parse_arn
from checker.chain.aws_rules.publishers import Publisher, publishers_of
from checker.chain.decisions import DecisionMemory
from checker.facts import Alarm, Facts, KmsKey, MetricFilter, ReadFailure, Topic, TopicSubscription, Trail


def one_row_per_trail(rows: Iterable[Trail]) -> list[Trail]:
    """One row per (viewing account, trail): the home region's row where it is there, because it decides."""
    chosen: dict[tuple[str, str], Trail] = {}
    for row in rows:
        key = (row.account_id, row.arn)
        if key not in chosen or _nearness(row) < _nearness(chosen[key]):
            chosen[key] = row
    return sorted(chosen.values(), key=lambda trail: (trail.account_id, trail.arn))


def _nearness(row: Trail) -> tuple[bool, str, str]:
    # Beyond the home region the order is of no matter, but it must not depend on who answered first.
    return row.region != row.home_region, row.region, row.connection or ""


class Lookup:
    """Facts by the keys that the chain follows. Rows that several connections show are taken once."""

    def __init__(
        self,
        facts: Facts,
        *,
        shows_composites: bool = False,
        first_regions: Mapping[str, str] | None = None,
        memory: DecisionMemory | None = None,
    ) -> None:
        self.shows_composites = shows_composites
        self.decisions = memory or DecisionMemory()
        self._first_regions = first_regions or {}
        self._accounts = {account.account_id for account in facts.accounts}
        self._connection_accounts: dict[str, set[str]] = defaultdict(set)
        for account in facts.accounts:
            if account.connection:
                self._connection_accounts[account.connection].add(account.account_id)
        self._trails: dict[str, list[Trail]] = defaultdict(list)
        for trail in one_row_per_trail(facts.trails):
            self._trails[trail.account_id].append(trail)
        self._filters: dict[tuple[str, str, str], dict[str, MetricFilter]] = defaultdict(dict)
        for item in facts.metric_filters:
            self._filters[item.account_id, item.region, item.log_group_name].setdefault(item.name, item)
        self._publishers: dict[LogGroupId, tuple[Publisher, ...]] = {}
        self._alarms: dict[tuple[str, str], dict[str, Alarm]] = defaultdict(dict)
        for alarm in facts.alarms:
            self._alarms[alarm.account_id, alarm.region].setdefault(alarm.name, alarm)
        self._topics = {topic.topic_arn: topic for topic in reversed(facts.topics)}
        self._subscriptions: dict[str, dict[tuple[str | None, ...], TopicSubscription]] = defaultdict(dict)
        for row in facts.subscriptions:
            identity = (row.subscription_arn, row.protocol, row.endpoint)
            self._subscriptions[row.topic_arn].setdefault(identity, row)
        self._keys = {(key.account_id, key.region, key.id): key for key in reversed(facts.keys)}
        self._failures: dict[tuple[str, str | None], list[ReadFailure]] = defaultdict(list)
        for failure in facts.failures:
            self._failures[failure.query, failure.account_id].append(failure)

    def sees(self, account_id: str) -> bool:
        """The database shows this account."""
        return account_id in self._accounts

    def first_region(self, account_id: str) -> str | None:
        """The region from which the account's trails were looked for."""
        return self._first_regions.get(account_id)

    def trails(self, account_id: str) -> Sequence[Trail]:
        """The trails that the account shows, one row each."""
        return self._trails.get(account_id, ())

    def trail_of_owner(self, trail: Trail) -> Trail | None:
        """The owner's own row of a trail that a member shows."""
        arn = parse_arn(trail.arn)
        rows = self._trails.get(arn.account_id, ()) if arn else ()
        return next((row for row in rows if row.arn == trail.arn), None)

    def filters(self, group: LogGroupId) -> Sequence[MetricFilter]:
        """The metric filters of a log group."""
        return list(self._filters.get((group.account_id, group.region, group.name), {}).values())

    def publishers(self, group: LogGroupId) -> Sequence[Publisher]:
        """The filters of a log group by metric; made once a group."""
        if group not in self._publishers:
            self._publishers[group] = publishers_of(self.filters(group))
        return self._publishers[group]

    def alarms(self, account_id: str, region: str) -> Sequence[Alarm]:
        """The alarms of an account and region."""
        return list(self._alarms.get((account_id, region), {}).values())

    def topic(self, arn: str) -> Topic | None:
        """The topic, or ``None`` when no row was read."""
        return self._topics.get(arn)

    def subscriptions(self, topic_arn: str) -> Sequence[TopicSubscription]:
        """The subscriptions of a topic, in an order of their own, so that a finding names the same one every time."""
        found = self._subscriptions.get(topic_arn, {})
        return [found[identity] for identity in sorted(found, key=lambda parts: [part or "" for part in parts])]

    def key(self, topic: Topic, key_id: str) -> KmsKey | None:
        """The customer key of a topic; the account is the key ARN's, else the topic's."""
        arn = parse_arn(topic.kms_master_key_id)
        account_id = arn.account_id if arn else topic.account_id
        region = arn.region if arn else topic.region
        return self._keys.get((account_id, region, key_id))

    def failure(self, query: str, account_id: str, region: str | None) -> ReadFailure | None:
        """Why rows of this query may be missing for an account and region, or ``None``."""
        # Readers run side by side: in the order of their answers the same failures would explain differently.
        found = sorted(self._failures.get((query, account_id), ()), key=_by_content)
        found.extend(sorted(self._failures.get((query, None), ()), key=_by_content))
        for failure in found:
            if failure.region is not None and region is not None and failure.region != region:
                continue
            elsewhere = failure.account_id is None and failure.connection is not None
            if elsewhere and account_id not in self._connection_accounts.get(failure.connection or "", ()):
                continue
            return failure
        return None


def _by_content(failure: ReadFailure) -> tuple[str, ...]:
    return failure.region or "", failure.connection or "", failure.action or "", failure.message
