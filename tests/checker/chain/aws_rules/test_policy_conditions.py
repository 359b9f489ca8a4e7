"""Conditions of topic and key policies: every documented key and operator, in Allow and Deny."""

from __future__ import annotations

from typing import Any

import pytest

from checker.chain.aws_rules.publish import Caller, may_use_key
from checker.chain.truth import Truth
from checker.facts import KmsKey
from tests.checker.chain.aws_rules.policies import (
    ALARM,
    CENTRAL,
    MAYBE,
    NO,
    TOPIC,
    YES,
    A,
    B,
    publish,
    statement,
    under,
    use_key,
)


@pytest.mark.parametrize(
    ("condition", "allow", "deny"),
    [
        (under("StringEquals", "aws:SourceAccount", A), YES, NO),
        (under("StringEquals", "AWS:SOURCEACCOUNT", A), YES, NO),
        (under("STRINGEQUALS", "aws:SourceAccount", A), YES, NO),
        (under("StringEquals", "aws:SourceAccount", B, A), YES, NO),
        (under("StringEquals", "aws:SourceAccount", B), NO, YES),
        (under("StringNotEquals", "aws:SourceAccount", A), NO, YES),
        (under("StringNotEquals", "aws:SourceAccount", B, A), NO, YES),
        (under("StringNotEquals", "aws:SourceAccount", B), YES, NO),
        (under("StringEquals", "aws:SourceAccount", "*"), NO, YES),
        (under("StringLike", "aws:SourceAccount", "1234*"), YES, NO),
        (under("StringLike", "aws:SourceAccount", "12345678901?"), YES, NO),
        (under("StringLike", "aws:SourceAccount", "1234567890?"), NO, YES),
        (under("StringNotLike", "aws:SourceAccount", "1234*"), NO, YES),
        (under("StringEqualsIgnoreCase", "aws:PrincipalServiceName", "CloudWatch.amazonaws.com"), YES, NO),
        (under("StringNotEqualsIgnoreCase", "aws:PrincipalServiceName", "CloudWatch.amazonaws.com"), NO, YES),
        (under("StringEquals", "aws:PrincipalServiceName", "CloudWatch.amazonaws.com"), NO, YES),
        (under("Bool", "aws:PrincipalIsAWSService", "true"), YES, NO),
        (under("Bool", "aws:PrincipalIsAWSService", "True"), YES, NO),
        (under("BoolIfExists", "aws:PrincipalIsAWSService", "false"), NO, YES),
        (under("Bool", "aws:ViaAWSService", "true"), NO, YES),
        (under("Bool", "aws:SecureTransport", "false"), NO, YES),
        (under("StringEquals", "aws:RequestedRegion", "us-east-1"), YES, NO),
        (under("StringEquals", "aws:RequestedRegion", "eu-west-1"), NO, YES),
        (under("StringEquals", "aws:ResourceAccount", A), YES, NO),
        (under("StringEquals", "aws:ResourceAccount", B), NO, YES),
        # An organisation cannot be seen: an Allow that asks for it is taken to hold, a Deny is open.
        (under("StringEquals", "aws:SourceOrgID", "o-1"), YES, MAYBE),
        (under("StringEquals", "aws:ResourceOrgID", "o-1"), YES, MAYBE),
        (under("ForAnyValue:StringLike", "aws:SourceOrgPaths", "o-1/r-1/*"), YES, MAYBE),
        (under("StringNotEquals", "aws:SourceOrgID", "o-1"), MAYBE, MAYBE),
        (under("Null", "aws:SourceOrgID", "false"), MAYBE, MAYBE),
        # Keys of principals and networks: a call of a service has none.
        (under("StringEquals", "aws:PrincipalOrgID", "o-1"), NO, YES),
        (under("StringNotEquals", "aws:PrincipalOrgID", "o-1"), YES, NO),
        (under("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), YES, NO),
        (under("StringEquals", "aws:PrincipalTag/team", "a"), NO, YES),
        (under("StringEquals", "aws:SourceVpce", "vpce-1"), NO, YES),
        (under("StringNotEquals", "aws:SourceVpce", "vpce-1"), YES, NO),
        (under("NumericLessThan", "aws:MultiFactorAuthAge", "3600"), NO, YES),
        (under("NumericNotEquals", "aws:MultiFactorAuthAge", "3600"), YES, NO),
        (under("DateGreaterThan", "aws:TokenIssueTime", "2020-01-01T00:00:00Z"), NO, YES),
        # The account, the principal and the address are AWS's own or not there: a customer's is neither.
        (under("StringEquals", "aws:PrincipalAccount", A), NO, YES),
        (under("StringNotEquals", "aws:PrincipalAccount", A), YES, NO),
        (under("StringEqualsIfExists", "aws:PrincipalAccount", A), MAYBE, MAYBE),
        (under("StringLike", "aws:PrincipalAccount", "*"), MAYBE, MAYBE),
        (under("StringLike", "aws:PrincipalAccount", "9*"), MAYBE, MAYBE),
        (under("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{A}:role/*"), NO, YES),
        (under("ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{A}:role/*"), YES, NO),
        (under("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"), MAYBE, MAYBE),
        (under("IpAddress", "aws:SourceIp", "10.0.0.0/8"), NO, YES),
        (under("NotIpAddress", "aws:SourceIp", "10.1.0.0/16", "192.168.0.0/16"), YES, NO),
        (under("IpAddress", "aws:SourceIp", "203.0.113.0/24"), MAYBE, MAYBE),
        (under("IpAddress", "aws:SourceIp", "0.0.0.0/0"), MAYBE, MAYBE),
        (under("IpAddress", "aws:SourceIp", "2001:db8::/32"), MAYBE, MAYBE),
        (under("IpAddress", "aws:SourceIp", "nowhere"), NO, YES),
        (under("IpAddress", "aws:SourceIp", "10.0.0.1/8"), NO, YES),
        (under("IpAddress", "aws:SourceIp", "192.168.0.0/15"), MAYBE, MAYBE),
        # Open: the time, the agent, tags, and whatever the program does not know.
        (under("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"), MAYBE, MAYBE),
        (under("NumericLessThan", "aws:EpochTime", "1900000000"), MAYBE, MAYBE),
        (under("StringLike", "aws:UserAgent", "aws-*"), MAYBE, MAYBE),
        (under("StringEqualsIgnoreCase", "aws:UserAgent", "aws"), MAYBE, MAYBE),
        (under("StringLike", "aws:UserAgent", "*"), YES, NO),
        (under("StringEquals", "aws:ResourceTag/team", "a"), MAYBE, MAYBE),
        (under("StringEquals", "aws:SomethingNew", "a"), MAYBE, MAYBE),
        (under("StringEquals", "s3:prefix", "a"), MAYBE, MAYBE),
        (under("StringResembles", "aws:SourceAccount", A), MAYBE, MAYBE),
        (under("BinaryEquals", "aws:SourceAccount", "QmluYXJ5"), MAYBE, MAYBE),
        # A key of the other service does not exist here.
        (under("StringEquals", "kms:ViaService", "sns.us-east-1.amazonaws.com"), NO, YES),
        (under("StringEquals", "kms:SomethingNew", "a"), NO, YES),
        (under("StringEquals", "sns:Protocol", "email"), NO, YES),
        (under("StringEquals", "sns:SomethingNew", "a"), MAYBE, MAYBE),
        # Presence.
        (under("Null", "aws:SourceArn", "false"), YES, NO),
        (under("Null", "aws:SourceArn", "true"), NO, YES),
        (under("Null", "aws:SourceVpc", "true"), YES, NO),
        (under("Null", "aws:SourceVpc", "false"), NO, YES),
        (under("null", "aws:SourceVpc", "TRUE"), YES, NO),
        (under("Null", "aws:SourceVpc", "yes"), MAYBE, MAYBE),
        (under("Null", "aws:SourceVpc", "true", "false"), YES, NO),
        # Sets.
        (under("ForAnyValue:StringEquals", "aws:PrincipalServiceNamesList", "cloudwatch.amazonaws.com"), YES, NO),
        (under("ForAnyValue:StringEquals", "aws:PrincipalServiceNamesList", "s3.amazonaws.com"), MAYBE, MAYBE),
        (under("ForAllValues:StringLike", "aws:PrincipalServiceNamesList", "cloudwatch.*"), MAYBE, MAYBE),
        (under("ForAllValues:StringLike", "aws:PrincipalServiceNamesList", "s3.*"), NO, YES),
        (under("StringEquals", "aws:PrincipalServiceNamesList", "cloudwatch.amazonaws.com"), MAYBE, MAYBE),
        (under("ForAnyValue:StringEquals", "aws:CalledVia", "s3.amazonaws.com"), NO, YES),
        (under("ForAnyValue:StringNotEquals", "aws:CalledVia", "s3.amazonaws.com"), NO, YES),
        (under("ForAllValues:StringEquals", "aws:CalledVia", "s3.amazonaws.com"), YES, NO),
        (under("ForAllValues:StringNotEquals", "aws:CalledVia", "s3.amazonaws.com"), YES, NO),
        (under("ForAnyValue:StringEqualsIfExists", "aws:CalledVia", "s3.amazonaws.com"), YES, NO),
        (under("ForAllValues:StringEquals", "aws:SourceAccount", A), YES, NO),
        (under("ForAllValues:StringNotEquals", "aws:SourceAccount", A), NO, YES),
        (under("FORANYVALUE:StringEquals", "aws:SourceAccount", B, A), YES, NO),
        # ARNs are compared part by part.
        (under("ArnEquals", "aws:SourceArn", ALARM), YES, NO),
        (under("ArnEquals", "aws:SourceArn", f"arn:aws:cloudwatch:*:{A}:alarm:*"), YES, NO),
        (under("ArnNotEquals", "aws:SourceArn", ALARM), NO, YES),
        (under("ArnNotLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{B}:alarm:*"), YES, NO),
        (under("ArnLike", "aws:SourceArn", f"arn:*:cloudwatch:us-*-1:{A}:*"), YES, NO),
        (under("ArnLike", "aws:SourceArn", f"arn:aws:*:{A}:alarm:root:*"), NO, YES),
        (under("StringLike", "aws:SourceArn", f"arn:aws:*:{A}:alarm:*"), YES, NO),
        (under("ArnLike", "aws:SourceArn", f"arn:aws:*:{A}:alarm:*"), NO, YES),
        (under("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*"), MAYBE, MAYBE),
        (under("ArnLike", "aws:SourceArn", "arn:aws:s3:*"), NO, YES),
        (under("ArnLike", "aws:SourceAccount", A), MAYBE, MAYBE),
        (under("StringEquals", "aws:SourceArn", f"arn:aws:cloudwatch:*:{A}:alarm:*"), NO, YES),
        (under("ArnLike", "aws:SourceArn", ALARM.upper()), NO, YES),
        # Several conditions must all hold.
        (under("StringEquals", "aws:SourceAccount", A) | under("Bool", "aws:SecureTransport", "true"), YES, NO),
        (under("StringEquals", "aws:SourceAccount", A) | under("Bool", "aws:SecureTransport", "false"), NO, YES),
        (under("StringEquals", "aws:SourceAccount", B) | under("StringLike", "aws:New", "x"), NO, YES),
        ({"StringEquals": {"aws:SourceAccount": A, "aws:SourceOrgID": "o-1"}}, YES, MAYBE),
        ({"StringEquals": {"aws:SourceAccount": B, "aws:SourceOrgID": "o-1"}}, NO, YES),
        ({"StringEquals": {"aws:New": "x", "aws:SourceOrgID": "o-1"}}, MAYBE, MAYBE),
        ({"StringEquals": {"aws:SourceAccount": []}}, NO, YES),
        ({}, YES, NO),
        ([], MAYBE, MAYBE),
        ({"StringEquals": "odd"}, MAYBE, MAYBE),
    ],
)
def test_a_condition_of_a_topics_policy(condition: Any, allow: Truth, deny: Truth) -> None:
    assert publish(statement(Condition=condition)).allowed is allow
    # ``deny``: what is left of an Allow beside a Deny with this condition.
    assert publish(statement(), statement(Effect="Deny", Condition=condition)).allowed is deny


@pytest.mark.parametrize(
    ("condition", "allow", "deny"),
    [
        (under("StringEquals", "kms:EncryptionContext:aws:sns:topicArn", TOPIC), YES, NO),
        (under("ArnLike", "kms:EncryptionContext:aws:sns:topicArn", f"arn:aws:sns:*:{A}:*"), YES, NO),
        (under("StringEquals", "kms:EncryptionContext:aws:sns:topicArn", CENTRAL), NO, YES),
        (under("StringNotEquals", "kms:EncryptionContext:aws:sns:topicArn", TOPIC), NO, YES),
        (under("StringEquals", "kms:EncryptionContext:aws:s3:arn", TOPIC), MAYBE, MAYBE),
        (under("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "aws:sns:topicArn"), YES, NO),
        (under("StringEquals", "kms:ViaService", "sns.us-east-1.amazonaws.com"), NO, YES),
        (under("StringNotEquals", "kms:ViaService", "sns.us-east-1.amazonaws.com"), YES, NO),
        (under("StringEqualsIfExists", "kms:ViaService", "sns.us-east-1.amazonaws.com"), YES, NO),
        (under("StringEquals", "kms:CallerAccount", A), NO, YES),
        (under("StringNotEquals", "kms:CallerAccount", A), YES, NO),
        (under("Bool", "kms:GrantIsForAWSResource", "true"), NO, YES),
        (under("StringEquals", "kms:KeySpec", "SYMMETRIC_DEFAULT"), YES, NO),
        (under("StringEquals", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"), MAYBE, MAYBE),
        (under("StringEquals", "kms:RequestAlias", "alias/cis"), MAYBE, MAYBE),
        (under("StringEquals", "sns:Protocol", "email"), NO, YES),
        (under("StringEquals", "aws:SourceAccount", A), YES, NO),
        (under("ArnLike", "aws:SourceArn", f"arn:aws:cloudwatch:us-east-1:{A}:alarm:*"), YES, NO),
        (under("StringEquals", "aws:ResourceAccount", A), YES, NO),
    ],
)
def test_a_condition_of_a_keys_policy(condition: Any, allow: Truth, deny: Truth) -> None:
    assert use_key(condition) is allow
    assert use_key(condition, effect="Deny") is {YES: NO, NO: YES, MAYBE: MAYBE}[allow] is deny


def test_the_encryption_context_is_of_the_topic_that_is_judged() -> None:
    condition = under("StringEquals", "kms:EncryptionContext:aws:sns:topicArn", TOPIC)
    assert use_key(condition, topic=f"{TOPIC}-other") is NO


def test_the_policy_of_the_managed_key_does_not_let_cloudwatch_in() -> None:
    condition = {"StringEquals": {"kms:CallerAccount": A, "kms:ViaService": "sns.us-east-1.amazonaws.com"}}
    policy = {"Statement": [statement(Principal={"AWS": "*"}, Action="kms:*", Condition=condition)]}
    key = KmsKey("k", None, "CUSTOMER", "Enabled", policy, "us-east-1", A, None)
    assert may_use_key(key, Caller(A, ALARM), TOPIC).allowed is NO
