"""Which of several topics serves a new alarm: the better one comes later by name, which alone would lose."""

from __future__ import annotations

from dataclasses import replace

from checker.arns import Place
from checker.facts import Alarm, TopicSubscription
from remediation.planning.hearing import address_of
from remediation.planning.inventory import Inventory
from remediation.planning.model import Kind, Prospect
from remediation.planning.settings import Settings, parse_endpoints
from remediation.planning.topics import Route, choose_topic, may_be_joined
from tests.builders import HOME, A, B
from tests.remediation.cases import SOMEBODY, facts_of_report, subscription, topic, with_rows

OTHER = "other@example.com"
ASKED = "security@example.com"


def route(names: list[str], subscriptions: list[TopicSubscription], *alarms: Alarm) -> Route:
    facts = with_rows(
        facts_of_report("r088"), topics=map(topic, names), subscriptions=subscriptions, alarms=list(alarms)
    )
    return choose_topic(Inventory(facts), Place("aws", A, HOME), SOMEBODY, control="root_usage")


def chosen(names: list[str], subscriptions: list[TopicSubscription], *alarms: Alarm) -> str:
    return route(names, subscriptions, *alarms).topic_arn.rpartition(":")[2]


def alarm_naming(*actions: str) -> Alarm:
    alarm = facts_of_report("r058").alarms[0]
    arns = [f"arn:aws:sns:{HOME}:{A}:{name}" for name in actions]
    return replace(alarm, name=f"names {' '.join(actions)}", alarm_actions=arns or None)


def test_of_topics_that_are_heard_the_one_of_our_name_goes_before_one_in_use() -> None:
    heard = [subscription("a", ASKED), subscription("alarmchain-alarms", ASKED)]
    assert chosen(["a", "alarmchain-alarms"], heard, alarm_naming("a")) == "alarmchain-alarms"


def test_of_topics_that_are_heard_one_in_use_goes_before_another() -> None:
    heard = [subscription("a", ASKED), subscription("b", ASKED)]
    assert chosen(["a", "b"], heard, alarm_naming(), alarm_naming("b"), alarm_naming("c")) == "b"


def test_a_topic_that_waits_for_somebody_else_is_left() -> None:
    pending = [subscription("a", OTHER, pending=True)]
    assert chosen(["a"], pending) == "alarmchain-alarms"
    waits = route(["a", "b"], [*pending, subscription("b", ASKED, pending=True)])
    assert waits.topic_arn.endswith(":b")
    assert waits.prospect is Prospect.WAITS
    assert waits.steps == ()


def test_a_topic_whose_filter_policy_swallows_what_was_asked_for_waits_for_nobody() -> None:
    assert chosen(["a"], [subscription("a", ASKED, filter_policy={"kind": ["order"]})]) == "alarmchain-alarms"


def test_a_route_relies_on_the_subscription_that_is_heard() -> None:
    listener = subscription("a", ASKED)
    relied_on = {(item.kind, item.key) for item in route(["a"], [listener]).preconditions}
    assert relied_on == {
        (Kind.TOPIC, f"arn:aws:sns:{HOME}:{A}:a"),
        (Kind.SUBSCRIPTION, listener.subscription_arn),
    }


def test_with_reuse_topic_the_one_where_everybody_was_asked_goes_before_another() -> None:
    rows = [subscription("a", OTHER), subscription("b", OTHER), subscription("b", ASKED, pending=True)]
    facts = with_rows(facts_of_report("r088"), topics=[topic("a"), topic("b")], subscriptions=rows)
    settings = replace(SOMEBODY, reuse_topic=True)
    found = choose_topic(Inventory(facts), Place("aws", A, HOME), settings, control="root_usage")
    assert found.topic_arn.endswith(":b")


def test_a_new_topic_says_who_hears_none_that_is_there() -> None:
    (create, *_) = route([], []).steps
    assert create.why == f"no topic that was seen in {HOME} takes alarms and is heard by {ASKED}"


def test_only_a_topic_that_was_read_in_an_account_that_is_seen_may_be_joined() -> None:
    facts = with_rows(facts_of_report("r088"), topics=[topic("t"), topic("t", account=B)])
    settings = replace(SOMEBODY, reuse_topic=True)
    arn = f"arn:aws:sns:{HOME}:{A}:t"
    assert may_be_joined(Inventory(facts), arn, settings)
    for other in (f"{arn}x", arn.replace(A, B), "no ARN"):
        assert not may_be_joined(Inventory(facts), other, settings)


def test_a_route_relies_on_everybody_who_was_named_or_on_one_person() -> None:
    machine = subscription("a", f"arn:aws:sqs:{HOME}:{A}:q", protocol="sqs")
    rows = [
        replace(row, subscription_arn=f"{row.topic_arn}:{number}")
        for number, row in enumerate([machine, subscription("a", OTHER), subscription("a", ASKED)])
    ]
    facts = with_rows(facts_of_report("r088"), topics=[topic("a")], subscriptions=rows)

    def relied_on(*named: str) -> list[str]:
        settings = Settings(endpoints=parse_endpoints(named, None))
        found = choose_topic(Inventory(facts), Place("aws", A, HOME), settings, control="root_usage")
        return [item.key[-2:] for item in found.preconditions if item.kind is Kind.SUBSCRIPTION]

    assert relied_on(OTHER, ASKED) == [":1", ":2"]
    assert relied_on() == [":1"]


def test_a_listener_is_called_by_its_address() -> None:
    assert address_of(subscription("a", OTHER)) == OTHER
    assert address_of(replace(subscription("a", OTHER), endpoint=None)) == "somebody"
