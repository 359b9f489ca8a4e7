"""Reads the policies of the queues and functions that are to be told. What cannot be read is left out: not known."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from checker.arns import Arn, parse_arn
from checker.aws.access import AccountSession, AwsAccess
from checker.aws.call import CallFailed, call
from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from remediation.planning.admission import NO_POLICY, needs_admission
from remediation.planning.settings import Endpoint


def read_policies(
    endpoints: Sequence[Endpoint],
    access: AwsAccess,
    *,
    connections: Mapping[str, str | None],
    note: Callable[[str], None],
) -> dict[str, Any]:
    """The policies by the endpoint's ARN. ``connections``: by account; ``note`` is told what could not be read.

    Costs two calls a queue and one a function.
    """
    found = {}
    for endpoint in endpoints:
        arn = parse_arn(endpoint.address) if needs_admission(endpoint) else None
        if arn is None:
            continue
        try:
            session = access.open(
                arn.account_id,
                region=arn.region,
                partition=arn.partition,
                connection=connections.get(arn.account_id),
            )
            found[endpoint.address] = _of_queue(session, arn) if arn.service == "sqs" else _of_function(session, arn)
        except (AwsUnavailable, CallFailed, ValueError) as error:
            note(f"the policy of {endpoint.shown} could not be read: {error}")
    return found


def _of_queue(session: AccountSession, arn: Arn) -> Any:
    client = session.reader("sqs", arn.region)
    asked = {"QueueName": arn.resource, "QueueOwnerAWSAccountId": arn.account_id}
    url = call(client, "sqs", "GetQueueUrl", asked).data["QueueUrl"]
    answer = call(client, "sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["Policy"]}).data
    text = (answer.get("Attributes") or {}).get("Policy")
    return json.loads(text) if text else NO_POLICY


def _of_function(session: AccountSession, arn: Arn) -> Any:
    """A function without a policy, and one that does not exist, are not found."""
    name = f"arn:{arn.partition}:lambda:{arn.region}:{arn.account_id}:{arn.resource}"
    try:
        answer = call(session.reader("lambda", arn.region), "lambda", "GetPolicy", {"FunctionName": name}).data
    except CallFailed as error:
        if error.kind is FailureKind.NOT_FOUND:
            return NO_POLICY
        raise
    return json.loads(answer["Policy"])
