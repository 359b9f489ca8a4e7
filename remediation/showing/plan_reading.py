"""A saved plan's data back as a plan. Pure.

A step is read only when it is one that this program makes: the call fits the kind of the object, and the object's ARN
and the step's id follow from the call's arguments and place. So a file cannot name one object and act on another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from checker.arns import Place
from checker.waivers.model import Exclusion, Waiver, WaiverSet
from remediation.planning.model import AccountPlan, Expectation, Kind, Plan, Precondition, Prospect
from remediation.planning.scope import Scope
from remediation.planning.settings import ControlSettings, Endpoint, Settings, endpoint_identity
from remediation.planning.steps import AnyStep, ManualStep, Step, StepKind

Entry = TypeVar("Entry", Waiver, Exclusion)

_CALLS = {
    StepKind.METRIC_FILTER: ("logs", "PutMetricFilter"),
    StepKind.TOPIC: ("sns", "CreateTopic"),
    StepKind.SUBSCRIPTION: ("sns", "Subscribe"),
    StepKind.ALARM: ("cloudwatch", "PutMetricAlarm"),
}


def plan_of(document: Mapping[str, Any]) -> Plan:
    """The plan. Raises ``KeyError``, ``TypeError``, ``AttributeError`` or ``ValueError`` for what is not one."""
    settings = document["settings"]
    return Plan(
        benchmark=document["benchmark"],
        controls=tuple(document["controls"]),
        settings=Settings(
            endpoints=tuple(Endpoint(entry["protocol"], entry["address"]) for entry in settings["endpoints"]),
            topic_name=settings["topic_name"],
            topic_arn=settings["topic_arn"],
            reuse_topic=settings["reuse_topic"],
            metric_namespace=settings["metric_namespace"],
            metric_name=settings["metric_name"],
            name_prefix=settings["name_prefix"],
            name_template=settings["name_template"],
            tags=settings["tags"],
            controls={key: ControlSettings(**names) for key, names in settings["controls"].items()},
        ),
        accounts=tuple(_account(account) for account in document["accounts"]),
        unseen=tuple(document["unseen"]),
        notes=tuple(document["notes"]),
        scope=_scope(document["scope"]),
    )


def _scope(scope: Mapping[str, Any]) -> Scope:
    """What was selected, from its JSON."""
    waivers = scope["waivers"]
    return Scope(
        account_ids=tuple(scope["accounts"]),
        controls=tuple(scope["controls"]),
        controls_dir=scope["controls_dir"],
        connections=tuple(scope["connections"]),
        profiles=tuple(scope["profiles"]),
        region=scope["region"],
        accept=tuple(scope["accept"]),
        waivers=None
        if waivers is None
        else WaiverSet(
            tuple(_dated(Waiver, entry) for entry in waivers["waivers"]),
            tuple(_dated(Exclusion, entry) for entry in waivers["exclusions"]),
            waivers["path"],
        ),
    )


def _dated(kind: type[Entry], entry: Mapping[str, Any]) -> Entry:
    return kind(**{**entry, "expires": date.fromisoformat(entry["expires"])})


def _account(account: Mapping[str, Any]) -> AccountPlan:
    """The plan of an account from its JSON."""
    return AccountPlan(
        account_id=account["account_id"],
        connection=account["connection"],
        partition=account["partition"],
        steps=tuple(_step(step, account["account_id"], account["partition"]) for step in account["steps"]),
        expectations=tuple(
            Expectation(
                **{
                    **expected,
                    "prospect": Prospect(expected["prospect"]),
                    "steps_in": tuple(expected["steps_in"]),
                    "by_hand": tuple(expected["by_hand"]),
                }
            )
            for expected in account["expectations"]
        ),
        preconditions=tuple(
            Precondition(Kind(entry["kind"]), entry["key"], entry["sha256"]) for entry in account["relies_on"]
        ),
    )


def _step(step: Mapping[str, Any], account_id: str, partition: str) -> AnyStep:
    """A step of the account. Raises ``ValueError`` for one that this program does not make."""
    shared = {name: step[name] for name in ("id", "account_id", "region", "connection", "resource", "why")}
    if step["kind"] == StepKind.MANUAL:
        return ManualStep(
            **shared,
            title=step["title"],
            commands=tuple(step["commands"]),
            controls=tuple(step["controls"]),
            optional=step["optional"],
        )
    read = Step(
        **shared,
        kind=StepKind(step["kind"]),
        service=step["service"],
        operation=step["operation"],
        arguments=step["arguments"],
        controls=tuple(step["controls"]),
        depends_on=tuple(step["depends_on"]),
        used_by=tuple(step["used_by"]),
    )
    if _identity(read, partition) != (account_id, read.service, read.operation, read.resource, read.id):
        raise ValueError(f"step {read.id} does not say what it does")
    return read


def _identity(step: Step, partition: str) -> tuple[str, str, str, str, str]:
    """Account, call, resource and id that a step of this kind, place and arguments has."""
    place, arguments = Place(partition, step.account_id, step.region), step.arguments
    match step.kind:
        case StepKind.METRIC_FILTER:
            group, name = arguments["logGroupName"], arguments["filterName"]
            resource = place.arn("logs", f"log-group:{group}:metric-filter:{name}")
        case StepKind.TOPIC:
            resource = place.arn("sns", arguments["Name"])
        case StepKind.ALARM:
            resource = place.arn("cloudwatch", f"alarm:{arguments['AlarmName']}")
        case _:
            resource = place.arn("sns", arguments["TopicArn"].rpartition(":")[2])
            identity = endpoint_identity(arguments["Protocol"], arguments["Endpoint"])
            return step.account_id, *_CALLS[step.kind], resource, f"{arguments['TopicArn']}#{identity}"
    return step.account_id, *_CALLS[step.kind], resource, resource
