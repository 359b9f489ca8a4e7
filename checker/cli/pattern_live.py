"""Asks AWS itself what a pattern matches: ``logs:TestMetricFilter``, with the caller's credentials.

No emulator implements this operation faithfully, so this is the one check of our reading of the language against the
service. Nothing is created or changed by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from checker.errors import AwsUnavailable
from checker.patterns import PatternSyntaxError, matches, try_parse
from checker.patterns.matching.match import compact_json

MAX_MESSAGES = 50
"""Log events that one call of the operation takes."""


class LogsClient(Protocol):
    """The part of boto3's ``logs`` client that is used."""

    def test_metric_filter(self, *, filterPattern: str, logEventMessages: Sequence[str]) -> Any:  # noqa: N803 - boto3's
        """See the API reference."""


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """One event: whether we say that the pattern matches it, and whether AWS does."""

    event: Mapping[str, Any]
    expected: bool
    actual: bool


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """AWS's answer for one pattern. ``accepted`` is false when AWS refused the text as a pattern."""

    pattern: str
    accepted: bool
    expected_accepted: bool
    checks: tuple[LiveCheck, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether AWS says the same as we do, of every event."""
        return self.accepted == self.expected_accepted and all(check.expected == check.actual for check in self.checks)


def logs_client(profile: str | None, region: str | None) -> LogsClient:
    """A client from the usual credential chain. Raises `AwsUnavailable`."""
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        client: LogsClient = boto3.session.Session(profile_name=profile, region_name=region).client("logs")
    except BotoCoreError as error:
        raise AwsUnavailable(str(error), hint="give --profile and --region, or set AWS_PROFILE") from error
    return client


def ask_aws(client: LogsClient, pattern: str, events: Sequence[Mapping[str, Any]]) -> LiveAnswer:
    """What AWS says of ``pattern`` and the first 50 ``events``, beside what we say. Raises `AwsUnavailable`."""
    from botocore.exceptions import BotoCoreError, ClientError

    tree = try_parse(pattern)
    asked = list(events[:MAX_MESSAGES]) or [{"eventName": "ConsoleLogin"}]
    try:
        response = client.test_metric_filter(
            filterPattern=pattern, logEventMessages=[compact_json(event) for event in asked]
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "InvalidParameterException":
            return LiveAnswer(pattern, accepted=False, expected_accepted=not isinstance(tree, PatternSyntaxError))
        raise AwsUnavailable(
            f"logs:TestMetricFilter failed: {error}", hint="the caller needs the permission logs:TestMetricFilter"
        ) from error
    except BotoCoreError as error:
        raise AwsUnavailable(str(error), hint="give --profile and --region, or set AWS_PROFILE") from error
    if isinstance(tree, PatternSyntaxError):
        return LiveAnswer(pattern, accepted=True, expected_accepted=False)
    numbers = {match["eventNumber"] for match in response["matches"]}
    checks = tuple(LiveCheck(event, matches(tree, event), number in numbers) for number, event in enumerate(asked, 1))
    return LiveAnswer(pattern, accepted=True, expected_accepted=True, checks=checks)
