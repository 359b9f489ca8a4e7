"""What a remediation plan needs beyond a check: names that are taken, quotas, topics that could be reused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.arns import LogGroupId, parse_arn, parse_log_group_arn
from checker.chain.aws_rules.publish import MANAGED_KEY, key_id_of
from checker.chain.hops.topic import topic_arns
from checker.chain.needs import Need
from checker.database.source import Source
from checker.facts import Facts, Topic
from checker.findings import Finding, Hop, HopStatus, Status
from checker.gather.isolation import Reader
from checker.gather.requests import requests_for


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
    filters of its account and region, because a metric may be fed from another group, every alarm and subscription
    there, and the topics that these
    subscriptions and alarms or ``topics`` (ARNs) name, with their keys. Costs one ListTopics and one call a topic per
    account and region.
    """

    def read(stage: str, needs: Sequence[Need]) -> list[Any]:
        return reader.read(stage, requests_for(needs[0].query, needs, sources)) if needs else []

    groups = {group for finding in findings if (group := _group(finding)) and group.account_id in sources}
    log_groups = read("log groups", _of_groups(groups, "log_groups"))
    places = sorted({(group.account_id, group.region) for group in groups})
    filters = read("metric filters", [Need("metric_filters", *place) for place in places])
    alarms = read("alarms", [Need("alarms", *place) for place in places])
    subscriptions = read("subscriptions", [Need("topic_subscriptions", *place) for place in places])
    arns = {
        *topics,
        *(arn for alarm in alarms for arn in topic_arns(alarm)),
        *(subscription.topic_arn for subscription in subscriptions),
    }
    rows = read("topics", _of_arns("topics", arns, sources))
    keys = read("keys", list(key_needs(rows, sources)))
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


def _of_groups(groups: Iterable[LogGroupId], query: str) -> list[Need]:
    return [Need(query, group.account_id, group.region, group.name) for group in groups]


def _of_arns(query: str, arns: Iterable[str], sources: Mapping[str, Source]) -> list[Need]:
    """What is named by ARN, in accounts that somebody can see."""
    found = [(arn, parsed) for arn in arns if (parsed := parse_arn(arn)) and parsed.account_id in sources]
    return [Need(query, parsed.account_id, parsed.region, arn) for arn, parsed in found]


def key_needs(topics: Iterable[Topic], sources: Mapping[str, Source]) -> set[Need]:
    """The customer keys of the topics (by alias, where the topic names one), in accounts that somebody can see."""
    found = set()
    for topic in topics:
        key_id, arn = key_id_of(topic.kms_master_key_id), parse_arn(topic.kms_master_key_id)
        account_id, region = (arn.account_id, arn.region) if arn else (topic.account_id, topic.region)
        if key_id and key_id != MANAGED_KEY and account_id in sources:
            found.add(Need("kms_keys", account_id, region, key_id))
    return found


def _new(known: tuple[Any, ...], rows: Iterable[Any]) -> tuple[Any, ...]:
    # The plan's reading is newer, so its rows come first: look-ups take the first row of a thing.
    return (*rows, *known)
