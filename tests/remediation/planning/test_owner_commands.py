"""The printed chains, run as a person runs them, against an emulated AWS: they add, and stop where something is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
import pytest

from checker.arns import Place, parse_log_group_arn
from checker.facts import KmsKey
from remediation.planning import manual
from remediation.planning.owner_commands import admitting_policy, chained, link_to_group, new_trail
from tests.builders import A
from tests.emulator.client import EmulatedAws
from tests.remediation.cases import topic

HERE = Place("aws", A, "us-east-1")
BIN = Path(sys.executable).parent


@pytest.fixture
def empty(emulator: EmulatedAws, aws_environment: dict[str, str]) -> dict[str, str]:
    """An AWS without anything in it, and the variables that lead to it."""
    emulator.reset()
    return {**os.environ, **aws_environment, "PATH": f"{BIN}:{os.environ['PATH']}", "AWS_PAGER": ""}


def run(lines: Iterable[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    # Five waits of ten seconds for IAM are no use to an emulator.
    script = "sleep() { :; }\n" + "\n".join(lines)
    return subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=240)


def client(service: str, environment: dict[str, str]) -> Any:
    return boto3.client(service, region_name=HERE.region, endpoint_url=environment["AWS_ENDPOINT_URL"])  # type: ignore[call-overload]


def test_the_new_trail_delivers_to_its_group_and_logs(empty: dict[str, str]) -> None:
    done = run(chained(new_trail(HERE, group="cloudtrail")), empty)
    assert done.returncode == 0, done.stderr
    cloudtrail = client("cloudtrail", empty)
    (trail,) = cloudtrail.describe_trails()["trailList"]
    assert trail["IsMultiRegionTrail"]
    assert trail["CloudWatchLogsLogGroupArn"] == f"arn:aws:logs:us-east-1:{A}:log-group:cloudtrail:*"
    assert cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
    bucket = trail["S3BucketName"]
    assert bucket.startswith(f"cloudtrail-{A}-")
    assert len(bucket) == len(f"cloudtrail-{A}-") + 16
    policy = json.loads(client("s3", empty).get_bucket_policy(Bucket=bucket)["Policy"])
    assert policy["Statement"][0]["Resource"] == f"arn:aws:s3:::{bucket}"
    assert policy["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceArn": trail["TrailARN"]}}
    again = run(chained(new_trail(HERE, group="cloudtrail")), empty)
    assert again.returncode != 0
    assert len(cloudtrail.describe_trails()["trailList"]) == 1


def test_another_bucket_is_drawn_each_time(empty: dict[str, str]) -> None:
    for _ in range(2):
        run(new_trail(HERE, group="cloudtrail")[:2], empty)
    assert len(client("s3", empty).list_buckets()["Buckets"]) == 2


def test_a_role_that_exists_keeps_its_rights(empty: dict[str, str]) -> None:
    iam = client("iam", empty)
    lines = chained(link_to_group(HERE, f"arn:aws:cloudtrail:us-east-1:{A}:trail/main", "ct"))
    role = next(line for line in lines if "create-role" in line).split("--role-name ")[1].split()[0]
    iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    done = run(lines, empty)
    assert done.returncode != 0
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []


@pytest.mark.parametrize("there", [(), ("ct",), ("ct-2", "CT")], ids=str)
def test_the_group_that_the_trail_names_is_taken_or_made(empty: dict[str, str], there: tuple[str, ...]) -> None:
    """Where only the delivery fails the group is there, and the chain must not end at it."""
    logs = client("logs", empty)
    for name in there:
        logs.create_log_group(logGroupName=name)
    s3, cloudtrail = client("s3", empty), client("cloudtrail", empty)
    s3.create_bucket(Bucket="some-bucket")
    arn = cloudtrail.create_trail(Name="main", S3BucketName="some-bucket", IsMultiRegionTrail=True)["TrailARN"]
    done = run(chained(link_to_group(HERE, arn, "ct", may_exist=True)), empty)
    assert done.returncode == 0, done.stderr
    assert {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]} == {"ct", *there}
    (trail,) = cloudtrail.describe_trails()["trailList"]
    assert trail["CloudWatchLogsLogGroupArn"] == f"arn:aws:logs:us-east-1:{A}:log-group:ct:*"
    # A group that no trail named is not taken.
    assert run(chained(link_to_group(HERE, arn, "ct")), empty).returncode != 0


def test_each_group_and_region_has_a_role_of_its_own() -> None:
    places = [HERE, Place("aws", A, "eu-west-1")]
    texts = {str(link_to_group(place, "arn", group)[1]) for place in places for group in ("ct", "other")}
    assert len(texts) == 4


def test_the_last_failure_of_a_repeated_command_counts(empty: dict[str, str]) -> None:
    lines = chained([link_to_group(HERE, f"arn:aws:cloudtrail:us-east-1:{A}:trail/gone", "ct")[-1], "echo reached"])
    done = run(lines, empty)
    assert done.returncode != 0
    assert "reached" not in done.stdout


def test_hostile_places_stay_words() -> None:
    lines = chained(new_trail(Place("aws", A, "$(touch x)`y`\"'"), group="a b;c"))
    with_stubs = 'aws() { for word in "$@"; do printf \'<%s>\\n\' "$word"; done; }\n'
    done = subprocess.run(["sh", "-c", with_stubs + "\n".join(lines)], capture_output=True, text=True, check=True)
    assert "<$(touch x)`y`\"'>" in done.stdout
    assert f"arn:aws:cloudtrail:$(touch x)`y`\\\"':{A}:trail/alarmchain" in done.stdout
    assert "<a b;c>" in done.stdout
    assert not Path("x").exists()


@pytest.mark.parametrize("given", [None, "text", {}, {"Version": "2012-10-17"}])
def test_a_policy_that_is_not_known_is_not_written_over(given: Any) -> None:
    assert admitting_policy(given, HERE) is None
    key = KmsKey("k", f"arn:aws:kms:us-east-1:{A}:key/k", "CUSTOMER", "Enabled", given, "us-east-1", A, None)
    step = manual.admit_to_key(HERE, topic("t", key="k"), key, "root_usage", "why.")
    assert "put-key-policy" not in "".join(step.commands)
    assert "put-key-policy replaces the whole policy" in step.why


def test_a_key_policy_keeps_every_statement() -> None:
    own = {
        "Sid": "CloudWatchAlarmsMayUseTheKey",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:*",
        "Resource": "*",
    }
    merged = admitting_policy({"Id": "mine", "Statement": own}, HERE)
    assert merged is not None
    assert merged["Id"] == "mine"
    assert merged["Statement"][0] == own
    assert merged["Statement"][1]["Sid"] == "CloudWatchAlarmsMayUseTheKey2"
    assert merged["Statement"][1]["Condition"] == {"StringEquals": {"aws:SourceAccount": A}}


def test_a_full_group_is_only_looked_at() -> None:
    group = parse_log_group_arn(f"arn:aws:logs:us-east-1:{A}:log-group:ct:*")
    assert group is not None
    (command,) = manual.free_a_filter(HERE, group, "root_usage").commands
    assert "describe-metric-filters" in command
