"""Making hop verdicts: region and account come from the resource's ARN. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.arns import parse_arn
from checker.facts import ReadFailure
from checker.findings import Hop, HopStatus, HopVerdict


def verdict(
    hop: Hop,
    status: HopStatus,
    reason: str,
    resource: str | None = None,
    *,
    region: str | None = None,
    account_id: str | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> HopVerdict:
    """A verdict about a resource."""
    arn = parse_arn(resource)
    return HopVerdict(
        hop=hop,
        status=status,
        reason=reason,
        resource=resource,
        region=region or (arn.region if arn else None) or None,
        account_id=account_id or (arn.account_id if arn else None) or None,
        evidence=evidence or {},
    )


def not_read(hop: Hop, failure: ReadFailure, what: str, *, region: str | None, account_id: str | None) -> HopVerdict:
    """The verdict when a read failed: unknown, with connection, action and message."""
    denied = f"{failure.action} failed" if failure.action else "the query failed"
    place = f" through connection {failure.connection}" if failure.connection else ""
    return HopVerdict(
        hop=hop,
        status=HopStatus.UNKNOWN,
        reason=f"{what} could not be read{place}: {denied}: {failure.message.rstrip('.')}.",
        region=region,
        account_id=account_id,
        evidence={"action": failure.action, "connection": failure.connection, "message": failure.message},
    )
