"""The facts by key: what is asked for before it is read, which of several rows and failures counts."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from checker.chain.hops.topic import judge_topics
from checker.chain.lookup import Lookup, one_row_per_trail
from checker.chain.needs import Need, NotYetRead
from checker.facts import Facts, ReadFailure
from tests.builders import HOME, A, B, alarm, topic, topic_arn, trail
from tests.checker.chain.judging import account

ELSEWHERE = "eu-west-1"


def asked(lookup: Lookup, question: Any) -> frozenset[Need]:
    """What is needed before the question has an answer."""
    try:
        question(lookup)
    except NotYetRead as lacking:
        return lacking.needs
    return frozenset()


def of_trails(*rows: Any, read: tuple[Need, ...] = (Need("trails", A, HOME),)) -> Lookup:
    return Lookup(Facts(accounts=(account(A), account(B)), trails=rows), first_regions={A: HOME}, read=read)


@pytest.mark.parametrize(
    ("row", "home"),
    [
        (trail(A, HOME, home=ELSEWHERE, is_logging=None), True),
        (trail(A, HOME, home=ELSEWHERE, is_logging=True), False),
        (trail(A, HOME, home=HOME, is_logging=None), False),
        (replace(trail(A, HOME, is_logging=None), home_region=None), False),
        (replace(trail(B, HOME, home=ELSEWHERE, is_logging=None), account_id=A), False),
        (trail(A, HOME, home=ELSEWHERE, is_logging=None, arn="no ARN"), True),
    ],
)
def test_the_home_region_of_an_own_trail_is_read_when_its_status_was_not_told(row: Any, home: bool) -> None:
    needs = asked(of_trails(row), lambda lookup: lookup.trails(A))
    assert needs == ({Need("trails", A, ELSEWHERE)} if home else frozenset())


def test_the_owners_row_of_a_trail_is_looked_for_in_its_home_region() -> None:
    shown = replace(trail(B, HOME, home=ELSEWHERE), account_id=A)
    for home in (ELSEWHERE, None):
        needs = asked(of_trails(shown), lambda lookup, h=home: lookup.trail_of_owner(replace(shown, home_region=h)))
        assert needs == {Need("trails", B, home or HOME)}


def test_a_key_is_read_before_it_is_looked_up() -> None:
    encrypted = topic(A, kms_master_key_id="1234")
    lookup = Lookup(Facts(accounts=(account(A),)), read=())
    assert asked(lookup, lambda lookup: lookup.key(encrypted, "1234")) == {Need("kms_keys", A, HOME, "1234")}


def test_only_topics_that_can_take_the_message_are_read() -> None:
    other = topic_arn(A).replace(HOME, ELSEWHERE)
    row = alarm(A, alarm_actions=[other, f"{topic_arn(A)}.fifo", topic_arn(A), f"{topic_arn(A)}-2"])
    lookup = Lookup(Facts(accounts=(account(A),)), read=())
    assert asked(lookup, lambda lookup: judge_topics(row, lookup)) == {
        Need("topics", A, HOME, topic_arn(A)),
        Need("topics", A, HOME, f"{topic_arn(A)}-2"),
    }


@pytest.mark.parametrize("connections", [("a", "b"), (None, "b")])
def test_of_equal_rows_the_first_connection_counts(connections: tuple[str | None, ...]) -> None:
    rows = [trail(A, ELSEWHERE, connection=name) for name in connections]
    for order in permutations(rows):
        (row,) = one_row_per_trail(order)
        assert row.connection == connections[0]


def test_of_several_failures_the_same_one_explains_in_whatever_order_they_come() -> None:
    whole = ReadFailure("topics", "Denied", "a", A, HOME, "sns:ListTopics")
    failures = [
        replace(whole, region=None, connection="b"),
        replace(whole, region=None, connection="a", action="sns:B"),
        replace(whole, region=None, connection="a", action="sns:A"),
        whole,
    ]
    for order in permutations(failures):
        lookup = Lookup(Facts(accounts=(account(A),), failures=order))
        assert lookup.failure("topics", A, HOME) == failures[2]
    assert Lookup(Facts(failures=tuple(failures[1::-1]))).failure("topics", A, HOME) == failures[1]
    assert Lookup(Facts(failures=(failures[0], whole))).failure("topics", A, HOME) == failures[0]


def test_a_failure_of_one_name_explains_that_name_and_what_is_asked_of_all() -> None:
    lookup = Lookup(Facts(failures=(ReadFailure("topics", "Denied", None, A, HOME, name="t"),)))
    assert lookup.failure("topics", A, HOME, name="t")
    assert lookup.failure("topics", A, HOME)
    assert lookup.failure("topics", A, HOME, name="u") is None
