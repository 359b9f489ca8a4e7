"""Policies of topics and keys for tests, and the call of CloudWatch that they are asked about."""

from __future__ import annotations

from typing import Any

from checker.chain.aws_rules.publish import Caller, may_publish, may_use_key
from checker.chain.aws_rules.resource_policy import Answer
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
    """An Allow for CloudWatch; ``parts`` replace its elements."""
    return {"Effect": "Allow", "Principal": CLOUDWATCH, "Action": "sns:Publish", "Resource": "*"} | parts


def publish(*statements: Parts, topic: str = TOPIC, version: str | None = VERSION, alarm: str = ALARM) -> Answer:
    """The answer of a topic's policy with these statements."""
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
    """A condition block of one operator and key."""
    return {operator: {key: list(values)}}
