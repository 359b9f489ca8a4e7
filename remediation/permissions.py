"""The least IAM policy for a phase, from the registry of operations. Pure."""

from __future__ import annotations

from typing import Any

from checker.aws.operations import Operation, Phase, load_operations

_INCLUDES = {
    Phase.CHECK: (Phase.CHECK,),
    Phase.PLAN: (Phase.CHECK, Phase.PLAN),
    Phase.APPLY: (Phase.CHECK, Phase.PLAN, Phase.APPLY),
    Phase.UNDO: (Phase.UNDO,),
}


def operations_of(phase: Phase, *, with_role: bool = False) -> tuple[Operation, ...]:
    """The operations that a phase uses. Applying also plans, and checks before and after; undo stands alone."""
    included = set(_INCLUDES[phase])
    return tuple(
        operation
        for operation in load_operations().values()
        if included & set(operation.phases) and (with_role or operation.caller != "role-name")
    )


def policy_for(phase: Phase, *, partition: str = "aws", with_role: bool = False) -> dict[str, Any]:
    """An IAM policy document. Actions on the same resources share a statement. ``with_role``: for a base identity
    that assumes a role in each account."""
    by_resources: dict[tuple[str, ...], set[str]] = {}
    for operation in operations_of(phase, with_role=with_role):
        resources = tuple(resource.format(partition=partition) for resource in operation.resources)
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
