"""The facts, indexed for the hops: a question is a dictionary look-up, so time grows with the accounts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from checker.arns import LogGroupId, parse_arn
from checker.chain.aws_rules.metric_math import watched_accounts
from checker.chain.aws_rules.metrics_insights import ANY_ACCOUNT
from checker.chain.aws_rules.publishers import Publisher, publishers_of
from checker.chain.decisions import DecisionMemory
from checker.chain.needs import EVERY_ACCOUNT, Need, NotYetRead
from checker.facts import Account, Alarm, Facts, KmsKey, MetricFilter, ReadFailure, Topic, TopicSubscription, Trail


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
    """Facts by the keys that the chain follows. Rows that several connections show are taken once.

    ``read`` lists what was read so far; asked for anything else in an account that can be seen, it raises
    `NotYetRead`. Without ``read`` the facts are all there is.
    """

    def __init__(
        self,
        facts: Facts,
        *,
        shows_composites: bool = False,
        first_regions: Mapping[str, str] | None = None,
        memory: DecisionMemory | None = None,
        read: Iterable[Need] | None = None,
    ) -> None:
        self.shows_composites = shows_composites
        self.decisions = memory or DecisionMemory()
        self.is_copy = facts.is_copy
        self._first_regions = dict(first_regions or {})
        self._read = None if read is None else set(read)
        self._accounts: set[str] = set()
        self._connection_accounts: dict[str, set[str]] = defaultdict(set)
        self._rows_of_trails: dict[str, list[Trail]] = defaultdict(list)
        self._trails: dict[str, list[Trail]] = {}
        self._filters: dict[tuple[str, str, str], dict[str, MetricFilter]] = defaultdict(dict)
        self._publishers: dict[LogGroupId, tuple[Publisher, ...]] = {}
        self._alarms: dict[tuple[str, str], dict[str, Alarm]] = defaultdict(dict)
        self._watchers: dict[tuple[str, str], dict[tuple[str, str], Alarm]] = defaultdict(dict)
        self._topics: dict[str, Topic] = {}
        self._subscriptions: dict[str, dict[tuple[str | None, ...], TopicSubscription]] = defaultdict(dict)
        self._keys: dict[tuple[str, str, str], KmsKey] = {}
        self._failures: dict[tuple[str, str | None], list[ReadFailure]] = defaultdict(list)
        self._not_read: dict[tuple[str, str], list[str]] = {}
        tables = (facts.accounts, facts.trails, facts.metric_filters, facts.alarms)
        self._index(chain(*tables, facts.topics, facts.subscriptions, facts.keys))
        self._add_failures(facts.failures)

    def add(self, rows: Iterable[Any], *, failures: Iterable[ReadFailure] = (), read: Iterable[Need] = ()) -> None:
        """Take in what was brought for these needs; the rows may be of any query, and more than was asked for."""
        self._index(rows)
        self._add_failures(failures)
        if self._read is not None:
            self._read.update(read)

    def _index(self, rows: Iterable[Any]) -> None:
        """Put each row where it is looked for; the first of several rows of one thing stays."""
        for row in rows:
            match row:
                case Trail():
                    self._rows_of_trails[row.account_id].append(row)
                    self._trails.pop(row.account_id, None)
                case MetricFilter():
                    self._filters[row.account_id, row.region, row.log_group_name].setdefault(row.name, row)
                case Alarm():
                    self._alarms[row.account_id, row.region].setdefault(row.name, row)
                    for account_id in watched_accounts(row):
                        self._watchers[account_id, row.region].setdefault((row.account_id, row.name), row)
                case Topic():
                    self._topics.setdefault(row.topic_arn, row)
                case TopicSubscription():
                    identity = (row.subscription_arn, row.protocol, row.endpoint)
                    self._subscriptions[row.topic_arn].setdefault(identity, row)
                case KmsKey():
                    self._keys.setdefault((row.account_id, row.region, row.id), row)
                case Account():
                    self._accounts.add(row.account_id)
                    if row.connection:
                        self._connection_accounts[row.connection].add(row.account_id)

    def _add_failures(self, failures: Iterable[ReadFailure]) -> None:
        for failure in failures:
            self._not_read.clear()
            self._failures[failure.query, failure.account_id].append(failure)

    def require(self, *needs: Need) -> None:
        """Raise `NotYetRead` for what of this was not read; of accounts that nobody can see nothing ever is."""
        if self._read is None:
            return
        missing = [need for need in needs if need not in self._read and self._can_be_read(need)]
        if missing:
            raise NotYetRead(missing)

    def _can_be_read(self, need: Need) -> bool:
        return need.account_id in self._accounts or need.account_id == EVERY_ACCOUNT

    def spelled_out(self, needs: Iterable[Need]) -> set[Need]:
        """The needs account by account, without what was read of every account before."""
        found: set[Need] = set()
        for need in needs:
            if need.account_id != EVERY_ACCOUNT:
                found.add(need)
            else:
                found.update(replace(need, account_id=account) for account in self._accounts)
        return found - (self._read or set())

    def sees(self, account_id: str) -> bool:
        """The database shows this account."""
        return account_id in self._accounts

    def first_region(self, account_id: str) -> str | None:
        """The region from which the account's trails were looked for."""
        return self._first_regions.get(account_id)

    def trails(self, account_id: str) -> Sequence[Trail]:
        """The trails that the account shows, one row each."""
        if self._read is not None:
            self.require(Need("trails", account_id, self._first_regions.get(account_id, "")))
            self.require(*(need for trail in self._rows(account_id) for need in _at_home(trail)))
        return self._rows(account_id)

    def trail_of_owner(self, trail: Trail) -> Trail | None:
        """The owner's own row of a trail that a member shows."""
        arn = parse_arn(trail.arn)
        if arn is None:
            return None
        row = next((row for row in self._rows(arn.account_id) if row.arn == trail.arn), None)
        if self._read is not None:
            home = Need("trails", arn.account_id, trail.home_region or trail.region)
            self.require(*((home,) if row is None else _at_home(row)))
        return row

    def _rows(self, account_id: str) -> list[Trail]:
        if account_id not in self._trails:
            self._trails[account_id] = one_row_per_trail(self._rows_of_trails.get(account_id, ()))
        return self._trails[account_id]

    def filters(self, group: LogGroupId) -> Sequence[MetricFilter]:
        """The metric filters of a log group."""
        if self._read is not None:
            self.require(Need("metric_filters", group.account_id, group.region, group.name))
        return list(self._filters.get((group.account_id, group.region, group.name), {}).values())

    def publishers(self, group: LogGroupId) -> Sequence[Publisher]:
        """The filters of a log group by metric; made once a group."""
        if group not in self._publishers:
            self._publishers[group] = publishers_of(self.filters(group))
        return self._publishers[group]

    def alarms(self, account_id: str, region: str) -> Sequence[Alarm]:
        """The alarms of an account and region."""
        if self._read is not None:
            self.require(Need("alarms", account_id, region))
        return list(self._alarms.get((account_id, region), {}).values())

    def alarms_elsewhere(self, account_id: str, region: str) -> Sequence[Alarm]:
        """The alarms of other accounts (monitoring accounts) that say to watch metrics of this one."""
        if self._read is not None:
            self.require(Need("alarms", EVERY_ACCOUNT, region))
        everybody = self._watchers.get((ANY_ACCOUNT, region), {})
        others = {identity: alarm for identity, alarm in everybody.items() if alarm.account_id != account_id}
        found = others | self._watchers.get((account_id, region), {})
        return [found[identity] for identity in sorted(found)]

    def accounts_not_read(self, query: str, region: str) -> Sequence[str]:
        """Accounts that can be seen, of which the rows of this query in a region could not be read."""
        if (query, region) not in self._not_read:
            concerned = {account or "" for name, account in self._failures if name == query} & self._accounts
            self._not_read[query, region] = sorted(a for a in concerned if self.failure(query, a, region))
        return self._not_read[query, region]

    def require_topics(self, arns: Iterable[str]) -> None:
        """Have all these topics read at once, before they are judged one after another."""
        if self._read is not None:
            self.require(*(_of_arn("topics", arn) for arn in arns))

    def topic(self, arn: str) -> Topic | None:
        """The topic, or ``None`` when no row was read."""
        self.require_topics((arn,))
        return self._topics.get(arn)

    def subscriptions(self, topic_arn: str) -> Sequence[TopicSubscription]:
        """The subscriptions of a topic, in an order of their own, so that a finding names the same one every time."""
        if self._read is not None:
            self.require(_of_arn("topic_subscriptions", topic_arn))
        found = self._subscriptions.get(topic_arn, {})
        return [found[identity] for identity in sorted(found, key=lambda parts: [part or "" for part in parts])]

    def key(self, topic: Topic, key_id: str) -> KmsKey | None:
        """The customer key of a topic; the account is the key ARN's, else the topic's."""
        arn = parse_arn(topic.kms_master_key_id)
        account_id = arn.account_id if arn else topic.account_id
        region = arn.region if arn else topic.region
        if self._read is not None:
            self.require(Need("kms_keys", account_id, region, key_id))
        return self._keys.get((account_id, region, key_id))

    def failure(
        self, query: str, account_id: str, region: str | None, *, name: str | None = None
    ) -> ReadFailure | None:
        """Why rows of this query may be missing for an account and region, and of one ``name``; or ``None``."""
        # Readers run side by side: in the order of their answers the same failures would explain differently.
        found = sorted(self._failures.get((query, account_id), ()), key=_by_content)
        found.extend(sorted(self._failures.get((query, None), ()), key=_by_content))
        for failure in found:
            if failure.region is not None and region is not None and failure.region != region:
                continue
            if name is not None and failure.name not in (None, name):
                continue
            elsewhere = failure.account_id is None and failure.connection is not None
            if elsewhere and account_id not in self._connection_accounts.get(failure.connection or "", ()):
                continue
            return failure
        return None


def _at_home(trail: Trail) -> tuple[Need, ...]:
    """The home region of an account's own trail whose status was not told: it decides."""
    arn = parse_arn(trail.arn)
    own = arn is None or arn.account_id in ("", trail.account_id)
    if own and trail.is_logging is None and trail.home_region and trail.home_region != trail.region:
        return (Need("trails", trail.account_id, trail.home_region),)
    return ()


def _of_arn(query: str, arn: str) -> Need:
    parsed = parse_arn(arn)
    return Need(query, parsed.account_id if parsed else "", parsed.region if parsed else "", arn)


def _by_content(failure: ReadFailure) -> tuple[str, ...]:
    return failure.region or "", failure.connection or "", failure.action or "", failure.message
