"""Who relies on an object: what counts as a way, what an answer of AWS shows, and what is taken as gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from checker.arns import Place
from checker.aws.access import AccountSession, Identity
from checker.aws.call import CallFailed
from remediation.applying.usage import read_reliance
from remediation.planning.inventory import Inventory
from remediation.planning.steps import Metric, StepKind
from remediation.planning.trial import as_fact
from remediation.planning.usage import (
    AlarmUse,
    FilterUse,
    Reliance,
    SubscriptionUse,
    alarm_use,
    filter_use,
    node_of,
    used_before,
)
from tests.builders import A
from tests.remediation.applying.test_objects import REGION, TOPIC, session, step
from tests.remediation.cases import SOMEBODY, facts_of_report, planned, subscription, with_rows

M, OTHER = Metric("CISBenchmark", "root"), Metric("CISBenchmark", "other")
FILTER = FilterUse("ct", "f", (M,))
ALARM = AlarmUse("a", M.namespace, M.name, actions=[TOPIC])
SUBSCRIPTION = SubscriptionUse(TOPIC, "email:x@example.com")


@pytest.mark.parametrize(
    ("alarm", "watches"),
    [
        (AlarmUse("a", M.namespace, M.name), True),
        (AlarmUse("a", M.namespace, OTHER.name), False),
        (AlarmUse("a", "Other", M.name), False),
        (AlarmUse("a", queries=[{"MetricStat": {"Metric": {"Namespace": M.namespace, "MetricName": M.name}}}]), True),
        (AlarmUse("a", queries=[{"MetricStat": {"Metric": {"Namespace": M.namespace, "MetricName": "x"}}}]), False),
        (AlarmUse("a", queries=[{"Expression": 'SELECT SUM(root) FROM "CISBenchmark"'}]), True),
        (AlarmUse("a", queries=[{"Expression": "m1 * 2"}]), False),
        (AlarmUse("a", queries=[{"Id": "a"}]), False),
    ],
)
def test_what_watches_a_metric(alarm: AlarmUse, watches: bool) -> None:
    assert alarm.is_watching(M) is watches


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ('ALARM("x")', True),
        ("ALARM(x)", True),
        ("ALARM( 'x' ) AND OK(y)", True),
        ('NOT ALARM("arn:aws:cloudwatch:us-east-1:123456789012:alarm:x")', True),
        ("x", True),
        ('ALARM("x-2")', False),
        ('ALARM("my-x")', False),
        ("", False),
    ],
)
def test_what_names_an_alarm(rule: str, names: bool) -> None:
    assert AlarmUse("c", rule=rule).is_naming("x") is names


def test_everything_on_a_way_through_an_object_relies_on_it() -> None:
    composite = AlarmUse("c", rule="ALARM(a)", actions=[f"{TOPIC}-2"])
    far = SubscriptionUse(f"{TOPIC}-2", "sms:+49")
    sibling = SubscriptionUse(TOPIC, "email:y@example.com")
    filters = [FILTER, FilterUse("ct", "g", (OTHER,))]
    alarms = [ALARM, composite, AlarmUse("b", OTHER.namespace, OTHER.name)]
    graph = Reliance(filters, alarms, [SUBSCRIPTION, sibling, far])
    below = {str(item) for item in (ALARM, composite, SUBSCRIPTION, sibling, far)}
    assert graph.users(str(FILTER)) == below
    assert graph.users(str(SUBSCRIPTION)) == {str(FILTER), str(ALARM)}
    assert graph.users((TOPIC,)) == {str(FILTER), str(ALARM), str(SUBSCRIPTION), str(sibling)}
    assert graph.users(str(far)) == {str(FILTER), str(ALARM), str(composite)}
    assert graph.users(str(FILTER), without=[str(ALARM)]) == frozenset()
    assert graph.users(str(FILTER), without=[str(composite)]) == {str(ALARM), str(SUBSCRIPTION), str(sibling)}


def test_what_names_itself_in_a_circle_ends() -> None:
    graph = Reliance(alarms=[AlarmUse("a", rule="ALARM(b)"), AlarmUse("b", rule="ALARM(a)")])
    assert graph.users("alarm a") == {"alarm b"}


def test_before_it_is_made_an_object_is_relied_on_by_what_waits_for_it() -> None:
    steps = {made.kind: made for made in planned(facts_of_report("r088"), SOMEBODY).calls}
    facts = facts_of_report("r088")
    assert all(made.used_by == () for made in steps.values())

    topic = steps[StepKind.TOPIC].resource
    theirs = as_fact(
        Place("aws", A, REGION), {**steps[StepKind.ALARM].arguments, "AlarmName": "theirs", "AlarmActions": [topic]}
    )
    somebody = subscription(topic.rpartition(":")[2], "them@example.com")
    inventory = Inventory(with_rows(facts, alarms=[theirs], subscriptions=[somebody]))
    hears = "subscription email:them@example.com of topic alarmchain-alarms"
    found = {kind: used_before(inventory, made) for kind, made in steps.items()}
    assert found == {
        StepKind.METRIC_FILTER: ("alarm theirs", hears),
        StepKind.TOPIC: ("alarm theirs", hears),
        StepKind.SUBSCRIPTION: ("alarm theirs",),
        StepKind.ALARM: (hears,),
    }


def test_alarms_that_name_a_metric_or_an_alarm_in_an_expression_wait_for_it_too() -> None:
    steps = {made.kind: made for made in planned(facts_of_report("r088"), SOMEBODY).calls}
    plain = as_fact(Place("aws", A, REGION), {**steps[StepKind.ALARM].arguments, "AlarmActions": []})
    query = {"MetricStat": {"Metric": {"Namespace": plain.namespace, "MetricName": plain.metric_name}}}
    blank = replace(plain, metric_name=None, namespace=None)
    maths = replace(blank, name="maths", metrics=[query])
    over = replace(blank, name="over", alarm_rule=f"ALARM({plain.name})")
    inventory = Inventory(with_rows(facts_of_report("r088"), alarms=[maths, over]))
    assert used_before(inventory, steps[StepKind.METRIC_FILTER]) == ("alarm maths",)
    assert used_before(inventory, steps[StepKind.ALARM]) == ("alarm over",)


def test_an_object_is_called_the_same_by_its_step_and_by_its_row() -> None:
    steps = {made.kind: made for made in planned(facts_of_report("r088"), SOMEBODY).calls}
    names = {kind: node_of(kind, made.resource, made.id) for kind, made in steps.items()}
    assert names[StepKind.METRIC_FILTER] == str(filter_use(steps[StepKind.METRIC_FILTER].arguments))
    assert names[StepKind.ALARM] == str(alarm_use(steps[StepKind.ALARM].arguments))
    topic = steps[StepKind.TOPIC].resource
    assert names[StepKind.SUBSCRIPTION] == str(SubscriptionUse(topic, "email:security@example.com"))
    assert names[StepKind.TOPIC] == (topic,)


class Sessions:
    """An account that answers one call a service."""

    identity = Identity(A, f"arn:aws:iam::{A}:user/u")

    def __init__(self, **answers: tuple[str, dict[str, Any]]) -> None:
        self._sessions = {service: session(service, *answer) for service, answer in answers.items()}

    def reader(self, service: str, region: str) -> Any:
        return self._sessions[service].reader(service, region)


ALARMS = {
    "MetricAlarms": [
        {"AlarmName": "a", "AlarmActions": [f"arn:aws:sns:{REGION}:210987654321:far", "arn:aws:ssm:x:1:y"]},
        {"AlarmName": "i", "InsufficientDataActions": [TOPIC], "Namespace": M.namespace, "MetricName": M.name},
    ],
    "CompositeAlarms": [{"AlarmName": "c", "OKActions": [TOPIC], "AlarmRule": "TRUE", "ActionsSuppressor": "i"}],
}
FILTERS = {
    "metricFilters": [
        {
            "filterName": "f",
            "logGroupName": "ct",
            "metricTransformations": [{"metricNamespace": M.namespace, "metricName": M.name, "metricValue": "1"}],
        }
    ]
}
ROWS = {"Subscriptions": [{"SubscriptionArn": f"{TOPIC}:1", "Protocol": "email", "Endpoint": "x@example.com"}]}


def test_what_the_answers_of_aws_show() -> None:
    account = Sessions(
        cloudwatch=("describe_alarms", ALARMS),
        logs=("describe_metric_filters", FILTERS),
        sns=("list_subscriptions_by_topic", ROWS),
    )
    graph = read_reliance(cast(AccountSession, account), REGION)
    listener = "subscription email:x@example.com of topic t"
    assert graph.users((TOPIC,)) == {"alarm i", "alarm c", "metric filter f on log group ct", listener}
    assert graph.users("alarm i") == {"alarm c", "metric filter f on log group ct", listener}


HIDDEN = "subscription that may not be listed of topic t"


@pytest.mark.parametrize(
    ("code", "own", "users"),
    [
        ("NotFound", True, {"alarm i", "alarm c"}),
        ("NotFound", False, {"alarm i", "alarm c"}),
        ("AuthorizationError", True, None),
        ("AuthorizationError", False, {"alarm i", "alarm c", HIDDEN}),
        ("InternalError", False, None),
    ],
)
def test_a_topic_that_is_gone_has_nobody_and_one_that_is_denied_is_not_known(
    code: str, own: bool, users: set[str] | None
) -> None:
    account = Sessions(cloudwatch=("describe_alarms", ALARMS), logs=("describe_metric_filters", {"metricFilters": []}))
    refusing = session("sns", "list_subscriptions_by_topic", ROWS)
    stub = cast(Any, refusing).stub
    stub._queue.clear()
    stub.add_client_error(
        "list_subscriptions_by_topic", service_error_code=code, http_status_code=500 if code == "InternalError" else 403
    )
    account._sessions["sns"] = refusing
    topics = frozenset({TOPIC} if own else ())
    if users is not None:
        assert read_reliance(cast(AccountSession, account), REGION, topics=topics).users((TOPIC,)) == users
    else:
        with pytest.raises(CallFailed):
            read_reliance(cast(AccountSession, account), REGION, topics=topics)


def test_the_topics_of_the_run_are_read_although_no_alarm_notifies_them() -> None:
    account = Sessions(
        cloudwatch=("describe_alarms", {}),
        logs=("describe_metric_filters", {"metricFilters": []}),
        sns=("list_subscriptions_by_topic", ROWS),
    )
    graph = read_reliance(cast(AccountSession, account), REGION, topics=frozenset({TOPIC}))
    assert graph.users((TOPIC,)) == {"subscription email:x@example.com of topic t"}


def test_the_kinds_that_stand_in_arguments() -> None:
    assert str(filter_use(step(StepKind.METRIC_FILTER))).startswith("metric filter alarmchain-")
    assert alarm_use(step(StepKind.ALARM)).actions
