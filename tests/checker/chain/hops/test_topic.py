"""Hop 5. From the alarm to a topic: its actions, the topic, its policy and key, and composite alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from checker.chain.aws_rules.policy_additions import alarms_may_publish
from checker.chain.hops.topic import Destination, judge_topics, topic_arns
from checker.chain.lookup import Lookup
from checker.chain.verdicts import Outcome
from checker.facts import Facts, KmsKey, ReadFailure
from tests.builders import A, B, alarm, topic, topic_arn
from tests.checker.chain.judging import account

CIS = topic_arn(A)
CENTRAL = topic_arn(B)
KEY_ARN = f"arn:aws:kms:us-east-1:{A}:key/1234"
FOR_CLOUDWATCH = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        }
    ]
}


def key(**changes: Any) -> KmsKey:
    values: dict[str, Any] = {
        "id": "1234",
        "arn": KEY_ARN,
        "key_manager": "CUSTOMER",
        "key_state": "Enabled",
        "policy": FOR_CLOUDWATCH,
        "region": "us-east-1",
        "account_id": A,
        "connection": f"aws_{A}",
    }
    return KmsKey(**(values | changes))


def judge(facts: Facts, alarm_row: Any, *, shows_composites: bool = True) -> list[Outcome[Destination]]:
    return judge_topics(alarm_row, Lookup(facts, shows_composites=shows_composites))


def seen(**rows: Any) -> Facts:
    """Facts in which account A is visible, with its topic."""
    return Facts(**({"accounts": (account(A),), "topics": (topic(A),)} | rows))


def only(outcomes: list[Outcome[Destination]]) -> tuple[str, str]:
    (outcome,) = outcomes
    return str(outcome.verdict.status), outcome.verdict.sentence


def test_the_topics_of_an_alarm_are_its_sns_actions() -> None:
    actions = [CIS, "arn:aws:lambda:us-east-1:1:function:x", "arn:aws:automate:us-east-1:ec2:stop", "no arn"]
    assert topic_arns(alarm(A, alarm_actions=actions)) == [CIS]
    assert topic_arns(alarm(A, alarm_actions=None)) == []


@pytest.mark.parametrize(
    ("changes", "facts", "status", "sentence"),
    [
        ({}, seen(), "ok", "topic cis exists and lets CloudWatch publish."),
        ({"actions_enabled": False}, seen(), "alarm", "the actions of alarm root are switched off. Enable them: `aws "),
        ({"actions_enabled": None}, seen(), "unknown", "whether the actions of alarm root are enabled could not be"),
        ({"alarm_actions": []}, seen(), "alarm", "alarm root has no ALARM action. Send the alarm to a topic, or add"),
        ({"alarm_actions": None}, seen(), "alarm", "alarm root has no ALARM action. Send the alarm to a topic, or add"),
        ({"alarm_actions": ["arn:aws:lambda:us-east-1:1:function:x"]}, seen(), "alarm", "has no SNS topic among its"),
        ({"region": "eu-west-1"}, seen(), "alarm", "CloudWatch sends to topics of its own region only"),
        ({}, seen(topics=()), "alarm", f"topic {CIS} of alarm root does not exist"),
        ({"alarm_actions": [CENTRAL]}, seen(), "unknown", f"belongs to account {B}, which is not connected"),
        (
            {},
            seen(topics=(), failures=(ReadFailure("topics", "Denied: no", f"aws_{A}", A, "us-east-1", "sns:Get"),)),
            "unknown",
            f"topic {CIS} could not be read through connection aws_{A}: sns:Get failed: Denied: no",
        ),
        # Another region's failure explains nothing.
        (
            {},
            seen(topics=(), failures=(ReadFailure("topics", "Denied", None, A, "eu-west-1"),)),
            "alarm",
            "does not exist",
        ),
        ({}, seen(topics=(topic(A, policy=None),)), "unknown", "its policy could not be read"),
        ({}, seen(topics=(topic(A, policy={"Statement": []}),)), "alarm", "Allow sns:Publish for cloudwatch"),
        ({"arn": None}, seen(), "ok", "exists"),
    ],
)
def test_verdict(changes: dict[str, Any], facts: Facts, status: str, sentence: str) -> None:
    found, reason = only(judge(facts, alarm(A, **changes)))
    assert found == status
    assert sentence in reason


def test_a_topic_of_another_account_that_is_connected_is_judged() -> None:
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": CENTRAL,
                "Condition": {"StringEquals": {"aws:SourceAccount": A}},
            }
        ]
    }
    facts = Facts(accounts=(account(A), account(B)), topics=(topic(B, policy=policy),))
    assert only(judge(facts, alarm(A, alarm_actions=[CENTRAL])))[0] == "ok"
    gone = Facts(accounts=(account(A), account(B)))
    assert only(judge(gone, alarm(A, alarm_actions=[CENTRAL])))[0] == "alarm"


def test_a_fifo_topic_takes_no_message_of_an_alarm() -> None:
    fifo = f"{CIS}.fifo"
    facts = seen(topics=(topic(A), topic(A, topic_arn=fifo)))
    status, reason = only(judge(facts, alarm(A, alarm_actions=[fifo])))
    assert status == "alarm"
    assert "is a FIFO topic" in reason
    # The name alone tells, so that no row is needed.
    assert only(judge(seen(topics=()), alarm(A, alarm_actions=[fifo])))[0] == "alarm"
    assert only(judge(seen(topics=(topic(A, topic_arn=f"{CIS}fifo"),)), alarm(A, alarm_actions=[f"{CIS}fifo"])))[1] != (
        reason
    )


@pytest.mark.parametrize(
    "other",
    [
        f"{CIS}.fifo",
        f"arn:aws:lambda:us-east-1:{A}:function:x",
        f"arn:aws:ssm:us-east-1:{A}:opsitem:1#CATEGORY=Security",
        "arn:aws:automate:us-east-1:ec2:stop",
        f"arn:aws:swf:us-east-1:{A}:action/actions/AWS_EC2.InstanceId.Reboot/1.0",
        f"arn:aws:autoscaling:us-east-1:{A}:scalingPolicy:1:autoScalingGroupName/g:policyName/p",
        f"arn:aws:aiops:us-east-1:{A}:investigation-group:g",
        "no arn",
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_an_action_that_reaches_nobody_does_not_hide_the_topic_beside_it(other: str, *, first: bool) -> None:
    actions = [other, CIS] if first else [CIS, other]
    assert "ok" in {str(outcome.verdict.status) for outcome in judge(seen(), alarm(A, alarm_actions=actions))}


def test_an_alarm_without_an_arn_is_named_in_its_own_partition() -> None:
    arn = f"arn:aws-us-gov:sns:us-gov-west-1:{A}:cis"
    only_gov = {"ArnLike": {"aws:SourceArn": f"arn:aws-us-gov:cloudwatch:us-gov-west-1:{A}:alarm:*"}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*", "Condition": only_gov}
    facts = seen(topics=(topic(A, topic_arn=arn, policy={"Statement": [statement]}, partition="aws-us-gov"),))
    row = alarm(A, alarm_actions=[arn], arn=None, region="us-gov-west-1", partition="aws-us-gov")
    assert only(judge(facts, row))[0] == "ok"


def test_every_topic_of_an_alarm_is_a_way() -> None:
    outcomes = judge(seen(), alarm(A, alarm_actions=[f"{CIS}-gone", CIS]))
    assert {str(outcome.verdict.status) for outcome in outcomes} == {"alarm", "ok"}


@pytest.mark.parametrize(
    ("change", "typed"),
    [
        ({}, "put-metric-alarm --alarm-name root-"),
        ({"dimensions": [{"Name": "x", "Value": "y"}]}, "describe-alarms --alarm-names root"),
        ({"metric_name": None, "namespace": None}, "describe-alarms --alarm-names root"),
    ],
)
def test_what_to_type_for_an_alarm_that_tells_nobody(change: Mapping[str, Any], typed: str) -> None:
    assert typed in only(judge(seen(), alarm(A, alarm_actions=[], **change)))[1]


# -- encryption ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key_id", "keys", "status", "sentence"),
    [
        ("alias/aws/sns", (), "alarm", "the AWS managed key alias/aws/sns, which CloudWatch cannot use"),
        (f"arn:aws:kms:us-east-1:{A}:alias/aws/sns", (), "alarm", "managed key"),
        ("1234", (key(),), "ok", "exists"),
        (KEY_ARN, (key(),), "ok", "exists"),
        (KEY_ARN, (key(policy={"Statement": []}),), "alarm", "CloudWatch cannot use its key"),
        (KEY_ARN, (key(key_manager="AWS"),), "alarm", "is managed by AWS"),
        (KEY_ARN, (key(key_state="PendingDeletion"),), "alarm", "PendingDeletion"),
        (KEY_ARN, (key(key_spec="RSA_2048"),), "alarm", "is of kind RSA_2048"),
        (KEY_ARN, (key(key_spec="SYMMETRIC_DEFAULT"),), "ok", "exists"),
        (KEY_ARN.replace("us-east-1", "eu-west-1"), (key(),), "alarm", "its key 1234 in eu-west-1"),
    ],
)
def test_the_key_must_let_cloudwatch_use_it(key_id: str, keys: tuple[KmsKey, ...], status: str, sentence: str) -> None:
    facts = seen(topics=(topic(A, kms_master_key_id=key_id),), keys=keys)
    found, reason = only(judge(facts, alarm(A)))
    assert found == status
    assert sentence in reason


@pytest.mark.parametrize(
    ("key_id", "rows", "unverified"),
    [
        ("1234", {"is_copy": True}, "key 1234 could not be read (this source does not show it)"),
        (
            "1234",
            {"failures": (ReadFailure("kms_keys", "Denied", None, A, "us-east-1"),)},
            "could not be read (Denied)",
        ),
        ("1234", {"keys": (key(policy=None),)}, "the policy of key 1234 could not be read"),
        ("alias/mine", {}, "key alias/mine could not be read (this source does not show it)"),
        (f"arn:aws:kms:us-east-1:{B}:key/1", {}, f"could not be read (account {B} is not connected)"),
    ],
)
def test_a_key_that_was_not_read_is_said_and_the_verdict_kept(
    key_id: str, rows: Mapping[str, Any], unverified: str
) -> None:
    facts = replace(seen(accounts=(account(A),), topics=(topic(A, kms_master_key_id=key_id),)), **rows)
    (outcome,) = judge(facts, alarm(A))
    assert str(outcome.verdict.status) == "ok"
    assert any(unverified in text for text in outcome.unverified)


@pytest.mark.parametrize(
    ("key_id", "unknown_fields"),
    [("1234", None), (KEY_ARN, None), ("alias/gone", []), (f"arn:aws:kms:us-east-1:{A}:alias/gone", [])],
)
def test_a_key_or_alias_that_does_not_exist_breaks_the_topic(key_id: str, unknown_fields: list[str] | None) -> None:
    encrypted = topic(A, kms_master_key_id=key_id, unknown_fields=unknown_fields)
    (outcome,) = judge(seen(topics=(encrypted,)), alarm(A))
    assert (outcome.verdict.code, outcome.follow) == ("TOPIC_KEY_GONE", None)


def test_a_key_that_failed_in_another_region_is_gone_all_the_same() -> None:
    failed = ReadFailure("kms_keys", "Denied", None, A, "eu-west-1")
    (outcome,) = judge(seen(topics=(topic(A, kms_master_key_id="1234"),), failures=(failed,)), alarm(A))
    assert outcome.verdict.code == "TOPIC_KEY_GONE"


@pytest.mark.parametrize("where", ["topic", "key"])
def test_a_field_that_is_not_known_leaves_topic_or_key_undecided(where: str) -> None:
    open_field: dict[str, Any] = {"unknown_fields": ["NewLimit"]}
    encrypted = topic(A, kms_master_key_id="1234", **(open_field if where == "topic" else {}))
    facts = seen(topics=(encrypted,), keys=(key(**(open_field if where == "key" else {})),))
    (outcome,) = judge(facts, alarm(A))
    assert outcome.verdict.code == "TOPIC_FIELD_UNKNOWN"
    assert "NewLimit is set" in outcome.verdict.reason
    assert outcome.follow is not None


def test_a_key_of_another_account_is_looked_up_there() -> None:
    foreign = f"arn:aws:kms:us-east-1:{B}:key/1234"
    facts = seen(
        topics=(topic(A, kms_master_key_id=foreign),), keys=(key(), key(account_id=B, policy={"Statement": []}))
    )
    assert only(judge(facts, alarm(A)))[0] == "alarm"


# -- composite alarms ----------------------------------------------------------------------------------------------


def over(rule: str, **changes: Any) -> Any:
    unset = {
        "name": "over",
        "metric_name": None,
        "namespace": None,
        "arn": f"arn:aws:cloudwatch:us-east-1:{A}:alarm:over",
    }
    return alarm(A, **(unset | {"alarm_rule": rule} | changes))


def test_a_composite_alarm_speaks_for_an_alarm_without_actions() -> None:
    quiet = alarm(A, alarm_actions=[])
    best, second = judge(seen(alarms=(quiet, over("ALARM(root) OR ALARM(b)"))), quiet)
    assert str(best.verdict.status) == "ok"
    assert best.verdict.reason == (
        "through composite alarm over over alarm root: topic cis exists and lets CloudWatch publish."
    )
    assert best.follow is not None
    assert best.follow.topic_arn == CIS
    assert str(second.verdict.status) == "alarm"


def test_a_composite_alarm_is_of_no_matter_when_the_alarms_own_topic_holds() -> None:
    assert len(judge(seen(alarms=(over("ALARM(root)", alarm_actions=[]),)), alarm(A))) == 1


def test_a_composite_alarm_that_does_not_follow_the_alarm_does_not_count() -> None:
    quiet = alarm(A, alarm_actions=[])
    assert only(judge(seen(alarms=(over("ALARM(root) AND ALARM(b)"),)), quiet))[0] == "alarm"


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ("AT_LEAST(1, ALARM, (root, b))", "ok"),
        ("AT_LEAST(50%, ALARM, (root, b))", "ok"),
        ("AT_LEAST(2, ALARM, (root, b))", "alarm"),
        ("XOR(root)", "unknown"),
        ("XOR(other)", "alarm"),
        ("ALARM(root) OR ALARM(over)", "unknown"),
    ],
)
def test_a_composite_alarm_that_may_ring_is_not_decided(rule: str, status: str) -> None:
    quiet = alarm(A, alarm_actions=[])
    best = judge(seen(alarms=(quiet, over(rule))), quiet)[0]
    assert str(best.verdict.status) == status
    off = over(rule, actions_enabled=False)
    assert str(judge(seen(alarms=(quiet, off)), quiet)[0].verdict.status) == "alarm"


def test_a_composite_alarm_that_does_not_follow_is_named() -> None:
    quiet = alarm(A, alarm_actions=[])
    rows = (quiet, over("ALARM(root) AND ALARM(b)", name="z"), over("OK(root)"), over("ALARM(b)", name="a"))
    _, reason = only(judge(seen(alarms=rows), quiet))
    assert "(composite alarm over over it does not change to ALARM whenever it does)" in reason
    _, reason = only(judge(seen(alarms=(quiet, over("ALARM(b)"))), quiet))
    assert "composite" not in reason


def test_a_source_without_composite_alarms_says_so() -> None:
    _, reason = only(judge(seen(), alarm(A, alarm_actions=[]), shows_composites=False))
    assert "(composite alarms are not visible in this source)" in reason


def test_a_composite_alarm_with_a_field_that_is_not_decided_is_unknown() -> None:
    quiet = alarm(A, alarm_actions=[])
    rows = (quiet, over("ALARM(root)", unknown_fields=["ActionsSuppressor"]))
    codes = {outcome.verdict.code for outcome in judge(seen(alarms=rows), quiet)}
    assert codes == {"TOPIC_FIELD_UNKNOWN", "TOPIC_NO_ACTION"}


NOBODY_MAY = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": B}, "Action": "sns:Publish", "Resource": "*"}]}
DENIED = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}]}
PERHAPS = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": "*",
            "Condition": {"Odd": {"a": "b"}},
        }
    ]
}


@pytest.mark.parametrize(
    ("policy", "whole"), [(NOBODY_MAY, True), (DENIED, False), (PERHAPS, False), ({"Version": "2012-10-17"}, False)]
)
def test_the_whole_policy_is_given_where_one_statement_more_is_enough(policy: Any, whole: bool) -> None:
    (outcome,) = judge(seen(topics=(topic(A, policy=policy),)), alarm(A))
    assert ("look at `aws sns get-topic-attributes" in outcome.verdict.remedy) is not whole
    assert ("--attribute-value" in outcome.verdict.remedy) is whole


def test_a_policy_that_is_too_long_for_a_line_is_looked_at() -> None:
    def looked_at(padding: int) -> bool:
        policy = {"Id": "x" * padding, **NOBODY_MAY}
        (outcome,) = judge(seen(topics=(topic(A, policy=policy),)), alarm(A))
        return "look at `aws sns get-topic-attributes" in outcome.verdict.remedy

    added = alarms_may_publish(CIS, A)
    bare = {"Id": "", "Statement": [*NOBODY_MAY["Statement"], added]}
    room = 2000 - len(json.dumps(bare, separators=(",", ":")))
    assert not looked_at(room)
    assert looked_at(room + 1)
