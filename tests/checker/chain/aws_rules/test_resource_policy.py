"""Topic and key policies, statement by statement."""

from __future__ import annotations

from typing import Any

import pytest

from checker.chain.aws_rules.publish import Caller, key_id_of, may_publish, may_use_key
from checker.chain.truth import Truth
from checker.facts import KmsKey, Topic
from tests.builders import default_policy

ACCOUNT, OTHER = "123456789012", "210987654321"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:cis"
CALLER = Caller(ACCOUNT, f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:root")
SERVICE = {"Service": "cloudwatch.amazonaws.com"}


def allow(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": SERVICE, "Action": "sns:Publish", "Resource": TOPIC} | parts


def answer(*statements: dict[str, Any], topic: str = TOPIC, caller: Caller = CALLER) -> Truth:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return may_publish(Topic(topic, policy, None, "us-east-1", topic.split(":")[4], "aws", None), caller).allowed


def condition(operator: str, key: str, *values: str) -> dict[str, Any]:
    return allow(Condition={operator: {key: list(values)}})


def test_the_default_policy_lets_alarms_of_the_same_account_publish() -> None:
    assert answer(*default_policy(TOPIC)["Statement"]) is Truth.YES


def test_the_default_policy_of_a_central_topic_is_taken_but_said() -> None:
    topic = f"arn:aws:sns:us-east-1:{OTHER}:cis"
    policy = default_policy(topic)
    found = may_publish(Topic(topic, policy, None, "us-east-1", OTHER, "aws", None), CALLER)
    assert found.allowed is Truth.YES
    assert [condition.key for condition in found.assumed] == ["AWS:SourceOwner"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(), Truth.YES),
        (allow(Principal="*"), Truth.YES),
        (allow(Principal={"AWS": "*"}), Truth.YES),
        (allow(Principal={"Service": ["lambda.amazonaws.com", "cloudwatch.amazonaws.com"]}), Truth.YES),
        (allow(Principal={"Service": "lambda.amazonaws.com"}), Truth.NO),
        (allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), Truth.NO),
        (allow(Principal=None), Truth.NO),
        (allow(Action="SNS:*"), Truth.YES),
        (allow(Action=["sns:Subscribe", "SNS:Pub*"]), Truth.YES),
        (allow(Action="sns:Subscribe"), Truth.NO),
        (allow(Resource="*"), Truth.YES),
        (allow(Resource=f"arn:aws:sns:*:{ACCOUNT}:*"), Truth.YES),
        (allow(Resource=f"{TOPIC}-other"), Truth.NO),
        (condition("StringEquals", "aws:SourceAccount", ACCOUNT), Truth.YES),
        (condition("StringEquals", "AWS:SourceAccount", OTHER), Truth.NO),
        (condition("StringEquals", "AWS:SourceOwner", ACCOUNT), Truth.YES),
        (condition("StringEquals", "AWS:SourceOwner", OTHER), Truth.NO),
        (condition("ArnLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:*"), Truth.YES),
        (condition("ArnEquals", "aws:SourceArn", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:root"), Truth.YES),
        (condition("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"), Truth.NO),
        (condition("StringEquals", "aws:SourceOrgID", "o-example"), Truth.YES),
        (condition("StringNotEquals", "aws:SourceOrgID", "o-example"), Truth.MAYBE),
        (condition("StringEquals", "aws:PrincipalOrgID", "o-example"), Truth.NO),
        (condition("StringEqualsIfExists", "aws:PrincipalOrgID", "o-example"), Truth.YES),
        (condition("StringNotEquals", "aws:PrincipalOrgID", "o-example"), Truth.YES),
        (condition("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-example/*"), Truth.NO),
        (condition("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-example/*"), Truth.YES),
        (condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"), Truth.NO),
        (condition("Bool", "aws:SecureTransport", "true"), Truth.YES),
        (condition("Null", "aws:PrincipalOrgID", "true"), Truth.YES),
        (condition("Null", "aws:SourceArn", "true"), Truth.NO),
        (condition("DateGreaterThan", "aws:SourceArn", "2020"), Truth.MAYBE),
        (condition("StringEquals", "aws:SomethingNew", "x"), Truth.MAYBE),
        (allow(Condition={"Bool": {"aws:SecureTransport": True}}), Truth.YES),
        (allow(Condition=["odd"]), Truth.MAYBE),
        (allow(Condition={"StringEquals": "odd"}), Truth.MAYBE),
    ],
)
def test_one_allow_statement(statement: dict[str, Any], expected: Truth) -> None:
    assert answer(statement) is expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*"}, Truth.NO),
        (allow(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}), Truth.YES),
        (allow(Effect="Deny", Condition={"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}), Truth.YES),
        (allow(Effect="Deny", Condition={"StringNotEquals": {"aws:SourceOrgID": "o-example"}}), Truth.MAYBE),
        (allow(Effect="Deny", Condition={"StringEquals": {"aws:New": "x"}}), Truth.MAYBE),
        ({"Effect": "Deny", "NotPrincipal": SERVICE, "Action": "sns:*", "Resource": "*"}, Truth.YES),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "sns:Publish", "Resource": "*"}, Truth.YES),
        ({"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "NotResource": TOPIC}, Truth.YES),
        ({"Effect": "Deny", "Principal": "*", "Action": "sns:Publish"}, Truth.NO),
    ],
)
def test_a_deny_wins(statement: dict[str, Any], expected: Truth) -> None:
    assert answer(allow(), statement) is expected


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"Statement": "text"},
        {"Statement": ""},
        {"Statement": ["text"]},
        {"Statement": None},
        "text",
        ["text"],
        {"Version": "2030-01-01", "Statement": [allow()]},
    ],
)
def test_what_cannot_be_read_is_not_known(policy: Any) -> None:
    assert may_publish(Topic(TOPIC, policy, None, "us-east-1", ACCOUNT, "aws", None), CALLER).allowed is Truth.MAYBE


def test_an_absent_policy_is_not_known() -> None:
    assert may_publish(Topic(TOPIC, None, None, "us-east-1", ACCOUNT, "aws", None), CALLER).allowed is Truth.MAYBE


def test_a_single_statement_needs_no_list() -> None:
    topic = Topic(TOPIC, {"Statement": allow()}, None, "us-east-1", ACCOUNT, "aws", None)
    assert may_publish(topic, CALLER).allowed is Truth.YES


def key(policy: Any, *, manager: str = "CUSTOMER", state: str = "Enabled") -> KmsKey:
    return KmsKey("k", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k", manager, state, policy, "us-east-1", ACCOUNT, None)


def key_policy(*actions: str, **parts: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": SERVICE, "Action": list(actions), "Resource": "*"} | parts
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (key(key_policy("kms:GenerateDataKey*", "kms:Decrypt")), Truth.YES),
        (key(key_policy("kms:*")), Truth.YES),
        (key(key_policy("kms:Decrypt")), Truth.NO),
        (key(key_policy("kms:GenerateDataKey*")), Truth.NO),
        (key(None), Truth.MAYBE),
        (key(key_policy("kms:*"), manager="AWS"), Truth.NO),
        (key(key_policy("kms:*"), state="PendingDeletion"), Truth.NO),
    ],
)
def test_the_key_of_an_encrypted_topic(found: KmsKey, expected: Truth) -> None:
    assert may_use_key(found, CALLER, TOPIC).allowed is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("alias/aws/sns", "alias/aws/sns"),
        (f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/sns", "alias/aws/sns"),
        (f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234", "1234"),
        ("1234", "1234"),
    ],
)
def test_the_key_id_of_a_topic(text: str | None, expected: str | None) -> None:
    assert key_id_of(text) == expected
