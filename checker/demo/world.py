"""Builds accounts in an emulated AWS (moto, LocalStack): the parts of a chain, through boto3."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

HOME = "us-east-1"
HOME_ACCOUNT = "123456789012"
HOME_TOPIC = f"arn:aws:sns:{HOME}:{HOME_ACCOUNT}:cis"
ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
_ALL_MANAGEMENT = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]


class World:
    """An emulated AWS. Every part of a chain is as the benchmark's remediation makes it, but for what is given.

    The emulator takes any keys for its own account; other accounts are entered by a role, of which it has all.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._keys: dict[str, dict[str, str]] = {}

    def keys(self, account: str) -> dict[str, str]:
        """The keys that enter an account, as arguments of a boto3 client."""
        if account not in self._keys:
            given = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            if account != HOME_ACCOUNT:
                role = f"arn:aws:iam::{account}:role/audit"
                taken = self.client("sts").assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
                given = {
                    "aws_access_key_id": taken["AccessKeyId"],
                    "aws_secret_access_key": taken["SecretAccessKey"],
                    "aws_session_token": taken["SessionToken"],
                }
            self._keys[account] = given
        return self._keys[account]

    def client(self, service: str, region: str = HOME, account: str = HOME_ACCOUNT) -> Any:
        """A boto3 client in an account."""
        import boto3

        key = (service, region, account)
        if key not in self._clients:
            make: Any = boto3.client
            self._clients[key] = make(service, endpoint_url=self.endpoint, region_name=region, **self.keys(account))
        return self._clients[key]

    def log_group(self, name: str, region: str = HOME, account: str = HOME_ACCOUNT) -> None:
        """A log group, unless it is there."""
        logs = self.client("logs", region, account)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=name)

    def trail(self, name: str = "main", *, region: str = HOME, account: str = HOME_ACCOUNT, **options: Any) -> None:
        """A trail. Options: ``group`` (None for none), ``logging``, ``multi``, ``org``, ``selectors``, ``advanced``."""
        group = options.get("group", "ct")
        bucket = f"b-{name}-{account}".lower()
        self.client("s3", HOME, account).create_bucket(Bucket=bucket)
        delivery = {}
        if group:
            self.log_group(group, region, account)
            delivery = {
                "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{region}:{account}:log-group:{group}:*",
                "CloudWatchLogsRoleArn": f"arn:aws:iam::{account}:role/ct",
            }
        cloudtrail = self.client("cloudtrail", region, account)
        cloudtrail.create_trail(
            Name=name,
            S3BucketName=bucket,
            IsMultiRegionTrail=options.get("multi", True),
            IncludeGlobalServiceEvents=True,
            IsOrganizationTrail=options.get("org", False),
            **delivery,
        )
        if "advanced" in options:
            cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=options["advanced"])
        else:
            chosen = options.get("selectors", _ALL_MANAGEMENT)
            cloudtrail.put_event_selectors(TrailName=name, EventSelectors=chosen)
        if options.get("logging", True):
            cloudtrail.start_logging(Name=name)

    def filter(
        self,
        pattern: str = ROOT,
        *,
        group: str = "ct",
        region: str = HOME,
        account: str = HOME_ACCOUNT,
        name: str = "root",
        **transformation: Any,
    ) -> None:
        """A metric filter. ``transformation`` overrides metricName, metricNamespace, metricValue or adds to them."""
        self.log_group(group, region, account)
        metric = {"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1"} | transformation
        self.client("logs", region, account).put_metric_filter(
            logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[metric]
        )

    def topic(
        self, name: str = "cis", *, region: str = HOME, account: str = HOME_ACCOUNT, subscribe: bool = True
    ) -> str:
        """A topic, with a subscription that the emulator confirms at once. Returns its ARN."""
        sns = self.client("sns", region, account)
        arn = str(sns.create_topic(Name=name)["TopicArn"])
        if subscribe:
            sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="security@example.com")
        return arn

    def alarm(self, topic: str | None, *, region: str = HOME, account: str = HOME_ACCOUNT, **arguments: Any) -> None:
        """An alarm on the root metric that notifies ``topic``. ``arguments`` are those of PutMetricAlarm."""
        settings = {
            "AlarmName": "root",
            "MetricName": "root",
            "Namespace": "CISBenchmark",
            "Statistic": "Sum",
            "Period": 300,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "EvaluationPeriods": 1,
            "AlarmActions": [topic] if topic else [],
        } | arguments
        self.client("cloudwatch", region, account).put_metric_alarm(**settings)

    def topic_attribute(self, name: str, value: str, topic: str = HOME_TOPIC, account: str = HOME_ACCOUNT) -> None:
        """Set an attribute of a topic."""
        sns = self.client("sns", account=account)
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)

    def close_topic(self, topic: str = HOME_TOPIC, account: str = HOME_ACCOUNT) -> None:
        """Replace a topic's policy by one that lets only Lambda publish."""
        service = {"Service": "lambda.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": service, "Action": "sns:Publish", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.topic_attribute("Policy", policy, topic, account)

    def chain(self, pattern: str = ROOT, **parts: Mapping[str, Any]) -> str:
        """A complete chain; ``trail``, ``filter``, ``topic`` and ``alarm`` change its parts. Returns the topic."""
        self.trail(**parts.get("trail", {}))
        self.filter(pattern, **parts.get("filter", {}))
        topic = self.topic(**parts.get("topic", {}))
        self.alarm(topic, **parts.get("alarm", {}))
        return topic
