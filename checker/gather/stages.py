"""The stages of a check: accounts, trails, then only what lies on a chain that can still hold.

Linear by construction. Steampipe and the embedded database make every value of every array meet every other, so
parameters that belong together stay paired: filters by (region, group name) with all accounts that share them,
alarms by region, topics, subscriptions and keys by (account, region). A plain Postgres costs no AWS calls: there,
everything of a stage is one question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from checker.arns import LogGroupId, parse_arn
from checker.chain.aws_rules.composite_rule import composites_over
from checker.chain.decisions import DecisionMemory, FilterQuestion
from checker.chain.hops.alarm import judge_alarms
from checker.chain.hops.log_group import judge_log_group
from checker.chain.hops.metric_filter import Publication, judge_filters
from checker.chain.hops.topic import judge_topics, topic_arns
from checker.chain.hops.trail import judge_trail
from checker.chain.lookup import Lookup
from checker.controls.selected import SelectedControl
from checker.database.source import Source
from checker.facts import Account, Alarm, Facts, ReadFailure, Trail
from checker.findings import HopStatus
from checker.gather.isolation import Reader, Request
from checker.gather.requests import in_order, key_arns, merged, requests_by_place

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for: accounts (empty: all that can be seen) and controls.

    ``excluding`` gives the exclusions (pattern texts) that are declared for a control and account.
    """

    controls: tuple[SelectedControl, ...]
    account_ids: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    excluding: Callable[[str, str], tuple[str, ...]] = lambda _control, _account: ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything read. ``accounts`` are those to judge, ``visible`` all that the databases show."""

    facts: Facts
    accounts: tuple[Account, ...]
    visible: tuple[Account, ...]
    failed_connections: tuple[ReadFailure, ...]
    first_regions: Mapping[str, str]
    sources: Mapping[str, Source]
    complete: bool
    decisions: DecisionMemory = field(default_factory=DecisionMemory)


def gather(sources: Sequence[Source], selection: Selection, reader: Reader) -> Gathered:
    """Read what the selected controls need, stage by stage."""
    return _Gathering(sources, selection, reader).run()


class _Gathering:
    def __init__(self, sources: Sequence[Source], selection: Selection, reader: Reader) -> None:
        self._sources = sources
        self._selection = selection
        self._reader = reader
        self._source_of: dict[str, Source] = {}
        self._regions: dict[str, str] = {}
        self._facts = Facts()
        self._memory = DecisionMemory()

    def run(self) -> Gathered:
        failed = self._read_accounts()
        chosen = self._selection.account_ids
        accounts = tuple(a for a in self._facts.accounts if not chosen or a.account_id in chosen)
        self._read_trails(accounts)
        groups = self._groups(accounts)
        self._read_filters(groups)
        publications = list(self._publications(groups))
        self._read_alarms({group for group, _ in publications})
        alarms = self._alarms(publications)
        self._read_topics(alarms)
        self._read_keys()
        self._read_subscriptions(alarms)
        partial = tuple(failure for source in self._sources for failure in source.database.partial_failures)
        return Gathered(
            facts=replace(self._facts, failures=(*self._reader.failures, *partial)),
            accounts=accounts,
            visible=self._facts.accounts,
            failed_connections=failed,
            first_regions=self._regions,
            sources=self._source_of,
            complete=not self._reader.interrupted,
            decisions=self._memory,
        )

    # -- stages ----------------------------------------------------------------------------------------------------

    def _read_accounts(self) -> tuple[ReadFailure, ...]:
        found: dict[str, Account] = {}
        for source in self._sources:
            rows = self._reader.read("accounts", [Request(source, "accounts")])
            for account in sorted(rows, key=lambda row: (row.account_id, row.connection or "")):
                # An account behind two connections is read through the first of them only.
                if account.account_id not in found:
                    found[account.account_id] = account
                    self._source_of[account.account_id] = source
                    self._reader.learn_connection(account.account_id, account.connection)
        self._facts = replace(self._facts, accounts=tuple(found.values()))
        return tuple(failure for failure in self._reader.failures if failure.query == "accounts")

    def _read_trails(self, accounts: Iterable[Account]) -> None:
        for account in accounts:
            self._regions[account.account_id] = self._source_of[account.account_id].region_for(account)
        asked = {(account.account_id, self._regions[account.account_id]) for account in accounts}
        self._add_trails(asked)
        self._add_trails(self._unread_homes(), beyond=asked)
        self._add_trails(self._owners(), beyond=asked)

    def _add_trails(self, wanted: Iterable[tuple[str, str]], *, beyond: Iterable[tuple[str, str]] = ()) -> None:
        pairs = set(wanted) - set(beyond)
        requests = []
        for (source, region), accounts in _grouped(pairs, lambda pair: (self._source_of[pair[0]], pair[1])).items():
            ids = in_order(account for account, _ in accounts)
            requests.append(self._request(source, "trails", ids, regions=(region,)))
        rows = self._reader.read("trails", merged(requests, "regions"))
        self._facts = replace(self._facts, trails=(*self._facts.trails, *rows))

    def _unread_homes(self) -> Iterator[tuple[str, str]]:
        """Trails whose status the first look did not tell: their home region decides."""
        for trail in self._facts.trails:
            own = _owner(trail) == trail.account_id
            if own and trail.is_logging is None and trail.home_region and trail.home_region != trail.region:
                yield trail.account_id, trail.home_region

    def _owners(self) -> Iterator[tuple[str, str]]:
        """Owners of trails that members show, where the owner is visible but was not asked."""
        asked = {trail.account_id for trail in self._facts.trails}
        for trail in self._facts.trails:
            owner = _owner(trail)
            if owner != trail.account_id and owner in self._source_of:
                region = self._regions.get(owner)
                if region is None or owner not in asked:
                    yield owner, trail.home_region or trail.region

    def _read_filters(self, groups: Mapping[LogGroupId, set[str]]) -> None:
        requests = []
        visible = (group for group in groups if group.account_id in self._source_of)
        keyed = _grouped(visible, lambda group: (self._source_of[group.account_id], group.region, group.name))
        for (source, region, name), members in keyed.items():
            ids = in_order(group.account_id for group in members)
            requests.append(self._request(source, "metric_filters", ids, regions=(region,), log_group_names=(name,)))
        rows = self._reader.read("metric filters", merged(requests, "regions", "log_group_names"))
        self._facts = replace(self._facts, metric_filters=tuple(rows))

    def _read_alarms(self, groups: Iterable[LogGroupId]) -> None:
        requests = []
        for (source, region), members in _grouped(
            set(groups), lambda group: (self._source_of[group.account_id], group.region)
        ).items():
            requests.append(self._request(source, "alarms", in_order(g.account_id for g in members), regions=(region,)))
        rows = self._reader.read("alarms", merged(requests, "regions"))
        self._facts = replace(self._facts, alarms=tuple(rows))

    def _read_topics(self, alarms: Iterable[Alarm]) -> None:
        wanted = {
            arn
            for alarm in alarms
            if alarm.actions_enabled is not False
            for arn in topic_arns(alarm)
            if (parsed := parse_arn(arn)) and parsed.region == alarm.region
        }
        rows = self._reader.read("topics", self._by_place("topics", "topic_arns", wanted))
        self._facts = replace(self._facts, topics=tuple(rows))

    def _read_keys(self) -> None:
        rows = self._reader.read("keys", self._by_place("kms_keys", "key_ids", key_arns(self._facts.topics)))
        self._facts = replace(self._facts, keys=tuple(rows))

    def _read_subscriptions(self, alarms: Iterable[Alarm]) -> None:
        lookup = self._lookup()
        wanted = {
            outcome.follow.topic_arn
            for alarm in alarms
            for outcome in judge_topics(alarm, lookup)
            if outcome.follow is not None
        }
        rows = self._reader.read("subscriptions", self._by_place("topic_subscriptions", "topic_arns", wanted))
        self._facts = replace(self._facts, subscriptions=tuple(rows))

    # -- what follows from what ------------------------------------------------------------------------------------

    def _groups(self, accounts: Iterable[Account]) -> dict[LogGroupId, set[str]]:
        """Log groups that a selected control can be fed from, with the accounts whose events they get."""
        lookup = self._lookup()
        groups: dict[LogGroupId, set[str]] = defaultdict(set)
        for account in accounts:
            for shown in lookup.trails(account.account_id):
                trail = shown if _owner(shown) == account.account_id else lookup.trail_of_owner(shown)
                if trail is None or not self._delivers(trail):
                    continue
                if (group := judge_log_group(trail, lookup).follow) is not None:
                    groups[group].add(account.account_id)
        return groups

    def _delivers(self, trail: Trail) -> bool:
        return any(judge_trail(trail, control).status is not HopStatus.ALARM for control in self._selection.controls)

    def _publications(self, groups: Mapping[LogGroupId, set[str]]) -> Iterator[tuple[LogGroupId, Publication]]:
        lookup = self._lookup()
        for group, accounts in groups.items():
            if not lookup.publishers(group):
                continue
            # The members of an organisation share its group: what they have in common is followed once.
            known: set[Hashable] = set()
            for control in self._selection.controls:
                for account_id in accounts:
                    excluding = self._selection.excluding(control.key, account_id)
                    question = FilterQuestion(control, account_id, self._selection.accept, excluding)
                    for outcome in judge_filters(group, lookup, question):
                        if outcome.follow is None:
                            continue
                        publication = outcome.follow.publication
                        same = (publication.transformation, publication.value, publication.zeros, publication.resting)
                        if same not in known:
                            known.add(same)
                            yield group, publication

    def _alarms(self, publications: Iterable[tuple[LogGroupId, Publication]]) -> list[Alarm]:
        """Alarms that one event makes fire, and the composite alarms over them."""
        lookup = self._lookup()
        found: dict[tuple[str, str, str], Alarm] = {}
        for group, publication in publications:
            alarms = lookup.alarms(group.account_id, group.region)
            for outcome in judge_alarms(group, publication, alarms):
                if outcome.follow is None:
                    continue
                for alarm in (outcome.follow, *composites_over(outcome.follow, alarms)):
                    found[alarm.account_id, alarm.region, alarm.name] = alarm
        return list(found.values())

    # -- requests --------------------------------------------------------------------------------------------------

    def _lookup(self) -> Lookup:
        return Lookup(replace(self._facts, failures=tuple(self._reader.failures)), memory=self._memory)

    def _by_place(self, query: str, parameter: str, arns: Iterable[str]) -> list[Request]:
        return requests_by_place(self._source_of, query, parameter, arns)

    def _request(self, source: Source, query: str, accounts: tuple[str, ...], **rest: tuple[str, ...]) -> Request:
        return Request(source, query, {"connections": None, "account_ids": accounts, **rest})


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _owner(trail: Trail) -> str:
    arn = parse_arn(trail.arn)
    return arn.account_id if arn and arn.account_id else trail.account_id
