"""Builds the demo's accounts in an emulated AWS (moto), each with one lesson."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import RunError

REGION = "us-east-1"
ROOT_PATTERN = (
    '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
)
LOG_GROUP = "cloudtrail"
NAMESPACE = "CISBenchmark"
METRIC = "root_usage_metric"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo: its profile name says what it teaches."""

    profile: str
    account_id: str
    build: Callable[[Account], None]


class Account:
    """Clients of one emulated account, and the pieces of a chain."""

    def __init__(self, endpoint: str, account_id: str, credentials: dict[str, str]) -> None:
        self.account_id = account_id
        self.credentials = credentials
        self._endpoint = endpoint

    def client(self, service: str) -> Any:
        """A boto3 client of this account."""
        import boto3

        make: Any = boto3.client
        return make(service, region_name=REGION, endpoint_url=self._endpoint, **self.credentials)

    def trail(self) -> None:
        """A multi-region trail that delivers to the log group."""
        bucket = f"trail-{self.account_id}"
        self.client("s3").create_bucket(Bucket=bucket)
        self.client("logs").create_log_group(logGroupName=LOG_GROUP)
        cloudtrail = self.client("cloudtrail")
        cloudtrail.create_trail(
            Name="main",
            S3BucketName=bucket,
            IsMultiRegionTrail=True,
            IncludeGlobalServiceEvents=True,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{self.account_id}:log-group:{LOG_GROUP}:*",
            CloudWatchLogsRoleArn=f"arn:aws:iam::{self.account_id}:role/cloudtrail",
        )
        selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
        cloudtrail.put_event_selectors(TrailName="main", EventSelectors=[selector])
        cloudtrail.start_logging(Name="main")

    def metric_filter(self, pattern: str = ROOT_PATTERN) -> None:
        """A metric filter on the log group."""
        self.client("logs").put_metric_filter(
            logGroupName=LOG_GROUP,
            filterName="root_usage",
            filterPattern=pattern,
            metricTransformations=[{"metricName": METRIC, "metricNamespace": NAMESPACE, "metricValue": "1"}],
        )

    def topic(self, *, subscribed: bool = True) -> str:
        """A topic, with an e-mail subscription when asked for."""
        sns = self.client("sns")
        arn = str(sns.create_topic(Name="security")["TopicArn"])
        if subscribed:
            sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="security@example.com")
        return arn

    def alarm(self, topic: str, **settings: Any) -> None:
        """An alarm as the benchmark's remediation sets it, but for ``settings``."""
        parameters: dict[str, Any] = {
            "AlarmName": "root_usage",
            "MetricName": METRIC,
            "Namespace": NAMESPACE,
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "AlarmActions": [topic],
        }
        self.client("cloudwatch").put_metric_alarm(**(parameters | settings))

    def deny_cloudwatch(self, topic: str) -> None:
        """Replace the topic's policy by one that lets only Lambda publish."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def _complete(account: Account) -> None:
    account.trail()
    account.metric_filter('{ $.eventType != AwsServiceEvent && ($.userIdentity.type = "Root") }')
    account.alarm(account.topic())


def _sign_in_only(account: Account) -> None:
    account.trail()
    account.metric_filter(f'{ROOT_PATTERN[:-2]} && $.eventName = "ConsoleLogin" }}')
    account.alarm(account.topic())


def _ten_events(account: Account) -> None:
    account.trail()
    account.metric_filter()
    account.alarm(account.topic(), Threshold=10.0)


def _closed_topic(account: Account) -> None:
    account.trail()
    account.metric_filter()
    topic = account.topic()
    account.alarm(topic)
    account.deny_cloudwatch(topic)


def _nobody_subscribed(account: Account) -> None:
    account.trail()
    account.metric_filter()
    account.alarm(account.topic(subscribed=False))


ACCOUNTS = (
    DemoAccount("complete", "111111111111", _complete),
    DemoAccount("sign-in-only", "222222222222", _sign_in_only),
    DemoAccount("ten-events", "333333333333", _ten_events),
    DemoAccount("closed-topic", "444444444444", _closed_topic),
    DemoAccount("nobody-subscribed", "555555555555", _nobody_subscribed),
    DemoAccount("no-trail", "666666666666", lambda _account: None),
)


@contextmanager
def emulated_aws(folder: Path) -> Iterator[dict[str, str]]:
    """Start the emulator with the demo's accounts; yields the environment in which a check reads them.

    ``folder`` gets a configuration file with one profile an account. Raises ``RunError`` without the extra ``demo``.
    """
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise RunError(
            "the demo needs an emulated AWS, which is not installed", hint="pip install 'alarmchain[demo]'"
        ) from error
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        profiles = [_profile(demo, _build(demo, endpoint)) for demo in ACCOUNTS]
        config = folder / "config"
        config.write_text("\n".join(profiles), encoding="utf-8")
        yield {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": endpoint, "AWS_EC2_METADATA_DISABLED": "true"}
    finally:
        server.stop()


def _build(demo: DemoAccount, endpoint: str) -> Account:
    account = Account(endpoint, demo.account_id, _credentials(demo, endpoint))
    demo.build(account)
    return account


def _credentials(demo: DemoAccount, endpoint: str) -> dict[str, str]:
    """Keys of the role through which the check enters an account."""
    import boto3

    sts = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="demo",
        aws_secret_access_key="demo",  # noqa: S106 - the emulator takes any
    )
    role = f"arn:aws:iam::{demo.account_id}:role/audit"
    found = sts.assume_role(RoleArn=role, RoleSessionName="alarmchain-demo")["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def _profile(demo: DemoAccount, account: Account) -> str:
    lines = [f"[profile {demo.profile}]", f"region = {REGION}"]
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in account.credentials.items())]) + "\n"
