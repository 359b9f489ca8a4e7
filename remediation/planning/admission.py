"""A queue or a function that is to be told: may the topic send to it, and the commands that let it. Pure.

Sources: SNS developer guide, "Subscribing an Amazon SQS queue to an Amazon SNS topic" (``sqs:SendMessage`` for
``sns.amazonaws.com`` with ``aws:SourceArn``); Lambda developer guide, "Invoking Lambda functions with Amazon SNS
notifications", and Lambda API reference, ``AddPermission`` (adds a statement, and refuses an id that is taken); SQS API
reference, ``SetQueueAttributes`` (``Policy`` replaces the whole policy).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checker.arns import Arn, Place, parse_arn
from checker.chain.aws_rules.policy_additions import with_statement
from checker.chain.aws_rules.request_context import Carried, ContextKey, Request
from checker.chain.aws_rules.resource_policy import evaluate
from checker.chain.truth import Truth
from remediation.planning.owner_commands import as_json, chained, words
from remediation.planning.settings import Endpoint
from remediation.planning.steps import ManualStep

_SENDER = "sns.amazonaws.com"
_ACTIONS = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}
NO_POLICY: Mapping[str, Any] = {"Version": "2012-10-17", "Statement": []}
"""What a queue or a function without a policy is read as."""

Policies = Mapping[str, Any]
"""The policies of endpoints that were read, by ARN. Of others nothing is known."""


def needs_admission(endpoint: Endpoint) -> bool:
    """The endpoint has a policy that must let the topic send."""
    return endpoint.protocol in _ACTIONS


def is_admitted(endpoint: Endpoint, topic_arn: str, policies: Policies) -> Truth:
    """Whether the endpoint's policy lets the topic send to it; ``MAYBE`` when it was not read or leaves it open."""
    topic = parse_arn(topic_arn)
    if topic is None:
        return Truth.MAYBE
    facts = {"alarm_region": topic.region, "partition": topic.partition, "topic": topic_arn, "owner": topic.account_id}
    return evaluate(
        policies.get(endpoint.address), _Delivery(_ACTIONS[endpoint.protocol], endpoint.address, facts)
    ).allowed


@dataclass(frozen=True, slots=True)
class _Delivery(Request):
    """A call by SNS that delivers a message of a topic."""

    @property
    def service_principals(self) -> tuple[str, ...]:
        """The name of SNS as a principal."""
        return (_SENDER,)

    def key(self, name: str) -> ContextKey | None:
        """The topic and its account; of other keys it is not known whether the call carries them."""
        carried = {"aws:sourcearn": self.facts["topic"], "aws:sourceaccount": self.facts["owner"]}
        value = carried.get(name.lower())
        return None if value is None else ContextKey(name, (Carried((value,)),))


def admit(endpoint: Endpoint, topic_arn: str, policies: Policies, control: str) -> ManualStep | None:
    """The step that lets the topic send to the endpoint; ``None`` when it may, or is no endpoint of that kind."""
    arn = parse_arn(endpoint.address)
    if arn is None or not needs_admission(endpoint) or is_admitted(endpoint, topic_arn, policies) is Truth.YES:
        return None
    place = Place(arn.partition, arn.account_id, arn.region)
    name, topic = arn.resource.removeprefix("function:"), topic_arn.rpartition(":")[2]
    kind = "queue" if endpoint.protocol == "sqs" else "function"
    commands, advice = _of_queue(arn, topic_arn, policies) if kind == "queue" else (_of_function(arn, topic_arn), "")
    known = endpoint.address in policies
    why = f"the policy of {kind} {name} does not let topic {topic} send to it, so nothing arrives there."
    unread = f"whether the policy of {kind} {name} lets topic {topic} send to it is not known."
    return ManualStep(
        id=f"manual:{endpoint.address}#{topic_arn}",
        account_id=place.account_id,
        region=place.region,
        title=f"let topic {topic} send to {kind} {name}",
        why=f"{why if known else unread}{advice}",
        commands=chained(commands),
        controls=(control,),
        resource=endpoint.address,
    )


def _of_queue(arn: Arn, topic_arn: str, policies: Policies) -> tuple[list[str], str]:
    """The merged policy where the present one is known; else only the look, and what to do then."""
    find = words(
        "aws", "sqs", "get-queue-url", "--region", arn.region, "--queue-name", arn.resource,
        "--queue-owner-aws-account-id", arn.account_id, "--query", "QueueUrl", "--output", "text",
    )  # fmt: skip
    queue = [f"queue=$({find})"]
    queue_arn = f"arn:{arn.partition}:sqs:{arn.region}:{arn.account_id}:{arn.resource}"
    statement = {
        "Sid": "SnsTopicMaySend",
        "Effect": "Allow",
        "Principal": {"Service": _SENDER},
        "Action": _ACTIONS["sqs"],
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    region = words("--region", arn.region)
    merged = with_statement(policies.get(queue_arn), statement)
    if merged is None:
        look = words("--attribute-names", "Policy", "--query", "Attributes.Policy", "--output", "text")
        advice = (
            " set-queue-attributes replaces the whole policy: add to what the command shows this statement, and put"
            f" that back: {as_json(statement)}"
        )
        return [*queue, f'aws sqs get-queue-attributes {region} --queue-url "$queue" {look}'], advice
    attributes = words("--attributes", as_json({"Policy": as_json(merged)}))
    advice = " The command replaces the queue's policy by what it is now and one statement more."
    return [*queue, f'aws sqs set-queue-attributes {region} --queue-url "$queue" {attributes}'], advice


def _of_function(arn: Arn, topic_arn: str) -> list[str]:
    """One statement more in the function's policy, under an id of its own for each topic."""
    function = f"arn:{arn.partition}:lambda:{arn.region}:{arn.account_id}:{arn.resource}"
    return [
        words(
            "aws", "lambda", "add-permission", "--region", arn.region, "--function-name", function,
            "--statement-id", f"sns-{hashlib.sha256(topic_arn.encode()).hexdigest()[:12]}",
            "--action", _ACTIONS["lambda"], "--principal", _SENDER, "--source-arn", topic_arn,
        )
    ]  # fmt: skip
