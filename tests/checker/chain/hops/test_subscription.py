"""Hop 6. Confirmed, pending, deleted; and filter policies that swallow CloudWatch's messages."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from checker.chain.aws_rules.filter_policy import passes_alarm_message
from checker.chain.hops.subscription import Listener, is_confirmed, is_pending, judge_subscriptions, masked, who_hears
from checker.chain.hops.topic import Destination
from checker.chain.lookup import Lookup
from checker.facts import Facts, ReadFailure, TopicSubscription
from tests.builders import A, B, alarm, subscription, topic_arn
from tests.checker.chain.judging import account

ABSENT = [{"exists": False}]
SWALLOWS = {"severity": ["high"]}


def judge(*rows: TopicSubscription, failures: tuple[ReadFailure, ...] = (), visible: bool = True) -> tuple[str, str]:
    facts = Facts(accounts=(account(A if visible else B),), subscriptions=rows, failures=failures)
    outcome = judge_subscriptions(Destination(topic_arn(A), alarm(A)), Lookup(facts))
    assert outcome.unverified == ()
    return str(outcome.verdict.status), outcome.verdict.sentence


@pytest.mark.parametrize(
    ("arn", "confirmed", "pending"),
    [
        (f"{topic_arn(A)}:1", True, False),
        (None, False, True),
        ("", False, True),
        ("PendingConfirmation", False, True),
        ("Deleted", False, False),
    ],
)
def test_states(arn: str | None, confirmed: bool, pending: bool) -> None:
    row = subscription(A, subscription_arn=arn)
    assert (is_confirmed(row), is_pending(row)) == (confirmed, pending)


@pytest.mark.parametrize(
    ("rows", "status", "sentence"),
    [
        ([{}], "ok", "topic cis has 1 confirmed subscription (email s***@example.com)."),
        (
            [{"subscription_arn": None}, {"protocol": "sqs"}],
            "ok",
            "1 confirmed subscription (sqs s***@example.com).",
        ),
        ([{}, {"endpoint": "b@example.com"}], "ok", "2 confirmed subscriptions"),
        ([], "alarm", "topic cis has no subscription: nobody is told."),
        ([{"subscription_arn": None}], "alarm", "no confirmed subscription: 1 subscription (email) is still pending"),
        (
            [{"subscription_arn": None, "protocol": None}, {"subscription_arn": "PendingConfirmation"}],
            "alarm",
            "2 subscriptions (?, email) are still pending",
        ),
        ([{"subscription_arn": "Deleted"}], "alarm", "the subscriptions of topic cis are deleted"),
        ([{"filter_policy": SWALLOWS}], "alarm", "every confirmed subscription of topic cis has a filter policy"),
        ([{"filter_policy": SWALLOWS}, {"endpoint": "b@example.com"}], "ok", "1 confirmed subscription"),
        ([{"filter_policy": {"AlarmName": ["x"]}}], "unknown", "its scope is not visible"),
        ([{"filter_policy": "unreadable"}], "unknown", "it could not be read"),
        (
            [{"filter_policy": {"NewStateReason": ["x"]}, "filter_policy_scope": "MessageBody"}],
            "unknown",
            "it depends on the text of the message",
        ),
    ],
)
def test_verdict(rows: list[dict[str, Any]], status: str, sentence: str) -> None:
    found, reason = judge(*(subscription(A, **row) for row in rows))
    assert found == status
    assert sentence in reason


def test_what_was_refused_or_is_not_visible_is_not_known() -> None:
    refused = ReadFailure("topic_subscriptions", "Denied", f"aws_{A}", A, "us-east-1", "sns:ListSubscriptionsByTopic")
    assert judge(failures=(refused,))[0] == "unknown"
    assert "sns:ListSubscriptionsByTopic failed: Denied" in judge(failures=(refused,))[1]
    status, reason = judge(visible=False)
    assert status == "unknown"
    assert f"account {A} is not connected" in reason
    # What is known to be confirmed holds whatever else failed, or whoever owns the topic.
    assert judge(subscription(A), failures=(refused,))[0] == "ok"
    assert judge(subscription(A), visible=False)[0] == "ok"


ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"


@pytest.mark.parametrize(
    ("policy", "scope", "passes"),
    [
        (None, None, "yes"),
        ({}, BODY, "yes"),
        ("text", ATTRIBUTES, "maybe"),
        # CloudWatch's messages carry no attributes.
        (SWALLOWS, ATTRIBUTES, "no"),
        (SWALLOWS, None, "no"),
        ({"severity": ABSENT}, ATTRIBUTES, "yes"),
        ({"severity": ["high", {"exists": False}]}, ATTRIBUTES, "yes"),
        ({"severity": ABSENT, "team": ["x"]}, ATTRIBUTES, "no"),
        ({"severity": [{"anything-but": ["low"]}]}, ATTRIBUTES, "no"),
        ({"severity": [{"exists": True}]}, ATTRIBUTES, "no"),
        ({"severity": "high"}, ATTRIBUTES, "no"),
        ({"$or": [{"severity": ["high"]}, {"team": ABSENT}]}, ATTRIBUTES, "yes"),
        ({"$or": [{"severity": ["high"]}, {"team": ["x"]}]}, ATTRIBUTES, "no"),
        # The body is the alarm's JSON.
        ({"NewStateValue": ["ALARM"]}, BODY, "yes"),
        ({"NewStateValue": ["ALARM", "OK"]}, BODY, "yes"),
        ({"NewStateValue": ["OK"]}, BODY, "no"),
        ({"NewStateValue": [{"anything-but": "OK"}]}, BODY, "yes"),
        ({"NewStateValue": [{"anything-but": ["OK", {"suffix": "RM"}]}]}, BODY, "no"),
        ({"NewStateValue": [{"anything-but": {"wildcard": "A*"}}]}, BODY, "maybe"),
        ({"NewStateValue": [{"numeric": [">", 1]}, {"prefix": "OK"}]}, BODY, "no"),
        ({"NewStateValue": [{"prefix": "A", "suffix": "M"}]}, BODY, "maybe"),
        ({"NewStateValue": [{"exists": True}]}, BODY, "yes"),
        ({"NewStateValue": [{"exists": True}, "OK"]}, BODY, "yes"),
        ({"NewStateValue": [{"equals-ignore-case": "alarm"}]}, BODY, "yes"),
        ({"NewStateValue": [{"equals-ignore-case": "ok"}]}, BODY, "no"),
        ({"AlarmName": ["root"]}, BODY, "maybe"),
        ({"Trigger": {"MetricName": ["root"]}}, BODY, "maybe"),
        ({"severity": ["high"]}, BODY, "no"),
        ({"severity": ABSENT}, BODY, "yes"),
        ({"NewStateValue": ["OK"], "AlarmName": ["x"]}, BODY, "no"),
        ({"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": ["x"]}]}, BODY, "maybe"),
        ({"$or": [{"NewStateValue": ["OK"]}, {"NewStateValue": ["ALARM"]}]}, BODY, "yes"),
        ({"$or": [{"NewStateValue": ["OK"]}, {"x": ["y"]}]}, BODY, "no"),
        ({"$or": "text"}, BODY, "no"),
        # Fields of the body, but whether they are looked up there is not visible.
        ({"NewStateValue": ["ALARM"]}, None, "maybe"),
        ({"$or": [{"NewStateValue": ["ALARM"]}]}, None, "maybe"),
    ],
)
def test_filter_policies(policy: Any, scope: str | None, passes: str) -> None:
    assert str(passes_alarm_message(subscription(A, filter_policy=policy, filter_policy_scope=scope))) == passes


def test_the_order_of_rows_does_not_change_the_verdict() -> None:
    rows = [
        subscription(A, subscription_arn=f"{topic_arn(A)}:{number}", protocol=protocol)
        for number, protocol in enumerate(("sqs", "email", "https"))
    ]
    assert len({judge(*order) for order in itertools.permutations(rows)}) == 1


def test_a_subscription_with_a_field_that_is_not_decided_is_unknown_unless_another_hears() -> None:
    odd = subscription(A, unknown_fields=["NewPolicy"])
    status, sentence = judge(odd)
    assert status == "unknown"
    assert "NewPolicy is set" in sentence
    assert judge(odd, subscription(A, subscription_arn=f"{topic_arn(A)}:other"))[0] == "ok"
    assert judge(subscription(A, unknown_fields=["NewPolicy"], filter_policy=SWALLOWS))[0] == "alarm"


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("security@example.com", "s***@example.com"),
        ("https://user:secret@hooks.example.com/services/T0/B0/token?key=1", "https://hooks.example.com/..."),
        (f"arn:aws:sqs:us-east-1:{A}:queue", "queue"),
        (f"arn:aws:lambda:us-east-1:{A}:function:notify", "notify"),
        (f"arn:aws:sns:us-east-1:{A}:endpoint/APNS/app/1234-token", "app"),
        ("+4915112345678", "***78"),
        (None, ""),
    ],
)
def test_an_endpoint_is_shown_without_what_reaches_it(endpoint: str | None, shown: str) -> None:
    assert masked(endpoint) == shown


def test_a_machine_is_not_called_a_person() -> None:
    person, machine = Listener("email", "s***@example.com"), Listener("sqs", "queue")
    assert who_hears([machine, person]) == "heard by email s***@example.com, sqs queue"
    assert "no person is subscribed" in who_hears([machine])
    assert who_hears([machine] * 5).startswith("heard by sqs queue, sqs queue, sqs queue and 2 more:")


@pytest.mark.parametrize(("count", "more"), [(3, ")."), (4, " and 1 more).")])
def test_three_listeners_are_named_people_first(count: int, more: str) -> None:
    rows = [subscription(A, subscription_arn=f"{topic_arn(A)}:{n}", protocol="sqs") for n in range(count - 1)]
    person = subscription(A, subscription_arn=f"{topic_arn(A)}:9")
    facts = Facts(accounts=(account(A),), subscriptions=(*rows, person))
    outcome = judge_subscriptions(Destination(topic_arn(A), alarm(A)), Lookup(facts))
    assert "(email s***@example.com, sqs" in outcome.verdict.sentence
    assert outcome.verdict.sentence.endswith(more)
    assert outcome.follow is not None
    assert [listener.is_person for listener in outcome.follow] == [True] + [False] * (count - 1)


@pytest.mark.parametrize(
    ("scopes", "attributes"), [((ATTRIBUTES, BODY), False), ((ATTRIBUTES, ATTRIBUTES), True), ((BODY, BODY), False)]
)
def test_attributes_are_blamed_where_no_policy_is_about_the_body(scopes: tuple[str, str], attributes: bool) -> None:
    first, second = (
        subscription(
            A,
            subscription_arn=f"{topic_arn(A)}:{number}",
            filter_policy={"severity": ["high"]},
            filter_policy_scope=scope,
        )
        for number, scope in enumerate(scopes)
    )
    assert ("(they carry no message attributes)" in judge(first, second)[1]) is attributes
