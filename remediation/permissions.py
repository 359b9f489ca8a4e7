"""The least IAM policy for a phase, from the registry of operations. Pure."""

from __future__ import annotations

import re
from typing import Any

from checker.aws.operations import Operation, Phase, load_operations
from checker.errors import UsageError
from remediation.planning.settings import DEFAULT_PREFIX

_INCLUDES = {
    Phase.CHECK: (Phase.CHECK,),
    Phase.PLAN: (Phase.CHECK, Phase.PLAN),
    Phase.APPLY: (Phase.CHECK, Phase.PLAN, Phase.APPLY),
    Phase.UNDO: (Phase.UNDO,),
    Phase.STATUS: (Phase.STATUS,),
    Phase.PREFLIGHT: (Phase.PREFLIGHT,),
}


def operations_of(phase: Phase, *, with_role: bool = False) -> tuple[Operation, ...]:
    """The operations that a phase uses. Applying also plans, and checks before and after; the others stand alone."""
    included = set(_INCLUDES[phase])
    return tuple(
        operation
        for operation in load_operations().values()
        if included & set(operation.phases) and (with_role or operation.caller != "role-name")
    )


def policy_for(
    phase: Phase, *, partition: str = "aws", role_name: str | None = None, name_prefix: str = DEFAULT_PREFIX
) -> dict[str, Any]:
    """An IAM policy document. Actions on the same resources share a statement.

    ``role_name``: for a base identity that assumes this role in each account, and no other. ``name_prefix``: what the
    names of created topics and alarms start with; nothing else can be created or deleted, but for metric filters,
    subscriptions and tags where AWS knows no resource of that name (Service Authorization Reference, "Actions,
    resources, and condition keys" of CloudWatch, CloudWatch Logs, SNS). Raises ``UsageError`` for a partition, a role
    or a prefix that would widen the policy.
    """
    _check(partition=partition, role_name=role_name, name_prefix=name_prefix)
    by_resources: dict[tuple[str, ...], set[str]] = {}
    for operation in operations_of(phase, with_role=role_name is not None):
        values = {"partition": partition, "prefix": name_prefix, "role": role_name or ""}
        resources = tuple(resource.format(**values) for resource in operation.resources)
        by_resources.setdefault(resources, set()).update(operation.actions)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": f"Alarmchain{str(phase).capitalize()}{number}",
                "Effect": "Allow",
                "Action": sorted(actions),
                "Resource": resources[0] if len(resources) == 1 else list(resources),
            }
            for number, (resources, actions) in enumerate(sorted(by_resources.items()), start=1)
        ],
    }


_PARTITION = re.compile(r"aws[a-z-]*")
_ROLE = re.compile(r"[\w+=,.@/-]{1,512}", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,200}")


def _check(*, partition: str, role_name: str | None, name_prefix: str) -> None:
    if not _PARTITION.fullmatch(partition):
        raise UsageError(f"'{partition}' is not a partition of AWS", hint="aws, aws-cn, aws-us-gov")
    if role_name is not None and not _ROLE.fullmatch(role_name):
        raise UsageError(f"'{role_name}' is not the name of a role", hint="the name without its ARN, such as audit")
    if not _PREFIX.fullmatch(name_prefix):
        raise UsageError(
            f"'{name_prefix}' is not a possible prefix", hint="letters, digits, hyphens and underscores, at most 200"
        )
