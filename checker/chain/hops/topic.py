"""Hop 5: the alarm's ALARM actions are enabled and one is an SNS topic that exists and takes CloudWatch's message.

Sources: CloudWatch API reference ``PutMetricAlarm`` (``ActionsEnabled``, ``AlarmActions``; actions stay in the alarm's
region and partition), ``PutCompositeAlarm`` (``AlarmRule``); ``checker.chain.aws_rules.publish`` for the policies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checker.arns import parse_arn
from checker.chain.aws_rules.composite_rule import Follower, arn_of, followers
from checker.chain.aws_rules.policy_words import as_data, assumptions, remedy_of, why
from checker.chain.aws_rules.publish import (
    MANAGED_KEY,
    Caller,
    is_fifo,
    key_id_of,
    may_publish,
    may_use_key,
)
from checker.chain.lookup import Lookup
from checker.chain.truth import Truth
from checker.chain.verdicts import not_read, verdict
from checker.facts import Alarm, Topic
from checker.findings import Hop, HopStatus, HopVerdict


@dataclass(frozen=True, slots=True)
class TopicOutcome:
    """A verdict on the topic hop, with the topic's ARN to follow when it holds or is only not visible."""

    verdict: HopVerdict
    topic_arn: str | None = None
    sender: Alarm | None = None
    """The alarm whose message the topic gets: the composite one, where it goes through that."""
    unverified: tuple[str, ...] = ()


def topic_arns(alarm: Alarm) -> list[str]:
    """The SNS topics among the ALARM actions, in their order."""
    actions = [str(action) for action in alarm.alarm_actions or ()]
    return [action for action in actions if (arn := parse_arn(action)) and arn.service == "sns"]


def judge_topics(alarm: Alarm, lookup: Lookup) -> list[TopicOutcome]:
    """Every way from the alarm to a topic, its own actions first, then those of composite alarms over it."""
    outcomes = _own(alarm, lookup)
    if any(outcome.verdict.status is HopStatus.OK for outcome in outcomes):
        return outcomes
    through = [
        _through(follower, alarm, outcome)
        for follower in followers(alarm, lookup.alarms(alarm.account_id, alarm.region))
        for outcome in _own(follower.alarm, lookup)
    ]
    rank = {HopStatus.OK: 0, HopStatus.UNKNOWN: 1, HopStatus.ALARM: 2}
    best_first = sorted([*outcomes, *through], key=lambda outcome: rank[outcome.verdict.status])
    return best_first or outcomes


def _through(follower: Follower, alarm: Alarm, outcome: TopicOutcome) -> TopicOutcome:
    """The outcome of a composite alarm's topic; not decided where it is open whether the composite alarm rings."""
    seen, composite = outcome.verdict, follower.alarm
    reason = f"through composite alarm {composite.name} over alarm {alarm.name}: {seen.reason}"
    status = seen.status
    if follower.rings is Truth.MAYBE and status is HopStatus.OK:
        status = HopStatus.UNKNOWN
        reason = (
            f"whether composite alarm {composite.name} rings whenever alarm {alarm.name} does is not decided: its rule "
            "cannot be read, or goes in a circle. Send the alarm itself to a topic."
        )
    passed = HopVerdict(seen.hop, status, reason, seen.resource, seen.region, seen.account_id, seen.evidence)
    return replace(outcome, verdict=passed)


def _own(alarm: Alarm, lookup: Lookup) -> list[TopicOutcome]:
    if alarm.actions_enabled is False:
        reason = f"the actions of alarm {alarm.name} are switched off. Enable them."
        return [
            TopicOutcome(verdict(Hop.TOPIC, HopStatus.ALARM, reason, region=alarm.region, account_id=alarm.account_id))
        ]
    if alarm.actions_enabled is None:
        reason = f"whether the actions of alarm {alarm.name} are enabled could not be read."
        return [
            TopicOutcome(
                verdict(Hop.TOPIC, HopStatus.UNKNOWN, reason, region=alarm.region, account_id=alarm.account_id)
            )
        ]
    arns = topic_arns(alarm)
    if not arns:
        other = "has no ALARM action" if not alarm.alarm_actions else "has no SNS topic among its ALARM actions"
        hint = "" if lookup.shows_composites else " (composite alarms are not visible in this source)"
        reason = f"alarm {alarm.name} {other}{hint}. Send it to a topic."
        return [
            TopicOutcome(verdict(Hop.TOPIC, HopStatus.ALARM, reason, region=alarm.region, account_id=alarm.account_id))
        ]
    return [replace(_judge(alarm, arn, lookup), sender=alarm) for arn in arns]


def _judge(alarm: Alarm, arn: str, lookup: Lookup) -> TopicOutcome:
    parsed = parse_arn(arn)
    account_id, region = (parsed.account_id, parsed.region) if parsed else ("", "")
    if region != alarm.region:
        reason = (
            f"topic {arn} is in {region}, alarm {alarm.name} in {alarm.region}: CloudWatch sends to topics of its own "
            f"region only. Send the alarm to a topic in {alarm.region}."
        )
        return TopicOutcome(verdict(Hop.TOPIC, HopStatus.ALARM, reason, arn))
    if is_fifo(arn):
        reason = (
            f"topic {arn} of alarm {alarm.name} is a FIFO topic: it takes only messages with a message group, and "
            "those of an alarm have none. Send the alarm to a standard topic."
        )
        return TopicOutcome(verdict(Hop.TOPIC, HopStatus.ALARM, reason, arn))
    topic = lookup.topic(arn)
    if topic is None:
        if failure := lookup.failure("topics", account_id, region):
            return TopicOutcome(not_read(Hop.TOPIC, failure, f"topic {arn}", region=region, account_id=account_id), arn)
        if not lookup.sees(account_id):
            reason = (
                f"topic {arn} belongs to account {account_id}, which is not connected. Add a connection for it, or let "
                "this account call sns:GetTopicAttributes and sns:ListSubscriptionsByTopic on it."
            )
            return TopicOutcome(verdict(Hop.TOPIC, HopStatus.UNKNOWN, reason, arn), arn)
        reason = f"topic {arn} of alarm {alarm.name} does not exist. Send the alarm to a topic that does."
        return TopicOutcome(verdict(Hop.TOPIC, HopStatus.ALARM, reason, arn))
    return _judge_policies(topic, Caller(alarm.account_id, arn_of(alarm)), lookup)


def _judge_policies(topic: Topic, caller: Caller, lookup: Lookup) -> TopicOutcome:
    arn = topic.topic_arn
    name = arn.rpartition(":")[2]
    answer = may_publish(topic, caller)
    if answer.allowed is not Truth.YES:
        status = HopStatus.ALARM if answer.allowed is Truth.NO else HopStatus.UNKNOWN
        remedy = "Let this program call sns:GetTopicAttributes" if topic.policy is None else remedy_of(answer)
        reason = f"topic {name}: {why(answer)}. {remedy}."
        evidence = {"policy": topic.policy, "answer": as_data(answer)}
        return TopicOutcome(verdict(Hop.TOPIC, status, reason, arn, evidence=evidence), arn)
    unverified = [f"topic {name}: taken to hold: {text}" for text in assumptions(answer)]
    key_id = key_id_of(topic.kms_master_key_id)
    if key_id is not None:
        if key_id == MANAGED_KEY:
            reason = (
                f"topic {name} is encrypted with the AWS managed key alias/aws/sns, which CloudWatch cannot use. "
                "Use a customer key whose policy lets CloudWatch use it."
            )
            return TopicOutcome(verdict(Hop.TOPIC, HopStatus.ALARM, reason, arn), arn)
        key = lookup.key(topic, key_id)
        if key is None:
            unverified.append(f"topic {name}: the policy of key {key_id} could not be read{_why(lookup, topic)}")
        else:
            use = may_use_key(key, caller, arn)
            if use.allowed is Truth.NO:
                reason = f"topic {name} is encrypted and CloudWatch cannot use its key: {use.why}. {use.remedy}."
                return TopicOutcome(verdict(Hop.TOPIC, HopStatus.ALARM, reason, arn), arn)
            unverified.extend(f"topic {name}: taken to hold: {text}" for text in use.assumed)
            if use.allowed is Truth.MAYBE:
                unverified.append(f"topic {name}: {use.why}")
    reason = f"topic {name} exists and lets CloudWatch publish."
    return TopicOutcome(verdict(Hop.TOPIC, HopStatus.OK, reason, arn), arn, unverified=tuple(unverified))


def _why(lookup: Lookup, topic: Topic) -> str:
    failure = lookup.failure("kms_keys", topic.account_id, topic.region)
    return f" ({failure.message})" if failure else ""
