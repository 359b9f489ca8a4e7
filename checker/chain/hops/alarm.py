"""Hop 4: an alarm watches exactly that metric, and one matching event makes it change to ALARM.

A metric is namespace, name and dimensions in one account and region. Sources: CloudWatch API reference
``PutMetricAlarm``; ``checker.chain.aws_rules.metric_math`` (what an alarm watches), ``.alarm_evaluation`` (when it
fires). Alarms without a metric (composite) are simply not it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checker.arns import LogGroupId
from checker.chain.aws_rules.alarm_evaluation import Firing, FiringVerdict, one_event_fires
from checker.chain.aws_rules.field_selection import ACCOUNT, REGION
from checker.chain.aws_rules.metric_math import Undecided, Watch, watched, watched_accounts
from checker.chain.aws_rules.metrics_insights import ANY_ACCOUNT
from checker.chain.commands import filter_beside, free_name, name_beside, put_metric_alarm
from checker.chain.hops.metric_filter import Feed, Publication
from checker.chain.lookup import Lookup
from checker.chain.reasons import Code
from checker.chain.verdicts import Outcome, not_read, unknown_fields, verdict
from checker.facts import Alarm
from checker.findings import HopStatus, HopVerdict

_MOST_NAMED = 3


def judge_feed(feed: Feed, lookup: Lookup) -> list[Outcome[Alarm]]:
    """Every alarm that has to do with the metric of the group's filters, best first."""
    group = feed.group
    alarms = lookup.alarms(group.account_id, group.region)
    if failure := lookup.failure("alarms", group.account_id, group.region):
        what = f"the alarms in {group.region}"
        place = {"region": group.region, "account_id": group.account_id}
        own: list[Outcome[Alarm]] = [Outcome(not_read(Code.ALARMS_NOT_READ, failure, what, **place))]
    else:
        own = judge_alarms(group, feed.publication, alarms)
    if own[0].verdict.status is HopStatus.OK:
        return own
    return _with_monitoring(own, feed, lookup)


def _with_monitoring(own: list[Outcome[Alarm]], feed: Feed, lookup: Lookup) -> list[Outcome[Alarm]]:
    """With the alarms of monitoring accounts, which are read only where the account's own leave something open.

    Source: CloudWatch user guide, "CloudWatch cross-account observability": an alarm of a monitoring account can watch
    a metric of a source account, which ``AccountId`` of its query names.
    """
    group = feed.group
    elsewhere = [
        alarm
        for alarm in lookup.alarms_elsewhere(group.account_id, group.region)
        if watched_accounts(alarm) in ({group.account_id}, {ANY_ACCOUNT})
    ]
    found = [item for item in judge_alarms(group, feed.publication, elsewhere) if item.verdict.code != "ALARM_NONE"]
    nothing_own = found and own[0].verdict.code == Code.ALARM_NONE.name
    outcomes = sorted([*([] if nothing_own else own), *found], key=lambda outcome: outcome.verdict.status.order)
    unread = [account for account in lookup.accounts_not_read("alarms", group.region) if account != group.account_id]
    if outcomes[0].verdict.status is HopStatus.OK or not unread:
        return outcomes
    more = f" and {len(unread) - _MOST_NAMED} more" if len(unread) > _MOST_NAMED else ""
    said = f"the alarms of {', '.join(unread[:_MOST_NAMED])}{more} could not be read: one there may watch this metric"
    return [replace(outcome, unverified=(*outcome.unverified, said)) for outcome in outcomes]


def judge_alarms(group: LogGroupId, publication: Publication, alarms: Sequence[Alarm]) -> list[Outcome[Alarm]]:
    """Every alarm of the group's account and region that has to do with the metric, best first; one outcome if none."""
    wanted = (publication.transformation.namespace, publication.transformation.metric)
    published = frozenset(name for name, _ in publication.transformation.dimensions)
    outcomes: list[Outcome[Alarm]] = []
    for alarm in sorted(alarms, key=lambda item: item.name):
        if alarm.metric_name and (alarm.namespace, alarm.metric_name) != wanted:
            continue
        watch = watched(alarm, wanted, published)
        if isinstance(watch, Undecided):
            reason = f"alarm {alarm.name} {watch.how}: whether one event makes it fire is not decided."
            outcomes.append(Outcome(_verdict(alarm, Code.ALARM_EXPRESSION_UNDECIDED, reason)))
        elif watch is not None and (watch.namespace, watch.metric) == wanted:
            outcomes.append(_judge(alarm, watch, publication, group))
    if not outcomes:
        return [Outcome(_none(group, wanted, alarms))]
    return sorted(outcomes, key=lambda outcome: outcome.verdict.status.order)


def _none(group: LogGroupId, wanted: tuple[str, str], alarms: Sequence[Alarm]) -> HopVerdict:
    """The verdict when no alarm watches the metric; one with the metric's name in another namespace is mentioned."""
    other = next(
        (
            f" (alarm {alarm.name} watches {alarm.namespace}/{alarm.metric_name}, another metric)"
            for alarm in sorted(alarms, key=lambda item: item.name)
            if alarm.metric_name == wanted[1] and alarm.namespace
        ),
        "",
    )
    add = put_metric_alarm(free_name(wanted[1], (alarm.name for alarm in alarms)), wanted, group.region)
    return verdict(
        Code.ALARM_NONE,
        f"no alarm in {group.region} watches the metric {wanted[0]}/{wanted[1]}{other}.",
        f"Add one: {add}.",
        region=group.region,
        account_id=group.account_id,
        evidence={"namespace": wanted[0], "metric": wanted[1]},
    )


def _judge(alarm: Alarm, watch: Watch, publication: Publication, group: LogGroupId) -> Outcome[Alarm]:
    """The verdict on an alarm that watches a metric of this name."""
    transformation = publication.transformation
    if problem := _other_dimensions(alarm, watch, publication, group):
        return Outcome(problem)
    if watch.account_id and watch.account_id != group.account_id:
        reason = f"alarm {alarm.name} watches the metric of account {watch.account_id}."
        return Outcome(_repairable(alarm, watch, Code.ALARM_OTHER_ACCOUNT, reason, f"Watch that of {group.account_id}"))
    if watch.unit and watch.unit != (transformation.unit or "None"):
        takes = f"alarm {alarm.name} takes only datapoints with unit {watch.unit}"
        without = "Leave the alarm's unit out"
        if transformation.complete:
            reason = f"{takes}, but {transformation.unit or 'no unit'} is published."
            return Outcome(_repairable(alarm, watch, Code.ALARM_OTHER_UNIT, reason, without))
        reason = f"{takes}, and the filter's unit is not visible."
        return Outcome(_repairable(alarm, watch, Code.ALARM_UNIT_UNKNOWN, reason, without))
    firing = _fires(watch, publication)
    reason = f"alarm {alarm.name} {firing.clause}."
    if firing.code is Code.ALARM_ALWAYS_RED and publication.resting:
        # Any alarm on this metric sees its default value.
        plain = _beside(alarm, publication, group, "without that default value")
        return Outcome(_verdict(alarm, firing.code, reason, plain))
    if firing.firing is not Firing.FIRES:
        return Outcome(_repairable(alarm, watch, firing.code, reason, firing.remedy))
    if open_field := unknown_fields(Code.ALARM_FIELD_UNKNOWN, f"alarm {alarm.name}", [alarm.unknown_fields], alarm.arn):
        return Outcome(open_field, alarm)
    caveats = (firing.caveat, watch.caveat)
    unverified = tuple(f"alarm {alarm.name}: {caveat}" for caveat in caveats if caveat)
    return Outcome(_verdict(alarm, Code.ALARM_FIRES, reason), alarm, unverified)


def _fires(watch: Watch, publication: Publication) -> FiringVerdict:
    evaluation, filled = watch.evaluation, None
    if watch.filled is not None:
        if watch.filled.upper() == "REPEAT":
            # The last value is repeated until the next datapoint: like a state that is kept.
            evaluation = replace(evaluation, treat_missing_data="ignore")
        elif watch.filled.upper() != "LINEAR":
            try:
                filled = float(watch.filled)
            except ValueError:
                how = f"fills missing data with {watch.filled}, which is not a number"
                return FiringVerdict(Firing.UNKNOWN, how, Code.ALARM_FIRING_UNKNOWN, "Fill gaps with 0")
    return one_event_fires(
        evaluation, value=publication.value, zeros=publication.zeros, resting=publication.resting, filled=filled
    )


def _other_dimensions(alarm: Alarm, watch: Watch, publication: Publication, group: LogGroupId) -> HopVerdict | None:
    """The verdict when alarm and filter mean two metrics; a constant that every event of the account has is no
    difference."""
    if watch.any_dimensions:
        return None
    published = dict(publication.transformation.dimensions)
    watched_dimensions = dict(watch.dimensions)
    if missing := sorted(set(published) - set(watched_dimensions)):
        how = (
            f"watches the metric without the dimension {', '.join(missing)} that the filter publishes: "
            "that metric never gets a datapoint"
        )
    elif extra := sorted(set(watched_dimensions) - set(published)):
        how = f"watches the metric with the dimension {', '.join(extra)}, which the filter does not publish"
        remedy = "Watch it without dimensions"
        return _repairable(alarm, watch, Code.ALARM_OTHER_DIMENSIONS, f"alarm {alarm.name} {how}.", remedy)
    else:
        narrowed = [
            (name, field)
            for name, field in published.items()
            if watched_dimensions[name] != _same_in_every_event(group).get(field)
        ]
        if not narrowed:
            return None
        name, field = narrowed[0]
        how = f"watches only events whose {field} is {watched_dimensions[name]} (dimension {name})"
    return _verdict(
        alarm,
        Code.ALARM_OTHER_DIMENSIONS,
        f"alarm {alarm.name} {how}.",
        _beside(alarm, publication, group, "without dimensions"),
    )


def _beside(alarm: Alarm, publication: Publication, group: LogGroupId, how: str) -> str:
    """What to type: a filter of the same pattern that publishes a plain 1 elsewhere, and an alarm on that metric."""
    first, transformation = publication.filters[0], publication.transformation
    metric = (transformation.namespace, f"{transformation.metric}-plain")
    added = filter_beside(group, first.name, first.filter_pattern or "", metric)
    actions = _actions(alarm)
    name = name_beside(alarm.name, alarm.region, *metric, *actions)
    watch = put_metric_alarm(name, metric, alarm.region, actions)
    return f"Publish {how}: {added}, and watch that metric: {watch}."


def _same_in_every_event(group: LogGroupId) -> dict[str, str]:
    """Fields whose value is the same in every event of a group, so that a dimension made of them narrows nothing."""
    return {"$.recipientAccountId": group.account_id, ACCOUNT: group.account_id, REGION: group.region}


def _repairable(alarm: Alarm, watch: Watch, code: Code, reason: str, remedy: str) -> HopVerdict:
    """The verdict with the line that adds an alarm as the benchmark has it beside this one, with the same actions."""
    actions, metric = _actions(alarm), (watch.namespace, watch.metric)
    name = name_beside(alarm.name, alarm.region, *metric, *actions)
    added = put_metric_alarm(name, metric, alarm.region, actions)
    return _verdict(alarm, code, reason, f"{remedy}, or add an alarm beside it that does: {added}.")


def _actions(alarm: Alarm) -> list[str]:
    return [str(action) for action in alarm.alarm_actions or ()] or ["TOPIC_ARN"]


def _verdict(alarm: Alarm, code: Code, reason: str, remedy: str | None = None) -> HopVerdict:
    evidence: dict[str, Any] = {
        "statistic": alarm.statistic or alarm.extended_statistic,
        "period": alarm.period,
        "threshold": alarm.threshold,
        "comparison_operator": alarm.comparison_operator,
        "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.datapoints_to_alarm,
        "treat_missing_data": alarm.treat_missing_data,
    }
    return verdict(code, reason, remedy, alarm.arn, region=alarm.region, account_id=alarm.account_id, evidence=evidence)
