"""Who relies on what, read live in an account and region before anything is removed, whoever made it.

What cannot be seen from there is not in it: alarms of other accounts, and subscriptions of topics in other accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.arns import parse_arn
from checker.aws.access import AccountSession
from checker.aws.call import CallFailed, pages
from checker.facts import FailureKind
from remediation.applying.objects import subscriptions
from remediation.planning.usage import Reliance, SubscriptionUse, alarm_use, filter_use


def read_reliance(session: AccountSession, region: str, *, topics: frozenset[str] = frozenset()) -> Reliance:
    """Filters and alarms of the region, and the subscriptions of the topics that the alarms notify and of ``topics``.

    Raises ``CallFailed`` when something cannot be read: then nobody knows who relies on an object. Only who subscribed
    to a topic that is none of ``topics`` may stay hidden: that somebody did is assumed, and costs no other object.
    """
    alarms = [alarm_use(described) for described in _alarms(session, region)]
    notified = {action for alarm in alarms for action in alarm.actions if _is_topic_of(session, action)}
    listed = pages(session.reader("logs", region), "logs", "DescribeMetricFilters", {})
    filters = [filter_use(described) for page in listed for described in page["metricFilters"]]
    subscribed = (
        SubscriptionUse(topic_arn, identity)
        for topic_arn in sorted(notified | topics)
        for identity in _subscriptions(session, region, topic_arn, may_be_hidden=topic_arn not in topics)
    )
    return Reliance(filters, alarms, subscribed)


def _is_topic_of(session: AccountSession, action: str) -> bool:
    arn = parse_arn(action)
    return arn is not None and (arn.service, arn.account_id) == ("sns", session.identity.account_id)


def _subscriptions(session: AccountSession, region: str, topic_arn: str, *, may_be_hidden: bool) -> tuple[str, ...]:
    try:
        return tuple(subscriptions(session, region, topic_arn))
    except CallFailed as error:
        # An alarm may name a topic that does not exist any more.
        if error.kind is FailureKind.NOT_FOUND:
            return ()
        if may_be_hidden and error.kind is FailureKind.DENIED:
            return ("that may not be listed",)
        raise


def _alarms(session: AccountSession, region: str) -> Iterator[Mapping[str, Any]]:
    """Metric and composite alarms. Without a name, because any of them may watch a metric or name another one."""
    asked = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    for page in pages(session.reader("cloudwatch", region), "cloudwatch", "DescribeAlarms", asked):
        yield from page.get("MetricAlarms", ())
        yield from page.get("CompositeAlarms", ())
