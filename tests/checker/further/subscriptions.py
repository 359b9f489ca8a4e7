"""Hop 6: who listens. Sources: SNS API ``ListSubscriptionsByTopic``, SNS developer guide on filter policies."""

from __future__ import annotations

from typing import Any

from tests.builders import HOME, A
from tests.checker.further.rows import Case, case, chain

TOPIC = f"arn:aws:sns:{HOME}:{A}:cis"
LAMBDA = f"arn:aws:lambda:{HOME}:{A}:function:notify"


def _subscribed(expect: str, name: str, why: str, **columns: Any) -> Case:
    return case(name, expect, why, chain(subscription=columns))


def _filtered(expect: str, name: str, why: str, document: Any, scope: str | None = None) -> Case:
    columns = {"filter_policy": document} | ({"scope": scope} if scope else {})
    return _subscribed(expect, name, why, **columns)


CASES: tuple[Case, ...] = (
    case("none", "alarm subscription", "nobody", chain(subscription=None)),
    _subscribed("alarm subscription", "pending_null", "Steampipe: pending has no ARN", subscription_arn=None),
    _subscribed("alarm subscription", "pending_word", "the API's word", subscription_arn="PendingConfirmation"),
    _subscribed("alarm subscription", "deleted", "the API's word", subscription_arn="Deleted"),
    _subscribed("ok", "lambda", "any protocol", protocol="lambda", endpoint=LAMBDA),
    _subscribed("ok", "sqs", "any protocol", protocol="sqs", endpoint=f"arn:aws:sqs:{HOME}:{A}:q"),
    case(
        "pending_beside_confirmed",
        "ok",
        "one confirmed is enough",
        chain().subscription(subscription_arn=None, endpoint="other@example.com"),
    ),
    case(
        "other_topic",
        "alarm subscription",
        "somebody listens to another topic",
        chain(subscription={"topic_arn": f"{TOPIC}-other"}),
    ),
    _filtered("ok", "empty", "an empty policy filters nothing", {}),
    _filtered("alarm subscription", "attributes", "alarm messages carry no attributes", {"severity": ["high"]}),
    _filtered(
        "alarm subscription",
        "attributes_said",
        "the same, with the scope",
        {"AlarmName": ["root"]},
        "MessageAttributes",
    ),
    _filtered("ok", "attributes_absent", "asks for the absence", {"severity": [{"exists": False}]}),
    _filtered(
        "error subscription", "body_field_without_scope", "Steampipe shows no scope", {"NewStateValue": ["ALARM"]}
    ),
    _filtered("ok", "body_alarm", "the new state is ALARM", {"NewStateValue": ["ALARM"]}, "MessageBody"),
    _filtered("ok", "body_alarm_or_ok", "one of several", {"NewStateValue": ["OK", "ALARM"]}, "MessageBody"),
    _filtered("alarm subscription", "body_ok", "only the all-clear", {"NewStateValue": ["OK"]}, "MessageBody"),
    _filtered("ok", "body_prefix", "ALARM starts with AL", {"NewStateValue": [{"prefix": "AL"}]}, "MessageBody"),
    _filtered(
        "alarm subscription",
        "body_prefix_other",
        "ALARM does not",
        {"NewStateValue": [{"prefix": "OK"}]},
        "MessageBody",
    ),
    _filtered(
        "ok",
        "body_anything_but",
        "everything but the all-clear",
        {"NewStateValue": [{"anything-but": ["OK", "INSUFFICIENT_DATA"]}]},
        "MessageBody",
    ),
    _filtered(
        "alarm subscription",
        "body_anything_but_alarm",
        "everything but ALARM",
        {"NewStateValue": [{"anything-but": "ALARM"}]},
        "MessageBody",
    ),
    _filtered(
        "ok",
        "body_ignoring_case",
        "equals-ignore-case",
        {"NewStateValue": [{"equals-ignore-case": "alarm"}]},
        "MessageBody",
    ),
    _filtered(
        "alarm subscription",
        "body_foreign_field",
        "no such field in the message",
        {"severity": ["high"]},
        "MessageBody",
    ),
    _filtered("ok", "body_name", "the alarm is called root", {"AlarmName": [{"prefix": "r"}]}, "MessageBody"),
    _filtered("alarm subscription", "body_other_name", "another alarm's messages", {"AlarmName": ["x"]}, "MessageBody"),
    _filtered("ok", "body_account", "the alarm's account", {"AWSAccountId": [A]}, "MessageBody"),
    _filtered("error subscription", "body_reason", "free text", {"NewStateReason": [{"prefix": "T"}]}, "MessageBody"),
    case(
        "body_name_of_composite",
        "ok",
        "the message is the composite alarm's",
        chain(
            alarm={"alarm_actions": []},
            subscription={"filter_policy": {"AlarmName": ["all"]}, "scope": "MessageBody"},
        ).alarm(name="all", rule="ALARM(root)"),
    ),
    case(
        "filtered_beside_open",
        "ok",
        "one without a filter is enough",
        chain(subscription={"filter_policy": {"severity": ["high"]}}).subscription(
            subscription_arn=f"{TOPIC}:2", endpoint="all@example.com"
        ),
    ),
)
