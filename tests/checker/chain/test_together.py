"""Several chains count together: a control that is split over filters, metrics, alarms and topics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.facts import Facts
from checker.findings import Finding, Hop
from tests.builders import ROOT, A, alarm, metric_filter, subscription, topic, topic_arn, trail
from tests.checker.chain.judging import account, finding_of, hop, outcome
from tests.checker.gather.fakes import FakeDatabase

KMS = '{{ $.eventSource = "kms.amazonaws.com" && $.eventName = "{}" }}'
DISABLES, DELETES = KMS.format("DisableKey"), KMS.format("ScheduleKeyDeletion")
SIGN_IN = f'{ROOT[:-2]} && $.eventName = "ConsoleLogin" }}'
NO_SIGN_IN = f'{ROOT[:-2]} && $.eventName != "ConsoleLogin" }}'
OTHER_TOPIC = topic_arn(A).replace(":cis", ":other")


def of(name: str, pattern: str, **changes: Any) -> Any:
    """A filter with a metric of its own."""
    return metric_filter(A, name=name, filter_pattern=pattern, metric_transformation_name=name, **changes)


def on(name: str, **changes: Any) -> Any:
    """The alarm on the metric of that name."""
    arn = f"arn:aws:cloudwatch:us-east-1:{A}:alarm:{name}"
    return alarm(A, **({"name": name, "arn": arn, "metric_name": name} | changes))


def split(first: str = DISABLES, second: str = DELETES, **changes: Any) -> Facts:
    """Two filters, two metrics, two alarms of one topic."""
    whole = {
        "accounts": (account(A),),
        "trails": (trail(A),),
        "metric_filters": (of("a", first), of("b", second)),
        "alarms": (on("a"), on("b")),
        "topics": (topic(A),),
        "subscriptions": (subscription(A),),
    }
    return Facts(**(whole | changes))


def judged(facts: Facts, identifier: str = "4.7") -> Finding:
    return finding_of(facts, identifier=identifier)


def test_two_parts_of_one_topic_reach_a_person() -> None:
    finding = judged(split())
    assert outcome(finding) == ("ok", None)
    assert [item.hop for item in finding.hops] == list(Hop)
    told = hop(finding, Hop.FILTER)
    assert told.code == "FILTERS_COVER_TOGETHER"
    assert "metric filter a takes DisableKey" in told.reason
    assert "metric filter b takes ScheduleKeyDeletion" in told.reason
    assert "alarm a publishes to topic cis" in finding.reason
    assert "alarm b publishes to topic cis" in finding.reason


def test_root_use_split_over_two_metrics() -> None:
    assert outcome(judged(split(SIGN_IN, NO_SIGN_IN), "4.3")) == ("ok", None)


def test_two_topics_that_are_heard() -> None:
    facts = split(
        alarms=(on("a"), on("b", alarm_actions=[OTHER_TOPIC])),
        topics=(topic(A), topic(A, topic_arn=OTHER_TOPIC, policy=None)),
        subscriptions=(subscription(A), subscription(A, topic_arn=OTHER_TOPIC, subscription_arn=f"{OTHER_TOPIC}:1")),
    )
    assert outcome(judged(facts)) == ("error", "topic")
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": "*"}]}
    heard = split(
        alarms=facts.alarms,
        topics=(topic(A), topic(A, topic_arn=OTHER_TOPIC, policy=policy)),
        subscriptions=facts.subscriptions,
    )
    finding = judged(heard)
    assert outcome(finding) == ("ok", None)
    assert "topic other" in finding.reason
    assert finding.reason.startswith("an event reaches a person:")
    queue = replace(facts.subscriptions[1], protocol="sqs")
    finding = judged(replace(heard, subscriptions=(facts.subscriptions[0], queue)))
    assert finding.reason.startswith("an event reaches a machine:")


def test_of_the_ways_of_a_part_the_best_counts() -> None:
    assert outcome(judged(split(alarms=(on("a"), on("b"), on("c", metric_name="b", threshold=9.0))))) == ("ok", None)


def test_parts_that_hold_and_that_nobody_needs_are_left_out() -> None:
    facts = split(
        metric_filters=(of("a", DISABLES), of("b", DELETES), of("c", DELETES)), alarms=(on("a"), on("b"), on("c"))
    )
    told = hop(judged(facts), Hop.FILTER).sentence
    assert "metric filter a" in told
    assert ("metric filter b" in told) != ("metric filter c" in told)


def test_a_part_is_worth_the_least_that_its_filters_publish() -> None:
    region = ' && $.awsRegion {} "us-east-1" }}'
    here, elsewhere = (f"{DELETES[:-2]}{region.format(operator)}" for operator in ("=", "!="))

    def broken(value: str) -> tuple[str, str | None]:
        rest = metric_filter(
            A,
            name="c",
            filter_pattern=elsewhere,
            metric_transformation_name="b",
            metric_transformation_value=value,
        )
        facts = split(second=here)
        return outcome(judged(replace(facts, metric_filters=(*facts.metric_filters, rest))))

    assert broken("1") == ("ok", None)
    assert broken("0.5") == ("alarm", "alarm")
    assert broken("0") == ("alarm", "filter")


@pytest.mark.parametrize(
    ("changes", "broken", "code"),
    [
        ({"alarms": (on("a"),)}, "alarm", "ALARM_NONE"),
        ({"alarms": (on("a"), on("b", threshold=9.0))}, "alarm", "ALARM_NEEDS_MORE_EVENTS"),
        ({"alarms": (on("a"), on("b", alarm_actions=[]))}, "topic", "TOPIC_NO_ACTION"),
        ({"alarms": (on("a"), on("b", alarm_actions=[OTHER_TOPIC]))}, "topic", "TOPIC_GONE"),
    ],
)
def test_the_part_that_is_missing_is_named(changes: dict[str, Any], broken: str, code: str) -> None:
    finding = judged(split(**changes))
    assert outcome(finding) == ("alarm", broken)
    assert finding.code == code
    assert "metric filter b cover 4.7 only together, and metric filter b is not heard" in finding.reason
    assert finding.witness is None


def test_a_part_of_which_it_is_open_whether_it_is_heard_is_said_to_be_so() -> None:
    finding = judged(split(alarms=(on("a"), on("b", unknown_fields=["Gate"]))))
    assert outcome(finding) == ("error", "alarm")
    assert "and whether metric filter b is heard is open: alarm b: Gate is set" in finding.reason


def test_a_part_that_nobody_needs_may_be_broken() -> None:
    facts = split(
        metric_filters=(of("a", DISABLES), of("b", DELETES), of("c", DELETES)),
        alarms=(on("a"), on("b"), on("c", threshold=9)),
    )
    finding = judged(facts)
    assert outcome(finding) == ("ok", None)
    assert "metric filter c" not in hop(finding, Hop.FILTER).reason


def test_parts_that_leave_something_out_are_blamed_together_with_a_witness_that_all_miss() -> None:
    other = '{ $.eventSource = "kms.amazonaws.com" && $.eventName = "DisableKey" && $.awsRegion = "us-east-1" }'
    finding = judged(split(second=other))
    assert outcome(finding) == ("alarm", "filter")
    assert "metric filters a, b together" in finding.reason
    assert finding.witness is not None
    assert finding.witness["eventName"] == "ScheduleKeyDeletion"


@pytest.mark.parametrize(
    "change",
    [
        {"metric_transformation_value": "0"},
        {"metric_transformation_value": "$.x"},
        {"filter_pattern": None},
        {"field_selection_criteria": '@aws.region = "eu-west-1"'},
        {"apply_on_transformed_logs": True},
    ],
)
def test_a_part_that_may_not_count_is_no_part(change: dict[str, Any]) -> None:
    row = replace(of("b", DELETES), **change)
    assert str(judged(split(metric_filters=(of("a", DISABLES), row))).status) != "ok"


def test_parts_on_the_groups_of_two_trails() -> None:
    second = trail(
        A,
        name="two",
        arn=f"arn:aws:cloudtrail:us-east-1:{A}:trail/two",
        log_group_arn=f"arn:aws:logs:us-east-1:{A}:log-group:ct2:*",
    )
    filters = (of("a", DISABLES), of("b", DELETES, log_group_name="ct2"))
    assert outcome(judged(split(trails=(trail(A), second), metric_filters=filters))) == ("ok", None)


def test_what_is_behind_the_parts_is_read() -> None:
    database = FakeDatabase(split())
    gathered = database.check(["4.7"])
    assert [str(finding.status) for finding in gathered.findings] == ["ok"]
    asked = [name for name, _ in database.requests]
    assert len(asked) == len(set(asked))
