"""Hop 5: the alarm's ALARM actions are enabled and one is an SNS topic that exists and takes CloudWatch's message.

Sources: CloudWatch API reference ``PutMetricAlarm`` (``ActionsEnabled``, ``AlarmActions``; actions stay in the alarm's
region and partition), ``PutCompositeAlarm`` (``AlarmRule``); ``checker.chain.aws_rules.publish`` for the policies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from checker.arns import parse_arn
from checker.chain.aws_rules.composite_rule import Follower, arn_of, followers, indifferent
from checker.chain.aws_rules.policy_additions import alarms_may_publish, with_statement
from checker.chain.aws_rules.policy_words import as_data, assumptions, remedy_of, why
from checker.chain.aws_rules.publish import (
    MANAGED_KEY,
    Caller,
    is_fifo,
    key_id_of,
    may_publish,
    may_use_key,
)
from checker.chain.aws_rules.resource_policy import Answer, Basis
from checker.chain.commands import aws, name_beside, put_metric_alarm, set_topic_attribute
from checker.chain.lookup import Lookup
from checker.chain.reasons import Code
from checker.chain.truth import Truth
from checker.chain.verdicts import Outcome, not_read, unknown_fields, verdict
from checker.facts import Alarm, Topic
from checker.findings import HopStatus

_LONGEST = 2000
"""Characters of a policy that is printed whole; behind a longer one nobody would find the command's end."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A topic that an alarm's message goes to. ``sender`` is the composite alarm where it goes through one."""

    topic_arn: str
    sender: Alarm


def topic_arns(alarm: Alarm) -> list[str]:
    """The SNS topics among the ALARM actions, in their order."""
    actions = [str(action) for action in alarm.alarm_actions or ()]
    return [action for action in actions if (arn := parse_arn(action)) and arn.service == "sns"]


def judge_topics(alarm: Alarm, lookup: Lookup) -> list[Outcome[Destination]]:
    """Every way from the alarm to a topic, its own actions first, then those of composite alarms over it."""
    own = _of_actions(alarm, lookup)
    if any(outcome.verdict.status is HopStatus.OK for outcome in own):
        return own
    through = [
        _through(follower, alarm, outcome)
        for follower in followers(alarm, lookup.alarms(alarm.account_id, alarm.region))
        for outcome in _of_actions(follower.alarm, lookup)
    ]
    # Whoever has composite alarms tell of an alarm has given it no action of its own: theirs come first then.
    first, then = (own, through) if topic_arns(alarm) else (through, own)
    return sorted([*first, *then], key=lambda outcome: outcome.verdict.status.order)


def _through(follower: Follower, alarm: Alarm, outcome: Outcome[Destination]) -> Outcome[Destination]:
    """The outcome of a composite alarm's topic; not decided where it is open whether the composite alarm rings."""
    composite, seen = follower.alarm, outcome.verdict
    if seen.status is HopStatus.OK and (
        found := unknown_fields(
            Code.TOPIC_FIELD_UNKNOWN, f"composite alarm {composite.name}", [composite.unknown_fields], seen.resource
        )
    ):
        return replace(outcome, verdict=found)
    if follower.rings is Truth.MAYBE and seen.status is HopStatus.OK:
        reason = (
            f"whether composite alarm {composite.name} rings whenever alarm {alarm.name} does is not decided: its rule "
            "cannot be read, or goes in a circle."
        )
        seen = verdict(Code.TOPIC_COMPOSITE_UNDECIDED, reason, _send(alarm, "a topic itself"), seen.resource)
        return replace(outcome, verdict=seen)
    reason = f"through composite alarm {composite.name} over alarm {alarm.name}: {seen.reason}"
    return replace(outcome, verdict=replace(seen, reason=reason))


def _of_actions(alarm: Alarm, lookup: Lookup) -> list[Outcome[Destination]]:
    """The ways from an alarm's own actions, or why there is none."""
    if alarm.actions_enabled is False:
        enable = aws("cloudwatch", "enable-alarm-actions", alarm_names=alarm.name, region=alarm.region)
        reason = f"the actions of alarm {alarm.name} are switched off."
        return [_about_alarm(alarm, Code.TOPIC_ACTIONS_OFF, reason, f"Enable them: {enable}.")]
    if alarm.actions_enabled is None:
        reason = f"whether the actions of alarm {alarm.name} are enabled could not be read."
        return [_about_alarm(alarm, Code.TOPIC_ACTIONS_NOT_READ, reason, "Allow cloudwatch:DescribeAlarms.")]
    if arns := topic_arns(alarm):
        lookup.require_topics(arn for arn in arns if _can_receive(arn, alarm))
        return [_judge(alarm, arn, lookup) for arn in arns]
    hint = _about_composites(alarm, lookup)
    if not alarm.alarm_actions:
        reason = f"alarm {alarm.name} has no ALARM action{hint}."
        return [_about_alarm(alarm, Code.TOPIC_NO_ACTION, reason, _send(alarm, "a topic"))]
    reason = f"alarm {alarm.name} has no SNS topic among its ALARM actions{hint}."
    return [_about_alarm(alarm, Code.TOPIC_NONE_AMONG_ACTIONS, reason, _send(alarm, "a topic"))]


def _about_composites(alarm: Alarm, lookup: Lookup) -> str:
    """What a reader who counts on a composite alarm has to know."""
    if not lookup.shows_composites:
        return " (composite alarms are not visible in this source)"
    still = indifferent(alarm, lookup.alarms(alarm.account_id, alarm.region))
    return f" (composite alarm {still[0].name} over it does not change to ALARM whenever it does)" if still else ""


def _about_alarm(alarm: Alarm, code: Code, reason: str, remedy: str) -> Outcome[Destination]:
    return Outcome(verdict(code, reason, remedy, region=alarm.region, account_id=alarm.account_id))


def _send(alarm: Alarm, what: str) -> str:
    """The AWS CLI sets an alarm as a whole: beside one over a plain metric another is added, any other is put back."""
    if alarm.metric_name and alarm.namespace and not alarm.dimensions:
        metric = (alarm.namespace, alarm.metric_name)
        name = name_beside(alarm.name, alarm.region, *metric, "TOPIC_ARN")
        added = put_metric_alarm(name, metric, alarm.region)
        return f"Send the alarm to {what}, or add an alarm beside it that does: {added}."
    shown = aws("cloudwatch", "describe-alarms", alarm_names=alarm.name, region=alarm.region)
    return f"Send the alarm to {what}: look at {shown}, then put-metric-alarm with --alarm-actions TOPIC_ARN."


def _can_receive(arn: str, alarm: Alarm) -> bool:
    """Place and kind of the topic let it take the alarm's message: only then the topic itself is of interest."""
    parsed = parse_arn(arn)
    return parsed is not None and parsed.region == alarm.region and not is_fifo(arn)


def _judge(alarm: Alarm, arn: str, lookup: Lookup) -> Outcome[Destination]:
    """The verdict on one topic of an alarm: place and kind, existence, policy, key."""
    parsed = parse_arn(arn)
    account_id, region = (parsed.account_id, parsed.region) if parsed else ("", "")
    follow = Destination(arn, alarm)
    if region != alarm.region:
        reason = (
            f"topic {arn} is in {region}, alarm {alarm.name} in {alarm.region}: CloudWatch sends to topics of its own "
            "region only."
        )
        return Outcome(verdict(Code.TOPIC_OTHER_REGION, reason, _send(alarm, f"a topic in {alarm.region}"), arn))
    if is_fifo(arn):
        reason = (
            f"topic {arn} of alarm {alarm.name} is a FIFO topic: it takes only messages with a message group, and "
            "those of an alarm have none."
        )
        return Outcome(verdict(Code.TOPIC_FIFO, reason, _send(alarm, "a standard topic"), arn))
    topic = lookup.topic(arn)
    if topic is not None:
        return _judge_policies(topic, follow, lookup)
    if failure := lookup.failure("topics", account_id, region, name=arn):
        place = {"region": region, "account_id": account_id}
        return Outcome(not_read(Code.TOPIC_NOT_READ, failure, f"topic {arn}", **place), follow)
    if not lookup.sees(account_id):
        reason = f"topic {arn} belongs to account {account_id}, which is not connected."
        remedy = (
            f"Add a connection for account {account_id}, or let this account call sns:GetTopicAttributes and "
            "sns:ListSubscriptionsByTopic on it."
        )
        return Outcome(verdict(Code.TOPIC_OF_UNCONNECTED_ACCOUNT, reason, remedy, arn), follow)
    reason = f"topic {arn} of alarm {alarm.name} does not exist."
    return Outcome(verdict(Code.TOPIC_GONE, reason, _send(alarm, "a topic that exists"), arn))


def _judge_policies(topic: Topic, follow: Destination, lookup: Lookup) -> Outcome[Destination]:
    """May CloudWatch publish to a topic that exists, and use its key?"""
    arn, name, sender = topic.topic_arn, topic.topic_arn.rpartition(":")[2], follow.sender
    answer = may_publish(topic, Caller(sender.account_id, arn_of(sender)))
    if answer.allowed is Truth.YES:
        assumed = [f"topic {name}: taken to hold: {text}" for text in assumptions(answer)]
        return _judge_key(topic, follow, lookup, assumed)
    reason, evidence = f"topic {name}: {why(answer)}.", {"policy": topic.policy, "answer": as_data(answer)}
    if topic.policy is None:
        remedy = "Let this program call sns:GetTopicAttributes."
        return Outcome(verdict(Code.TOPIC_POLICY_NOT_READ, reason, remedy, arn, evidence=evidence), follow)
    remedy = f"{remedy_of(answer)}: {_policy_change(topic, sender, answer)}."
    if answer.allowed is Truth.MAYBE:
        return Outcome(verdict(Code.TOPIC_POLICY_UNDECIDED, reason, remedy, arn, evidence=evidence), follow)
    denied = answer.basis is Basis.DENIED
    code = Code.TOPIC_POLICY_DENIES if denied else Code.TOPIC_POLICY_DOES_NOT_ALLOW
    return Outcome(verdict(code, reason, remedy, arn, evidence=evidence))


def _policy_change(topic: Topic, sender: Alarm, answer: Answer) -> str:
    """What to type: the whole policy with one statement more, where that is enough and the document is known.

    Setting a policy replaces it, so what stands there now stands in the line too; else the line only looks.
    """
    merged = with_statement(topic.policy, alarms_may_publish(topic.topic_arn, sender.account_id))
    document = json.dumps(merged, separators=(",", ":"))
    if merged is None or answer.allowed is not Truth.NO or answer.basis is Basis.DENIED or len(document) > _LONGEST:
        shown = aws("sns", "get-topic-attributes", topic_arn=topic.topic_arn, region=topic.region)
        return f"look at {shown}, then set-topic-attributes with the whole policy"
    return set_topic_attribute(topic.topic_arn, "Policy", document, topic.region)


def _judge_key(topic: Topic, follow: Destination, lookup: Lookup, unverified: list[str]) -> Outcome[Destination]:
    """The key of a topic to which CloudWatch may publish. What is not known of it is said, the verdict kept."""
    arn, name, sender = topic.topic_arn, topic.topic_arn.rpartition(":")[2], follow.sender
    key_id = key_id_of(topic.kms_master_key_id)
    evidence = {"policy": topic.policy, "kms_master_key_id": topic.kms_master_key_id}
    change = set_topic_attribute(arn, "KmsMasterKeyId", "KEY_ID", topic.region)
    if key_id == MANAGED_KEY:
        reason = f"topic {name} is encrypted with the AWS managed key alias/aws/sns, which CloudWatch cannot use."
        remedy = f"Use a customer key whose policy lets CloudWatch use it: {change}."
        return Outcome(verdict(Code.TOPIC_KEY_MANAGED_BY_AWS, reason, remedy, arn, evidence=evidence))
    key_region = _place_of_key(topic)[1]
    if key_id is not None and key_region != topic.region:
        reason = f"topic {name} is in {topic.region}, its key {key_id} in {key_region}: a key works in its region only."
        remedy = f"Set a key of {topic.region}: {change}."
        return Outcome(verdict(Code.TOPIC_KEY_UNUSABLE, reason, remedy, arn, evidence=evidence))
    key = lookup.key(topic, key_id) if key_id is not None else None
    if key_id is not None and key is None:
        if _is_gone(topic, key_id, lookup):
            reason = f"topic {name} is encrypted with {_key_named(key_id)}, which does not exist: no message gets in."
            remedy = f"Set a customer key that exists: {change}."
            return Outcome(verdict(Code.TOPIC_KEY_GONE, reason, remedy, arn, evidence=evidence))
        unverified.append(f"topic {name}: the policy of key {key_id} could not be read{_why(lookup, topic)}")
    if key is not None:
        use = may_use_key(key, Caller(sender.account_id, arn_of(sender)), arn)
        if use.allowed is Truth.NO:
            reason = f"topic {name} is encrypted and CloudWatch cannot use its key: {use.why}."
            remedy = f"{use.remedy}, or set another key: {change}."
            return Outcome(verdict(Code.TOPIC_KEY_UNUSABLE, reason, remedy, arn, evidence=evidence))
        unverified.extend(f"topic {name}: taken to hold: {text}" for text in use.assumed)
        if use.allowed is Truth.MAYBE:
            unverified.append(f"topic {name}: {use.why}")
    fields = [topic.unknown_fields, key.unknown_fields if key else None]
    if found := unknown_fields(Code.TOPIC_FIELD_UNKNOWN, f"topic {name} or its key", fields, arn):
        return Outcome(found, follow, tuple(unverified))
    reason = f"topic {name} exists and lets CloudWatch publish."
    return Outcome(verdict(Code.TOPIC_HOLDS, reason, resource=arn, evidence=evidence), follow, tuple(unverified))


def _is_gone(topic: Topic, key_id: str, lookup: Lookup) -> bool:
    """Whether no row of a key means that there is none: it was asked for, by what the source can look for.

    Steampipe compares the id that was asked for with the key's own, so that it never shows a key by its alias.
    """
    account_id, region = _place_of_key(topic)
    shown = not key_id.startswith("alias/") or topic.unknown_fields is not None
    return (
        shown
        and not lookup.is_copy
        and lookup.sees(account_id)
        and lookup.failure("kms_keys", account_id, region) is None
    )


def _place_of_key(topic: Topic) -> tuple[str, str]:
    arn = parse_arn(topic.kms_master_key_id)
    return (arn.account_id, arn.region) if arn else (topic.account_id, topic.region)


def _key_named(key_id: str) -> str:
    return f"the alias {key_id}" if key_id.startswith("alias/") else f"the key {key_id}"


def _why(lookup: Lookup, topic: Topic) -> str:
    account_id, region = _place_of_key(topic)
    if not lookup.sees(account_id):
        return f" (account {account_id} is not connected)"
    failure = lookup.failure("kms_keys", account_id, region)
    return f" ({failure.message})" if failure else " (this source does not show it)"
