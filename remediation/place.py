"""An account and region, and the ARNs in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where objects are added. ``partition`` is the ARN's (``aws``, ``aws-cn``, ``aws-us-gov``)."""

    partition: str
    account_id: str
    region: str
    connection: str | None = None

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this place."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{rest}"
