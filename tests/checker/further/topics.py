"""Hop 5: actions, topic policy, key policy. Sources: CloudWatch API, SNS developer guide, IAM and KMS guides."""

from __future__ import annotations

from typing import Any

from tests.builders import HOME, A, B
from tests.checker.further.rows import CLOUDWATCH, Case, State, allow, case, chain, policy, statement

TOPIC = f"arn:aws:sns:{HOME}:{A}:cis"
ALARM_ARN = f"arn:aws:cloudwatch:{HOME}:{A}:alarm:root"
LAMBDA = f"arn:aws:lambda:{HOME}:{A}:function:notify"
EVERYBODY = {"AWS": "*"}
KEY_ACTIONS = ["kms:GenerateDataKey*", "kms:Decrypt"]
ADMIN = statement("Allow", {"AWS": f"arn:aws:iam::{A}:root"}, "kms:*")


def _alarm(expect: str, name: str, why: str, **columns: Any) -> Case:
    return case(name, expect, why, chain(alarm=columns))


def _policy(expect: str, name: str, why: str, document: Any) -> Case:
    return case(name, expect, why, chain(topic={"policy": document}))


def _key(expect: str, name: str, why: str, document: Any, **columns: Any) -> Case:
    state = chain(topic={"kms_master_key_id": "k-1"}).key(policy=document, **columns)
    return case(name, expect, why, state)


def _composite(rule: str, **child: Any) -> State:
    return chain(alarm={"alarm_actions": []} | child).alarm(name="composite", rule=rule)


ACTIONS: tuple[Case, ...] = (
    _alarm(
        "alarm topic",
        "no_action",
        "OKActions and InsufficientDataActions do not ring on ALARM",
        alarm_actions=[],
        ok_actions=[TOPIC],
        insufficient_data_actions=[TOPIC],
    ),
    _alarm("alarm topic", "lambda_only", "no SNS topic among the actions", alarm_actions=[LAMBDA]),
    _alarm("ok", "lambda_and_topic", "one topic is enough", alarm_actions=[LAMBDA, TOPIC]),
    _alarm("alarm topic", "disabled", "ActionsEnabled false", actions_enabled=False),
    _alarm("error topic", "enabled_null", "not read, never false", actions_enabled=None),
    _alarm("alarm topic", "deleted", "GetTopicAttributes: NotFound, no row", alarm_actions=[f"{TOPIC}-gone"]),
    _alarm("ok", "deleted_and_good", "one good topic is enough", alarm_actions=[f"{TOPIC}-gone", TOPIC]),
    _alarm("alarm topic", "ssm_only", "an OpsItem is no topic", alarm_actions=[f"arn:aws:ssm:{HOME}:{A}:opsitem:3"]),
    case(
        "other_region",
        "alarm topic",
        "actions stay in the alarm's region",
        chain(alarm={"alarm_actions": [TOPIC.replace(HOME, "eu-west-1")]})
        .topic(region="eu-west-1")
        .subscription(region="eu-west-1"),
    ),
    case(
        "second_alarm_notifies",
        "ok",
        "the first alarm is silent, the second one rings",
        chain(alarm={"alarm_actions": []}).alarm(name="zz"),
    ),
    case("composite_of_child", "ok", "the composite goes to ALARM with its child", _composite('ALARM("root")')),
    case("composite_and", "alarm topic", "another alarm may hold it back", _composite('ALARM("root") AND ALARM("x")')),
    case("composite_or", "ok", "either child is enough", _composite('ALARM("x") OR ALARM(root)')),
    case("composite_not", "alarm topic", "it leaves ALARM when the child rings", _composite('NOT ALARM("root")')),
    case("composite_arn", "ok", "children may be named by ARN", _composite(f'ALARM("{ALARM_ARN}")')),
    case(
        "composite_of_disabled_child",
        "ok",
        "the child's actions are off, its state counts",
        _composite("ALARM(root)", actions_enabled=False),
    ),
    case("composite_always", "alarm topic", "TRUE is always red and never changes", _composite("ALARM(root) OR TRUE")),
)

POLICIES: tuple[Case, ...] = (
    _policy("error topic", "null", "an absent policy is unknown", None),
    _policy("ok", "service", "the service principal", allow(CLOUDWATCH)),
    _policy(
        "ok",
        "service_list",
        "one of several services",
        allow({"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]}),
    ),
    _policy("alarm topic", "events_only", "EventBridge is another service", allow({"Service": "events.amazonaws.com"})),
    _policy("ok", "star", "everybody", allow("*")),
    _policy("ok", "any_action", "SNS:* takes Publish", allow(CLOUDWATCH, "SNS:*")),
    _policy("ok", "action_case", "actions ignore case", allow(CLOUDWATCH, "sns:publish")),
    _policy("alarm topic", "subscribe_only", "another action", allow(CLOUDWATCH, "SNS:Subscribe")),
    _policy(
        "alarm topic",
        "account_root",
        "an account principal is not the service",
        allow({"AWS": f"arn:aws:iam::{A}:root"}),
    ),
    _policy(
        "alarm topic",
        "other_resource",
        "another topic",
        policy({**statement("Allow", CLOUDWATCH), "Resource": f"{TOPIC}-other"}),
    ),
    _policy(
        "ok",
        "source_account",
        "aws:SourceAccount of the alarm",
        allow(CLOUDWATCH, StringEquals={"aws:SourceAccount": A}),
    ),
    _policy(
        "alarm topic",
        "source_account_other",
        "another account's alarms only",
        allow(CLOUDWATCH, StringEquals={"aws:SourceAccount": B}),
    ),
    _policy(
        "ok",
        "source_account_list",
        "one of several accounts",
        allow(CLOUDWATCH, StringEquals={"aws:SourceAccount": [B, A]}),
    ),
    _policy(
        "ok",
        "source_arn",
        "ArnLike on the alarms of the account",
        allow(CLOUDWATCH, ArnLike={"aws:SourceArn": f"arn:aws:cloudwatch:{HOME}:{A}:alarm:*"}),
    ),
    _policy(
        "alarm topic",
        "source_arn_equals_other",
        "another alarm only",
        allow(CLOUDWATCH, ArnEquals={"aws:SourceArn": f"{ALARM_ARN}-other"}),
    ),
    _policy(
        "alarm topic",
        "source_arn_string_equals",
        "StringEquals takes a * literally",
        allow(CLOUDWATCH, StringEquals={"aws:SourceArn": f"arn:aws:cloudwatch:{HOME}:{A}:alarm:*"}),
    ),
    _policy(
        "alarm topic",
        "principal_org",
        "a service principal has no aws:PrincipalOrgID",
        allow(EVERYBODY, StringEquals={"aws:PrincipalOrgID": "o-1234567890"}),
    ),
    _policy(
        "ok",
        "source_org",
        "aws:SourceOrgID of the alarm's account, not visible: assumed",
        allow(CLOUDWATCH, StringEquals={"aws:SourceOrgID": "o-1234567890"}),
    ),
    _policy(
        "alarm topic", "deny", "an explicit deny wins", policy(statement("Allow", CLOUDWATCH), statement("Deny", "*"))
    ),
    _policy(
        "ok",
        "deny_insecure",
        "CloudWatch publishes over TLS",
        policy(statement("Allow", CLOUDWATCH), statement("Deny", "*", Bool={"aws:SecureTransport": "false"})),
    ),
    _policy(
        "ok",
        "deny_other_account",
        "the condition does not meet this alarm",
        policy(statement("Allow", CLOUDWATCH), statement("Deny", "*", StringNotEquals={"aws:SourceAccount": A})),
    ),
    _policy(
        "alarm topic",
        "deny_outside_org",
        "the key is absent: StringNotEquals meets",
        policy(statement("Allow", CLOUDWATCH), statement("Deny", "*", StringNotEquals={"aws:PrincipalOrgID": "o-1"})),
    ),
    _policy(
        "ok",
        "deny_outside_org_but_services",
        "services are left out of the deny",
        policy(
            statement("Allow", CLOUDWATCH),
            statement(
                "Deny", "*", StringNotEquals={"aws:PrincipalOrgID": "o-1"}, Bool={"aws:PrincipalIsAWSService": "false"}
            ),
        ),
    ),
    _policy(
        "ok",
        "deny_subscribe",
        "another action is denied",
        policy(statement("Allow", CLOUDWATCH), statement("Deny", "*", "SNS:Subscribe")),
    ),
    _policy(
        "alarm topic",
        "not_action",
        "NotAction Publish does not allow it",
        policy({"Effect": "Allow", "Principal": "*", "NotAction": "SNS:Publish", "Resource": "*"}),
    ),
    _policy(
        "ok",
        "single_statement",
        "a statement may stand without a list",
        {"Version": "2012-10-17", "Statement": statement("Allow", CLOUDWATCH)},
    ),
    _policy(
        "ok", "resource_account", "the topic's own account", allow(CLOUDWATCH, StringEquals={"aws:ResourceAccount": A})
    ),
    _policy(
        "alarm topic",
        "requested_region_other",
        "aws:RequestedRegion is the topic's region",
        allow(CLOUDWATCH, StringEquals={"aws:RequestedRegion": "eu-west-1"}),
    ),
    _policy(
        "error topic",
        "condition_unknown",
        "a condition on the clock is not decided",
        allow(CLOUDWATCH, DateGreaterThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"}),
    ),
)

KEYS: tuple[Case, ...] = (
    case(
        "managed_alias",
        "alarm topic",
        "SNS guide: the managed key cannot be used by other services",
        chain(topic={"kms_master_key_id": "alias/aws/sns"}),
    ),
    case(
        "managed_alias_arn",
        "alarm topic",
        "the same key by ARN",
        chain(topic={"kms_master_key_id": f"arn:aws:kms:{HOME}:{A}:alias/aws/sns"}),
    ),
    case("unreadable", "ok", "design: unreadable is said, the verdict kept", chain(topic={"kms_master_key_id": "k-1"})),
    _key("ok", "service", "the policy of the SNS guide", policy(ADMIN, statement("Allow", CLOUDWATCH, KEY_ACTIONS))),
    _key("alarm topic", "default_policy", "the root statement does not reach a service", policy(ADMIN)),
    _key(
        "alarm topic",
        "generate_only",
        "Decrypt is needed too",
        policy(ADMIN, statement("Allow", CLOUDWATCH, "kms:GenerateDataKey*")),
    ),
    _key(
        "alarm topic",
        "denied",
        "an explicit deny wins",
        policy(statement("Allow", CLOUDWATCH, "kms:*"), statement("Deny", "*", "kms:Decrypt")),
    ),
    _key(
        "alarm topic",
        "other_account",
        "aws:SourceAccount of another account",
        policy(statement("Allow", CLOUDWATCH, KEY_ACTIONS, StringEquals={"aws:SourceAccount": B})),
    ),
    _key(
        "alarm topic",
        "pending_deletion",
        "a key that waits for its deletion cannot be used",
        policy(statement("Allow", CLOUDWATCH, KEY_ACTIONS)),
        key_state="PendingDeletion",
    ),
    _key(
        "alarm topic",
        "disabled",
        "a disabled key cannot be used",
        policy(statement("Allow", CLOUDWATCH, KEY_ACTIONS)),
        key_state="Disabled",
    ),
    _key("ok", "policy_null", "unreadable", None),
    case(
        "by_arn",
        "ok",
        "the topic names its key by ARN",
        chain(topic={"kms_master_key_id": f"arn:aws:kms:{HOME}:{A}:key/k-1"}).key(
            policy=policy(statement("Allow", CLOUDWATCH, KEY_ACTIONS))
        ),
    ),
    case(
        "key_of_another_account",
        {A: "alarm topic", B: "alarm trail"},
        "a key of a connected account, whose policy forgets CloudWatch",
        chain(topic={"kms_master_key_id": f"arn:aws:kms:{HOME}:{B}:key/k-1"}).account(B).key(B, policy=policy(ADMIN)),
    ),
)
