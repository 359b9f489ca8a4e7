"""Policy variables, wildcards, the operators by name and the data file of condition keys."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from checker.chain.aws_rules.condition_operators import holds, operator_named
from checker.chain.aws_rules.policy_values import Pattern, matches, pattern_of
from checker.chain.aws_rules.publish import KEY_ACTIONS, PUBLISH
from checker.chain.aws_rules.request_context import Carried, Request, Unknown, request_for
from checker.chain.aws_rules.resource_policy import evaluate
from checker.chain.truth import Truth
from tests.checker.chain.aws_rules.policies import (
    ALARM,
    CENTRAL,
    MAYBE,
    NO,
    TOPIC,
    VERSION,
    YES,
    A,
    Parts,
    publish,
    statement,
    under,
)


def test_a_pattern_is_unknown_when_it_is_one_unknown_value_and_nothing_else() -> None:
    value = Unknown("${aws:username}")
    assert Pattern("x", (value,)).unknown is value
    assert Pattern("x", (value, "a")).unknown is None
    assert Pattern("a", ("a",)).unknown is None
    assert Pattern("", ()).unknown is None


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
