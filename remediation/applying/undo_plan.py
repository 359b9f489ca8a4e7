"""What undoing a run would do: each object of the run, looked at, and what is to become of it.

An object is removed when the run owns it (``ledger``), nobody has changed it, and nothing uses it but what goes too or
used it before (``usage``). Everything else stays, and why is said.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checker.arns import parse_arn
from checker.aws.access import AccountSession, AwsAccess
from checker.aws.call import CallFailed
from checker.errors import AwsUnavailable
from remediation.applying.history import History, JournalledCall, Run
from remediation.applying.objects import ObjectState, Presence, inspect, subscription_changes
from remediation.applying.usage import read_reliance
from remediation.errors import PlanRefused
from remediation.planning.steps import Step, StepKind
from remediation.planning.usage import Reliance, node_of


class UndoAction(StrEnum):
    """What undo does with an object."""

    REMOVE = "remove"
    LEAVE = "leave"
    EXPIRES = "expires"
    """Nobody has confirmed the subscription: SNS removes it itself."""
    GONE = "gone"
    """It does not exist (any more), or what exists is another run's."""
    UNSEEN = "unseen"
    """It could not be looked at; nothing is done."""


@dataclass(frozen=True, slots=True)
class UndoItem:
    """One object of the run. ``step`` is the removing call; ``why`` a sentence for everything but plain removal."""

    call: JournalledCall
    action: UndoAction
    step: Step
    why: str = ""


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing a run would do, in the order in which it would be done."""

    run: Run
    items: tuple[UndoItem, ...]

    @property
    def removals(self) -> tuple[UndoItem, ...]:
        """What would be removed."""
        return tuple(item for item in self.items if item.action is UndoAction.REMOVE)

    def has(self, action: UndoAction) -> bool:
        """Some object has this action."""
        return any(item.action is action for item in self.items)


ObjectName = tuple[str, str, str]
ReadReliance = Callable[[AccountSession, JournalledCall], Reliance]


class UndoRules:
    """What is to become of the objects of one run. Remembers which of them go."""

    def __init__(self, run: Run, history: History) -> None:
        self.history = history
        self._run = run
        self._going: set[ObjectName] = set()

    def goes(self, made: JournalledCall) -> None:
        """The object is removed: it relies on nothing any more."""
        self._going.add(_key(made))

    def judge(self, session: AccountSession, made: JournalledCall, read: ReadReliance) -> UndoItem:
        """What to do with the object now. Raises ``CallFailed`` when that cannot be seen."""
        step = removal(made)
        if why := self.history.ledger.why_not(made.step, self._run.run_id):
            return UndoItem(made, UndoAction.GONE, step, why)
        if made.arguments is None:
            why = "the journal's line about it is damaged, so whether it was changed cannot be told, and it stays"
            return UndoItem(made, UndoAction.LEAVE, step, why)
        state = inspect(session, StepKind(made.kind), made.region, made.arguments)
        if state.presence is Presence.ABSENT:
            return UndoItem(made, UndoAction.GONE, step)
        if state.details.get("pending"):
            why = "nobody has confirmed it, and SNS removes a pending subscription itself"
            return UndoItem(made, UndoAction.EXPIRES, step, f"{why} (with its topic, or after 48 hours)")
        if changed := changes_since(session, made, state):
            return UndoItem(made, UndoAction.LEAVE, step, f"it was changed since ({', '.join(changed)}), so it stays")
        if users := self._later_users(made, read(session, made)):
            return UndoItem(made, UndoAction.LEAVE, step, f"it is in use by {', '.join(users)}, so it stays")
        return UndoItem(made, UndoAction.REMOVE, removal(made, str(state.details.get("subscription_arn", ""))))

    def _later_users(self, made: JournalledCall, reliance: Reliance) -> list[str]:
        """Who relies on the object, but for what goes too and what was there when the run made it."""
        place = (made.account_id, made.region)
        gone = {name for account, region, name in self._going if (account, region) == place}
        earlier = self._run.calls[: self._run.calls.index(made)]
        there = _names((*earlier, *self._run.found), place) | set(made.used_by)
        return sorted(reliance.users(_node(made), without=gone) - (there - _names(self._made_later(made), place)))

    def _made_later(self, made: JournalledCall) -> Iterator[JournalledCall]:
        """What other runs own and made after the object: it came to rely on it, whatever had its name before. Runs may
        go on at once, so when they began does not tell."""
        owner = self.history.ledger.owner
        for run in self.history.runs:
            if run.run_id != self._run.run_id:
                yield from (call for call in run.calls if call.at > made.at and owner(call.step) == run.run_id)


def plan_undo(run: Run, history: History, access: AwsAccess) -> UndoPlan:
    """Look at everything that the run made. Raises ``PlanRefused`` for a run that is itself an undo."""
    if run.kind != "apply":
        raise PlanRefused(
            f"run {run.run_id} is itself an undo",
            hint="what it removed comes back with a new plan: alarmchain remediate --apply",
        )
    rules = UndoRules(run, history)
    known: dict[tuple[str, str], Reliance] = {}

    def read_once(session: AccountSession, made: JournalledCall) -> Reliance:
        place = (made.account_id, made.region)
        if place not in known:
            known[place] = read_now(run, session, made)
        return known[place]

    items = []
    for made in reversed(run.calls):
        if not made.may_have_made_something:
            continue
        try:
            item = rules.judge(enter(access, run, made), made, read_once)
        except AwsUnavailable as error:
            item = UndoItem(made, UndoAction.UNSEEN, removal(made), f"{error} ({error.hint})")
        except CallFailed as error:
            item = UndoItem(made, UndoAction.UNSEEN, removal(made), str(error))
        if item.action in (UndoAction.REMOVE, UndoAction.EXPIRES):
            rules.goes(made)
        items.append(item)
    return UndoPlan(run, tuple(items))


def read_now(run: Run, session: AccountSession, made: JournalledCall) -> Reliance:
    """Who relies on what in the account and region of the call. Raises ``CallFailed``."""
    place = (made.account_id, made.region)
    topics = {
        call.resource
        for call in run.calls
        if call.kind in (StepKind.TOPIC, StepKind.SUBSCRIPTION) and (call.account_id, call.region) == place
    }
    return read_reliance(session, made.region, topics=frozenset(topics))


def enter(access: AwsAccess, run: Run, made: JournalledCall) -> AccountSession:
    """The account of the call, with the connection that the run had. Raises ``AwsUnavailable``."""
    arn = parse_arn(made.resource)
    return access.open(
        made.account_id,
        region=made.region,
        partition=arn.partition if arn else "aws",
        connection=run.connections.get(made.account_id),
    )


def changes_since(session: AccountSession, made: JournalledCall, state: ObjectState) -> Sequence[str]:
    """What somebody has set since the run made the object, which is there and not pending. Raises ``CallFailed``."""
    if made.kind != StepKind.SUBSCRIPTION:
        return state.differences
    arn, own = str(state.details["subscription_arn"]), str(made.details.get("subscription_arn") or "")
    if own.startswith("arn:") and own != arn:
        return ("somebody made it anew",)
    return subscription_changes(session, made.region, arn)


def removal(made: JournalledCall, subscription_arn: str = "") -> Step:
    """The call that removes what the call made. By the resource alone, which every line about it has."""
    arguments: dict[str, Any]
    match made.kind:
        case StepKind.METRIC_FILTER:
            service, operation = "logs", "DeleteMetricFilter"
            group, _, name = made.resource.partition(":log-group:")[2].rpartition(":metric-filter:")
            arguments = {"logGroupName": group, "filterName": name}
        case StepKind.TOPIC:
            service, operation, arguments = "sns", "DeleteTopic", {"TopicArn": made.resource}
        case StepKind.SUBSCRIPTION:
            service, operation, arguments = "sns", "Unsubscribe", {"SubscriptionArn": subscription_arn}
        case _:
            service, operation = "cloudwatch", "DeleteAlarms"
            arguments = {"AlarmNames": [made.resource.partition(":alarm:")[2]]}
    return Step(
        id=made.step,
        kind=StepKind(made.kind),
        account_id=made.account_id,
        region=made.region,
        service=service,
        operation=operation,
        arguments=arguments,
        resource=made.resource,
        why="made by the run that is undone",
        controls=(),
    )


def _node(made: JournalledCall) -> Hashable:
    return node_of(StepKind(made.kind), made.resource, made.step)


def _names(calls: Iterable[JournalledCall], place: tuple[str, str]) -> set[str]:
    return {str(_node(call)) for call in calls if (call.account_id, call.region) == place}


def _key(made: JournalledCall) -> ObjectName:
    return made.account_id, made.region, str(_node(made))
