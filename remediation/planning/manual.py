"""Steps for a person: what the program will not do, with the exact commands. Pure.

Trails and their log groups carry the audit record of the whole account and cost money, a topic's key is
a decision about secrecy: these are left to their owner. Words in capitals stand for the owner's choices.

Sources: CloudTrail user guide, "Sending events to CloudWatch Logs" and "Creating, updating, and managing trails
with the AWS CLI" (the log group ARN ends in ``:*``; the role needs ``logs:CreateLogStream`` and ``logs:PutLogEvents``;
IAM is eventually consistent, so the first calls after the role's creation may be refused); CloudWatch Logs
quotas (100 filters a group) and log classes (no metric filters in Infrequent Access); SNS developer guide,
"Enable compatibility between event sources from AWS services and encrypted topics".
"""

from __future__ import annotations

import json
import shlex

from checker.arns import LogGroupId
from checker.facts import Topic, Trail
from remediation.place import Place
from remediation.planning.steps import ManualStep

ROLE = "CloudTrail-to-CloudWatch-Logs"
FILTERS_PER_GROUP = 100
_ALL_MANAGEMENT_EVENTS = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]


def create_trail(place: Place, control: str, reason: str) -> ManualStep:
    """There is no trail to repair: create one, multi-region, with a log group."""
    bucket = f"cloudtrail-{place.account_id}-{place.region}"
    group = "cloudtrail"
    region = _words("--region", place.region)
    create = _line(
        "aws", "cloudtrail", "create-trail", "--region", place.region, "--name", "main", "--s3-bucket-name", bucket,
        "--is-multi-region-trail", "--include-global-service-events", "--enable-log-file-validation",
        "--cloud-watch-logs-log-group-arn", f"{place.arn('logs', f'log-group:{group}')}:*",
        "--cloud-watch-logs-role-arn", _role_arn(place),
    )  # fmt: skip
    location = (
        "" if place.region == "us-east-1" else f" --create-bucket-configuration LocationConstraint={place.region}"
    )
    commands = (
        f"aws s3api create-bucket {region} --bucket {bucket}{location}",
        _line(
            "aws", "s3api", "put-bucket-policy", "--region", place.region, "--bucket", bucket,
            "--policy", _json(_bucket_policy(place, bucket)),
        ),
        *_log_group_and_role(place, group),
        _repeated(create),
        f"aws cloudtrail start-logging {region} --name main",
    )  # fmt: skip
    return ManualStep(
        id=f"manual:{place.account_id}:trail",
        account_id=place.account_id,
        region=place.region,
        title="create a multi-region trail that delivers to a log group",
        why=reason,
        commands=commands,
        controls=(control,),
        connection=place.connection,
    )


def repair_trail(place: Place, trail: Trail, control: str, reason: str) -> ManualStep:
    """A trail exists and falls short: the commands for what it lacks."""
    region, name = _words("--region", place.region), _words("--name", trail.arn)
    changes = " ".join(
        option
        for option, missing in (
            ("--is-multi-region-trail", trail.is_multi_region_trail is False),
            ("--include-global-service-events", trail.include_global_service_events is False),
        )
        if missing
    )
    selectors = f"aws cloudtrail put-event-selectors {region} {_words('--trail-name', trail.arn)} --event-selectors"
    commands = [f"aws cloudtrail update-trail {region} {name} {changes}"] if changes else []
    if trail.is_logging is False:
        commands.append(f"aws cloudtrail start-logging {region} {name}")
    if not commands:
        commands.append(f"aws cloudtrail get-event-selectors {region} {_words('--trail-name', trail.arn)}")
        commands.append(f"{selectors} {shlex.quote(_json(_ALL_MANAGEMENT_EVENTS))}")
    return ManualStep(
        id=f"manual:{trail.arn}",
        account_id=place.account_id,
        region=place.region,
        title=f"change trail {trail.name}",
        why=reason,
        commands=tuple(commands),
        controls=(control,),
        connection=place.connection,
        resource=trail.arn,
    )


def link_log_group(place: Place, trail: Trail, group: LogGroupId | None, control: str, reason: str) -> ManualStep:
    """The trail delivers to no log group, or the delivery fails: group, role, and the trail's link to both."""
    name = group.name if group else "cloudtrail"
    return ManualStep(
        id=f"manual:{trail.arn}:log-group",
        account_id=place.account_id,
        region=place.region,
        title=f"make trail {trail.name} deliver to log group {name}",
        why=reason,
        commands=_link_commands(place, trail.arn, name),
        controls=(control,),
        connection=place.connection,
        resource=trail.arn,
    )


def replace_log_group(place: Place, trail_arn: str, group: LogGroupId, log_class: str, control: str) -> ManualStep:
    """The group's class takes no metric filters."""
    return ManualStep(
        id=f"manual:{group.arn}:class",
        account_id=place.account_id,
        region=place.region,
        title=f"give the trail a log group of class STANDARD instead of {group.name}",
        why=f"log group {group.name} is of class {log_class}, which takes no metric filters and cannot be changed.",
        commands=_link_commands(place, trail_arn, f"{group.name}-standard"),
        controls=(control,),
        connection=place.connection,
        resource=group.arn,
    )


def free_a_filter(place: Place, group: LogGroupId, control: str) -> ManualStep:
    """The group has as many filters as AWS allows."""
    where = f"{_words('--region', place.region)} {_words('--log-group-name', group.name)}"
    return ManualStep(
        id=f"manual:{group.arn}:quota",
        account_id=place.account_id,
        region=place.region,
        title=f"remove a metric filter of {group.name} that is not needed any more",
        why=f"log group {group.name} has {FILTERS_PER_GROUP} metric filters, the most that AWS allows on one group.",
        commands=(
            f"aws logs describe-metric-filters {where} --query 'metricFilters[].filterName' --output text",
            f"aws logs delete-metric-filter {where} --filter-name UNUSED_FILTER",
        ),
        controls=(control,),
        connection=place.connection,
        resource=group.arn,
    )


def admit_to_key(place: Place, topic: Topic, control: str, reason: str) -> ManualStep:
    """The topic is encrypted with a customer key that keeps CloudWatch out.

    The chain is completed with a topic without a key; who must have it encrypted changes the key's policy instead.
    """
    region = _words("--region", place.region)
    key = _words("--key-id", topic.kms_master_key_id or "KEY")
    statement = {
        "Sid": "CloudWatchAlarmsMayUseTheKey",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
    }
    return ManualStep(
        id=f"manual:{topic.topic_arn}:key",
        account_id=place.account_id,
        region=place.region,
        title=f"let CloudWatch use the key of topic {topic.topic_arn.rpartition(':')[2]}",
        why=reason,
        commands=(
            f"aws kms get-key-policy {region} {key} --policy-name default --query Policy --output text > key.json",
            f"# add to its Statement list: {_json(statement)}",
            f"aws kms put-key-policy {region} {key} --policy-name default --policy file://key.json",
        ),
        controls=(control,),
        connection=place.connection,
        resource=topic.topic_arn,
        optional=True,
    )


def subscribe_elsewhere(place: Place, topic_arn: str, control: str, reason: str) -> ManualStep:
    """The chain ends at a topic of an account that is not connected."""
    command = _line(
        "aws", "sns", "subscribe", "--region", place.region, "--topic-arn", topic_arn,
        "--protocol", "PROTOCOL", "--notification-endpoint", "ENDPOINT",
    )  # fmt: skip
    return ManualStep(
        id=f"manual:{topic_arn}:subscribe",
        account_id=place.account_id,
        region=place.region,
        title=f"subscribe somebody to topic {topic_arn} with credentials of account {place.account_id}",
        why=reason,
        commands=(command,),
        controls=(control,),
        resource=topic_arn,
    )


def _link_commands(place: Place, trail_arn: str, group: str) -> tuple[str, ...]:
    update = _line(
        "aws", "cloudtrail", "update-trail", "--region", place.region, "--name", trail_arn,
        "--cloud-watch-logs-log-group-arn", f"{place.arn('logs', f'log-group:{group}')}:*",
        "--cloud-watch-logs-role-arn", _role_arn(place),
    )  # fmt: skip
    return (*_log_group_and_role(place, group), _repeated(update))


def _log_group_and_role(place: Place, group: str) -> tuple[str, ...]:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    rights = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": place.arn("logs", f"log-group:{group}:log-stream:*"),
            }
        ],
    }
    return (
        _line("aws", "logs", "create-log-group", "--region", place.region, "--log-group-name", group),
        _line("aws", "iam", "create-role", "--role-name", ROLE, "--assume-role-policy-document", _json(trust)),
        _line(
            "aws", "iam", "put-role-policy", "--role-name", ROLE, "--policy-name", "deliver",
            "--policy-document", _json(rights),
        ),
    )  # fmt: skip


def _bucket_policy(place: Place, bucket: str) -> dict[str, object]:
    principal = {"Service": "cloudtrail.amazonaws.com"}
    arn = f"arn:{place.partition}:s3:::{bucket}"
    source = {"aws:SourceArn": place.arn("cloudtrail", "trail/main")}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": "s3:GetBucketAcl",
                "Resource": arn,
                "Condition": {"StringEquals": source},
            },
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": "s3:PutObject",
                "Resource": f"{arn}/AWSLogs/{place.account_id}/*",
                "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
            },
        ],
    }


def _repeated(command: str) -> str:
    """The command, repeated while IAM does not yet show the new role to CloudTrail."""
    return f"for attempt in 1 2 3 4 5 6; do {command} && break; sleep 10; done"


def _role_arn(place: Place) -> str:
    return f"arn:{place.partition}:iam::{place.account_id}:role/{ROLE}"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _line(*words: str) -> str:
    return shlex.join(words)


def _words(*words: str) -> str:
    return shlex.join(words)
