"""Conditions of topic and key policies: every documented key, operator and variable, in Allow and Deny."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from checker.chain.aws_rules.condition_operators import holds, operator_named
from checker.chain.aws_rules.policy_values import matches, pattern_of
from checker.chain.aws_rules.publish import KEY_ACTIONS, PUBLISH, Caller, may_publish, may_use_key
from checker.chain.aws_rules.request_context import Carried, Request, request_for
from checker.chain.aws_rules.resource_policy import Answer, Basis, Cause, evaluate
from checker.chain.truth import Truth
from checker.facts import KmsKey, Topic

A, B = "123456789012", "210987654321"
TOPIC = f"arn:aws:sns:us-east-1:{A}:cis"
CENTRAL = f"arn:aws:sns:us-east-1:{B}:cis"
ALARM = f"arn:aws:cloudwatch:us-east-1:{A}:alarm:root"
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
VERSION = "2012-10-17"
YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.MAYBE
Parts = dict[str, Any]


def statement(**parts: Any) -> Parts:
    return {"Effect": "Allow", "Principal": CLOUDWATCH, "Action": "sns:Publish", "Resource": "*"} | parts


def publish(*statements: Parts, topic: str = TOPIC, version: str | None = VERSION, alarm: str = ALARM) -> Answer:
    policy = {"Version": version, "Statement": list(statements)}
    row = Topic(topic, policy, None, "us-east-1", topic.split(":")[4], None, None)
    return may_publish(row, Caller(alarm.split(":")[4], alarm))


def use_key(*conditions: Parts, effect: str = "Allow", topic: str = TOPIC) -> Truth:
    """The key's policy with these conditions on the Allow, or on a Deny beside an Allow without any."""
    allow = statement(Action="kms:*")
    chosen = [statement(Action="kms:*", Effect=effect, Condition=condition) for condition in conditions]
    statements = chosen if effect == "Allow" else [allow, *chosen]
    policy = {"Version": VERSION, "Statement": statements}
    key = KmsKey("k", f"arn:aws:kms:us-east-1:{A}:key/k", "CUSTOMER", "Enabled", policy, "us-east-1", A, None)
    return may_use_key(key, Caller(A, ALARM), topic).allowed


def under(operator: str, key: str, *values: str) -> Parts:
    return {operator: {key: list(values)}}


# -- keys ----------------------------------------------------------------------------------------------------------


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


# -- variables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (under("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount}"), YES),
        (under("StringEquals", "aws:SourceAccount", "${AWS:resourceaccount}"), YES),
        (under("StringEquals", "aws:SourceAccount", "${ aws:ResourceAccount }"), YES),
        (under("StringEquals", "aws:ResourceAccount", "${aws:SourceAccount}"), YES),
        (under("StringNotEquals", "aws:SourceAccount", "${aws:ResourceAccount}"), NO),
        (
            under("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:${aws:RequestedRegion}:${aws:SourceAccount}:alarm:*"),
            YES,
        ),
        (under("StringLike", "aws:SourceArn", "arn:aws:cloudwatch:${aws:RequestedRegion}:*"), YES),
        (under("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:eu-west-1:${aws:SourceAccount}:alarm:*"), NO),
        (under("ArnEquals", "aws:SourceArn", "${aws:SourceArn}"), YES),
        (under("StringEquals", "aws:PrincipalServiceName", "cloudwatch.${aws:username, 'amazonaws'}.com"), YES),
        (under("StringEquals", "aws:PrincipalServiceName", "cloudwatch.${aws:username,'other'}.com"), NO),
        (under("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount, 'x'}"), YES),
        # The characters themselves.
        (under("StringLike", "aws:SourceAccount", "1234${*}"), NO),
        (under("StringLike", "aws:SourceAccount", "12345678901${?}"), NO),
        (under("StringLike", "aws:SourceAccount", "${$}1234"), NO),
        # Without a value it equals nothing, and the statement may be invalid.
        (under("StringEquals", "aws:SourceAccount", "${aws:username}"), NO),
        (under("StringNotEquals", "aws:SourceAccount", "${aws:username}"), MAYBE),
        (under("StringEquals", "aws:SourceAccount", "${aws:username}", A), MAYBE),
        (under("StringEquals", "aws:SourceAccount", "${aws:PrincipalServiceNamesList}"), NO),
        (under("StringEquals", "aws:SourceAccount", "${aws:SomethingNew}"), MAYBE),
        (under("StringEquals", "aws:SourceAccount", "x${aws:SomethingNew}"), NO),
        (under("StringEquals", "aws:SourceAccount", "${aws:SourceOrgID}"), MAYBE),
        (under("StringEquals", "aws:SourceAccount", "1${aws:UserAgent}"), MAYBE),
        (under("StringEquals", "aws:UserAgent", "${aws:UserAgent}"), YES),
        (under("StringNotEquals", "aws:UserAgent", "${aws:UserAgent}"), NO),
        (under("StringEquals", "aws:UserAgent", "${aws:CurrentTime}"), MAYBE),
        (under("StringEquals", "aws:PrincipalAccount", "1${aws:UserAgent}"), MAYBE),
        (under("StringEqualsIgnoreCase", "aws:SourceAccount", "${aws:ResourceAccount}"), YES),
        (under("StringNotEqualsIgnoreCase", "aws:SourceAccount", "${aws:ResourceAccount}"), NO),
        (under("StringLike", "aws:SourceAccount", "${aws:ResourceAccount}*"), YES),
        (under("StringNotLike", "aws:SourceAccount", "${aws:ResourceAccount}*"), NO),
        (under("ArnNotEquals", "aws:SourceArn", "${aws:SourceArn}"), NO),
        (under("ArnNotLike", "aws:SourceArn", "${aws:SourceArn}*"), NO),
        # Not a variable, and operators that take none.
        (under("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount"), NO),
        (under("StringEquals", "aws:SourceAccount", "$aws:ResourceAccount"), NO),
        (under("Bool", "aws:SecureTransport", "${aws:SecureTransport}"), NO),
        (under("StringEquals", "aws:PrincipalTag/${aws:username}", "x"), NO),
        (under("StringEquals", "aws:${aws:username}", "x"), MAYBE),
    ],
)
def test_a_variable_is_filled_in_from_the_call(condition: Any, expected: Truth) -> None:
    assert publish(statement(Condition=condition)).allowed is expected
    denied = publish(statement(), statement(Effect="Deny", Condition=condition)).allowed
    assert denied is {YES: NO, NO: YES, MAYBE: MAYBE}[expected]


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_an_older_policy_has_no_variables(version: str | None) -> None:
    condition = under("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount}")
    assert publish(statement(Condition=condition), version=version).allowed is NO
    deny = statement(Effect="Deny", Condition=under("StringNotEquals", "aws:SourceAccount", "${aws:ResourceAccount}"))
    assert publish(statement(), deny, version=version).allowed is NO


def test_variables_compare_two_accounts_and_two_organisations() -> None:
    same = under("StringEquals", "aws:SourceAccount", "${aws:ResourceAccount}")
    assert publish(statement(Condition=same), topic=CENTRAL).allowed is NO
    assert publish(statement(), statement(Effect="Deny", Condition=same), topic=CENTRAL).allowed is YES
    together = under("StringEquals", "aws:SourceOrgID", "${aws:ResourceOrgID}")
    assert publish(statement(Condition=together)).allowed is YES


def test_variables_and_wildcards_of_a_resource() -> None:
    own = "arn:aws:sns:${aws:RequestedRegion}:${aws:ResourceAccount}:cis"
    assert publish(statement(Resource=own)).allowed is YES
    assert publish(statement(Resource=[f"{TOPIC}x", own])).allowed is YES
    assert publish(statement(Resource=own), version="2008-10-17").allowed is NO
    assert publish(statement(Resource="arn:aws:sns:*:cis")).allowed is YES
    assert publish(statement(Resource="arn:aws:sns:us-east-1:*")).allowed is YES
    assert publish(statement(Resource="arn:aws:sns:${aws:username}:*")).allowed is NO
    assert publish(statement(Resource="arn:aws:sns:${aws:SomethingNew}:*")).allowed is MAYBE
    assert publish(statement(Resource=TOPIC.upper())).allowed is NO
    everywhere_else: Parts = {"Effect": "Deny", "Principal": "*", "Action": "*"}
    assert publish(statement(), everywhere_else | {"NotResource": own}).allowed is YES
    assert publish(statement(), everywhere_else | {"NotResource": f"{TOPIC}x"}).allowed is NO


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


# -- data, operators, wildcards ------------------------------------------------------------------------------------


def entries() -> list[Parts]:
    text = files("checker.chain.aws_rules").joinpath("data/context_keys.toml").read_text(encoding="utf-8")
    found: list[Parts] = tomllib.loads(text)["keys"]
    return found


def call(action: str = PUBLISH) -> Request:
    return request_for(action, TOPIC, alarm_account=A, alarm_arn=ALARM, topic_arn=TOPIC)


def test_every_key_of_the_data_file_has_a_source_and_something_to_say() -> None:
    names = [entry["name"].lower() for entry in entries()]
    assert len(set(names)) == len(names)
    known = {"name", "values", "also", "unknown", "absent", "foreign", "more", "assume", "policy", "source"}
    for entry in entries():
        assert set(entry) <= known
        assert entry["source"].strip()
        assert entry.get("absent", "maybe") in {"always", "maybe"}
        assert entry.get("policy", "kms") in {"kms", "sns"}
        service = entry["name"].partition(":")[0]
        assert entry.get("policy") == (service if service in {"kms", "sns"} else None)
        for action in (PUBLISH, *KEY_ACTIONS):
            key = call(action).key(entry["name"].swapcase())
            assert key is not None
            assert key.alternatives


def test_a_family_of_keys_does_not_hide_one_of_its_own() -> None:
    request = call("kms:Decrypt")
    own, other = request.key("kms:EncryptionContext:aws:sns:topicArn"), request.key("kms:EncryptionContext:x")
    assert own is not None
    assert other is not None
    assert len(own.alternatives) == 1
    assert len(other.alternatives) == 2


def test_every_documented_operator_is_known_by_name() -> None:
    plain = "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike"
    numbers = [
        f"{kind}{relation}"
        for kind in ("Numeric", "Date")
        for relation in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ]
    rest = "Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike"
    for name in [*plain.split(), *numbers, *rest.split()]:
        for spelled in (name, f"{name}IfExists", f"ForAnyValue:{name}", f"ForAllValues:{name}IfExists"):
            operator = operator_named(spelled)
            assert operator is not None
            assert operator.negated is ("Not" in name)
            assert operator.if_exists is spelled.endswith("IfExists")
            assert operator.quantifier == {"ForAn": "any", "ForAl": "all"}.get(spelled[:5], "")
    assert operator_named("Null") is None
    assert operator_named("StringEqual") is None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("*", "", True),
        ("?", "", False),
        ("**", "ab", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-b-b", False),
        ("*ab", "aab", True),
        ("*?b", "b", False),
        ("a?", "ab", True),
        ("a?*", "a", False),
        ("ab*", "ab", True),
        ("ab", "abc", False),
        ("abc", "ab", False),
        ("A", "a", False),
        ("a.c", "abc", False),
    ],
)
def test_wildcards(pattern: str, text: str, expected: bool) -> None:
    tokens = pattern_of(pattern, call(), variables=False).tokens
    assert matches(text, tokens) is Truth.of(expected)


def test_a_key_of_two_values_needs_a_set_operator() -> None:
    patterns = [pattern_of("a", call(), variables=False)]
    expected = {"StringEquals": MAYBE, "ForAnyValue:StringEquals": YES, "ForAllValues:StringEquals": NO}
    for name, truth in expected.items():
        operator = operator_named(name)
        assert operator is not None
        assert holds(operator, Carried(("a", "b")), patterns) is truth
        assert holds(operator, Carried(("a",)), patterns) is YES


def test_a_hostile_wildcard_costs_steps_and_no_more() -> None:
    tokens = pattern_of("*a" * 2000 + "*b", call(), variables=True).tokens
    assert matches("a" * 2000, tokens) is NO
    policy = {"Version": VERSION, "Statement": [statement(Sid=str(n), Resource="*a" * 200 + "b") for n in range(50)]}
    assert evaluate(policy, call()).allowed is NO
