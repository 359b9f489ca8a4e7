"""What is planned for the states that people have reported, and for those between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.arns import Place
from checker.facts import Alarm, Facts, KmsKey, LogGroup, MetricFilter, ReadFailure
from checker.findings import Finding, Hop, Status
from remediation.planning.model import Kind, Plan, Prospect
from remediation.planning.names import free_name
from remediation.planning.plan import plan
from remediation.planning.settings import Endpoint, Settings, parse_endpoints
from remediation.planning.steps import ManualStep
from remediation.planning.topic_policy import same_policy, topic_policy
from remediation.planning.trial import as_fact
from tests.builders import HOME, A
from tests.remediation.cases import (
    SOMEBODY,
    controls,
    facts_of_report,
    judge,
    operations,
    planned,
    subscription,
    topic,
    with_rows,
)

NOBODY = Settings()


def expectation(made: Plan, control: str = "root_usage") -> tuple[Prospect, str]:
    (found,) = [expected for expected in made.expectations if expected.control == control]
    return found.prospect, found.sentence


def trail_and_group() -> Facts:
    """r088: trail and log group, nothing behind them."""
    return facts_of_report("r088")


def complete() -> Facts:
    """r097's chain moved home is not needed: r058 with its action, which holds."""
    facts = facts_of_report("r058")
    alarm = facts.alarms[0]
    return with_rows(facts, alarms=[replace(alarm, alarm_actions=[facts.topics[0].topic_arn])])


def narrow_filter(name: str, metric: str, pattern: str = '{ $.eventName = "X" }', group: str = "ct") -> MetricFilter:
    return MetricFilter(name, group, pattern, metric, "CISBenchmark", "1", None, HOME, A, "aws", f"aws_{A}")


# --- the public reports -----------------------------------------------------------------------------------------


def test_a_complete_chain_needs_nothing_even_if_another_trail_is_bare() -> None:
    made = planned(facts_of_report("r027"))
    assert made.accounts[0].steps == ()
    assert expectation(made)[0] is Prospect.HOLDS


def test_the_filter_goes_on_the_group_that_the_trail_names_and_the_topic_is_reused() -> None:
    made = planned(facts_of_report("r036"))
    assert operations(made) == ["PutMetricFilter", "PutMetricAlarm"]
    put, alarm = made.calls
    assert put.arguments["logGroupName"] == "aws-controltower/CloudTrailLogs-tfw-qeb"
    assert alarm.arguments["AlarmActions"] == [f"arn:aws:sns:us-east-1:{A}:cis-alarms"]
    assert expectation(made)[0] is Prospect.HOLDS


def test_an_alarm_without_action_stays_and_gets_a_sibling_on_the_same_metric() -> None:
    facts = facts_of_report("r058")
    made = planned(facts)
    assert operations(made) == ["PutMetricAlarm"]
    arguments = made.calls[0].arguments
    assert arguments["AlarmName"] != facts.alarms[0].name
    assert arguments["MetricName"] == facts.metric_filters[0].metric_transformation_name


def test_a_topic_of_another_region_is_no_action() -> None:
    made = planned(facts_of_report("r066"))
    assert operations(made) == ["CreateTopic", "Subscribe", "PutMetricAlarm"]
    assert {step.region for step in made.calls} == {"ca-central-1"}
    assert made.calls[2].arguments["AlarmActions"] == [made.calls[0].resource]
    assert ":ca-central-1:" in made.calls[0].resource


def test_a_pending_subscription_is_never_asked_again() -> None:
    made = planned(facts_of_report("r068"))
    assert made.calls == ()
    prospect, sentence = expectation(made)
    assert prospect is Prospect.WAITS
    assert "security@example.com" in sentence


def test_the_order_is_filter_topic_subscription_alarm() -> None:
    made = planned(trail_and_group())
    assert operations(made) == ["PutMetricFilter", "CreateTopic", "Subscribe", "PutMetricAlarm"]
    put, create, subscribe, alarm = made.calls
    assert put.arguments["logGroupName"] == "ct"
    assert subscribe.depends_on == (create.id,)
    assert alarm.depends_on == (put.id, create.id)
    assert expectation(made)[0] is Prospect.WAITS


def test_the_benchmarks_values_are_used() -> None:
    put, _, subscribe, alarm = planned(trail_and_group()).calls
    assert put.arguments["metricTransformations"] == [
        {"metricName": "root_usage_metric", "metricNamespace": "CISBenchmark", "metricValue": "1"}
    ]
    assert put.arguments["filterPattern"] == controls()[0].references[0].effective
    wanted = {
        "Namespace": "CISBenchmark",
        "MetricName": "root_usage_metric",
        "Statistic": "Sum",
        "Period": 300,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": True,
    }
    assert {name: alarm.arguments[name] for name in wanted} == wanted
    assert alarm.arguments["Tags"] == [{"Key": "managed-by", "Value": "alarmchain"}]
    assert subscribe.arguments["ReturnSubscriptionArn"] is True


def test_without_an_endpoint_the_plan_says_that_nobody_will_hear() -> None:
    made = planned(trail_and_group(), NOBODY)
    assert operations(made) == ["PutMetricFilter", "CreateTopic", "PutMetricAlarm"]
    prospect, sentence = expectation(made)
    assert prospect is Prospect.NOBODY
    assert "still alarm at subscription" in sentence


def test_a_composite_alarm_is_left_alone() -> None:
    facts = facts_of_report("r093")
    made = planned(facts)
    assert operations(made) == ["PutMetricAlarm"]
    assert made.calls[0].arguments["AlarmName"] not in {alarm.name for alarm in facts.alarms}


def test_the_partition_is_kept_throughout() -> None:
    made = planned(facts_of_report("r097"), SOMEBODY, "root_usage", "4.5")
    assert expectation(made)[0] is Prospect.HOLDS
    assert operations(made) == ["PutMetricFilter", "PutMetricAlarm"]
    for step in made.calls:
        assert "arn:aws:" not in str(step.arguments)
        assert step.resource.startswith("arn:aws-cn:")
    assert made.calls[1].arguments["AlarmActions"] == [f"arn:aws-cn:sns:cn-north-1:{A}:cis-alarms"]


def test_an_empty_account_gets_commands_for_a_person() -> None:
    made = planned(facts_of_report("r031"))
    assert made.calls == ()
    (step,) = made.manual
    text = "\n".join(step.commands)
    assert ":log-group:cloudtrail:*" in text
    assert "logs:CreateLogStream" in text
    assert "logs:PutLogEvents" in text
    assert "sleep" in text
    assert expectation(made)[0] is Prospect.MANUAL


# --- trails and groups --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ({"is_multi_region_trail": False}, "--is-multi-region-trail"),
        ({"include_global_service_events": False}, "--include-global-service-events"),
        ({"is_logging": False}, "start-logging"),
        ({"event_selectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}, "put-event-selectors"),
        ({"log_group_arn": None}, "--cloud-watch-logs-log-group-arn"),
        ({"latest_cloudwatch_logs_delivery_error": "AccessDenied"}, "put-role-policy"),
    ],
)
def test_a_trail_is_never_changed_but_the_commands_are_given(change: dict[str, Any], command: str) -> None:
    facts = trail_and_group()
    made = planned(with_rows(facts, trails=[replace(trail, **change) for trail in facts.trails]))
    assert made.calls == ()
    (step,) = made.manual
    assert command in "\n".join(step.commands)
    assert step.resource == facts.trails[0].arn
    assert not step.optional


@pytest.mark.parametrize("log_class", ["INFREQUENT_ACCESS", "DELIVERY"])
def test_a_group_that_takes_no_filters_is_for_a_person(log_class: str) -> None:
    facts = with_rows(trail_and_group(), log_groups=[LogGroup("ct", None, log_class, 0, HOME, A, None)])
    made = planned(facts)
    assert made.calls == ()
    assert log_class in made.manual[0].why
    assert "ct-standard" in "\n".join(made.manual[0].commands)
    assert str(facts.trails[0].arn) in "\n".join(made.manual[0].commands)


def test_the_hundredth_filter_is_the_last() -> None:
    filters = [narrow_filter(f"f{number}", f"m{number}") for number in range(99)]
    made = planned(with_rows(trail_and_group(), metric_filters=filters), SOMEBODY, "root_usage", "4.5")
    assert operations(made) == ["PutMetricFilter", "CreateTopic", "Subscribe", "PutMetricAlarm"]
    (step,) = made.manual
    assert "100 metric filters" in step.why
    assert "describe-metric-filters" in step.commands[0]
    assert "delete" not in "".join(step.commands)


def test_a_field_of_the_group_that_nobody_knows_is_told_with_the_filter() -> None:
    group = LogGroup("ct", None, "STANDARD", 0, HOME, A, None, unknown_fields=["gate"])
    put = planned(with_rows(trail_and_group(), log_groups=[group])).calls[0]
    assert "not known to this version: gate" in put.why
    assert "not known" not in planned(trail_and_group()).calls[0].why


def test_a_count_that_the_group_itself_shows_counts_too() -> None:
    facts = with_rows(trail_and_group(), log_groups=[LogGroup("ct", None, "STANDARD", 100, HOME, A, None)])
    assert planned(facts).calls == ()


# --- names --------------------------------------------------------------------------------------------------------


def test_names_that_exist_get_a_suffix() -> None:
    put, _, _, alarm = planned(trail_and_group()).calls
    taken = narrow_filter(put.arguments["filterName"], put.arguments["metricTransformations"][0]["metricName"])
    other = as_fact(Place("aws", A, HOME), {**alarm.arguments, "Threshold": 10.0, "MetricName": "other"})
    facts = with_rows(trail_and_group(), metric_filters=[taken], alarms=[other])
    put_again, _, _, alarm_again = planned(facts).calls
    assert put_again.arguments["filterName"] == f"{put.arguments['filterName']}-2"
    assert put_again.arguments["metricTransformations"][0]["metricName"] == "root_usage_metric-2"
    assert alarm_again.arguments["MetricName"] == "root_usage_metric-2"
    assert alarm_again.arguments["AlarmName"] == f"{alarm.arguments['AlarmName']}-2"


def test_a_metric_that_an_alarm_in_metric_math_watches_is_in_use() -> None:
    query = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "CISBenchmark", "MetricName": "root_usage_metric"}}}
    maths = replace(
        as_fact(Place("aws", A, HOME), dict(planned(trail_and_group()).calls[3].arguments)),
        name="maths",
        metric_name=None,
        namespace=None,
        metrics=[query],
    )
    put = planned(with_rows(trail_and_group(), alarms=[maths])).calls[0]
    assert put.arguments["metricTransformations"][0]["metricName"] == "root_usage_metric-2"


def test_settings_name_the_new_objects() -> None:
    settings = Settings(
        endpoints=SOMEBODY.endpoints,
        topic_name="security",
        metric_namespace="Ours",
        metric_name="Root",
        name_prefix="sec-",
        tags={"team": "security"},
    )
    put, create, _, alarm = planned(trail_and_group(), settings).calls
    assert put.arguments["filterName"] == "sec-root_usage_metric"
    assert put.arguments["metricTransformations"][0] == {
        "metricName": "Root",
        "metricNamespace": "Ours",
        "metricValue": "1",
    }
    assert create.arguments["Name"] == "security"
    assert create.arguments["Tags"] == [
        {"Key": "managed-by", "Value": "alarmchain"},
        {"Key": "team", "Value": "security"},
    ]
    assert alarm.arguments["AlarmName"] == "sec-root_usage_alarm"


# --- filters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"metric_transformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1",
                                     "dimensions": {"Account": "$.recipientAccountId"}}]},
        {"metric_transformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1",
                                     "defaultValue": 5.0}]},
        {"metric_transformation_value": "0.5"},
    ],
)  # fmt: skip
def test_a_covering_filter_that_no_plain_alarm_can_watch_gets_company(change: dict[str, Any]) -> None:
    facts = facts_of_report("r058")
    changed = [replace(facts.metric_filters[0], **change)]
    made = planned(with_rows(facts, metric_filters=changed, alarms=[]))
    assert operations(made) == ["PutMetricFilter", "PutMetricAlarm"]


def test_a_zero_by_default_is_no_obstacle() -> None:
    facts = facts_of_report("r058")
    entry = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", "defaultValue": 0.0}
    changed = [replace(facts.metric_filters[0], metric_transformations=[entry])]
    made = planned(with_rows(facts, metric_filters=changed, alarms=[]))
    assert operations(made) == ["PutMetricAlarm"]
    assert made.calls[0].arguments["MetricName"] == "m"


def test_filters_that_cover_together_are_reused_together() -> None:
    halves = [
        narrow_filter("a", "both", '{ $.userIdentity.type = "Root" && $.readOnly IS TRUE }'),
        narrow_filter("b", "both", '{ $.userIdentity.type = "Root" && $.readOnly IS FALSE }'),
        narrow_filter("c", "both", '{ $.userIdentity.type = "Root" && $.readOnly NOT EXISTS }'),
    ]
    facts = with_rows(trail_and_group(), metric_filters=halves)
    made = planned(facts)
    assert operations(made) == ["CreateTopic", "Subscribe", "PutMetricAlarm"]
    assert made.calls[2].arguments["MetricName"] == "both"
    relied_on = [required for required in made.accounts[0].preconditions if required.kind is Kind.METRIC_FILTER]
    assert len(relied_on) == 3


def test_an_alarm_that_lacks_only_its_filter_is_fed() -> None:
    facts = complete()
    wanted = replace(facts.alarms[0], metric_name="root_usage_metric", namespace="CISBenchmark")
    made = planned(with_rows(facts, metric_filters=[], alarms=[wanted]))
    assert operations(made) == ["PutMetricFilter"]
    assert made.calls[0].arguments["metricTransformations"][0]["metricName"] == "root_usage_metric"
    assert expectation(made)[0] is Prospect.HOLDS


def test_an_alarm_that_tells_nobody_is_not_fed() -> None:
    facts = complete()
    wanted = replace(facts.alarms[0], metric_name="root_usage_metric", namespace="CISBenchmark")
    made = planned(with_rows(facts, metric_filters=[], alarms=[wanted], subscriptions=[]))
    assert operations(made) == ["PutMetricFilter", "CreateTopic", "Subscribe", "PutMetricAlarm"]
    assert made.calls[0].arguments["metricTransformations"][0]["metricName"] == "root_usage_metric-2"


# --- topics -------------------------------------------------------------------------------------------------------


def test_a_topic_under_the_aws_managed_key_is_replaced_by_one_of_ours() -> None:
    facts = complete()
    made = planned(with_rows(facts, topics=[replace(facts.topics[0], kms_master_key_id="alias/aws/sns")]))
    assert operations(made) == ["CreateTopic", "Subscribe", "PutMetricAlarm"]
    assert made.manual == ()


def test_a_topic_that_refuses_cloudwatch_is_replaced_by_one_of_ours() -> None:
    facts = complete()
    refusing = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish"}]
    }
    made = planned(with_rows(facts, topics=[replace(facts.topics[0], policy=refusing)]))
    assert operations(made) == ["CreateTopic", "Subscribe", "PutMetricAlarm"]
    policy = topic_policy(Place("aws", A, HOME), "alarmchain-alarms")
    assert policy["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": A}


def test_a_customer_key_that_keeps_cloudwatch_out_adds_the_commands_to_admit_it() -> None:
    facts = complete()
    key = KmsKey("k", f"arn:aws:kms:{HOME}:{A}:key/k", "CUSTOMER", "Enabled", {"Statement": []}, HOME, A, None)
    encrypted = replace(facts.topics[0], kms_master_key_id="k")
    made = planned(with_rows(facts, topics=[encrypted], keys=[key]))
    assert operations(made) == ["CreateTopic", "Subscribe", "PutMetricAlarm"]
    (advice,) = made.manual
    assert advice.optional
    assert "put-key-policy" in "\n".join(advice.commands)
    assert "--key-id k " in "\n".join(advice.commands)
    assert made.accounts[0].preconditions


def test_one_topic_serves_all_controls() -> None:
    made = planned(trail_and_group(), SOMEBODY, "root_usage", "4.5", "4.8")
    assert operations(made).count("CreateTopic") == 1
    assert operations(made).count("Subscribe") == 1
    assert len({str(step.arguments["AlarmActions"]) for step in made.calls if step.kind == "alarm"}) == 1
    create = next(step for step in made.calls if step.operation == "CreateTopic")
    assert len(create.controls) == 3


def test_the_topic_that_gets_a_subscriber_serves_the_controls_before_it_too() -> None:
    facts = with_rows(complete(), subscriptions=[])
    made = planned(facts, SOMEBODY, "4.2", "root_usage")
    assert operations(made) == ["PutMetricFilter", "Subscribe", "PutMetricAlarm"]
    assert made.calls[2].arguments["AlarmActions"] == [facts.topics[0].topic_arn]


def test_a_topic_with_a_confirmed_listener_is_preferred_by_endpoint_use_and_kind() -> None:
    facts = with_rows(
        trail_and_group(),
        topics=[topic("a"), topic("b"), topic("c")],
        subscriptions=[
            subscription("a", f"arn:aws:sqs:{HOME}:{A}:q", protocol="sqs"),
            subscription("b", "somebody@example.com"),
            subscription("c", "security@example.com"),
        ],
    )
    assert planned(facts).calls[1].arguments["AlarmActions"] == [f"arn:aws:sns:{HOME}:{A}:c"]
    assert planned(facts, NOBODY).calls[1].arguments["AlarmActions"] == [f"arn:aws:sns:{HOME}:{A}:b"]


def test_our_topic_of_an_earlier_run_is_taken_up_again() -> None:
    place = Place("aws", A, HOME)
    ours = topic("alarmchain-alarms", policy=topic_policy(place, "alarmchain-alarms"))
    made = planned(with_rows(trail_and_group(), topics=[ours]))
    assert operations(made) == ["PutMetricFilter", "Subscribe", "PutMetricAlarm"]
    pending = with_rows(
        trail_and_group(),
        topics=[ours],
        subscriptions=[subscription("alarmchain-alarms", "security@example.com", pending=True)],
    )
    assert operations(planned(pending)) == ["PutMetricFilter", "PutMetricAlarm"]
    assert expectation(planned(pending))[0] is Prospect.WAITS


def test_somebody_elses_topic_of_our_name_is_not_touched() -> None:
    made = planned(with_rows(trail_and_group(), topics=[topic("alarmchain-alarms")]))
    assert made.calls[1].arguments["Name"] == "alarmchain-alarms-2"


def test_a_missing_topic_that_an_alarm_names_is_not_brought_back_to_life() -> None:
    facts = facts_of_report("r058")
    gone = f"arn:aws:sns:{HOME}:{A}:alarmchain-alarms"
    alarm = replace(facts.alarms[0], alarm_actions=[gone])
    made = planned(with_rows(facts, alarms=[alarm], topics=[], subscriptions=[]))
    assert made.calls[0].arguments["Name"] == "alarmchain-alarms-2"


def test_a_named_topic_is_used_or_made() -> None:
    facts = with_rows(trail_and_group(), topics=[topic("security"), topic("other")],
                      subscriptions=[subscription("other", "somebody@example.com")])  # fmt: skip
    made = planned(facts, replace(SOMEBODY, topic_name="security"))
    assert operations(made) == ["PutMetricFilter", "Subscribe", "PutMetricAlarm"]
    assert made.calls[1].arguments["TopicArn"].endswith(":security")


def test_a_topic_given_by_arn_is_used() -> None:
    arn = f"arn:aws:sns:{HOME}:{A}:security"
    facts = with_rows(trail_and_group(), topics=[topic("security")])
    made = planned(facts, replace(SOMEBODY, topic_arn=arn))
    assert operations(made) == ["PutMetricFilter", "Subscribe", "PutMetricAlarm"]


@pytest.mark.parametrize(
    ("arn", "rows", "words"),
    [
        (f"arn:aws:sns:eu-west-1:{A}:t", [], "not in us-east-1"),
        (f"arn:aws:sns:{HOME}:{A}:t", [], "does not exist"),
        (
            f"arn:aws:sns:{HOME}:{A}:t",
            [topic("t", key="alias/aws/sns")],
            "was named and cannot serve: topic t is encrypted",
        ),
    ],
)
def test_a_topic_given_by_arn_that_cannot_serve_plans_nothing(arn: str, rows: list[Any], words: str) -> None:
    made = planned(with_rows(trail_and_group(), topics=rows), replace(SOMEBODY, topic_arn=arn))
    assert made.calls == ()
    prospect, sentence = expectation(made)
    assert prospect is Prospect.MANUAL
    assert words in sentence
    assert "(in account" not in sentence


# --- subscriptions ------------------------------------------------------------------------------------------------


def test_only_the_subscription_is_missing() -> None:
    made = planned(with_rows(complete(), subscriptions=[]))
    assert operations(made) == ["Subscribe"]
    assert made.calls[0].arguments["TopicArn"].endswith(":cis-alarms")


def test_another_endpoint_joins_one_that_has_not_confirmed() -> None:
    facts = with_rows(complete(), subscriptions=[subscription("cis-alarms", "late@example.com", pending=True)])
    assert operations(planned(facts)) == ["Subscribe"]
    assert planned(facts, NOBODY).calls == ()
    assert expectation(planned(facts, NOBODY))[0] is Prospect.WAITS


def test_a_filter_policy_that_swallows_alarms_calls_for_another_topic() -> None:
    deaf = subscription("cis-alarms", "security@example.com", filter_policy={"kind": ["order"]})
    made = planned(with_rows(complete(), subscriptions=[deaf]))
    assert operations(made) == ["CreateTopic", "Subscribe", "PutMetricAlarm"]
    other = replace(deaf, endpoint="other@example.com")
    assert operations(planned(with_rows(complete(), subscriptions=[other]))) == ["Subscribe"]


def test_without_an_endpoint_a_topic_that_is_heard_serves_instead() -> None:
    facts = with_rows(
        complete(),
        topics=[topic("cis-alarms"), topic("heard")],
        subscriptions=[subscription("heard", "somebody@example.com")],
    )
    assert operations(planned(facts, NOBODY)) == ["PutMetricAlarm"]
    assert operations(planned(facts, SOMEBODY)) == ["Subscribe"]


def test_a_queue_of_the_same_account_confirms_itself() -> None:
    queue = parse_endpoints([f"arn:aws:sqs:{HOME}:{A}:q"], None)
    _, sentence = expectation(planned(trail_and_group(), Settings(endpoints=queue)))
    assert "topic alarmchain-alarms reaches arn:aws:sqs" in sentence
    foreign = parse_endpoints([f"arn:aws:sqs:{HOME}:210987654321:q"], None)
    _, sentence = expectation(planned(trail_and_group(), Settings(endpoints=foreign)))
    assert "confirms the subscription" in sentence


def test_a_deleted_subscription_is_nobody() -> None:
    gone = replace(subscription("cis-alarms", "security@example.com"), subscription_arn="Deleted")
    assert operations(planned(with_rows(complete(), subscriptions=[gone]))) == ["Subscribe"]


def test_another_topic_can_be_asked_for() -> None:
    facts = with_rows(complete(), subscriptions=[])
    made = planned(facts, replace(SOMEBODY, topic_name="security"))
    assert operations(made) == ["CreateTopic", "Subscribe", "PutMetricAlarm"]


# --- organisations ------------------------------------------------------------------------------------------------


def test_members_share_one_filter_in_the_owners_account() -> None:
    facts = trail_and_group()
    members = ["210987654321", "310987654321"]
    trails = list(facts.trails)
    accounts = list(facts.accounts)
    for member in members:
        accounts.append(replace(facts.accounts[0], account_id=member, connection=f"aws_{member}"))
        trails.append(replace(facts.trails[0], account_id=member, is_logging=None, event_selectors=None))
    made = planned(with_rows(facts, trails=trails, accounts=accounts))
    assert operations(made) == ["PutMetricFilter", "CreateTopic", "Subscribe", "PutMetricAlarm"]
    assert {step.account_id for step in made.calls} == {A}
    others = [account for account in made.accounts if account.account_id != A]
    assert len(others) == 2
    for account in others:
        assert account.steps == ()
        assert A in account.expectations[0].sentence


def test_a_member_alone_is_repaired_in_the_owners_account() -> None:
    facts = trail_and_group()
    member = "210987654321"
    trails = [*facts.trails, replace(facts.trails[0], account_id=member, is_logging=None, event_selectors=None)]
    accounts = [*facts.accounts, replace(facts.accounts[0], account_id=member, connection="aws_member")]
    known = with_rows(facts, trails=trails, accounts=accounts)
    findings = [finding for finding in judge(known) if finding.account_id == member]
    made = plan(findings, known, controls(), SOMEBODY)
    assert [account.account_id for account in made.accounts] == [member, A]
    assert made.accounts[1].connection == f"aws_{A}"
    assert len(made.accounts[1].calls) == 4
    assert [item.kind for item in made.accounts[1].preconditions] == [Kind.TRAIL, Kind.LOG_GROUP]


def test_a_topic_of_an_account_that_is_not_connected_is_for_a_person() -> None:
    facts = with_rows(complete(), subscriptions=[])
    (finding,) = judge(facts)
    foreign = f"arn:aws:sns:{HOME}:999999999999:central"
    hops = tuple(replace(hop, resource=foreign) if hop.hop == "topic" else hop for hop in finding.hops)
    made = plan([replace(finding, hops=hops)], facts, controls(), SOMEBODY)
    (step,) = made.manual
    assert isinstance(step, ManualStep)
    assert step.account_id == "999999999999"
    assert "sns subscribe" in step.commands[0]


def test_when_every_topic_name_is_taken_nothing_is_half_made() -> None:
    names = ["alarmchain-alarms", *(f"alarmchain-alarms-{number}" for number in range(2, 21))]
    made = planned(with_rows(trail_and_group(), topics=[topic(name) for name in names]))
    assert made.calls == ()
    (expected,) = made.expectations
    assert expected.prospect is Prospect.MANUAL
    assert "alarmchain-alarms to alarmchain-alarms-20 are taken" in expected.sentence


def test_names_of_alarms_and_filters_do_not_run_out() -> None:
    facts = trail_and_group()
    place = Place("aws", A, HOME)
    taken = ["alarmchain-root_usage_alarm", *(f"alarmchain-root_usage_alarm-{number}" for number in range(2, 31))]
    step = planned(facts).calls[-1]
    alarms = [as_fact(place, {**step.arguments, "AlarmName": name, "MetricName": "other"}) for name in taken]
    made = planned(with_rows(facts, alarms=alarms))
    assert made.calls[-1].arguments["AlarmName"] == "alarmchain-root_usage_alarm-31"
    assert free_name("x" * 255, {"x" * 255}) == "x" * 253 + "-2"


def test_a_metric_that_another_log_group_feeds_is_not_shared() -> None:
    facts = trail_and_group()
    arguments = planned(facts).calls[0].arguments
    (entry,) = arguments["metricTransformations"]
    theirs = MetricFilter(
        name="theirs",
        log_group_name="elsewhere",
        filter_pattern="{ $.a = 1 }",
        metric_transformation_name="first",
        metric_transformation_namespace="Other",
        metric_transformation_value="1",
        metric_transformations=[
            {"metricName": "first", "metricNamespace": "Other", "metricValue": "1"},
            {"metricName": entry["metricName"], "metricNamespace": entry["metricNamespace"], "metricValue": "1"},
        ],
        region=HOME,
        account_id=A,
        partition="aws",
        connection=None,
    )
    made = planned(with_rows(facts, metric_filters=[theirs]))
    (own,) = made.calls[0].arguments["metricTransformations"]
    assert own["metricName"] == f"{entry['metricName']}-2"
    # A covering filter whose metric something else feeds as well is not enough either.
    covering = replace(
        theirs,
        name="covering",
        log_group_name="ct",
        filter_pattern=arguments["filterPattern"],
        metric_transformations=[entry],
    )
    alone = planned(with_rows(facts, metric_filters=[covering]))
    assert [step.operation for step in alone.calls if step.service == "logs"] == []
    shared = planned(with_rows(facts, metric_filters=[covering, theirs]))
    assert [step.operation for step in shared.calls if step.service == "logs"] == ["PutMetricFilter"]


def test_a_topic_of_ours_that_refuses_is_passed_over() -> None:
    place = Place("aws", A, HOME)
    ours = topic("alarmchain-alarms", policy=topic_policy(place, "alarmchain-alarms"), key="alias/aws/sns")
    made = planned(with_rows(trail_and_group(), topics=[ours]))
    assert made.calls[1].arguments["Name"] == "alarmchain-alarms-2"


def test_filters_that_cover_together_with_different_values_fire_by_the_least() -> None:
    halves = [
        narrow_filter("a", "both", '{ $.userIdentity.type = "Root" && $.readOnly IS TRUE }'),
        narrow_filter("b", "both", '{ $.userIdentity.type = "Root" && $.readOnly IS FALSE }'),
        narrow_filter("c", "both", '{ $.userIdentity.type = "Root" && $.readOnly NOT EXISTS }'),
    ]
    small = replace(halves[1], metric_transformation_value="0.5")
    made = planned(with_rows(trail_and_group(), metric_filters=[halves[0], small, halves[2]]))
    assert operations(made)[0] == "PutMetricFilter"


@pytest.mark.parametrize(
    ("hop", "resource"), [(Hop.LOG_GROUP, "not-an-arn"), (Hop.TOPIC, "not-an-arn"), (Hop.ALARM, None)]
)
def test_a_finding_whose_resources_are_not_arns_breaks_nothing(hop: Hop, resource: str | None) -> None:
    facts = with_rows(complete(), subscriptions=[])
    (found,) = judge(facts)
    hops = tuple(replace(item, resource=resource) if item.hop is hop else item for item in found.hops)
    made = plan([replace(found, hops=hops)], facts, controls(), NOBODY)
    assert made.expectations[0].prospect in (Prospect.UNDECIDED, Prospect.NOBODY)


# --- what is not planned ------------------------------------------------------------------------------------------


def finding(status: Status, **changes: Any) -> Finding:
    (found,) = judge(trail_and_group())
    return replace(found, status=status, **changes)


def test_what_could_not_be_decided_is_not_repaired_on_a_guess() -> None:
    made = plan([finding(Status.ERROR, reason="denied")], trail_and_group(), controls(), SOMEBODY)
    assert made.calls == ()
    assert made.expectations[0].prospect is Prospect.UNDECIDED
    assert "denied" in made.expectations[0].sentence


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ReadFailure("topics", "Denied", None, A, HOME, "sns:ListTopics"), f"sns:ListTopics failed in {A} {HOME}, so"),
        (ReadFailure("alarms", "Denied", None, A, None, None), f"alarms failed in {A}, so"),
        (ReadFailure("trails", "Denied", None, A, HOME, None), ""),
        (ReadFailure("topics", "Denied", None, A, "eu-west-1", None), ""),
        (ReadFailure("topics", "Denied", None, "210987654321", HOME, None), ""),
    ],
)
def test_a_part_that_could_not_be_read_where_something_is_planned_is_a_note(failure: ReadFailure, told: str) -> None:
    notes = planned(with_rows(trail_and_group(), failures=[failure])).notes
    assert len(notes) == bool(told)
    assert "".join(notes).startswith(told)


def test_a_note_of_one_region_of_several_stays() -> None:
    facts = with_rows(trail_and_group(), failures=[ReadFailure("topics", "Denied", None, A, HOME, None)])
    (found,) = judge(facts)
    foreign = "arn:aws:cloudtrail:eu-west-1:210987654321:trail/t"
    hops = tuple(replace(hop, resource=foreign) if hop.hop is Hop.TRAIL else hop for hop in found.hops)
    elsewhere = replace(found, account_id="210987654321", broken_hop=Hop.TRAIL, hops=hops)
    assert len(plan([found, elsewhere], facts, controls(), SOMEBODY).notes) == 1


def test_the_owners_row_of_the_home_region_says_what_a_trail_lacks() -> None:
    facts = trail_and_group()
    stopped = replace(facts.trails[0], region=HOME, home_region=HOME, is_logging=False)
    rows = [
        replace(stopped, account_id="210987654321", is_logging=None),
        replace(stopped, region="eu-west-1", is_logging=None),
        stopped,
    ]
    (step,) = planned(with_rows(facts, trails=rows)).manual
    assert "start-logging" in "\n".join(step.commands)


def test_a_plan_expects_something_of_some_finding() -> None:
    made = plan([finding(Status.SKIP), finding(Status.ERROR)], trail_and_group(), controls(), SOMEBODY)
    assert made.expects(Prospect.UNDECIDED)
    assert made.expects(Prospect.HOLDS, Prospect.WAIVED)
    assert not made.expects(Prospect.HOLDS, Prospect.WAITS)


def test_a_waived_finding_is_left() -> None:
    made = plan([finding(Status.SKIP)], trail_and_group(), controls(), SOMEBODY)
    assert made.calls == ()
    assert made.expectations[0].prospect is Prospect.WAIVED
    assert made.expectations[0].before == "skip"


def test_a_connection_without_an_account_is_a_note() -> None:
    made = plan([finding(Status.ERROR, account_id=None, reason="no profile")], Facts(), controls(), SOMEBODY)
    assert made.accounts == ()
    assert made.unseen == ("4.3: no profile",)


def test_planning_is_deterministic() -> None:
    facts = trail_and_group()
    assert planned(facts, SOMEBODY, "4.3", "4.5") == planned(facts, SOMEBODY, "4.3", "4.5")


def test_two_masked_endpoints_are_two_steps() -> None:
    hooks = [f"https://hooks.example.com/services/{letter * 24}" for letter in "ab"]
    made = planned(trail_and_group(), Settings(endpoints=parse_endpoints(hooks, None)))
    assert operations(made).count("Subscribe") == 2
    for step in made.calls:
        assert "aaaaaaaa" not in step.shown_command
        assert "bbbbbbbb" not in str(step.journalled_arguments)


def test_a_plan_relies_on_what_it_did_not_make() -> None:
    made = planned(facts_of_report("r058"))
    assert {required.kind for required in made.accounts[0].preconditions} == {
        Kind.TRAIL,
        Kind.METRIC_FILTER,
        Kind.TOPIC,
        Kind.SUBSCRIPTION,
    }


def test_a_policy_is_recognised_in_aws_other_spelling() -> None:
    place = Place("aws", A, HOME)
    policy = topic_policy(place, "t")
    stored = topic_policy(place, "t")
    stored["Statement"][0]["Action"] = ["SNS:Publish"]
    stored["Statement"][1]["Principal"] = {"AWS": A}
    assert same_policy(policy, stored)
    stored["Statement"][0]["Action"] = ["SNS:Publish", "SNS:Subscribe"]
    assert not same_policy(policy, stored)


def test_an_alarm_as_a_fact_is_what_the_call_makes() -> None:
    made = planned(trail_and_group())
    fact = as_fact(Place("aws", A, HOME), made.calls[3].arguments)
    assert isinstance(fact, Alarm)
    assert fact.arn == made.calls[3].resource
    assert Endpoint("email", "x@y").shown == "x@y"
