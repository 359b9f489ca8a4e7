"""Does a subscription's filter policy let the message of an alarm pass? Pure.

Sources: SNS developer guide, "Amazon SNS subscription filter policies" (scope ``MessageAttributes`` by default;
CloudWatch's messages carry no attributes, so such a policy swallows them unless it asks for absence); CloudWatch user
guide, "Alarm events and SNS message format" (the fields of the body).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from checker.chain.truth import Truth, all_of, any_of
from checker.facts import Alarm, TopicSubscription

BODY_FIELDS = frozenset(
    {
        "AlarmName",
        "AlarmDescription",
        "AWSAccountId",
        "AlarmConfigurationUpdatedTimestamp",
        "NewStateValue",
        "NewStateReason",
        "StateChangeTime",
        "Region",
        "AlarmArn",
        "OldStateValue",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "Trigger",
    }
)
_OR = "$or"


def passes_alarm_message(subscription: TopicSubscription, sender: Alarm | None = None) -> Truth:
    """Does the subscription's filter policy let the message of an alarm that goes to ALARM pass? Without a ``sender``:
    of any alarm."""
    policy = subscription.filter_policy
    if not policy:
        return Truth.YES
    if not isinstance(policy, Mapping):
        return Truth.MAYBE
    scope = subscription.filter_policy_scope
    if scope == "MessageAttributes" or (scope is None and not _fields(policy) & BODY_FIELDS):
        return Truth.YES if _without_attributes(policy) else Truth.NO
    if scope is None:
        # A policy over fields of the body makes no sense on attributes, but the scope is not visible.
        return Truth.MAYBE
    return _body(policy, _message(sender))


def _message(sender: Alarm | None) -> Mapping[str, str]:
    """The fields of the message whose text is known."""
    known = {"NewStateValue": "ALARM"}
    if sender is not None:
        known |= {"AlarmName": sender.name, "AWSAccountId": sender.account_id}
        if sender.arn:
            known["AlarmArn"] = sender.arn
    return known


def _alternatives(name: str, values: Any) -> list[Mapping[str, Any]]:
    """The policies of an ``$or``; empty for a field."""
    if name != _OR or not isinstance(values, list):
        return []
    return [item for item in values if isinstance(item, Mapping)]


def _fields(policy: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for name, values in policy.items():
        inner = _alternatives(name, values)
        found |= set().union(*map(_fields, inner)) if inner else {name}
    return found


def _without_attributes(policy: Mapping[str, Any]) -> bool:
    """A message without attributes passes: every field asks for its absence."""
    return all(
        any(map(_without_attributes, inner)) if (inner := _alternatives(name, values)) else _asks_for_absence(values)
        for name, values in policy.items()
    )


def _body(policy: Mapping[str, Any], message: Mapping[str, str]) -> Truth:
    return all_of(_body_field(name, values, message) for name, values in policy.items())


def _body_field(name: str, values: Any, message: Mapping[str, str]) -> Truth:
    if inner := _alternatives(name, values):
        return any_of(_body(item, message) for item in inner)
    if name not in BODY_FIELDS:
        return Truth.YES if _asks_for_absence(values) else Truth.NO
    if not isinstance(values, list):
        return Truth.MAYBE
    if any(isinstance(value, Mapping) and value.get("exists") is True for value in values):
        return Truth.YES
    if name in message:
        return any_of(_takes(value, message[name]) for value in values)
    return Truth.MAYBE


def _takes(condition: Any, text: str) -> Truth:
    """Does one condition of a field take this text? An operator that is not known: maybe."""
    if not isinstance(condition, Mapping):
        return Truth.of(condition == text)
    if len(condition) != 1:
        return Truth.MAYBE
    ((operator, value),) = condition.items()
    if operator == "anything-but":
        return ~any_of(_takes(item, text) for item in (value if isinstance(value, list) else [value]))
    if operator in {"exists", "numeric", "cidr"}:
        return Truth.NO
    test = _TEXT_TESTS.get(str(operator))
    return Truth.MAYBE if test is None or not isinstance(value, str) else Truth.of(test(text, value))


_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda text, value: text.lower() == value.lower(),
}


def _asks_for_absence(values: Any) -> bool:
    return isinstance(values, list) and any(
        isinstance(value, Mapping) and value.get("exists") is False for value in values
    )
