"""What became of our objects: everything that the journal's runs own, looked at now. Reads only.

Who changed or removed one is asked of CloudTrail: one page of events for each operation that can have done it, once an
account and region. Sources: CloudTrail API reference, ``LookupEvents`` (management events of the last 90 days of one
region, newest first, at most 50 a page, one attribute to look for); SNS API reference, ``Subscribe`` (a pending
subscription can be confirmed for two days).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from checker.aws.access import AccountSession, AwsAccess
from checker.aws.call import CallFailed, call
from checker.errors import AwsUnavailable
from remediation.applying.history import History, JournalledCall, Run
from remediation.applying.objects import Presence, inspect
from remediation.applying.undo_plan import changes_since, enter
from remediation.planning.steps import StepKind


class Condition(StrEnum):
    """How an object is now."""

    AS_MADE = "as made"
    PENDING = "pending"
    """A subscription that its endpoint has not confirmed."""
    CHANGED = "changed"
    GONE = "gone"
    NOT_MADE = "not made"
    """Nobody knows how its call ended, and it is not there."""
    UNSEEN = "not seen"
    """It could not be looked at."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """Who did it, as CloudTrail tells: the caller's ARN or name, the operation, when."""

    who: str
    operation: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StatusItem:
    """One object that a run owns. ``age``: seconds since it was made; ``why``: what differs, or what kept us from
    looking; ``by``: ``None`` when CloudTrail was not asked or does not tell."""

    call: JournalledCall
    run_id: str
    condition: Condition
    age: float
    why: str = ""
    by: Culprit | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """All objects that the journal's runs own, oldest first."""

    items: tuple[StatusItem, ...]

    def has(self, *conditions: Condition) -> bool:
        """Some object is in one of these conditions."""
        return any(item.condition in conditions for item in self.items)

    def count(self, condition: Condition) -> int:
        """How many objects are in the condition."""
        return sum(1 for item in self.items if item.condition is condition)


def look_at_ours(history: History, access: AwsAccess, *, now: datetime | None = None) -> Status:
    """Look at everything that a run owns. What cannot be seen costs that object only."""
    looker = _Looker(access, now or datetime.now(UTC))
    owners = history.ledger.owners
    return Status(tuple(looker.item(run, made, certain=owners[made.step].certain) for run, made in _owned(history)))


def _owned(history: History) -> Iterator[tuple[Run, JournalledCall]]:
    """The calls that made what runs own now, oldest first."""
    for run in reversed(history.runs):
        for made in run.calls:
            if run.kind == "apply" and history.ledger.owner(made.step) == run.run_id:
                yield run, made


class _Looker:
    """Looks, and remembers what CloudTrail said."""

    def __init__(self, access: AwsAccess, now: datetime) -> None:
        self._access = access
        self._now = now
        self._events: dict[tuple[str, str, str], tuple[Mapping[str, Any], ...]] = {}

    def item(self, run: Run, made: JournalledCall, *, certain: bool) -> StatusItem:
        """The object as it is now. ``certain``: it is known to have been made."""
        age = (self._now - _moment(made.at)).total_seconds()

        def found(condition: Condition, why: str = "", by: Culprit | None = None) -> StatusItem:
            return StatusItem(made, run.run_id, condition, age, why, by)

        if made.arguments is None:
            return found(Condition.UNSEEN, "the journal's line about it is damaged, so how it was made is not known")
        try:
            session = enter(self._access, run, made)
            state = inspect(session, StepKind(made.kind), made.region, made.arguments)
            there = state.presence is not Presence.ABSENT and not state.details.get("pending")
            differences = changes_since(session, made, state) if there else ()
        except AwsUnavailable as error:
            return found(Condition.UNSEEN, f"{error} ({error.hint})")
        except CallFailed as error:
            return found(Condition.UNSEEN, str(error))
        if state.presence is Presence.ABSENT and not certain:
            return found(Condition.NOT_MADE, "how its call ended is not known, and it is not there")
        if state.presence is Presence.ABSENT:
            return found(Condition.GONE, "", self._culprit(session, made))
        if differences:
            return found(Condition.CHANGED, f"{', '.join(differences)} differ", self._culprit(session, made))
        return found(Condition.PENDING if state.details.get("pending") else Condition.AS_MADE)

    def _culprit(self, session: AccountSession, made: JournalledCall) -> Culprit | None:
        """The last call on the object that was not ours."""
        found = [
            (event, told)
            for operation in _CHANGING[StepKind(made.kind)]
            for event in self._events_of(session, made, operation)
            if (told := _told(event)) and _is_about(told, made) and not _is_ours(told, made)
        ]
        since = _moment(made.at)
        later = [(event, told) for event, told in found if event["EventTime"] >= since]
        if not later:
            return None
        event, told = max(later, key=lambda pair: pair[0]["EventTime"])
        identity = told.get("userIdentity") or {}
        who = identity.get("arn") or identity.get("invokedBy") or event.get("Username") or "somebody"
        return Culprit(str(who), str(event.get("EventName")), event["EventTime"])

    def _events_of(self, session: AccountSession, made: JournalledCall, operation: str) -> Sequence[Mapping[str, Any]]:
        """The last events of the operation in the account and region; none when CloudTrail does not answer."""
        key = (made.account_id, made.region, operation)
        if key not in self._events:
            asked = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": operation}], "MaxResults": 50}
            try:
                answer = call(session.reader("cloudtrail", made.region), "cloudtrail", "LookupEvents", asked).data
                self._events[key] = tuple(answer.get("Events", ()))
            except CallFailed:
                self._events[key] = ()
        return self._events[key]


_CHANGING = {
    StepKind.METRIC_FILTER: ("PutMetricFilter", "DeleteMetricFilter", "DeleteLogGroup"),
    StepKind.TOPIC: ("SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"),
    StepKind.SUBSCRIPTION: ("Unsubscribe", "SetSubscriptionAttributes", "DeleteTopic"),
    StepKind.ALARM: ("PutMetricAlarm", "DeleteAlarms", "DisableAlarmActions"),
}
"""Operations that change or remove an object of the kind."""


def _told(event: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        told = json.loads(event.get("CloudTrailEvent") or "null")
    except ValueError:
        return {}
    return told if isinstance(told, Mapping) and not told.get("errorCode") else {}


def _is_about(told: Mapping[str, Any], made: JournalledCall) -> bool:
    """The event's request names the object: all of the words that identify it."""
    words = set(_words(told.get("requestParameters")))
    arguments = made.arguments or {}
    match made.kind:
        case StepKind.METRIC_FILTER if told.get("eventName") == "DeleteLogGroup":
            return arguments["logGroupName"] in words
        case StepKind.METRIC_FILTER:
            return {arguments["logGroupName"], arguments["filterName"]} <= words
        case StepKind.ALARM:
            return arguments["AlarmName"] in words
        case StepKind.SUBSCRIPTION:
            return made.details.get("subscription_arn") in words or made.resource in words
        case _:
            return made.resource in words


def _words(value: Any) -> Iterable[str]:
    """Every text in the value, however deep."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _is_ours(told: Mapping[str, Any], made: JournalledCall) -> bool:
    """It is the call that made the object; without the id of an answer, whoever made it is taken for us."""
    if made.request_id is not None:
        return told.get("requestID") == made.request_id
    return told.get("eventName") == made.operation


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
