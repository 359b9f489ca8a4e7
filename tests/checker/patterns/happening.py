"""Whether an event can happen, judged apart from the event model: by botocore's service models and AWS's pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session

SOURCES = {"wickr": "wickr"}
NO_OPERATION = {"ConsoleLogin": "signin.amazonaws.com"}
"""Events that are no operation of an API (CloudTrail user guide, sign-in events)."""
REFUSALS = {"*UnauthorizedOperation": {"ec2.amazonaws.com"}}


def can_happen(event: Mapping[str, Any]) -> list[str]:
    """What does not belong together in the event; nothing if it can happen."""
    name, source = event.get("eventName", ""), event.get("eventSource")
    kind = event.get("eventType")
    user = event.get("userIdentity", {}).get("type")
    wrong: list[str] = []
    if kind == "AwsCloudTrailInsight":
        return [field for field in ("eventName", "eventSource", "userIdentity", "errorCode") if field in event]
    if name in NO_OPERATION:
        wrong += [f"{name} is no call of {source}"] * (source != NO_OPERATION[name])
        wrong += [f"{name} is no {kind}"] * (kind != "AwsConsoleSignIn")
        wrong += [f"{user} does not sign in"] * (user == "AWSService")
    elif name in operations():
        wrong += [f"{source} has no {name}"] * (source not in operations()[name])
        wrong += [f"{name} is no {kind}"] * (kind not in ("AwsApiCall", "AwsVpceEvents", "AwsVpceEvent"))
    code = event.get("errorCode", "")
    if code.endswith("UnauthorizedOperation") and source != "ec2.amazonaws.com":
        wrong.append(f"{source} does not answer {code}")
    if code == "AccessDeniedException" and source in ("ec2.amazonaws.com", "s3.amazonaws.com", "iam.amazonaws.com"):
        wrong.append(f"{source} does not answer {code}")
    if code == "AccessDenied" and source == "ec2.amazonaws.com":
        wrong.append(f"{source} does not answer {code}")
    if user == "AWSService" and "invokedBy" not in event["userIdentity"]:
        wrong.append("a service that is not named")
    return wrong


@cache
def operations() -> Mapping[str, frozenset[str]]:
    """For every operation of every service that botocore knows: the event sources that have it."""
    session = botocore.session.get_session()
    found: dict[str, set[str]] = {}
    for service in session.get_available_services():
        model = session.get_service_model(service)
        source = f"{SOURCES.get(service, model.endpoint_prefix)}.amazonaws.com"
        for operation in model.operation_names:
            found.setdefault(operation, set()).add(source)
    return {name: frozenset(sources) for name, sources in found.items()}
