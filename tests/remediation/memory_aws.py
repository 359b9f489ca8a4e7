"""One account and region of AWS in memory, with the calls that repairing makes: fast enough for generated histories.

``PutMetricFilter`` and ``PutMetricAlarm`` replace what has the name, ``DeleteTopic`` takes the subscriptions along and
leaves alarms that name the topic, as the API references say. Every change gets a number, so that a test can tell what
came before what. ``fail`` plays a fault at the next call of an operation.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.exceptions import ClientError, ReadTimeoutError

from checker.arns import Place
from checker.aws.access import AccountSession, AwsAccess, Identity
from checker.aws.call import Client
from checker.aws.error_messages import Place as CallPlace
from checker.facts import Alarm, Facts, LogGroup, MetricFilter, Topic, TopicSubscription
from tests.builders import HOME, A
from tests.remediation.cases import facts_of_report

GROUP = "ct"
PLACE = Place("aws", A, HOME)
Json = dict[str, Any]


class Killed(BaseException):
    """The process ends here, whatever it was about to do."""


@dataclass(slots=True)
class Fault:
    """What happens to a call: ``raises`` before it takes effect, or after it."""

    operation: str
    raises: Callable[[], BaseException]
    after: bool = False
    times: int = 1


@dataclass(slots=True)
class MemoryAws:
    """The objects by name. ``made``: the number of the change that made each object as it is."""

    filters: dict[str, Json] = field(default_factory=dict)
    alarms: dict[str, Json] = field(default_factory=dict)
    composites: dict[str, Json] = field(default_factory=dict)
    topics: dict[str, Json] = field(default_factory=dict)
    subscriptions: dict[str, Json] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    """What CloudTrail shows: the entries of ``LookupEvents``."""
    clock: int = 0

    def state(self) -> Json:
        """Everything that exists, to be compared."""
        kinds = ("filters", "alarms", "composites", "topics", "subscriptions")
        return {f"{kind} {name}": copy.deepcopy(item) for kind in kinds for name, item in getattr(self, kind).items()}

    def access(self) -> AwsAccess:
        """Credentials that always work."""
        return cast(AwsAccess, _Access(self))

    def heard(self) -> set[tuple[str, ...]]:
        """Every complete chain: filter, alarm (and a composite that names it), topic, subscription."""
        found = set()
        for row in self.filters.values():
            (entry,) = row["metricTransformations"]
            metric = (entry["metricNamespace"], entry["metricName"])
            for alarm in self.alarms.values():
                if (alarm["Namespace"], alarm["MetricName"]) != metric:
                    continue
                above = [(alarm, ())] + [
                    (composite, (f"alarms {alarm['AlarmName']}",))
                    for composite in self.composites.values()
                    if f'"{alarm["AlarmName"]}"' in composite["AlarmRule"]
                ]
                for rings, way in above:
                    kind = "composites" if way else "alarms"
                    for topic in rings.get("AlarmActions", ()):
                        for name, sub in self.subscriptions.items():
                            if sub["TopicArn"] == topic and topic in self.topics:
                                chain = (f"filters {row['filterName']}", *way, f"{kind} {rings['AlarmName']}")
                                found.add((*chain, f"topics {topic}", f"subscriptions {name}"))
        return found

    # --- the calls -------------------------------------------------------------------------------------------------

    def call(self, operation: str, arguments: Json) -> Json:
        """Make a call, or suffer its fault."""
        self.calls.append(operation)
        fault = next((fault for fault in self.faults if fault.operation == operation and fault.times > 0), None)
        if fault is not None:
            fault.times -= 1
            if not fault.after:
                raise fault.raises()
        answer: Json = getattr(self, f"_{operation}")(**arguments)
        if fault is not None:
            raise fault.raises()
        return answer | {"ResponseMetadata": {"RequestId": f"request-{len(self.calls)}"}}

    def put(self, kind: str, name: str, item: Json) -> None:
        """Keep an object, in place of another one of its name."""
        self.clock += 1
        getattr(self, kind)[name] = item
        self.made[f"{kind} {name}"] = self.clock

    def _describe_metric_filters(self, **asked: Any) -> Json:
        rows = [
            row
            for row in self.filters.values()
            if row["filterName"].startswith(asked.get("filterNamePrefix", ""))
            and asked.get("logGroupName", row["logGroupName"]) == row["logGroupName"]
        ]
        return {"metricFilters": copy.deepcopy(rows)}

    def _put_metric_filter(self, **row: Any) -> Json:
        self.put("filters", row["filterName"], copy.deepcopy(row))
        return {}

    def _delete_metric_filter(self, **row: Any) -> Json:
        if self.filters.pop(row["filterName"], None) is None:
            raise refused("ResourceNotFoundException")
        return {}

    def _describe_alarms(self, **asked: Any) -> Json:
        names = asked.get("AlarmNames")
        return {
            key: [copy.deepcopy(row) for name, row in rows.items() if names is None or name in names]
            for key, rows in (("MetricAlarms", self.alarms), ("CompositeAlarms", self.composites))
        }

    def _put_metric_alarm(self, **row: Any) -> Json:
        self.put("alarms", row["AlarmName"], {name: value for name, value in row.items() if name != "Tags"})
        return {}

    def _delete_alarms(self, **row: Any) -> Json:
        for name in row["AlarmNames"]:
            self.alarms.pop(name, None)
        return {}

    def _get_topic_attributes(self, **row: Any) -> Json:
        if row["TopicArn"] not in self.topics:
            raise refused("NotFound")
        return {"Attributes": dict(self.topics[row["TopicArn"]])}

    def _create_topic(self, **row: Any) -> Json:
        arn = PLACE.arn("sns", row["Name"])
        if arn not in self.topics:
            self.put("topics", arn, dict(row.get("Attributes") or {}))
        return {"TopicArn": arn}

    def _delete_topic(self, **row: Any) -> Json:
        self.topics.pop(row["TopicArn"], None)
        for name in [name for name, sub in self.subscriptions.items() if sub["TopicArn"] == row["TopicArn"]]:
            del self.subscriptions[name]
        return {}

    def _list_subscriptions_by_topic(self, **row: Any) -> Json:
        if row["TopicArn"] not in self.topics:
            raise refused("NotFound")
        rows = [{"SubscriptionArn": name, **sub} for name, sub in self.subscriptions.items()]
        return {"Subscriptions": [sub for sub in rows if sub["TopicArn"] == row["TopicArn"]]}

    def _subscribe(self, **row: Any) -> Json:
        if row["TopicArn"] not in self.topics:
            raise refused("NotFound")
        wanted = {name: row[name] for name in ("TopicArn", "Protocol", "Endpoint")}
        known = next((name for name, sub in self.subscriptions.items() if sub == wanted), None)
        name = known or f"{row['TopicArn']}:{self.clock + 1:08d}"
        if known is None:
            self.put("subscriptions", name, wanted)
        return {"SubscriptionArn": name}

    def _get_subscription_attributes(self, **row: Any) -> Json:
        if row["SubscriptionArn"] not in self.subscriptions:
            raise refused("NotFound")
        return {"Attributes": {"RawMessageDelivery": "false"}}

    def _unsubscribe(self, **row: Any) -> Json:
        self.subscriptions.pop(row["SubscriptionArn"], None)
        return {}

    def _lookup_events(self, **asked: Any) -> Json:
        (wanted,) = asked["LookupAttributes"]
        assert wanted["AttributeKey"] == "EventName"
        found = [event for event in self.events if event["EventName"] == wanted["AttributeValue"]]
        return {"Events": found[: asked["MaxResults"]]}

    # --- as the check reads it -------------------------------------------------------------------------------------

    def facts(self) -> Facts:
        """What a database would show, on top of an account with a trail that delivers to the group."""
        base = facts_of_report("r088")
        where: Json = {"region": HOME, "account_id": A, "partition": "aws", "connection": None}
        return Facts(
            accounts=base.accounts,
            trails=base.trails,
            log_groups=(LogGroup(GROUP, None, None, None, HOME, A, None),),
            metric_filters=tuple(_filter(row, where) for row in self.filters.values()),
            alarms=tuple(_alarm(row, where) for row in (*self.alarms.values(), *self.composites.values())),
            topics=tuple(
                Topic(arn, json.loads(item["Policy"]), None, HOME, A, "aws", None) for arn, item in self.topics.items()
            ),
            subscriptions=tuple(
                TopicSubscription(sub["TopicArn"], name, sub["Protocol"], sub["Endpoint"], None, None, HOME, A, None)
                for name, sub in self.subscriptions.items()
            ),
        )


def _filter(row: Json, where: Json) -> MetricFilter:
    (entry,) = row["metricTransformations"]
    return MetricFilter(
        name=row["filterName"],
        log_group_name=row["logGroupName"],
        filter_pattern=row["filterPattern"],
        metric_transformation_name=entry["metricName"],
        metric_transformation_namespace=entry["metricNamespace"],
        metric_transformation_value=entry["metricValue"],
        metric_transformations=[entry],
        **where,
    )


def _alarm(row: Json, where: Json) -> Alarm:
    return Alarm(
        name=row["AlarmName"],
        arn=PLACE.arn("cloudwatch", f"alarm:{row['AlarmName']}"),
        metric_name=row.get("MetricName"),
        namespace=row.get("Namespace"),
        statistic=row.get("Statistic"),
        extended_statistic=None,
        period=row.get("Period"),
        evaluation_periods=row.get("EvaluationPeriods"),
        datapoints_to_alarm=None,
        threshold=row.get("Threshold"),
        comparison_operator=row.get("ComparisonOperator"),
        treat_missing_data=row.get("TreatMissingData"),
        evaluate_low_sample_count_percentile=None,
        threshold_metric_id=None,
        unit=None,
        actions_enabled=row.get("ActionsEnabled", True),
        alarm_actions=list(row.get("AlarmActions", ())),
        dimensions=[],
        metrics=[],
        alarm_rule=row.get("AlarmRule"),
        **where,
    )


def refused(code: str, status: int = 400) -> ClientError:
    """AWS's answer that it does not do it."""
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Call")


def no_answer() -> ReadTimeoutError:
    """The answer does not arrive."""
    return ReadTimeoutError(endpoint_url="https://example.com")


class _Access:
    def __init__(self, aws: MemoryAws) -> None:
        self._session = cast(AccountSession, _Session(aws))

    def open(self, *_: Any, **__: Any) -> AccountSession:
        return self._session


class _Session:
    identity = Identity(A, f"arn:aws:iam::{A}:user/u")

    def __init__(self, aws: MemoryAws) -> None:
        client = _Client(aws)
        self._client = Client(lambda: client, CallPlace("memory", HOME, ""))

    def reader(self, _service: str, _region: str) -> Any:
        return self._client

    writer = reader


class _Client:
    def __init__(self, aws: MemoryAws) -> None:
        self._aws = aws

    def __getattr__(self, operation: str) -> Callable[..., Json]:
        return lambda **arguments: self._aws.call(operation, arguments)

    def get_paginator(self, operation: str) -> Any:
        aws = self._aws

        class Pages:
            def paginate(self, **arguments: Any) -> Iterator[Mapping[str, Any]]:
                yield aws.call(operation, arguments)

        return Pages()
