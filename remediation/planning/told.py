"""A chain that holds, and the endpoints that were named: do they hear of it too? Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checker.arns import parse_arn, parse_log_group_arn
from checker.chain.hops.alarm import judge_alarms
from checker.chain.hops.topic import judge_topics
from checker.controls.selected import SelectedControl
from checker.findings import Finding, Hop, HopStatus, HopVerdict
from remediation.planning.chain import Repaired
from remediation.planning.hearing import Hearing, hearing
from remediation.planning.inventory import Inventory
from remediation.planning.model import Prospect
from remediation.planning.settings import Endpoint, Settings
from remediation.planning.topics import may_be_joined, route_through
from remediation.planning.trial import publications


def tell(
    inventory: Inventory,
    settings: Settings,
    control: SelectedControl,
    hops: Mapping[Hop, HopVerdict],
    finding: Finding,
) -> Repaired:
    """What a finding that is ok lacks for the named endpoints.

    They join a topic of ours, the one that was named, or, with ``reuse_topic``, the chain's. Nobody is added to a
    topic that somebody else reads, unless that was asked for: then it is said who does not hear.
    """
    topics = heard_topics(inventory, hops) if settings.endpoints else []
    rows = [row for topic_arn in topics for row in inventory.subscriptions(topic_arn)]
    far = {endpoint: hearing(endpoint, rows) for endpoint in settings.endpoints}
    absent = tuple(endpoint for endpoint, state in far.items() if state is Hearing.ABSENT)
    deaf = [endpoint for endpoint, state in far.items() if state is Hearing.DEAF]
    waiting = ", ".join(endpoint.shown for endpoint, state in far.items() if state is Hearing.ASKED)
    joined = next((arn for arn in topics if may_be_joined(inventory, arn, settings)), None)
    if joined and absent and not deaf:
        route = route_through(inventory, joined, replace(settings, endpoints=absent), control=control.key)
        sentence = f"{finding.reason} Not yet told: {', '.join(endpoint.shown for endpoint in absent)}. Then"
        prospect = Prospect.WAITS if waiting else route.prospect
        return Repaired(prospect, f"{sentence} {route.sentence}", route.steps, route.preconditions, joined)
    if absent or deaf:
        return Repaired(Prospect.UNTOLD, f"{finding.reason} {_why(absent, deaf, topics)}")
    if waiting:
        return Repaired(Prospect.WAITS, f"{finding.reason} {waiting} was named too, and has not confirmed.")
    return Repaired(Prospect.HOLDS, finding.reason, also_heard_at=tuple(topics))


def heard_topics(inventory: Inventory, hops: Mapping[Hop, HopVerdict]) -> list[str]:
    """The topics that the chain's event gets to, the finding's own first: of every alarm on the metric that fires."""
    own = hops[Hop.TOPIC].resource
    found = [own] if own else []
    group, first = parse_log_group_arn(hops[Hop.LOG_GROUP].resource), inventory.filter_at(hops[Hop.FILTER].resource)
    if group is None or first is None:
        return found
    named = set(hops[Hop.FILTER].evidence.get("patterns", ())) or {first.name}
    for publication in publications(named, inventory.publishers(group)):
        for alarm in judge_alarms(group, publication, inventory.alarms(group.account_id, group.region)):
            if alarm.follow is not None:
                outcomes = judge_topics(alarm.follow, inventory)
                found += [
                    outcome.follow.topic_arn
                    for outcome in outcomes
                    if outcome.follow and outcome.verdict.status is HopStatus.OK
                ]
    return list(dict.fromkeys(found))


def _why(absent: Sequence[Endpoint], deaf: Sequence[Endpoint], topics: Sequence[str]) -> str:
    """Who does not hear, and what to do, in one or two sentences."""
    topic_arn = topics[0] if topics else ""
    name, arn = topic_arn.rpartition(":")[2], parse_arn(topic_arn)
    parts = []
    if deaf:
        who = ", ".join(endpoint.shown for endpoint in deaf)
        parts.append(f"{who} is subscribed, but a filter policy keeps alarm messages out: take the policy off.")
    if absent:
        who = ", ".join(endpoint.shown for endpoint in absent)
        where = f"topic {name}, which others read" if arn else "its topic, which is not known"
        parts.append(f"{who} is not subscribed to {where}: --reuse-topic subscribes it there.")
    return " ".join(parts)
