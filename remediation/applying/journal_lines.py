"""The lines of a journal, read back: those that say what they should, and the numbers of those that do not.

A damaged line costs what it said and nothing else: it is passed over and named. When it still shows its run's id, that
run is known by it, so that damage hides no run.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remediation.applying.journal import SCHEMA, no_file, unusable
from remediation.applying.outcome import Outcome
from remediation.planning.steps import StepKind

Line = Mapping[str, Any]

_TEXTS = {
    "intent": ("step", "kind", "account_id", "region", "operation", "resource"),
    "outcome": ("step", "outcome"),
    "account_started": ("account_id",),
    "account_failed": ("account_id",),
}
"""The fields without which a line of this event says nothing."""

_OPTIONAL: Mapping[str, type] = {
    "accounts": list,
    "connection": str,
    "controls": list,
    "details": dict,
    "kind": str,
    "message": str,
    "operation": str,
    "resource": str,
    "undoes": str,
    "used_by": list,
}
"""The fields that may be missing or ``null``, and what they are else."""

REMOVALS = frozenset({"logs:DeleteMetricFilter", "sns:DeleteTopic", "sns:Unsubscribe", "cloudwatch:DeleteAlarms"})
"""The calls that take an object away."""

_KINDS = frozenset(map(str, StepKind))
_OUTCOMES = frozenset(map(str, Outcome))
_RUN_ID = re.compile(rb'"run_id"\s*:\s*"([A-Za-z0-9_.-]{1,100})"')


@dataclass(frozen=True, slots=True)
class DamagedLine:
    """A line that cannot be understood. ``number`` counts from 1; ``run_id`` where it can still be seen."""

    number: int
    run_id: str | None

    @property
    def sentence(self) -> str:
        """What a person is told."""
        whose = f" (of run {self.run_id})" if self.run_id else ""
        return (
            f"line {self.number} of the journal{whose} is damaged, or of another version of alarmchain,"
            " and was passed over"
        )


@dataclass(frozen=True, slots=True)
class JournalText:
    """A whole journal, oldest line first."""

    lines: tuple[Line, ...]
    damaged: tuple[DamagedLine, ...] = ()


def read_journal(path: Path) -> JournalText:
    """Read it. No file is an empty journal. Raises ``JournalUnusable`` when the file cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise no_file(path)
        data = path.read_bytes()
    except FileNotFoundError:
        return JournalText(())
    except OSError as error:
        raise unusable(path, error) from error
    lines: list[Line] = []
    damaged: list[DamagedLine] = []
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if not raw.strip():
            continue
        line = _parsed(raw)
        if line is not None:
            lines.append(line)
        else:
            seen = _RUN_ID.search(raw)
            damaged.append(DamagedLine(number, seen[1].decode() if seen else None))
    return JournalText(tuple(lines), tuple(damaged))


def _parsed(raw: bytes) -> Line | None:
    try:
        line = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) and _is_whole(line) else None


def _is_whole(line: Line) -> bool:
    """It is of this version and has what its event needs, with words that are known."""
    event = line.get("event")
    texts = ("event", "run_id", "at", *_TEXTS.get(str(event), ()))
    if line.get("schema") != SCHEMA or not all(isinstance(line.get(name), str) and line[name] for name in texts):
        return False
    if not all(line.get(name) is None or _is_a(kind, line[name]) for name, kind in _OPTIONAL.items()):
        return False
    if event == "intent":
        return isinstance(line.get("arguments"), dict) and line["kind"] in _KINDS and is_about_its_object(line)
    return event != "outcome" or line["outcome"] in _OUTCOMES


def _is_a(kind: type, value: object) -> bool:
    """Lists are lists of texts."""
    return isinstance(value, kind) and (not isinstance(value, list) or all(isinstance(item, str) for item in value))


def is_about_its_object(line: Line) -> bool:
    """The arguments of an announced addition are those of the line's resource and step, and can be compared with what
    is there. Undo looks at the arguments and removes the resource: these must never be two things."""
    resource, step, arguments = str(line["resource"]), str(line["step"]), line["arguments"]
    match line["operation"]:
        case "logs:PutMetricFilter":
            group, name = arguments.get("logGroupName"), arguments.get("filterName")
            names = {resource.partition(":log-group:")[2], step.partition(":log-group:")[2]}
            pattern, published = arguments.get("filterPattern"), arguments.get("metricTransformations")
            compared = isinstance(pattern, str) and isinstance(published, list)
            return compared and names == {f"{group}:metric-filter:{name}"}
        case "cloudwatch:PutMetricAlarm":
            name = arguments.get("AlarmName")
            return step == resource and name not in (None, "") and bool(resource.partition(":alarm:")[2] == name)
        case "sns:CreateTopic":
            return step == resource and resource == _topic_of(arguments)
        case "sns:Subscribe":
            shown = (arguments.get("Protocol"), arguments.get("Endpoint"), arguments.get("EndpointIdentity"))
            return all(isinstance(text, str) for text in shown) and (arguments.get("TopicArn"), step) == (
                resource,
                f"{resource}#{shown[2]}",
            )
        case operation:
            return operation in REMOVALS


def _topic_of(arguments: Mapping[str, Any]) -> object:
    """The topic of a ``CreateTopic``, which only its policy names in full."""
    try:
        return json.loads(arguments["Attributes"]["Policy"])["Statement"][0]["Resource"]
    except (KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None
