"""Whoever is named is told, or the plan says who is not; nobody is added to a topic that others read, unasked."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from checker.arns import Place
from checker.cli import remediation_exit
from checker.exit_codes import ExitCode
from checker.facts import Facts, ReadFailure, TopicSubscription
from remediation.planning.hearing import Hearing, hearing, is_person
from remediation.planning.model import Plan, Prospect
from remediation.planning.settings import Endpoint, Settings, parse_endpoints
from remediation.planning.topic_policy import topic_policy
from remediation.showing.text import plan_text
from tests.builders import HOME, A
from tests.remediation.cases import SOMEBODY, facts_of_report, operations, planned, subscription, topic, with_rows

QUEUE = f"arn:aws:sqs:{HOME}:{A}:orders"
CHAT = "https://global.sns-api.chatbot.amazonaws.com"
TWO = Settings(endpoints=parse_endpoints(["security@example.com", "boss@example.com"], None))
NOBODY = Settings()


def bare() -> Facts:
    """r088: trail and log group, nothing behind them."""
    return facts_of_report("r088")


def heard_by(*rows: TopicSubscription, names: tuple[str, ...] = ("security",)) -> Facts:
    return with_rows(bare(), topics=[topic(name) for name in names], subscriptions=rows)


def complete(*rows: TopicSubscription) -> Facts:
    """A chain that holds as far as its topic, ``cis-alarms``."""
    facts = facts_of_report("r058")
    alarm = replace(facts.alarms[0], alarm_actions=[facts.topics[0].topic_arn])
    return with_rows(facts, alarms=[alarm], subscriptions=rows)


def told(made: Plan) -> tuple[Prospect, str]:
    (expected,) = made.expectations
    return expected.prospect, expected.sentence


def notified(made: Plan) -> str:
    """Name of the topic of the new alarm."""
    (alarm,) = [step for step in made.calls if step.operation == "PutMetricAlarm"]
    (arn,) = alarm.arguments["AlarmActions"]
    return str(arn.rpartition(":")[2])


@pytest.mark.parametrize(
    ("rows", "chosen", "subscribed"),
    [
        ([subscription("security", "other@example.com")], "alarmchain-alarms", 2),
        ([subscription("security", "security@example.com")], "alarmchain-alarms", 2),
        ([subscription("security", "orders", protocol="sqs")], "alarmchain-alarms", 2),
        ([subscription("security", "security@example.com"), subscription("security", "boss@example.com")],
         "security", 0),
        ([subscription("security", "security@example.com"), subscription("security", "boss@example.com", pending=True)],
         "security", 0),
        ([subscription("security", "security@example.com"),
          subscription("security", "boss@example.com", filter_policy={"kind": ["order"]})], "alarmchain-alarms", 2),
    ],
)  # fmt: skip
def test_a_topic_is_reused_when_everybody_who_was_named_hears_it(
    rows: list[TopicSubscription], chosen: str, subscribed: int
) -> None:
    made = planned(heard_by(*rows), TWO)
    assert notified(made) == chosen
    assert operations(made).count("Subscribe") == subscribed


def test_a_topic_that_all_hear_is_better_than_one_that_all_were_asked_at() -> None:
    both = ("security@example.com", "boss@example.com")
    rows = [subscription("a", address, pending=True) for address in both]
    rows += [subscription("b", address) for address in both]
    made = planned(heard_by(*rows, names=("a", "b")), TWO)
    assert notified(made) == "b"
    assert told(made)[0] is Prospect.HOLDS
    made = planned(heard_by(*rows[:3], names=("a", "b")), TWO)
    assert notified(made) == "a"
    assert told(made)[0] is Prospect.WAITS


def test_with_reuse_topic_the_endpoints_join_a_topic_that_a_person_hears() -> None:
    facts = heard_by(
        subscription("orders", QUEUE, protocol="sqs"),
        subscription("security", "other@example.com"),
        names=("orders", "security"),
    )
    made = planned(facts, replace(TWO, reuse_topic=True))
    assert notified(made) == "security"
    assert [step.arguments["Endpoint"] for step in made.calls if step.operation == "Subscribe"] == [
        "security@example.com",
        "boss@example.com",
    ]
    only_machines = heard_by(subscription("orders", QUEUE, protocol="sqs"), names=("orders",))
    assert notified(planned(only_machines, replace(TWO, reuse_topic=True))) == "alarmchain-alarms"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "person"),
    [
        ("email", "a@example.com", True),
        ("email-json", "a@example.com", True),
        ("sms", "+4930123456", True),
        ("application", f"arn:aws:sns:{HOME}:{A}:endpoint/GCM/app/1", True),
        ("https", CHAT, True),
        ("https", f"{CHAT}.evil.example.com", False),
        ("https", f"https://evil.example.com/{CHAT}", False),
        ("https", "https://[", False),
        ("http", CHAT.replace("https", "http"), False),
        ("sqs", QUEUE, False),
        ("lambda", f"arn:aws:lambda:{HOME}:{A}:function:f", False),
        ("firehose", f"arn:aws:firehose:{HOME}:{A}:deliverystream/d", False),
    ],
)
def test_without_an_endpoint_a_topic_serves_when_a_person_hears_it(protocol: str, endpoint: str, person: bool) -> None:
    row = subscription("security", endpoint, protocol=protocol)
    assert is_person(row) is person
    made = planned(heard_by(row), NOBODY)
    assert notified(made) == ("security" if person else "alarmchain-alarms")
    prospect, sentence = told(made)
    assert prospect is (Prospect.HOLDS if person else Prospect.NOBODY)
    assert ("only feeds" in sentence and "topic arn:aws:sns" in sentence) is not person


@pytest.mark.parametrize("change", [{"topic_name": "x.fifo"}, {"topic_arn": f"arn:aws:sns:{HOME}:{A}:x.fifo"}])
def test_a_fifo_topic_is_never_chosen(change: dict[str, Any]) -> None:
    facts = heard_by(subscription("x.fifo", "security@example.com"), names=("x.fifo",))
    assert notified(planned(facts)) == "alarmchain-alarms"
    made = planned(facts, replace(SOMEBODY, **change))
    assert made.calls == ()
    assert told(made)[0] is Prospect.MANUAL


@pytest.mark.parametrize("named", [{"topic_name": "ours"}, {"topic_arn": f"arn:aws:sns:{HOME}:{A}:ours"}])
def test_a_named_topic_is_that_topic_or_an_error(named: dict[str, Any]) -> None:
    deny = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}]}
    facts = with_rows(bare(), topics=[topic("ours", policy=deny)])
    made = planned(facts, replace(SOMEBODY, **named))
    assert made.calls == ()
    prospect, sentence = told(made)
    assert prospect is Prospect.MANUAL
    assert "ours was named and cannot serve: topic ours" in sentence
    open_ = heard_by(subscription("ours", "other@example.com"), names=("ours",))
    made = planned(open_, replace(SOMEBODY, **named))
    assert notified(made) == "ours"
    assert operations(made).count("Subscribe") == 1


def test_a_named_topic_that_is_missing_is_made_although_alarms_notify_it() -> None:
    facts = facts_of_report("r058")
    gone = f"arn:aws:sns:{HOME}:{A}:security"
    facts = with_rows(facts, alarms=[replace(facts.alarms[0], alarm_actions=[gone])], topics=[], subscriptions=[])
    made = planned(facts, replace(SOMEBODY, topic_name="security"))
    assert operations(made)[0] == "CreateTopic"
    assert made.calls[0].resource == gone


def test_a_filter_policy_at_the_named_topic_is_told() -> None:
    deaf = subscription("security", "security@example.com", filter_policy={"kind": ["order"]})
    made = planned(heard_by(deaf), replace(TWO, topic_name="security"))
    prospect, sentence = told(made)
    assert prospect is Prospect.UNTOLD
    assert "security@example.com" in sentence
    assert "boss@example.com has to confirm" in sentence
    assert [step.arguments["Endpoint"] for step in made.calls if step.operation == "Subscribe"] == ["boss@example.com"]


# --- chains that hold -----------------------------------------------------------------------------------------------

HEARS = subscription("cis-alarms", "security@example.com")
OTHER = subscription("cis-alarms", "other@example.com")


def test_a_chain_that_holds_and_everybody_hears_needs_nothing() -> None:
    made = planned(complete(OTHER, HEARS))
    assert (made.calls, told(made)[0]) == ((), Prospect.HOLDS)
    assert remediation_exit.of_plan(made) is ExitCode.OK


def test_whoever_does_not_hear_a_chain_that_holds_is_named() -> None:
    made = planned(complete(HEARS), TWO)
    prospect, sentence = told(made)
    assert (made.calls, prospect) == ((), Prospect.UNTOLD)
    assert "boss@example.com is not subscribed to topic cis-alarms" in sentence
    assert remediation_exit.of_plan(made) is ExitCode.WAITING
    assert "ok, and somebody who was named is not told" in plan_text(made)


@pytest.mark.parametrize(
    "change",
    [
        {"reuse_topic": True},
        {"topic_name": "cis-alarms"},
        {"topic_arn": f"arn:aws:sns:{HOME}:{A}:cis-alarms"},
    ],
)
def test_they_join_it_when_that_was_asked_for(change: dict[str, Any]) -> None:
    made = planned(complete(HEARS), replace(TWO, **change))
    assert [step.arguments["Endpoint"] for step in made.calls] == ["boss@example.com"]
    assert told(made)[0] is Prospect.WAITS
    assert made.expectations[0].topic_arn == f"arn:aws:sns:{HOME}:{A}:cis-alarms"


def test_another_named_topic_is_not_joined_by_accident() -> None:
    made = planned(complete(OTHER), replace(SOMEBODY, topic_name="security"))
    assert (made.calls, told(made)[0]) == ((), Prospect.UNTOLD)


def test_a_second_endpoint_joins_our_own_topic() -> None:
    facts = complete()
    ours = topic("cis-alarms", policy=topic_policy(Place("aws", A, HOME), "cis-alarms"))
    made = planned(with_rows(facts, topics=[ours], subscriptions=[HEARS]), TWO)
    assert [step.arguments["Endpoint"] for step in made.calls] == ["boss@example.com"]


def test_who_was_asked_and_has_not_confirmed_is_waited_for() -> None:
    made = planned(complete(OTHER, replace(HEARS, subscription_arn=None)))
    assert (made.calls, told(made)[0]) == ((), Prospect.WAITS)
    assert remediation_exit.of_plan(made) is ExitCode.WAITING


def test_a_sibling_alarm_on_the_metric_tells_too() -> None:
    facts = complete(OTHER, subscription("second", "security@example.com"))
    second = topic("second")
    sibling = replace(facts.alarms[0], name="sibling", alarm_actions=[second.topic_arn])
    facts = with_rows(facts, alarms=[*facts.alarms, sibling], topics=[*facts.topics, second])
    assert told(planned(facts))[0] is Prospect.HOLDS


def test_an_alarm_that_waits_for_its_filter_is_fed_when_everybody_hears_it() -> None:
    facts = with_rows(complete(HEARS), metric_filters=[])
    alarm = replace(facts.alarms[0], metric_name="root_usage_metric", namespace="CISBenchmark")
    facts = with_rows(facts, alarms=[alarm])
    assert operations(planned(facts)) == ["PutMetricFilter"]
    for settings in (TWO, replace(SOMEBODY, topic_name="security")):
        made = planned(facts, settings)
        assert operations(made)[:2] == ["PutMetricFilter", "CreateTopic"]
        assert made.calls[0].arguments["metricTransformations"][0]["metricName"] == "root_usage_metric-2"


# --- the rule itself ------------------------------------------------------------------------------------------------

_STATES: tuple[TopicSubscription | None, ...] = (
    None,
    HEARS,
    replace(HEARS, subscription_arn=None),
    replace(HEARS, filter_policy={"kind": ["order"]}),
    replace(HEARS, protocol="email-json"),
)


@pytest.mark.parametrize("holds", [True, False])
def test_no_endpoint_is_ever_dropped_in_silence(holds: bool) -> None:
    """Each endpoint x each state of it at the topic that exists x each way to choose a topic."""
    boss = Endpoint("email", "boss@example.com")
    for first, second, other, reuse, name in product(
        _STATES, _STATES, (None, OTHER), (False, True), (None, "cis-alarms", "new")
    ):
        rows = [row for row in (first, second and replace(second, endpoint=boss.address), other) if row]
        facts = complete(*rows) if holds else with_rows(complete(*rows), metric_filters=[], alarms=[])
        made = planned(facts, replace(TWO, reuse_topic=reuse, topic_name=name))
        prospect, sentence = told(made)
        asked = {step.arguments["Endpoint"] for step in made.calls if step.operation == "Subscribe"}
        for endpoint in TWO.endpoints:
            state = hearing(endpoint, rows)
            there = state in (Hearing.HEARS, Hearing.ASKED) and (
                holds or not made.calls or notified(made) == "cis-alarms"
            )
            assert there or endpoint.address in asked or endpoint.address in sentence
            if not there and endpoint.address not in asked:
                assert prospect is Prospect.UNTOLD
            if prospect is Prospect.HOLDS:
                assert state is Hearing.HEARS


def test_whether_a_named_topic_exists_is_not_guessed() -> None:
    arn = f"arn:aws:sns:{HOME}:{A}:ours"
    failure = ReadFailure(
        "topics", "AccessDenied", account_id=A, region=HOME, action="sns:GetTopicAttributes", name=arn
    )
    made = planned(with_rows(bare(), failures=[failure]), replace(SOMEBODY, topic_name="ours"))
    assert made.calls == ()
    prospect, sentence = told(made)
    assert prospect is Prospect.MANUAL
    assert "whether topic" in sentence
    assert "could not be read" in sentence
