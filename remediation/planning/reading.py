"""Reads what a plan needs, and plans: first what the check read, then the rest, then names until they are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.arns import LogGroupId, Place, parse_arn, parse_log_group_arn
from checker.chain.aws_rules.publish import MANAGED_KEY, key_id_of
from checker.chain.hops.topic import topic_arns
from checker.chain.needs import Need
from checker.controls.selected import SelectedControl
from checker.facts import Facts, Topic
from checker.findings import Finding, Hop, HopStatus, Status
from checker.gather import Reader, Source
from checker.gather.requests import requests_for
from remediation.planning.admission import Policies
from remediation.planning.model import Plan
from remediation.planning.name_template import NameKind, name_of
from remediation.planning.names import ATTEMPTS
from remediation.planning.plan import NOTHING_READ, plan
from remediation.planning.settings import Settings


def read_and_plan(
    sources: Mapping[str, Source],
    findings: Sequence[Finding],
    facts: Facts,
    controls: Sequence[SelectedControl],
    settings: Settings,
    reader: Reader,
    policies: Policies = NOTHING_READ,
) -> tuple[Plan, Facts]:
    """The plan and the facts that it was made of. ``facts`` are the check's; ``sources`` by account; ``settings``
    have passed their ``check``; ``policies``: of queues and functions that are to be told."""
    asked = _topics_to_ask(findings, settings)
    for _ in range(ATTEMPTS):
        known = read_for_plan(sources, facts, findings, reader, topics=sorted(asked))
        made = plan(findings, known, controls, settings, policies)
        # Another name for a topic is only free when it was asked for too.
        unasked = {step.resource for step in made.calls if step.operation == "CreateTopic"} - asked
        if not unasked:
            break
        asked |= unasked
    return made, known


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
    there, and the topics that these subscriptions and alarms or ``topics`` (ARNs) name, with their keys. Costs one
    ListTopics and one call a topic per account and region.
    """

    def read(stage: str, needs: Sequence[Need]) -> list[Any]:
        return reader.read(stage, requests_for(needs[0].query, needs, sources)) if needs else []

    groups = {group for group in _groups(findings) if group.account_id in sources}
    named = [Need("log_groups", group.account_id, group.region, group.name) for group in groups]
    log_groups = read("log groups", named)
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


def _groups(findings: Iterable[Finding]) -> set[LogGroupId]:
    """The log groups that the chains of broken findings reach."""
    reached = (
        parse_log_group_arn(hop.resource)
        for finding in findings
        if finding.status is Status.ALARM
        for hop in finding.hops
        if hop.hop is Hop.LOG_GROUP and hop.status is HopStatus.OK
    )
    return {group for group in reached if group is not None}


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


def _topics_to_ask(findings: Sequence[Finding], settings: Settings) -> set[str]:
    """The topic of the settings, else the one that a plan would make beside each log group."""
    if settings.topic_arn is not None:
        return {settings.topic_arn}
    places = (Place(group.partition, group.account_id, group.region) for group in _groups(findings))
    return {place.arn("sns", settings.topic_name or name_of(settings, NameKind.TOPIC, place)) for place in places}
