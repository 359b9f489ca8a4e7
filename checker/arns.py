"""Amazon Resource Names, taken apart. Pure.

Source: AWS General Reference, "Amazon Resource Names (ARNs)": ``arn:partition:service:region:account:resource``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN; ``resource`` is all that follows the account, colons included."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account_id}:{self.resource}"


def parse_arn(text: str | None) -> Arn | None:
    """The ARN in ``text``, or ``None`` when it is not one."""
    parts = (text or "").split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(*parts[1:])


@dataclass(frozen=True, slots=True)
class LogGroupId:
    """A log group: names are unique per account and region only."""

    account_id: str
    region: str
    name: str
    partition: str = "aws"

    @property
    def arn(self) -> str:
        """The group's ARN without the ``:*`` that CloudTrail appends."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account_id}:log-group:{self.name}"


def parse_log_group_arn(text: str | None) -> LogGroupId | None:
    """The log group that a trail names (``...:log-group:NAME:*``), or ``None`` when the text is not such an ARN."""
    arn = parse_arn(text)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        return None
    name = arn.resource.removeprefix("log-group:").removesuffix(":*")
    return LogGroupId(arn.account_id, arn.region, name, arn.partition) if name else None


def first_region_of(partition: str | None) -> str:
    """The region to look from first in a partition: enabled in every account, and home of the global events."""
    return {
        "aws-cn": "cn-north-1",
        "aws-us-gov": "us-gov-west-1",
        "aws-iso": "us-iso-east-1",
        "aws-iso-b": "us-isob-east-1",
        "aws-iso-e": "eu-isoe-west-1",
        "aws-iso-f": "us-isof-south-1",
        "aws-eusc": "eusc-de-east-1",
    }.get(partition or "aws", "us-east-1")


@dataclass(frozen=True, slots=True)
class Place:
    """An account and region. ``partition`` is the ARN's (``aws``, ``aws-cn``, ``aws-us-gov``)."""

    partition: str
    account_id: str
    region: str
    connection: str | None = None

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this place."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{rest}"
