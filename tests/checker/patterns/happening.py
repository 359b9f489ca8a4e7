"""Whether an event can happen, judged apart from the search for one: names, services, refusals and types together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.patterns import default_model
from checker.patterns.covering.calls import operations

NO_OPERATIONS = {
    "ConsoleLogin": ("signin.amazonaws.com", "AwsConsoleSignIn"),
    "CloseAccount": ("billingconsole.amazonaws.com", "AwsConsoleAction"),
    "RotateKey": ("kms.amazonaws.com", "AwsServiceEvent"),
}
"""Events that are no operation of an API, with source and type (CloudTrail guide; Billing guide)."""
API_TYPES = ("AwsApiCall", "AwsVpceEvents", "AwsVpceEvent")
EC2 = ("Client.UnauthorizedOperation", "UnauthorizedOperation")
REFUSALS = {
    "iam.amazonaws.com": ("AccessDenied",),
    "s3.amazonaws.com": ("AccessDenied",),
    "sts.amazonaws.com": ("AccessDenied",),
    "organizations.amazonaws.com": ("AccessDeniedException",),
    "ec2.amazonaws.com": EC2,
}
"""How services refuse a call."""


def can_happen(event: Mapping[str, Any]) -> list[str]:
    """What does not belong together in the event; nothing if it can happen."""
    if event.get("eventType") == "AwsCloudTrailInsight":
        return [field for field in ("eventName", "eventSource", "userIdentity", "errorCode") if field in event]
    name, source, kind = event["eventName"], event["eventSource"], event["eventType"]
    user = event.get("userIdentity", {})
    wrong: list[str] = []
    if (source, kind) == NO_OPERATIONS.get(name):
        wrong += [f"{user['type']} does not sign in"] * (name == "ConsoleLogin" and user.get("type") == "AWSService")
    else:
        sources = {*default_model().event_sources.get(name, ()), *operations().get(name, ())}
        wrong += [f"{source} has no {name}"] * (source not in sources)
        wrong += [f"{name} is no {kind}"] * (kind not in API_TYPES)
    code = event.get("errorCode", "")
    if code.startswith("AccessDenied") or code.endswith("UnauthorizedOperation"):
        fits = code in REFUSALS.get(source, (code,)) and (code not in EC2 or source == "ec2.amazonaws.com")
        wrong += [f"{source} does not answer {code}"] * (not fits)
    if user.get("type") == "AWSService" and "invokedBy" not in user:
        wrong.append("a service that is not named")
    return wrong
