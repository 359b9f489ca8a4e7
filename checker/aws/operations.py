"""The AWS operations that the program uses, as data: which IAM actions each needs, in which phase, on which resources.

``operations.json`` is the registry; a test records what is really called and compares the two both ways.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from types import MappingProxyType


class Phase(StrEnum):
    """What is being done. Checking, planning and applying include the ones before them; the others stand alone."""

    CHECK = "check"
    PLAN = "plan"
    APPLY = "apply"
    UNDO = "undo"
    STATUS = "status"
    PREFLIGHT = "preflight"


@dataclass(frozen=True, slots=True)
class Operation:
    """One API operation. ``resources`` are ARN templates with ``{partition}``, ``{prefix}`` (what the names of our own
    objects start with) and ``{role}``; ``caller`` is who makes the call: ``alarmchain`` itself, only the ``steampipe``
    service that is asked, or ``role-name``, which enters an account by a role."""

    service: str
    name: str
    actions: tuple[str, ...]
    phases: tuple[Phase, ...]
    resources: tuple[str, ...]
    caller: str
    why: str

    @property
    def key(self) -> str:
        """``logs:PutMetricFilter``"""
        return f"{self.service}:{self.name}"


@lru_cache(maxsize=1)
def load_operations() -> Mapping[str, Operation]:
    """The registry by ``service:Operation``."""
    text = resources.files("checker.aws").joinpath("operations.json").read_text(encoding="utf-8")
    entries = [
        Operation(
            service=entry["service"],
            name=entry["operation"],
            actions=tuple(entry["actions"]),
            phases=tuple(Phase(phase) for phase in entry["phases"]),
            resources=tuple(entry["resources"]),
            caller=entry["caller"],
            why=entry["why"],
        )
        for entry in json.loads(text)["operations"]
    ]
    return MappingProxyType({entry.key: entry for entry in entries})


def iam_action(service: str, operation: str) -> str:
    """The IAM action that a call needs first of all: the registered one, else, as with most, the operation's name."""
    registered = load_operations().get(f"{service}:{operation}")
    return registered.actions[0] if registered else f"{service}:{operation}"
