"""Takes a run back: removes what it created and nobody has changed since, in reverse order.

``plan_undo`` looks at every object first and says what would be removed and what would stay, and why; ``undo`` looks
again immediately before each removal. Both may be repeated: what is gone is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from checker.arns import parse_arn
from checker.aws.access import AccountSession, AwsAccess
from checker.aws.call import CallFailed, call
from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from remediation.applying.apply import Workshop, write_outcome
from remediation.applying.history import Deed, Run
from remediation.applying.journal import new_run_id
from remediation.applying.objects import Presence, Sight, alarms_using, look, subscription_changes, subscriptions
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.errors import PlanRefused
from remediation.planning.steps import Step, StepKind


class Fate(StrEnum):
    """What undo does with an object."""

    REMOVE = "remove"
    LEAVE = "leave"
    GONE = "gone"
    """It does not exist (any more)."""
    UNSEEN = "unseen"
    """It could not be looked at; nothing is done."""


@dataclass(frozen=True, slots=True)
class UndoItem:
    """One object of the run. ``step`` is the removing call; ``why`` a sentence for everything but plain removal."""

    deed: Deed
    fate: Fate
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
        return tuple(item for item in self.items if item.fate is Fate.REMOVE)


def plan_undo(run: Run, access: AwsAccess) -> UndoPlan:
    """Look at everything that the run made. Raises ``PlanRefused`` for a run that is itself an undo."""
    if run.kind != "apply":
        raise PlanRefused(
            f"run {run.run_id} is itself an undo",
            hint="what it removed comes back with a new plan: alarmchain remediate --apply",
        )
    deeds = [deed for deed in reversed(run.deeds) if deed.may_have_made_something]
    items = []
    for deed in deeds:
        try:
            session = _enter(access, run, deed)
        except AwsUnavailable as error:
            items.append(UndoItem(deed, Fate.UNSEEN, removal(deed, ""), f"{error} ({error.hint})"))
            continue
        items.append(_judge(session, deed, deeds))
    return UndoPlan(run, tuple(items))


def undo(plan: UndoPlan, workshop: Workshop) -> RunResult:
    """Remove what the plan says, as a run of its own. Raises ``JournalFailed`` like ``apply_accounts``."""
    run = plan.run
    run_id = new_run_id(datetime.now(UTC))
    accounts = list(dict.fromkeys(item.deed.account_id for item in plan.items))
    workshop.journal.write(
        "run_started", run_id, kind="undo", undoes=run.run_id, controls=list(run.controls), accounts=accounts
    )
    results: dict[str, list[StepResult]] = {account: [] for account in accounts}
    callers: dict[str, str] = {}
    errors: dict[str, str] = {}
    interrupted = False
    deeds = [item.deed for item in plan.items]
    try:
        for item in plan.items:
            account = item.deed.account_id
            try:
                session = _enter(workshop.access, run, item.deed)
            except AwsUnavailable as error:
                if account not in errors:
                    errors[account] = f"{error} ({error.hint})"
                    workshop.journal.write("account_failed", run_id, account_id=account, message=str(error))
                continue
            if account not in callers:
                callers[account] = session.identity.arn
                workshop.journal.write(
                    "account_started",
                    run_id,
                    account_id=account,
                    connection=run.connections.get(account),
                    caller=session.identity.arn,
                )
            result = _Removal(run_id, item.deed, session, workshop, deeds).go()
            results[account].append(result)
            workshop.observe(result)
    except KeyboardInterrupt:
        interrupted = True
    done = tuple(
        AccountResult(account, tuple(results[account]), errors.get(account, ""), callers.get(account, ""))
        for account in accounts
    )
    result_of_run = RunResult(run_id, done, interrupted)
    workshop.journal.write("run_finished", run_id, good=result_of_run.good, interrupted=interrupted)
    return result_of_run


class _Removal:
    def __init__(self, run_id: str, deed: Deed, session: AccountSession, workshop: Workshop, deeds: list[Deed]) -> None:
        self._run_id = run_id
        self._deed = deed
        self._session = session
        self._workshop = workshop
        self._deeds = deeds

    def go(self) -> StepResult:
        item = _judge(self._session, self._deed, self._deeds)
        match item.fate:
            case Fate.GONE:
                return self._end(StepResult(item.step, Outcome.ALREADY_GONE, item.why))
            case Fate.LEAVE:
                return self._end(StepResult(item.step, Outcome.LEFT, item.why))
            case Fate.UNSEEN:
                return self._end(StepResult(item.step, Outcome.FAILED, item.why))
        step = item.step
        self._workshop.journal.write(
            "intent",
            self._run_id,
            step=step.id,
            kind=step.kind,
            account_id=step.account_id,
            region=step.region,
            operation=f"{step.service}:{step.operation}",
            arguments=dict(step.arguments),
            resource=step.resource,
            caller=self._session.identity.arn,
        )
        return self._end(self._call(step))

    def _call(self, step: Step) -> StepResult:
        waits = self._workshop.patience.waits()
        while True:
            try:
                client = self._session.writer(step.service, step.region)
                response = call(client, step.service, step.operation, step.arguments)
                return StepResult(step, Outcome.REMOVED, request_id=response.request_id)
            except CallFailed as error:
                failure = error
            if failure.kind is FailureKind.NOT_FOUND:
                return StepResult(step, Outcome.REMOVED, request_id=failure.request_id)
            again = failure.kind in (FailureKind.THROTTLED, FailureKind.UNREACHABLE, FailureKind.AMBIGUOUS)
            if failure.kind is FailureKind.AMBIGUOUS:
                try:
                    gone = self._look().presence is Presence.ABSENT
                except CallFailed as error:
                    message = f"{failure}; and whether it took effect could not be seen: {error}"
                    return StepResult(step, Outcome.UNKNOWN, message, failure.action, failure.code)
                if gone:
                    return StepResult(step, Outcome.REMOVED, "the answer was lost, the object is gone")
            wait = next(waits, None)
            if wait is None or not again:
                return StepResult(step, Outcome.FAILED, str(failure), failure.action, failure.code, failure.request_id)
            self._workshop.patience.sleep(wait)

    def _look(self) -> Sight:
        return look(self._session, self._step_kind, self._deed.region, self._deed.arguments)

    @property
    def _step_kind(self) -> StepKind:
        return StepKind(self._deed.kind)

    def _end(self, result: StepResult) -> StepResult:
        write_outcome(self._workshop.journal, self._run_id, result)
        return result


def _enter(access: AwsAccess, run: Run, deed: Deed) -> AccountSession:
    arn = parse_arn(deed.resource)
    return access.open(
        deed.account_id,
        region=deed.region,
        partition=arn.partition if arn else "aws",
        connection=run.connections.get(deed.account_id),
    )


def _judge(session: AccountSession, deed: Deed, deeds: list[Deed]) -> UndoItem:
    """What to do with the object now. ``deeds``: all of the run, because they may use each other."""
    step = removal(deed, "")
    try:
        sight = look(session, StepKind(deed.kind), deed.region, deed.arguments)
        if sight.presence is Presence.ABSENT:
            return UndoItem(deed, Fate.GONE, step)
        if sight.presence is Presence.OTHER:
            changed = ", ".join(sight.differences)
            return UndoItem(deed, Fate.LEAVE, step, f"it was changed since ({changed}), so it stays")
        if deed.kind == StepKind.SUBSCRIPTION:
            return _judge_subscription(session, deed, sight)
        if deed.kind == StepKind.TOPIC and (users := _users(session, deed, deeds)):
            return UndoItem(deed, Fate.LEAVE, step, f"it is in use by {', '.join(users)}, so it stays")
    except CallFailed as error:
        return UndoItem(deed, Fate.UNSEEN, step, str(error))
    return UndoItem(deed, Fate.REMOVE, step)


def _judge_subscription(session: AccountSession, deed: Deed, sight: Sight) -> UndoItem:
    arn = str(sight.details["subscription_arn"])
    step = removal(deed, arn)
    if sight.details["pending"]:
        why = (
            "nobody has confirmed it, and SNS removes a pending subscription itself (with its topic, or after 48 hours)"
        )
        return UndoItem(deed, Fate.LEAVE, step, why)
    if changed := subscription_changes(session, deed.region, arn):
        return UndoItem(deed, Fate.LEAVE, step, f"it was changed since ({', '.join(changed)}), so it stays")
    return UndoItem(deed, Fate.REMOVE, step)


def _users(session: AccountSession, deed: Deed, deeds: list[Deed]) -> list[str]:
    """Who else uses the topic: subscribers that are not the run's or were changed, alarms that it did not make."""
    own = {
        str(other.arguments["EndpointIdentity"])
        for other in deeds
        if other.kind == StepKind.SUBSCRIPTION and other.resource == deed.resource
    }
    own_alarms = {
        str(other.arguments["AlarmName"])
        for other in deeds
        if other.kind == StepKind.ALARM and (other.account_id, other.region) == (deed.account_id, deed.region)
    }
    found = subscriptions(session, deed.region, deed.resource)
    kept = {
        identity
        for identity, arn in found.items()
        if identity in own and arn.startswith("arn:") and subscription_changes(session, deed.region, arn)
    }
    subscribed = sorted((set(found) - own) | kept)
    alarms = sorted(set(alarms_using(session, deed.region, deed.resource)) - own_alarms)
    return [f"subscription {identity}" for identity in subscribed] + [f"alarm {name}" for name in alarms]


_Removing = Callable[[Deed, str], tuple[str, str, Mapping[str, Any]]]

_REMOVING: dict[StepKind, _Removing] = {
    StepKind.METRIC_FILTER: lambda deed, _: (
        "logs",
        "DeleteMetricFilter",
        {name: deed.arguments[name] for name in ("logGroupName", "filterName")},
    ),
    StepKind.TOPIC: lambda deed, _: ("sns", "DeleteTopic", {"TopicArn": deed.resource}),
    StepKind.SUBSCRIPTION: lambda _, arn: ("sns", "Unsubscribe", {"SubscriptionArn": arn}),
    StepKind.ALARM: lambda deed, _: ("cloudwatch", "DeleteAlarms", {"AlarmNames": [deed.arguments["AlarmName"]]}),
}


def removal(deed: Deed, subscription_arn: str) -> Step:
    """The call that removes what the deed made."""
    kind = StepKind(deed.kind)
    service, operation, arguments = _REMOVING[kind](deed, subscription_arn)
    return Step(
        id=deed.step,
        kind=kind,
        account_id=deed.account_id,
        region=deed.region,
        service=service,
        operation=operation,
        arguments=arguments,
        resource=deed.resource,
        why="made by the run that is undone",
        controls=(),
    )
