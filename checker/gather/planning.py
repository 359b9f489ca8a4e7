"""What a remediation plan needs beyond a check: names that are taken, quotas, topics that could be reused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.arns import LogGroupId, parse_log_group_arn
from checker.chain.hops.topic import topic_arns
from checker.database.source import Source
from checker.facts import Facts
from checker.findings import Finding, Hop, HopStatus, Status
from checker.gather.isolation import Reader, Request
from checker.gather.requests import key_arns, merged, requests_by_place


def read_for_plan(
    sources: Mapping[str, Source],
    facts: Facts,
    findings: Sequence[Finding],
    reader: Reader,
    *,
    topics: Iterable[str] = (),
) -> Facts:
    """The facts, with what a plan for the broken findings needs.

    Adds, for every log group that such a finding's chain reaches: the group itself (class, number of filters), all
    its filters, every alarm of its account and region, every subscription there, and the topics that these
    subscriptions and alarms or ``topics`` (ARNs) name, with their keys. Costs one ListTopics and one call a topic per
    account and region.
    """
    groups = {group for finding in findings if (group := _group(finding)) and group.account_id in sources}
    log_groups = reader.read("log groups", _of_groups(sources, groups, "log_groups"))
    filters = reader.read("metric filters", _of_groups(sources, groups, "metric_filters"))
    places = sorted({(group.account_id, group.region) for group in groups})
    alarms = reader.read("alarms", _of_places(sources, places, "alarms"))
    subscriptions = reader.read("subscriptions", _of_places(sources, places, "topic_subscriptions"))
    arns = {
        *topics,
        *(arn for alarm in alarms for arn in topic_arns(alarm)),
        *(subscription.topic_arn for subscription in subscriptions),
    }
    rows = reader.read("topics", requests_by_place(sources, "topics", "topic_arns", arns))
    keys = reader.read("keys", requests_by_place(sources, "kms_keys", "key_ids", key_arns(rows)))
    return replace(
        facts,
        log_groups=_new(facts.log_groups, log_groups),
        metric_filters=_new(facts.metric_filters, filters),
        alarms=_new(facts.alarms, alarms),
        subscriptions=_new(facts.subscriptions, subscriptions),
        topics=_new(facts.topics, rows),
        keys=_new(facts.keys, keys),
        failures=(*facts.failures, *(failure for failure in reader.failures if failure not in facts.failures)),
    )


def _group(finding: Finding) -> LogGroupId | None:
    if finding.status is not Status.ALARM:
        return None
    hop = next((hop for hop in finding.hops if hop.hop is Hop.LOG_GROUP and hop.status is HopStatus.OK), None)
    return parse_log_group_arn(hop.resource) if hop else None


def _of_groups(sources: Mapping[str, Source], groups: Iterable[LogGroupId], query: str) -> list[Request]:
    requests = [
        Request(
            sources[group.account_id],
            query,
            {
                "connections": None,
                "account_ids": (group.account_id,),
                "regions": (group.region,),
                "log_group_names": (group.name,),
            },
        )
        for group in sorted(groups, key=lambda group: group.arn)
    ]
    return merged(requests, "regions", "log_group_names")


def _of_places(sources: Mapping[str, Source], places: Iterable[tuple[str, str]], query: str) -> list[Request]:
    requests = [
        Request(sources[account], query, {"connections": None, "account_ids": (account,), "regions": (region,)})
        for account, region in places
    ]
    return merged(requests, "regions")


def _new(known: tuple[Any, ...], rows: Iterable[Any]) -> tuple[Any, ...]:
    # The plan's reading is newer, so its rows come first: look-ups take the first row of a thing.
    return (*rows, *known)
