"""Asks AWS itself what a pattern matches: ``logs:TestMetricFilter``, with the caller's credentials.

No emulator implements this operation faithfully, so this is the one check of our reading of the language against the
service. Nothing is created or changed by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from checker.patterns import PatternSyntaxError, matches, try_parse
from checker.patterns.matching.match import compact_json

if TYPE_CHECKING:
    from checker.aws.call import Client

_HINT = "give --profile and --region, or set AWS_PROFILE and AWS_REGION"
_HINTS = {
    FailureKind.DENIED: "the caller needs the permission logs:TestMetricFilter",
    FailureKind.THROTTLED: "try again later",
}

MAX_MESSAGES = 50
"""Log events that one call of the operation takes."""


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


def logs_client(profile: str | None, region: str | None) -> Client:
    """A client for the profile, else for the default credentials. Asks nothing yet."""
    from checker.aws.sessions import Sessions

    sessions = Sessions([profile] if profile else (), region=region)
    connection = sessions.connections[0]
    return sessions.client(connection, "logs", sessions.first_region(connection))


def ask_aws(client: Client, pattern: str, events: Sequence[Mapping[str, Any]]) -> LiveAnswer:
    """What AWS says of ``pattern`` and the first 50 ``events``, beside what we say. Raises `AwsUnavailable`."""
    from checker.aws.call import CallFailed, call

    tree = try_parse(pattern)
    asked = list(events[:MAX_MESSAGES]) or [{"eventName": "ConsoleLogin"}]
    arguments = {"filterPattern": pattern, "logEventMessages": [compact_json(event) for event in asked]}
    try:
        answer = call(client, "logs", "TestMetricFilter", arguments).data
    except CallFailed as error:
        if error.code == "InvalidParameterException":
            return LiveAnswer(pattern, accepted=False, expected_accepted=not isinstance(tree, PatternSyntaxError))
        raise AwsUnavailable(str(error), hint=_HINTS.get(error.kind, _HINT)) from error
    if isinstance(tree, PatternSyntaxError):
        return LiveAnswer(pattern, accepted=True, expected_accepted=False)
    numbers = {match["eventNumber"] for match in answer["matches"]}
    checks = tuple(LiveCheck(event, matches(tree, event), number in numbers) for number, event in enumerate(asked, 1))
    return LiveAnswer(pattern, accepted=True, expected_accepted=True, checks=checks)
