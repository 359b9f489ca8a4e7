"""Runs inside LocalStack's environment: plan, apply, one root event, wait for the message, undo. Prints JSON.

The filter's pattern is not proven here, because LocalStack lets every pattern match: what is proven is that an event
in the log group makes our filter feed our alarm, that it goes to ALARM, and that its message arrives at a subscriber.
Only the period is shortened, from 300 to 10 seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3

from checker.arns import LogGroupId
from checker.aws.access import AwsAccess
from checker.controls import load_catalogue, select
from checker.facts import Account, Facts, LogGroup, Trail
from checker.findings import Finding, Hop, HopStatus, HopVerdict, Status
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor
from remediation.applying.history import read_history
from remediation.applying.journal import Journal
from remediation.applying.undo import carry_out_undo
from remediation.applying.undo_plan import plan_undo
from remediation.planning.plan import plan
from remediation.planning.settings import Settings, parse_endpoints
from remediation.planning.steps import Step

ACCOUNT, REGION = "000000000000", "us-east-1"
GROUP = LogGroupId(ACCOUNT, REGION, "trail")
PERIOD_SECONDS = 10
ROOT_EVENT = {
    "eventVersion": "1.09",
    "eventType": "AwsApiCall",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateAccessKey",
    "userIdentity": {"type": "Root", "accountId": ACCOUNT},
}


def client(endpoint: str, service: str) -> Any:
    make: Any = boto3.client
    return make(
        service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )


def finding() -> Finding:
    """The trail delivers to the group, and the group has no filter."""
    trail = HopVerdict(Hop.TRAIL, HopStatus.OK, "ok", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main")
    hops = [trail, HopVerdict(Hop.LOG_GROUP, HopStatus.OK, "ok", GROUP.arn)]
    hops.append(HopVerdict(Hop.FILTER, HopStatus.ALARM, "no filter", GROUP.arn))
    hops += [HopVerdict(hop, HopStatus.NOT_REACHED, "") for hop in (Hop.ALARM, Hop.TOPIC, Hop.SUBSCRIPTION)]
    title = "root use"
    status, broken = Status.ALARM, Hop.FILTER
    return Finding("root_usage", "4.3", title, "high", ACCOUNT, None, status, broken, "no filter", tuple(hops))


def facts() -> Facts:
    trail = Trail(
        "main", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main", REGION, True, False, True, f"{GROUP.arn}:*",
        True, [], [], None, REGION, ACCOUNT, "aws", None,
    )  # fmt: skip
    group = LogGroup(GROUP.name, GROUP.arn, "STANDARD", 0, REGION, ACCOUNT, None)
    return Facts(accounts=(Account(ACCOUNT, "aws", None, None),), trails=(trail,), log_groups=(group,))


def quick(step: Step) -> Step:
    """The step, with a period that a test can wait for."""
    if step.operation != "PutMetricAlarm":
        return step
    return replace(step, arguments={**step.arguments, "Period": PERIOD_SECONDS})


def wait_for_message(endpoint: str, queue: str, seconds: float) -> dict[str, Any]:
    sqs = client(endpoint, "sqs")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2).get("Messages", ()):
            body = json.loads(json.loads(message["Body"])["Message"])
            if body.get("NewStateValue") == "ALARM":
                found: dict[str, Any] = body
                return found
    return {}


def objects(endpoint: str) -> dict[str, int]:
    """How many objects there are."""
    cloudwatch, sns = client(endpoint, "cloudwatch"), client(endpoint, "sns")
    return {
        "filters": len(client(endpoint, "logs").describe_metric_filters()["metricFilters"]),
        "alarms": len(cloudwatch.describe_alarms()["MetricAlarms"]),
        "topics": len(sns.list_topics()["Topics"]),
        "subscriptions": len(sns.list_subscriptions()["Subscriptions"]),
    }


def main(endpoint: str, journal_path: Path) -> dict[str, Any]:
    logs, sqs = client(endpoint, "logs"), client(endpoint, "sqs")
    logs.create_log_group(logGroupName=GROUP.name)
    logs.create_log_stream(logGroupName=GROUP.name, logStreamName="s")
    queue = sqs.create_queue(QueueName="people")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    before = objects(endpoint)
    settings = Settings(endpoints=parse_endpoints([arn], None))
    made = plan([finding()], facts(), select(load_catalogue(), ["root_usage"]), settings)
    accounts = [replace(account, steps=tuple(map(quick, account.calls))) for account in made.accounts]
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    access = AwsAccess()
    with Journal(journal_path) as journal:
        executor = Executor(access, journal)
        applied = apply_accounts(accounts, executor)
        started = time.monotonic()
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps(ROOT_EVENT)}
        logs.put_log_events(logGroupName=GROUP.name, logStreamName="s", logEvents=[event])
        message = wait_for_message(endpoint, queue, 90)
        rang_after = time.monotonic() - started
        history = read_history(journal_path)
        run = history.find(applied.run_id, where=journal_path)
        undone = carry_out_undo(plan_undo(run, history, access), executor)
    return {
        "operations": [step.operation for step in made.calls],
        "applied": [str(result.outcome) for result in applied.steps],
        "message": message,
        "rang_after": rang_after,
        "undone": [str(result.outcome) for result in undone.steps],
        "state_restored": objects(endpoint) == before,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
