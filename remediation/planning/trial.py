"""Would it hold? Asks the check's own rules about parts that exist and about those that are planned. Pure.

Nothing is judged here: an alarm that does not exist yet is laid before ``checker.chain`` as if it did.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.arns import LogGroupId, Place
from checker.chain.aws_rules.filter_policy import passes_alarm_message
from checker.chain.aws_rules.publishers import Transformation, metric_value, transformations
from checker.chain.hops.alarm import judge_alarms
from checker.chain.hops.metric_filter import Publication
from checker.chain.hops.subscription import is_confirmed
from checker.chain.hops.topic import judge_topics
from checker.chain.lookup import Lookup
from checker.chain.truth import Truth
from checker.facts import Alarm, MetricFilter, Topic, TopicSubscription
from checker.findings import HopStatus
from remediation.planning.steps import METRIC_VALUE, Metric, NewAlarm, alarm_arguments

_PROBE = NewAlarm(name="alarmchain", metric=Metric("CISBenchmark", "alarmchain"), topic_arn="", description="", tags=())


def takes_alarms(lookup: Lookup, topic: Topic, place: Place) -> bool:
    """CloudWatch may publish the messages of this place's alarms to the topic, key and policy considered."""
    alarm = as_fact(place, {**alarm_arguments(_PROBE), "AlarmActions": [topic.topic_arn]})
    return any(outcome.verdict.status is HopStatus.OK for outcome in judge_topics(alarm, lookup))


def reaches(subscription: TopicSubscription) -> bool:
    """It is confirmed and lets alarm messages pass."""
    return is_confirmed(subscription) and passes_alarm_message(subscription) is Truth.YES


def new_publication(metric: Metric) -> Publication:
    """What a filter of ours publishes."""
    transformation = Transformation(metric.namespace, metric.name, METRIC_VALUE, None, None, (), complete=True)
    return Publication((), transformation, float(METRIC_VALUE), zeros=False)


def publications(filters: tuple[MetricFilter, ...], on_group: list[MetricFilter]) -> list[Publication]:
    """The metrics that all these filters publish to with a number above 0 and that an alarm without dimensions can
    watch. ``on_group``: every filter of the group, because another one may publish zeros to the same metric."""
    found = []
    for candidate in transformations(filters[0]) if filters else []:
        metric = (candidate.namespace, candidate.metric)
        same = [
            [entry for entry in transformations(row) if (entry.namespace, entry.metric) == metric] for row in filters
        ]
        values = [metric_value(entry.value) for entries in same for entry in entries[:1]]
        if candidate.dimensions or not all(same) or candidate.default:
            continue
        known = [value for value in values if value is not None and value > 0]
        if len(known) < len(filters):
            continue
        found.append(Publication(filters, candidate, min(known), zeros=_has_zeros(metric, on_group)))
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


def _has_zeros(metric: tuple[str, str], on_group: list[MetricFilter]) -> bool:
    return any(
        entry.default == 0 or metric_value(entry.value) == 0
        for row in on_group
        for entry in transformations(row)
        if (entry.namespace, entry.metric) == metric
    )
