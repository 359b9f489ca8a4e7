"""Steps of a plan: one AWS call each, or commands for a person. Pure.

The arguments are boto3's, as they are sent. Names of the benchmark and its values (Sum, 300 s, threshold 1,
GreaterThanOrEqualToThreshold, one period, metric value 1) come from the CIS AWS Foundations Benchmark,
controls 4.1 to 4.15; missing data counts as not breaching, because a filter without a default value publishes
nothing while nothing happens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from checker.arns import Place
from checker.aws.operations import iam_action
from remediation.planning.command_line import aws_arguments, shell_line
from remediation.planning.settings import Endpoint, endpoint_identity, mask_endpoint
from remediation.planning.topic_policy import topic_policy

METRIC_VALUE = "1"


class StepKind(StrEnum):
    """What a step adds."""

    METRIC_FILTER = "metric_filter"
    TOPIC = "topic"
    SUBSCRIPTION = "subscription"
    ALARM = "alarm"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Step:
    """One AWS call that adds one object.

    ``id`` is unique in the plan and the same in every plan that adds this object; ``resource`` is the ARN
    that the object will have (for a subscription: its topic's, because SNS chooses the rest). ``used_by``: what would
    use the object already (``planning.usage``), so that undo can tell who came to rely on it.
    """

    id: str
    kind: StepKind
    account_id: str
    region: str
    service: str
    operation: str
    arguments: Mapping[str, Any]
    resource: str
    why: str
    controls: tuple[str, ...]
    connection: str | None = None
    depends_on: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()

    @property
    def iam_action(self) -> str:
        """``logs:PutMetricFilter``"""
        return iam_action(self.service, self.operation)

    @property
    def command(self) -> str:
        """The same as a line for a POSIX shell with the AWS CLI."""
        return shell_line(aws_arguments(self.service, self.operation, self.arguments, region=self.region))

    @property
    def shown_arguments(self) -> dict[str, Any]:
        """The arguments as they may be printed and journalled: an endpoint's token is masked."""
        return shown_arguments(self.arguments)

    @property
    def journalled_arguments(self) -> dict[str, Any]:
        """The arguments as the journal keeps them: without secrets, but with what recognises an endpoint again."""
        arguments = self.shown_arguments
        if self.kind is StepKind.SUBSCRIPTION:
            arguments["EndpointIdentity"] = endpoint_identity(self.arguments["Protocol"], self.arguments["Endpoint"])
        return arguments

    @property
    def shown_command(self) -> str:
        """The shell line as it may be printed."""
        return shell_line(aws_arguments(self.service, self.operation, self.shown_arguments, region=self.region))


@dataclass(frozen=True, slots=True)
class ManualStep:
    """Something that the program does not do, with the commands that do it. Capitals in them stand for choices."""

    id: str
    account_id: str
    region: str
    title: str
    why: str
    commands: tuple[str, ...]
    controls: tuple[str, ...]
    connection: str | None = None
    resource: str = ""
    optional: bool = False
    """True when the chain holds without it."""
    kind: StepKind = field(default=StepKind.MANUAL, init=False)


AnyStep = Step | ManualStep


def shown_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a call's arguments in which an endpoint's token is masked."""
    return {name: mask_endpoint(value) if name == "Endpoint" else value for name, value in arguments.items()}


@dataclass(frozen=True, slots=True)
class Metric:
    """What a filter publishes to and an alarm watches."""

    namespace: str
    name: str


def metric_filter_step(
    place: Place, *, group: str, name: str, pattern: str, metric: Metric, control: str, why: str
) -> Step:
    """``PutMetricFilter`` on a log group that exists."""
    resource = place.arn("logs", f"log-group:{group}:metric-filter:{name}")
    return Step(
        id=resource,
        kind=StepKind.METRIC_FILTER,
        account_id=place.account_id,
        region=place.region,
        service="logs",
        operation="PutMetricFilter",
        arguments={
            "logGroupName": group,
            "filterName": name,
            "filterPattern": pattern,
            "metricTransformations": [
                {"metricName": metric.name, "metricNamespace": metric.namespace, "metricValue": METRIC_VALUE}
            ],
        },
        resource=resource,
        why=why,
        controls=(control,),
        connection=place.connection,
    )


def topic_step(
    place: Place, *, name: str, tags: tuple[tuple[str, str], ...], controls: tuple[str, ...], why: str
) -> Step:
    """``CreateTopic`` with a policy that lets CloudWatch alarms of this account publish."""
    resource = place.arn("sns", name)
    return Step(
        id=resource,
        kind=StepKind.TOPIC,
        account_id=place.account_id,
        region=place.region,
        service="sns",
        operation="CreateTopic",
        arguments={
            "Name": name,
            "Attributes": {"Policy": json.dumps(topic_policy(place, name), separators=(",", ":"))},
            "Tags": [{"Key": key, "Value": value} for key, value in tags],
        },
        resource=resource,
        why=why,
        controls=controls,
        connection=place.connection,
    )


def subscription_step(
    place: Place,
    *,
    topic_arn: str,
    endpoint: Endpoint,
    controls: tuple[str, ...],
    why: str,
    depends_on: tuple[str, ...] = (),
) -> Step:
    """``Subscribe``. The ARN that it returns is no confirmation; who is subscribed is read afterwards."""
    return Step(
        id=f"{topic_arn}#{endpoint.identity}",
        kind=StepKind.SUBSCRIPTION,
        account_id=place.account_id,
        region=place.region,
        service="sns",
        operation="Subscribe",
        arguments={
            "TopicArn": topic_arn,
            "Protocol": endpoint.protocol,
            "Endpoint": endpoint.address,
            "ReturnSubscriptionArn": True,
        },
        resource=topic_arn,
        why=why,
        controls=controls,
        connection=place.connection,
        depends_on=depends_on,
    )


@dataclass(frozen=True, slots=True)
class NewAlarm:
    """What differs from one new alarm to the next."""

    name: str
    metric: Metric
    topic_arn: str
    description: str
    tags: tuple[tuple[str, str], ...]


def alarm_arguments(alarm: NewAlarm) -> dict[str, Any]:
    """Arguments of ``PutMetricAlarm`` with the benchmark's values."""
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": True,
        "AlarmActions": [alarm.topic_arn],
        "MetricName": alarm.metric.name,
        "Namespace": alarm.metric.namespace,
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": [{"Key": key, "Value": value} for key, value in alarm.tags],
    }


def alarm_step(place: Place, alarm: NewAlarm, *, control: str, why: str, depends_on: tuple[str, ...]) -> Step:
    """``PutMetricAlarm`` with a topic of the same region as its only action."""
    resource = place.arn("cloudwatch", f"alarm:{alarm.name}")
    return Step(
        id=resource,
        kind=StepKind.ALARM,
        account_id=place.account_id,
        region=place.region,
        service="cloudwatch",
        operation="PutMetricAlarm",
        arguments=alarm_arguments(alarm),
        resource=resource,
        why=why,
        controls=(control,),
        connection=place.connection,
        depends_on=depends_on,
    )
