"""Principals, actions and effects of a statement, and what an answer carries."""

from __future__ import annotations

from typing import Any

import pytest

from checker.chain.aws_rules.resource_policy import Basis, Cause
from checker.chain.truth import Truth
from tests.checker.chain.aws_rules.policies import (
    ALARM,
    MAYBE,
    NO,
    TOPIC,
    YES,
    A,
    B,
    Parts,
    publish,
    statement,
    under,
)

# -- principals and actions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", YES),
        ({"AWS": "*"}, YES),
        ({"AWS": [A, "*"]}, YES),
        ({"AWS": A}, NO),
        ({"AWS": f"arn:aws:iam::{A}:root", "Service": "cloudwatch.amazonaws.com"}, YES),
        ({"Service": ["sns.amazonaws.com", "cloudwatch.amazonaws.com"]}, YES),
        ({"Service": "events.amazonaws.com"}, NO),
        ({"Service": "cloudwatch.amazonaws.com.cn"}, NO),
        ({"Service": "CloudWatch.amazonaws.com"}, MAYBE),
        ({"Service": "cloudwatch.us-east-1.amazonaws.com"}, MAYBE),
        ({"Service": "cloudwatch.eu-west-1.amazonaws.com"}, NO),
        ({"Service": "*"}, MAYBE),
        ({"Federated": "cognito-identity.amazonaws.com"}, NO),
        ({"CanonicalUser": "79a59d"}, NO),
        ({"Robot": "*"}, MAYBE),
        (["*"], MAYBE),
        ({}, NO),
    ],
)
def test_who_a_statement_names(principal: Any, expected: Truth) -> None:
    assert publish(statement(Principal=principal)).allowed is expected
    inverse = {key: value for key, value in statement().items() if key != "Principal"} | {"NotPrincipal": principal}
    assert publish(inverse).allowed is {YES: NO, NO: YES, MAYBE: MAYBE}[expected]


def test_the_ending_of_the_partition() -> None:
    topic, alarm = TOPIC.replace("aws", "aws-cn", 1), ALARM.replace("aws", "aws-cn", 1)
    for ending in ("amazonaws.com", "amazonaws.com.cn"):
        allow = statement(Principal={"Service": f"cloudwatch.{ending}"})
        assert publish(allow, topic=topic, alarm=alarm).allowed is YES


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"Action": "SNS:PUBLISH"}, YES),
        ({"Action": "sns:Pub???h"}, YES),
        ({"Action": "sns:Pub??h"}, NO),
        ({"Action": "*"}, YES),
        ({"Action": []}, NO),
        ({"Action": None}, MAYBE),
        ({"Action": None, "NotAction": "sns:Subscribe"}, YES),
        ({"Action": None, "NotAction": ["sns:Subscribe", "sns:Pub*"]}, NO),
        ({"Effect": "allow"}, MAYBE),
        ({"Effect": None}, MAYBE),
    ],
)
def test_what_a_statement_allows(parts: Parts, expected: Truth) -> None:
    assert publish(statement(**parts)).allowed is expected


def test_a_deny_that_is_open_is_not_outdone_by_an_allow_and_a_certain_one_wins() -> None:
    unclear = statement(Effect="Deny", Condition=under("StringEquals", "aws:New", "x"))
    certain = statement(Effect="Deny", Sid="No")
    assert publish(unclear, statement()).basis is Basis.DENY_OPEN
    for order in ([unclear, certain, statement()], [certain, unclear], [statement(), certain]):
        assert publish(*order).basis is Basis.DENIED
    assert publish(statement(Effect="Block"), statement()).allowed is MAYBE


# -- what an answer carries ----------------------------------------------------------------------------------------


def test_the_statement_and_the_condition_that_fail_are_named() -> None:
    far = statement(Sid="Far", Resource=f"{TOPIC}-other")
    near = statement(
        Sid="Near",
        Condition={
            "StringEquals": {"aws:SourceAccount": B},
            "ArnLike": {"aws:SourceArn": ALARM},
            "Bool": {"aws:SecureTransport": "true"},
        },
    )
    worse = statement(Sid="Worse", Condition={"StringEquals": {"aws:SourceAccount": B, "kms:ViaService": "x"}})
    for order in ([far, near, worse], [worse, near, far]):
        found = publish(*order)
        assert found.basis is Basis.CONDITION
        assert found.statement is not None
        assert found.statement.sid == "Near"
        assert [(c.key, c.values, c.cause) for c in found.conditions] == [("aws:SourceAccount", (B,), Cause.VALUE)]
    only_far = publish(far, statement(Principal={"AWS": A}))
    assert only_far.basis is Basis.OTHER_RESOURCE
    assert only_far.statement is not None
    assert only_far.statement.number == 1
    assert publish(statement(Principal={"AWS": A})).basis is Basis.NO_STATEMENT
    assert publish().basis is Basis.NO_STATEMENT


@pytest.mark.parametrize(
    ("condition", "cause"),
    [
        (under("StringEquals", "aws:SourceAccount", B), Cause.VALUE),
        (under("StringEquals", "aws:PrincipalOrgID", "o-1"), Cause.ABSENT),
        (under("StringEquals", "aws:UserAgent", "x"), Cause.UNKNOWN_VALUE),
        (under("StringEquals", "aws:New", "x"), Cause.UNKNOWN_KEY),
        (under("StringResembles", "aws:SourceAccount", "x"), Cause.UNKNOWN_OPERATOR),
        (under("StringNotEquals", "aws:SourceAccount", "${aws:username}"), Cause.VARIABLE),
        (under("StringEquals", "aws:SourceAccount", "${aws:SourceOrgID}"), Cause.VARIABLE),
        (under("StringNotEquals", "aws:SourceAccount", "${aws:username}", B), Cause.VARIABLE),
        ({"StringEquals": 1}, Cause.UNREADABLE),
        ("text", Cause.UNREADABLE),
    ],
)
def test_the_cause_of_a_condition(condition: Any, cause: Cause) -> None:
    assert [found.cause for found in publish(statement(Condition=condition)).conditions] == [cause]


def test_a_sid_that_two_statements_have_names_neither() -> None:
    twice = [
        statement(Sid="S", Principal={"AWS": A}),
        statement(Sid="S", Condition=under("Bool", "aws:ViaAWSService", "true")),
    ]
    found = publish(*twice).statement
    assert found is not None
    assert (found.sid, found.number) == (None, 2)


def test_what_was_assumed_is_carried_and_nothing_when_it_was_not_needed() -> None:
    asks = statement(Condition=under("StringEquals", "aws:SourceOrgID", "o-1"))
    assert [condition.key for condition in publish(asks).assumed] == ["aws:SourceOrgID"]
    assert publish(asks, statement()).assumed == ()
    assert publish(asks, statement(Effect="Deny")).assumed == ()
