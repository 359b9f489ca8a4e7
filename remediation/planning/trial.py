"""Would it hold? Asks the check's own rules about parts that exist and about those that are planned. Pure.

Nothing is judged here: an alarm that does not exist yet is laid before ``checker.chain`` as if it did.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from checker.arns import LogGroupId, Place
from checker.chain.aws_rules.filter_policy import passes_alarm_message
from checker.chain.aws_rules.publishers import Publisher, Transformation, metric_value
from checker.chain.hops.alarm import judge_alarms
from checker.chain.hops.metric_filter import Publication
from checker.chain.hops.subscription import is_confirmed
from checker.chain.hops.topic import judge_topics
from checker.chain.lookup import Lookup
from checker.chain.truth import Truth
from checker.facts import Alarm, Topic, TopicSubscription
from checker.findings import HopStatus
from remediation.planning.steps import METRIC_VALUE, Metric, NewAlarm, alarm_arguments

_PROBE = NewAlarm(name="alarmchain", metric=Metric("CISBenchmark", "alarmchain"), topic_arn="", description="", tags=())


def takes_alarms(lookup: Lookup, topic: Topic, place: Place) -> bool:
    """CloudWatch may publish the messages of this place's alarms to the topic, key and policy considered."""
    return not why_refused(lookup, topic, place)


def why_refused(lookup: Lookup, topic: Topic, place: Place) -> str:
    """Why CloudWatch may not publish there, or why that is not known, as a sentence; empty when it may."""
    alarm = as_fact(place, {**alarm_arguments(_PROBE), "AlarmActions": [topic.topic_arn]})
    verdicts = [outcome.verdict for outcome in judge_topics(alarm, lookup)]
    return "" if any(found.status is HopStatus.OK for found in verdicts) else verdicts[0].reason


def reaches(subscription: TopicSubscription) -> bool:
    """It is confirmed and lets alarm messages pass, and nothing about it is unknown to us."""
    if subscription.unknown_fields or not is_confirmed(subscription):
        return False
    return passes_alarm_message(subscription) is Truth.YES


def new_publication(metric: Metric) -> Publication:
    """What a filter of ours publishes."""
    transformation = Transformation(metric.namespace, metric.name, METRIC_VALUE, None, None, (), complete=True)
    return Publication((), transformation, float(METRIC_VALUE), zeros=False)


def publications(named: Collection[str], publishers: Sequence[Publisher]) -> list[Publication]:
    """The metrics that all the named filters of a log group publish to with a number above 0 and that an alarm without
    dimensions can watch. ``publishers``: of the whole group, because another filter may publish between the events."""
    found = []
    for publisher in publishers:
        pairs = [pair for pair in publisher.pairs if pair[0].name in named]
        values = [metric_value(transformation.value) or 0.0 for _, transformation in pairs]
        if {row.name for row, _ in pairs} != set(named) or min(values) <= 0:
            continue
        if not any(transformation.dimensions or transformation.default for _, transformation in pairs):
            filters = tuple(row for row, _ in pairs)
            found.append(Publication(filters, pairs[0][1], min(values), publisher.zeros, publisher.resting))
    return found


def fires(place: Place, group: LogGroupId, publication: Publication) -> bool:
    """An alarm as we make it, on this metric, goes to ALARM on one event."""
    metric = Metric(publication.transformation.namespace, publication.transformation.metric)
    alarm = as_fact(place, alarm_arguments(NewAlarm("alarmchain", metric, "", "", ())))
    return judge_alarms(group, publication, [alarm])[0].verdict.status is HopStatus.OK


def as_fact(place: Place, arguments: Mapping[str, Any]) -> Alarm:
    """The alarm that ``PutMetricAlarm`` makes of these arguments, as a query would show it."""
    return Alarm(
        name=arguments["AlarmName"],
        arn=place.arn("cloudwatch", f"alarm:{arguments['AlarmName']}"),
        metric_name=arguments["MetricName"],
        namespace=arguments["Namespace"],
        statistic=arguments["Statistic"],
        extended_statistic=None,
        period=arguments["Period"],
        evaluation_periods=arguments["EvaluationPeriods"],
        datapoints_to_alarm=None,
        threshold=arguments["Threshold"],
        comparison_operator=arguments["ComparisonOperator"],
        treat_missing_data=arguments["TreatMissingData"],
        evaluate_low_sample_count_percentile=None,
        threshold_metric_id=None,
        unit=None,
        actions_enabled=arguments["ActionsEnabled"],
        alarm_actions=list(arguments["AlarmActions"]),
        dimensions=[],
        metrics=[],
        alarm_rule=None,
        region=place.region,
        account_id=place.account_id,
        partition=place.partition,
        connection=place.connection,
    )
