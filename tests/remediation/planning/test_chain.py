"""What is shared between repairs and what is not, and what of a broken chain may still serve."""

from __future__ import annotations

from dataclasses import replace

from checker.facts import Facts
from checker.findings import Finding, Hop
from remediation.planning.model import Kind
from remediation.planning.plan import plan
from remediation.planning.settings import ControlSettings, Settings, parse_endpoints
from tests.builders import HOME, A
from tests.remediation.cases import SOMEBODY, controls, judge, operations, planned, subscription, topic, with_rows
from tests.remediation.planning.test_plan import complete, narrow_filter, trail_and_group

MISSING_A_PART = '{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }'


def with_resource(finding: Finding, hop: Hop, resource: str) -> Finding:
    hops = tuple(replace(item, resource=resource) if item.hop is hop else item for item in finding.hops)
    return replace(finding, hops=hops)


def metric_of_control(pattern: str) -> Facts:
    """A complete chain behind the control's own metric, fed by a filter of this pattern."""
    facts = complete()
    alarm = replace(facts.alarms[0], metric_name="root_usage_metric", namespace="CISBenchmark")
    return with_rows(facts, metric_filters=[narrow_filter("f", "root_usage_metric", pattern)], alarms=[alarm])


def test_a_filter_that_takes_too_little_does_not_lend_its_metric() -> None:
    made = planned(with_rows(complete(), metric_filters=[narrow_filter("part", "part", MISSING_A_PART)], alarms=[]))
    put, alarm = made.calls
    assert put.operation == "PutMetricFilter"
    assert alarm.arguments["MetricName"] == put.arguments["metricTransformations"][0]["metricName"] != "part"


def test_an_alarm_whose_metric_is_published_already_is_not_fed() -> None:
    made = planned(metric_of_control('{ $.eventName = "X" }'))
    assert operations(made) == ["PutMetricFilter", "PutMetricAlarm"]
    assert made.calls[0].arguments["metricTransformations"][0]["metricName"] == "root_usage_metric-2"


def test_findings_that_name_different_filters_share_the_new_one() -> None:
    facts = trail_and_group()
    (found,) = judge(facts)
    assert found.broken_hop is Hop.FILTER
    both = [with_resource(found, Hop.FILTER, f"arn:aws:logs:{HOME}:{A}:log-group:ct:metric-filter:{n}") for n in "ab"]
    made = plan(both, facts, controls(), SOMEBODY)
    assert operations(made) == ["PutMetricFilter", "CreateTopic", "Subscribe", "PutMetricAlarm"]


def test_findings_that_name_different_topics_get_a_subscriber_each() -> None:
    facts = with_rows(complete(), topics=[topic("a"), topic("b")], subscriptions=[])
    (found,) = judge(with_rows(complete(), subscriptions=[]))
    assert found.broken_hop is Hop.SUBSCRIPTION
    both = [with_resource(found, Hop.TOPIC, f"arn:aws:sns:{HOME}:{A}:{name}") for name in "ab"]
    both = [with_resource(each, Hop.SUBSCRIPTION, each.hops[4].resource or "") for each in both]
    made = plan(both, facts, controls(), SOMEBODY)
    assert [step.arguments["TopicArn"][-2:] for step in made.calls] == [":a", ":b"]


def test_a_topic_that_swallows_for_one_is_not_taken_because_another_is_pending() -> None:
    deaf = subscription("cis-alarms", "security@example.com", filter_policy={"kind": ["order"]})
    pending = subscription("cis-alarms", "other@example.com", pending=True)
    settings = Settings(endpoints=parse_endpoints(["security@example.com", "other@example.com"], None))
    made = planned(with_rows(complete(), subscriptions=[deaf, pending]), settings)
    assert operations(made) == ["CreateTopic", "Subscribe", "Subscribe", "PutMetricAlarm"]


def test_two_controls_that_ask_for_the_same_names_get_two() -> None:
    names = ControlSettings("Ours", "M", "F", "L")
    settings = replace(SOMEBODY, controls={"root_usage": names, "cloudtrail_config_changes": names})
    made = planned(trail_and_group(), settings, "root_usage", "4.5")
    filters = [step.arguments for step in made.calls if step.operation == "PutMetricFilter"]
    alarms = [step.arguments for step in made.calls if step.operation == "PutMetricAlarm"]
    assert [item["filterName"] for item in filters] == ["F", "F-2"]
    assert [item["metricTransformations"][0]["metricName"] for item in filters] == ["M", "M-2"]
    assert [(item["AlarmName"], item["MetricName"]) for item in alarms] == [("L", "M"), ("L-2", "M-2")]


def test_the_chains_own_topic_gets_its_subscriber_though_another_is_heard() -> None:
    heard = subscription("heard", "security@example.com")
    facts = with_rows(complete(), topics=[topic("cis-alarms"), topic("heard")], subscriptions=[heard])
    assert operations(planned(facts)) == ["Subscribe"]


def test_one_listener_of_several_is_enough_for_an_alarm_to_be_fed() -> None:
    rows = [subscription("cis-alarms", "a@example.com", pending=True), subscription("cis-alarms", "b@example.com")]
    facts = with_rows(metric_of_control(""), metric_filters=[], subscriptions=rows)
    assert operations(planned(facts, Settings())) == ["PutMetricFilter"]


def test_a_log_group_that_was_read_is_relied_on() -> None:
    def kinds(facts: Facts) -> list[Kind]:
        return [item.kind for item in planned(facts).accounts[0].preconditions]

    assert kinds(trail_and_group()) == [Kind.TRAIL, Kind.LOG_GROUP]
    assert kinds(with_rows(trail_and_group(), log_groups=[])) == [Kind.TRAIL]
