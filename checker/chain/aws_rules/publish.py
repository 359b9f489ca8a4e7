"""May CloudWatch publish an alarm's message to a topic? The topic's policy, and the policy of its key. Pure.

Sources: SNS developer guide, "Example cases for Amazon SNS access control" (CloudWatch alarms, also across accounts);
"Enabling compatibility between event sources from AWS services and encrypted topics" (the managed key ``alias/aws/sns``
cannot be used by other services; a customer key needs ``kms:GenerateDataKey*`` and ``kms:Decrypt`` for the service);
"Managing Amazon SNS encryption keys and costs" (only symmetric encryption keys); KMS developer guide, "Key states of
AWS KMS keys" (which states let a key be used), and "Multi-Region keys" (a key is used in its own region only);
SNS API reference ``Publish``, ``MessageGroupId`` (every message to a FIFO topic must have one; an alarm's has none) and
``CreateTopic`` (the names of FIFO topics, and no others, end in ``.fifo``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.arns import parse_arn
from checker.chain.aws_rules.policy_words import assumptions, remedy_of, why
from checker.chain.aws_rules.request_context import request_for
from checker.chain.aws_rules.resource_policy import Answer, evaluate
from checker.chain.commands import aws
from checker.chain.truth import Truth, all_of
from checker.facts import KmsKey, Topic

PUBLISH = "sns:Publish"
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
MANAGED_KEY = "alias/aws/sns"
SYMMETRIC = "SYMMETRIC_DEFAULT"


@dataclass(frozen=True, slots=True)
class Caller:
    """The alarm on whose behalf CloudWatch calls."""

    account_id: str
    alarm_arn: str


class KeyProblem(StrEnum):
    """Why CloudWatch cannot use a key, or may not be able to."""

    STATE = "state"
    KIND = "kind"
    MANAGED_BY_AWS = "managed_by_aws"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """May CloudWatch use the key? ``answers``: of its policy, an action each; the first that is not YES decides."""

    allowed: Truth
    key: KmsKey
    problem: KeyProblem | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def why(self) -> str:
        """A clause without a full stop."""
        if self.problem is KeyProblem.STATE:
            return f"key {self.key.id} is {self.key.key_state}"
        if self.problem is KeyProblem.KIND:
            return f"key {self.key.id} is of kind {self.key.key_spec}, and SNS takes symmetric encryption keys only"
        if self.problem is KeyProblem.MANAGED_BY_AWS:
            return f"key {self.key.id} is managed by AWS: its policy lets no other service use it"
        return why(self._deciding, f"the policy of key {self.key.id}")

    @property
    def remedy(self) -> str:
        """What to do, without a full stop."""
        if self.problem is KeyProblem.STATE:
            # An alias is not taken here.
            key = {"key_id": (self.key.arn or self.key.id).rpartition("/")[2], "region": self.key.region}
            enable = aws("kms", "enable-key", **key)
            if self.key.key_state == "PendingDeletion":
                return f"Keep the key: {aws('kms', 'cancel-key-deletion', **key)}, then {enable}"
            if self.key.key_state == "Disabled":
                return f"Enable the key: {enable}"
            return f"Make the key usable: look at {aws('kms', 'describe-key', **key)}"
        if self.problem is KeyProblem.POLICY:
            return remedy_of(self._deciding)
        return "Use a symmetric customer key"

    @property
    def assumed(self) -> tuple[str, ...]:
        """What was taken to hold, a clause each."""
        return tuple(dict.fromkeys(text for answer in self.answers for text in assumptions(answer)))

    @property
    def _deciding(self) -> Answer:
        ranked = {Truth.NO: 0, Truth.MAYBE: 1, Truth.YES: 2}
        return min(self.answers, key=lambda answer: ranked[answer.allowed])


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
    arn = topic.topic_arn
    request = request_for(
        PUBLISH, arn, alarm_account=caller.account_id, alarm_arn=caller.alarm_arn, topic_arn=topic.topic_arn
    )
    return evaluate(topic.policy, request)


def may_use_key(key: KmsKey, caller: Caller, topic_arn: str) -> KeyUse:
    """Evaluate the key's policy for both actions that an encrypted topic needs."""
    if key.key_state and key.key_state not in {"Enabled", "Creating", "Updating"}:
        return KeyUse(Truth.NO, key, KeyProblem.STATE)
    if key.key_spec not in (None, SYMMETRIC):
        return KeyUse(Truth.NO, key, KeyProblem.KIND)
    if key.key_manager == "AWS":
        return KeyUse(Truth.NO, key, KeyProblem.MANAGED_BY_AWS)
    topic = parse_arn(topic_arn)
    partition = topic.partition if topic else "aws"
    resource = key.arn or f"arn:{partition}:kms:{key.region}:{key.account_id}:key/{key.id}"
    answers = []
    for action in KEY_ACTIONS:
        request = request_for(
            action, resource, alarm_account=caller.account_id, alarm_arn=caller.alarm_arn, topic_arn=topic_arn
        )
        answers.append(evaluate(key.policy, request))
    allowed = all_of(answer.allowed for answer in answers)
    return KeyUse(allowed, key, None if allowed is Truth.YES else KeyProblem.POLICY, tuple(answers))
