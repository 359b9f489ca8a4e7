"""What an answer says: the statement, the condition, what the call carries, and what to change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.chain.aws_rules.policy_words import as_data, assumptions, label, remedy_of, why
from checker.chain.aws_rules.publish import Caller, KeyProblem, may_publish, may_use_key
from checker.chain.aws_rules.resource_policy import Answer, Basis
from checker.chain.truth import Truth
from checker.facts import KmsKey, Topic

A, B = "123456789012", "210987654321"
TOPIC = f"arn:aws:sns:us-east-1:{A}:cis"
CALLER = Caller(A, f"arn:aws:cloudwatch:us-east-1:{A}:alarm:root")


def statement(**parts: Any) -> dict[str, Any]:
    service = {"Service": "cloudwatch.amazonaws.com"}
    return {"Effect": "Allow", "Principal": service, "Action": "sns:Publish", "Resource": "*"} | parts


def publish(*statements: dict[str, Any]) -> Answer:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return may_publish(Topic(TOPIC, policy, None, "us-east-1", A, "aws", None), CALLER)


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


def test_the_statement_the_condition_and_the_value_are_named() -> None:
    answer = publish(statement(Sid="FromAlarms", **when("StringEquals", "aws:SourceAccount", B)))
    assert why(answer) == (
        "statement FromAlarms of its policy allows sns:Publish to cloudwatch.amazonaws.com on a condition that does "
        f"not hold: StringEquals aws:SourceAccount {B}, and aws:SourceAccount is {A}"
    )


@pytest.mark.parametrize(
    ("statements", "words", "remedy"),
    [
        ([], "no statement of its policy allows", "Allow sns:Publish for"),
        ([statement(Resource=f"{TOPIC}x")], "statement 1 of its policy allows", "Allow sns:Publish for"),
        ([statement(Resource=f"{TOPIC}x")], "on another resource only", ""),
        ([statement()], "statement 1 of its policy allows", ""),
        (
            [statement(Effect="Deny", Sid="No")],
            "statement No of its policy denies",
            "Leave cloudwatch.amazonaws.com out",
        ),
        (
            [statement(Effect="Deny", **when("StringNotEquals", "aws:PrincipalOrgID", "o-1"))],
            "(StringNotEquals aws:PrincipalOrgID o-1: a call of CloudWatch has no aws:PrincipalOrgID)",
            "",
        ),
        (
            [statement(Effect="Deny", **when("StringEquals", "aws:SourceAccount", A))],
            f"(StringEquals aws:SourceAccount {A}: aws:SourceAccount is {A})",
            "",
        ),
        (
            [statement(), statement(Effect="Deny", **when("StringEquals", "aws:New", "x"))],
            "whether statement 2 of its policy denies sns:Publish to cloudwatch.amazonaws.com is not known: "
            "StringEquals aws:New x (whether a call of CloudWatch has this key is not known)",
            "Leave cloudwatch.amazonaws.com out of the Deny, or look",
        ),
        (
            [statement(**when("StringEquals", "kms:ViaService", "x"))],
            "StringEquals kms:ViaService x, and a call of CloudWatch has no kms:ViaService",
            "Change that condition, or allow sns:Publish",
        ),
        (
            [statement(**when("StringEquals", "aws:UserAgent", "x"))],
            "(aws:UserAgent is the user agent of CloudWatch)",
            "Allow sns:Publish for cloudwatch.amazonaws.com without that condition",
        ),
        (
            [statement(**when("StringEquals", "aws:PrincipalType", "x"))],
            "is the type of a service principal or absent",
            "",
        ),
        ([statement(**when("Resembles", "aws:SourceAccount", "x"))], "(the operator is not known)", ""),
        (
            [statement(**when("StringNotEquals", "aws:SourceAccount", "${aws:username}"))],
            "(a variable in it may have no value)",
            "",
        ),
        ([statement(Condition="x")], "is not known: Condition (it could not be read)", ""),
        (
            [statement(**when("ForAllValues:StringLike", "aws:PrincipalServiceNamesList", "cloudwatch.*"))],
            "aws:PrincipalServiceNamesList is cloudwatch.amazonaws.com and others",
            "",
        ),
        ([statement(**when("StringEquals", "aws:SourceAccount", *"abc"))], "aws:SourceAccount a or b or c, and", ""),
        ([statement(**when("StringEquals", "aws:SourceAccount", *"abcde"))], "a or b or c and 2 more, and", ""),
        ([statement(**when("StringEquals", "aws:SourceAccount", "x" * 100))], f" {'x' * 100}, and", ""),
        ([statement(**when("StringEquals", "aws:SourceAccount", "x" * 101))], f" {'x' * 100}..., and", ""),
        ([statement(Effect="Block")], "its Effect is neither Allow nor Deny", ""),
        ([statement(Principal={"Service": "*"})], "its Principal could not be decided", ""),
        ([statement(Action=None)], "its Action could not be decided", ""),
        ([statement(Resource="arn:aws:sns:${aws:New}:*")], "its Resource could not be decided", ""),
    ],
)
def test_words(statements: list[dict[str, Any]], words: str, remedy: str) -> None:
    answer = publish(*statements)
    assert words in why(answer)
    assert remedy in remedy_of(answer)
    assert bool(remedy_of(answer)) is (answer.allowed is not Truth.YES)


def test_what_was_assumed_is_said_once() -> None:
    asks = {"StringEquals": {"aws:SourceOrgID": "o-1", "AWS:SourceOrgID": "o-1"}}
    first, second = assumptions(publish(statement(Condition=asks)))
    assert first == (
        "that the call meets StringEquals aws:SourceOrgID o-1: aws:SourceOrgID is the organisation of account "
        f"{A} or absent"
    )
    assert second != first
    assert assumptions(publish(statement())) == ()


def test_a_policy_that_is_none() -> None:
    assert why(Answer(Truth.MAYBE, "sns:Publish", Basis.NOT_READ), "that") == "that could not be read"
    assert "no statements that could be read" in why(Answer(Truth.MAYBE, "sns:Publish", Basis.UNREADABLE))


def test_the_answer_as_data() -> None:
    answer = publish(statement(), statement(Sid="No", Effect="Deny", **when("Bool", "aws:SecureTransport", "true")))
    assert as_data(answer) == {
        "action": "sns:Publish",
        "allowed": "no",
        "basis": "denied",
        "statement": {"number": 2, "sid": "No", "effect": "Deny"},
        "conditions": [
            {
                "operator": "Bool",
                "key": "aws:SecureTransport",
                "values": ["true"],
                "cause": "value",
                "carried": "true",
            }
        ],
    }
    assert answer.statement is not None
    assert label(answer.statement) == "statement No"
    assert as_data(publish())["statement"] is None
    unread = publish(statement(Condition=[]))
    assert as_data(unread)["conditions"][0]["carried"] == "not known"


def key(policy: Any, *, state: str = "Enabled", manager: str = "CUSTOMER", arn: str | None = None) -> KmsKey:
    return KmsKey("k", arn, manager, state, policy, "us-east-1", A, None)


def test_the_key_says_what_is_wrong_with_it() -> None:
    both = {"Statement": [statement(Action=["kms:Decrypt", "kms:GenerateDataKey*"])]}
    assert may_use_key(key(both), CALLER, TOPIC).problem is None
    off = may_use_key(key(both, state="Disabled"), CALLER, TOPIC)
    assert (off.problem, off.allowed, off.why) == (KeyProblem.STATE, Truth.NO, "key k is Disabled")
    assert "kms enable-key --key-id k" in off.remedy
    dying = may_use_key(key(both, state="PendingDeletion"), CALLER, TOPIC)
    assert dying.remedy.index("cancel-key-deletion") < dying.remedy.index("enable-key")
    empty = may_use_key(key(both, state="PendingImport"), CALLER, TOPIC)
    assert "kms describe-key" in empty.remedy
    signing = may_use_key(replace(key(both), key_spec="RSA_2048"), CALLER, TOPIC)
    assert (signing.problem, signing.remedy) == (KeyProblem.KIND, "Use a symmetric customer key")
    managed = may_use_key(key(both, manager="AWS"), CALLER, TOPIC)
    assert (managed.problem, managed.allowed) == (KeyProblem.MANAGED_BY_AWS, Truth.NO)
    assert "managed by AWS" in managed.why
    assert managed.remedy == "Use a symmetric customer key"
    half = may_use_key(key({"Statement": [statement(Action="kms:Decrypt")]}), CALLER, TOPIC)
    assert (half.problem, half.allowed) == (KeyProblem.POLICY, Truth.NO)
    assert half.why == "no statement of the policy of key k allows kms:GenerateDataKey to cloudwatch.amazonaws.com"
    assert half.remedy == "Allow kms:GenerateDataKey for cloudwatch.amazonaws.com"
    # The action that is refused is said, not the one that is open.
    unclear = statement(Action="kms:GenerateDataKey", **when("StringEquals", "aws:New", "x"))
    assert "kms:Decrypt" in may_use_key(key({"Statement": [unclear]}), CALLER, TOPIC).why
    for state in ("Creating", "Updating"):
        assert may_use_key(key(both, state=state), CALLER, TOPIC).allowed is Truth.YES


def test_what_a_key_asks_of_both_actions_is_assumed_once() -> None:
    asks = statement(Action="kms:*", **when("StringEquals", "aws:SourceOrgID", "o-1"))
    policy = {"Version": "2012-10-17", "Statement": [asks]}
    assert len(may_use_key(key(policy), CALLER, TOPIC).assumed) == 1


def test_a_key_without_an_arn_is_of_the_topics_partition() -> None:
    topic = TOPIC.replace("aws", "aws-cn", 1)
    resource = f"arn:aws-cn:kms:us-east-1:{A}:key/k"
    policy = {"Statement": [statement(Action="kms:*", Resource=resource)]}
    assert may_use_key(key(policy), CALLER, topic).allowed is Truth.YES
    assert may_use_key(key(policy), CALLER, TOPIC).allowed is Truth.NO
    assert may_use_key(key(policy), CALLER, "no arn").allowed is Truth.NO
