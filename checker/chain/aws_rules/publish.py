"""May CloudWatch publish an alarm's message to a topic? The topic's policy, and the policy of its key.

Sources: SNS developer guide, "Example cases for Amazon SNS access control" (CloudWatch alarms, also across accounts);
"Enabling compatibility between event sources from AWS services and encrypted topics" (the managed key ``alias/aws/sns``
cannot be used by other services; a customer key needs ``kms:GenerateDataKey*`` and ``kms:Decrypt`` for the service);
SNS API reference ``Publish``, ``MessageGroupId`` (every message to a FIFO topic must have one; an alarm's has none) and
``CreateTopic`` (the names of FIFO topics, and no others, end in ``.fifo``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.arns import parse_arn
from checker.chain.aws_rules.resource_policy import SERVICE, Answer, Request, evaluate
from checker.chain.truth import Truth
from checker.facts import KmsKey, Topic

PUBLISH = "sns:Publish"
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
MANAGED_KEY = "alias/aws/sns"


@dataclass(frozen=True, slots=True)
class Caller:
    """The alarm on whose behalf CloudWatch calls."""

    account_id: str
    alarm_arn: str


def key_id_of(kms_master_key_id: str | None) -> str | None:
    """The last part of the key's id or ARN (``alias/name`` or a key id); ``None`` when the topic has no key."""
    if not kms_master_key_id:
        return None
    arn = parse_arn(kms_master_key_id)
    text = arn.resource if arn else kms_master_key_id
    return text.removeprefix("key/")


def is_fifo(topic_arn: str) -> bool:
    """A FIFO topic, which refuses an alarm's message; its name tells."""
    return topic_arn.endswith(".fifo")


def may_publish(topic: Topic, caller: Caller) -> Answer:
    """Evaluate the topic's policy for an alarm. A topic without a readable policy is not known."""
    if topic.policy is None:
        return Answer(Truth.MAYBE, "its policy could not be read")
    owner = _account_of(topic.topic_arn) or topic.account_id
    ambiguous = {} if owner == caller.account_id else {"aws:sourceowner": (owner,)}
    return evaluate(topic.policy, _request(PUBLISH, topic.topic_arn, caller, ambiguous))


def may_use_key(key: KmsKey, caller: Caller) -> Answer:
    """Evaluate the key's policy for both actions that an encrypted topic needs."""
    if key.key_state and key.key_state not in {"Enabled", "Creating", "Updating"}:
        return Answer(Truth.NO, f"key {key.id} is {key.key_state}. Make it usable, or use another key")
    if key.key_manager == "AWS":
        return Answer(
            Truth.NO, f"key {key.id} is managed by AWS: its policy lets no other service use it. Use a customer key"
        )
    if key.policy is None:
        return Answer(Truth.MAYBE, f"the policy of key {key.id} could not be read")
    assumed: list[str] = []
    for action in KEY_ACTIONS:
        named = f"the policy of key {key.id}"
        answer = evaluate(key.policy, _request(action, key.arn or "*", caller, {}), named=named)
        if answer.allowed is Truth.NO:
            return Answer(Truth.NO, f"{answer.why}. {remedy_of(answer, action)}")
        if answer.allowed is Truth.MAYBE:
            return answer
        assumed.extend(answer.assumed)
    return Answer(Truth.YES, f"the policy of key {key.id} lets CloudWatch use it", tuple(dict.fromkeys(assumed)))


def remedy_of(answer: Answer, action: str) -> str:
    """What to change in the policy that refused."""
    return f"Leave {SERVICE} out of the Deny" if answer.denied else f"Allow {action} for {SERVICE}"


def _request(action: str, resource: str, caller: Caller, ambiguous: Mapping[str, tuple[str, ...]]) -> Request:
    return Request(
        action=action,
        resource=resource,
        known={
            "aws:sourceaccount": (caller.account_id,),
            "aws:sourcearn": (caller.alarm_arn,),
            "aws:sourceowner": (caller.account_id,),
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": ("cloudwatch.amazonaws.com",),
            "aws:principalservicenameslist": ("cloudwatch.amazonaws.com",),
            "aws:securetransport": ("true",),
            "aws:requestedregion": (_region_of(caller.alarm_arn),),
            "aws:resourceaccount": (_account_of(resource) or caller.account_id,),
            "aws:viaawsservice": ("false",),
            "kms:viaservice": (f"sns.{_region_of(caller.alarm_arn)}.amazonaws.com",),
        },
        open_keys=frozenset({"aws:sourceorgid", "aws:sourceorgpaths", "kms:encryptioncontext:aws:sns:topicarn"}),
        ambiguous=ambiguous,
    )


def _account_of(arn: str) -> str | None:
    parsed = parse_arn(arn)
    return parsed.account_id if parsed else None


def _region_of(arn: str) -> str:
    parsed = parse_arn(arn)
    return parsed.region if parsed else ""
