"""What a hop answers, in one shape: a verdict, what the chain goes on with, and what was not verified. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from checker.arns import parse_arn
from checker.chain.commands import typed
from checker.chain.reasons import Code
from checker.facts import FailureKind, ReadFailure
from checker.findings import HopVerdict

Next = TypeVar("Next")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Next]):
    """One way through a hop. ``follow`` is what the next hop is asked about; ``None`` ends the chain here."""

    verdict: HopVerdict
    follow: Next | None = None
    unverified: tuple[str, ...] = ()


def verdict(
    code: Code,
    reason: str,
    remedy: str | None = None,
    resource: str | None = None,
    *,
    region: str | None = None,
    account_id: str | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> HopVerdict:
    """A verdict about a resource. Hop and status are the code's, and so is the remedy where none is given; region and
    account come from the resource's ARN."""
    arn = parse_arn(resource)
    return HopVerdict(
        hop=code.value.hop,
        status=code.value.status,
        reason=reason,
        resource=resource,
        region=region or (arn.region if arn else None) or None,
        account_id=account_id or (arn.account_id if arn else None) or None,
        evidence=evidence or {},
        code=code.name,
        remedy=code.value.remedy if remedy is None else remedy,
    )


def unknown_fields(code: Code, named: str, fields: Iterable[Any], resource: str | None) -> HopVerdict | None:
    """The verdict on an object that would hold, were not a field set that is not decided; ``None`` when none is.

    ``fields`` are the ``unknown_fields`` of the objects that ``named`` speaks of.
    """
    found = sorted({str(name) for names in fields for name in names or ()})
    if not found:
        return None
    are = "is" if len(found) == 1 else "are"
    reason = f"{named}: {', '.join(found)} {are} set, and this version of alarmchain does not decide what that changes."
    return verdict(code, reason, resource=resource)


def not_read(code: Code, failure: ReadFailure, what: str, *, region: str | None, account_id: str | None) -> HopVerdict:
    """The verdict when a read failed: unknown, with connection, action and message."""
    denied = f"{failure.action} failed" if failure.action else "the query failed"
    place = f" through connection {failure.connection}" if failure.connection else ""
    return verdict(
        code,
        f"{what} could not be read{place}: {denied}: {failure.message.rstrip('.')}.",
        _after_failure(failure),
        region=region,
        account_id=account_id,
        evidence={"action": failure.action, "connection": failure.connection, "message": failure.message},
    )


def _after_failure(failure: ReadFailure) -> str:
    """What to do, by why the read failed: a permission helps against a refusal only."""
    if failure.kind is FailureKind.THROTTLED:
        return f"Check again with fewer reads at a time: {typed('alarmchain', 'check', '--concurrency', '2')}."
    if failure.kind in (FailureKind.UNREACHABLE, FailureKind.AMBIGUOUS) or failure.action is None:
        return f"Check again: {typed('alarmchain', 'check', '--fresh')}."
    if failure.kind is FailureKind.DENIED:
        return f"Allow {failure.action} there."
    return f"Allow {failure.action} there, or repair what its message says."
