"""The steps of a plan by the account and region that they belong to, with names for the objects. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remediation.emit.quoting import in_any_account
from remediation.planning.model import Plan
from remediation.planning.steps import AnyStep, ManualStep, Step


@dataclass(frozen=True, slots=True)
class PlaceSteps:
    """What is added in one account and region, in order, and what a person does there.

    ``ids`` has a word for each step that CloudFormation (letters and digits) and Terraform accept, unique in the place.
    """

    account_id: str
    region: str
    partition: str
    steps: tuple[Step, ...]
    manual: tuple[ManualStep, ...]
    ids: Mapping[str, str]

    @property
    def name(self) -> str:
        """``alarmchain-123456789012-us-east-1``"""
        return f"alarmchain-{self.account_id}-{self.region}"

    @property
    def word(self) -> str:
        """A Terraform identifier for the place."""
        return f"account_{re.sub('[^A-Za-z0-9]', '_', f'{self.account_id}_{self.region}')}"

    @property
    def role_prefix(self) -> str:
        """The ARN of a role of the account, up to its name."""
        return f"arn:{self.partition}:iam::{self.account_id}:role"

    @property
    def by_resource(self) -> dict[str, Step]:
        """The steps by the ARN that their object will have."""
        return {step.resource: step for step in self.steps if step.operation != "Subscribe"}

    def topic_word(self, arn: str) -> str | None:
        """The word of a topic that is added here; ``None`` for one that exists."""
        step = self.by_resource.get(arn)
        return self.ids[step.id] if step else None

    def topic_elsewhere(self, arn: str) -> str | None:
        """The ARN of a topic that exists; ``None`` for one that is added here."""
        return None if arn in self.by_resource else arn

    @property
    def shape(self) -> str:
        """Equal for places that one template serves: the region, and every call but for the account's number."""
        calls = [[step.operation, in_any_account(dict(step.arguments), self.account_id)] for step in self.steps]
        return json.dumps([self.region, self.partition, calls], sort_keys=True)


def places_of(plan: Plan) -> tuple[PlaceSteps, ...]:
    """The places in which something is added, in the plan's order; a place with steps for a person only has no code."""
    found: dict[tuple[str, str, str], list[AnyStep]] = {}
    for account in plan.accounts:
        for step in account.steps:
            found.setdefault((account.account_id, step.region, account.partition), []).append(step)
    return tuple(
        PlaceSteps(
            account_id,
            region,
            partition,
            calls,
            tuple(step for step in steps if isinstance(step, ManualStep)),
            _identifiers(calls),
        )
        for (account_id, region, partition), steps in found.items()
        if (calls := tuple(step for step in steps if isinstance(step, Step)))
    )


def _identifiers(steps: tuple[Step, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for step in steps:
        words = re.findall(r"[A-Za-z0-9]+", step.resource.rpartition(":")[2])
        base = "".join(word[:1].upper() + word[1:] for word in (str(step.kind).replace("_", " ")).split() + words)[:200]
        name, number = base, 2
        while name in found.values():
            name, number = f"{base}{number}", number + 1
        found[step.id] = name
    return found


def groups_of(places: tuple[PlaceSteps, ...]) -> tuple[tuple[PlaceSteps, ...], ...]:
    """Places that one template serves, together."""
    groups: dict[str, list[PlaceSteps]] = {}
    for place in places:
        groups.setdefault(place.shape, []).append(place)
    return tuple(tuple(group) for group in groups.values())


def tags_of(tags: list[dict[str, Any]]) -> dict[str, str]:
    """AWS's list of tags as a map."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}
