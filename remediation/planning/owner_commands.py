"""Commands for the owner of an account: a trail, its log group, its role, its bucket, a key's policy. Pure.

They add and never write over: a bucket's name is drawn by the shell that runs them, so that nobody can have taken it,
and the bucket must belong to the account; the role and its policy have names of their own; ``create-role``,
``create-log-group`` and ``create-bucket`` end the chain when the object exists. Only the log group that the trail names
already is taken as it is, when it exists.

Sources: CloudTrail user guide, "Sending events to CloudWatch Logs" and "Creating, updating, and managing trails with
the AWS CLI" (the log group ARN ends in ``:*``; the role needs ``logs:CreateLogStream`` and ``logs:PutLogEvents``;
IAM is eventually consistent, so the first calls after the role's creation may be refused); "Amazon S3 bucket policy for
CloudTrail"; S3 API reference, ``CreateBucket`` (in us-east-1 it succeeds on a bucket that one owns already).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from checker.arns import Place
from checker.chain.aws_rules.policy_additions import with_statement
from remediation.planning.command_line import shell_line, shell_word

_TRAIL = "alarmchain"
_SID = "CloudWatchAlarmsMayUseTheKey"


def words(*parts: str) -> str:
    """The words, quoted for a POSIX shell."""
    return shell_line(parts)


def as_json(value: object) -> str:
    """Compact JSON. It is not quoted for the shell."""
    return json.dumps(value, separators=(",", ":"))


def chained(commands: Sequence[str]) -> tuple[str, ...]:
    """The lines of one command that stops at the first failure."""
    return (*(f"{command} && \\" for command in commands[:-1]), *commands[-1:])


def new_trail(place: Place, *, group: str) -> list[str]:
    """Bucket, log group, role, and a multi-region trail over them that logs."""
    bucket = shell_word(f"cloudtrail-{place.account_id}-")
    location = (
        ""
        if place.region == "us-east-1"
        else " " + words("--create-bucket-configuration", f"LocationConstraint={place.region}")
    )
    create = words(
        "aws", "cloudtrail", "create-trail", "--region", place.region, "--name", _TRAIL,
        "--is-multi-region-trail", "--include-global-service-events", "--enable-log-file-validation",
        "--cloud-watch-logs-log-group-arn", f"{place.arn('logs', f'log-group:{group}')}:*",
        "--cloud-watch-logs-role-arn", _role_arn(place, group),
    )  # fmt: skip
    region = words("--region", place.region)
    owner = words("--expected-bucket-owner", place.account_id)
    policy = _in_double_quotes(as_json(_bucket_policy(place, "BUCKET"))).replace("BUCKET", "$bucket")
    return [
        f"""bucket={bucket}$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')""",
        f'aws s3api create-bucket {region} --bucket "$bucket"{location}',
        f'aws s3api put-bucket-policy {region} --bucket "$bucket" {owner} --policy "{policy}"',
        *_log_group_and_role(place, group),
        _repeated(f'{create} --s3-bucket-name "$bucket"'),
        f"aws cloudtrail start-logging {region} --name {_TRAIL}",
    ]


def link_to_group(place: Place, trail_arn: str, group: str, *, may_exist: bool = False) -> list[str]:
    """A log group, a role that may write to it, and the trail's link to both. ``may_exist``: the group is made only
    when it is not there."""
    update = words(
        "aws", "cloudtrail", "update-trail", "--region", place.region, "--name", trail_arn,
        "--cloud-watch-logs-log-group-arn", f"{place.arn('logs', f'log-group:{group}')}:*",
        "--cloud-watch-logs-role-arn", _role_arn(place, group),
    )  # fmt: skip
    return [*_log_group_and_role(place, group, may_exist=may_exist), _repeated(update)]


def admitting_policy(policy: Any, place: Place) -> dict[str, Any] | None:
    """The key's policy with one statement more, which lets CloudWatch use it for this account's alarms.

    ``None`` when the policy was not read, or is not a policy's document.
    """
    return with_statement(
        policy,
        {
            "Sid": _SID,
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
        },
    )


def _log_group_and_role(place: Place, group: str, *, may_exist: bool = False) -> list[str]:
    """The commands that make both."""
    """Lines that make a log group, and the role by which CloudTrail delivers to it."""
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
    role = _role_name(place, group)
    create = words("aws", "logs", "create-log-group", "--region", place.region, "--log-group-name", group)
    return [
        f"{{ {_is_there(place, group)} || {create}; }}" if may_exist else create,
        words("aws", "iam", "create-role", "--role-name", role, "--assume-role-policy-document", as_json(trust)),
        words(
            "aws", "iam", "put-role-policy", "--role-name", role, "--policy-name", f"{role}-deliver",
            "--policy-document", as_json(rights),
        ),
    ]  # fmt: skip


def _is_there(place: Place, group: str) -> str:
    """A command that succeeds when there is a log group of exactly this name."""
    prefix = words("--region", place.region, "--log-group-name-prefix", group)
    listed = f"aws logs describe-log-groups {prefix} --query 'logGroups[].[logGroupName]' --output text"
    return f"{listed} | grep -Fxq -e {shell_word(group)}"


def _bucket_policy(place: Place, bucket: str) -> dict[str, object]:
    """What CloudTrail needs of a bucket, for one trail."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    arn = f"arn:{place.partition}:s3:::{bucket}"
    source = {"aws:SourceArn": place.arn("cloudtrail", f"trail/{_TRAIL}")}
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


def _in_double_quotes(text: str) -> str:
    """The text as it stands between double quotes of a POSIX shell."""
    return re.sub(r'([\\"`$])', r"\\\1", text)


def _repeated(command: str) -> str:
    """The command, repeated while IAM does not yet show the new role to CloudTrail; it fails when the last one does."""
    return f"for attempt in 1 2 3 4 5 6; do {command} && break; [ $attempt -lt 6 ] && sleep 10; done"


def _role_name(place: Place, group: str) -> str:
    """A role of its own for each region and group: the same name never stands for two different rights."""
    return f"alarmchain-cloudtrail-{hashlib.sha256(f'{place.region}:{group}'.encode()).hexdigest()[:8]}"


def _role_arn(place: Place, group: str) -> str:
    return f"arn:{place.partition}:iam::{place.account_id}:role/{_role_name(place, group)}"
