"""What became of our objects, as text for people and as JSON-ready data. Fields are added, never renamed. Pure."""

from __future__ import annotations

from typing import Any

from checker.text.printable import printable
from checker.text.secrets import mask_text
from remediation.applying.status import Condition, Status, StatusItem
from remediation.showing.text import call_words

_STEPS = ((86400, "day"), (3600, "hour"), (60, "minute"))
_TWO_DAYS = 2 * 86400


def status_text(status: Status) -> str:
    """One line an object, and a summary."""
    if not status.items:
        return "no run of the journal owns anything\n"
    counts = [f"{number} {condition}" for condition in Condition if (number := status.count(condition))]
    lines = [_line(item) for item in status.items]
    return printable("".join(f"{line}\n" for line in [*lines, "; ".join(counts)]))


def _line(item: StatusItem) -> str:
    call = item.call
    what = f"{item.condition:>9}  {call.account_id}  {call.region}  {call_words(call)}"
    details = [mask_text(item.why)] if item.why else []
    if item.condition is Condition.PENDING:
        details.append(f"asked {age(item.age)} ago, not confirmed")
        if item.age > _TWO_DAYS:
            details.append("too late to confirm it: SNS takes a confirmation for two days")
    if item.by is not None:
        details.append(f"by {item.by.who} ({item.by.operation}, {item.by.at.isoformat()})")
    elif item.condition in (Condition.CHANGED, Condition.GONE):
        details.append("CloudTrail does not tell by whom")
    return f"{what}: {'; '.join([*details, f'run {item.run_id}'])}"


def age(seconds: float) -> str:
    """``3 days``, ``1 hour``; less than a minute is ``seconds``."""
    for length, word in _STEPS:
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "seconds"


def status_document(status: Status) -> dict[str, Any]:
    """Every object with its state."""
    return {
        "items": [
            {
                "account_id": item.call.account_id,
                "region": item.call.region,
                "kind": item.call.kind,
                "resource": item.call.resource,
                "arguments": None if item.call.arguments is None else dict(item.call.arguments),
                "run_id": item.run_id,
                "made_at": item.call.at,
                "age_seconds": int(item.age),
                "state": str(item.condition),
                "why": mask_text(item.why) or None,
                "changed_by": None
                if item.by is None
                else {"who": item.by.who, "operation": item.by.operation, "at": item.by.at.isoformat()},
            }
            for item in status.items
        ],
        "counts": {str(condition): status.count(condition) for condition in Condition},
    }
