"""Takes a run back: removes what it created and nobody has changed since, in reverse order.

``plan_undo`` looks at every object first and says what would be removed and what would stay, and why;
``carry_out_undo`` looks again immediately before each removal. Both may be repeated: what is gone is gone.
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
from remediation.applying.apply import Executor, write_outcome
from remediation.applying.history import JournalledCall, Run
from remediation.applying.journal import new_run_id
from remediation.applying.objects import (
    ObjectState,
    Presence,
    alarms_using,
    inspect,
    subscription_changes,
    subscriptions,
)
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.errors import PlanRefused
from remediation.planning.steps import Step, StepKind


class UndoAction(StrEnum):
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


def plan_undo(run: Run, access: AwsAccess) -> UndoPlan:
    """Look at everything that the run made. Raises ``PlanRefused`` for a run that is itself an undo."""
    if run.kind != "apply":
        raise PlanRefused(
            f"run {run.run_id} is itself an undo",
            hint="what it removed comes back with a new plan: alarmchain remediate --apply",
        )
    calls = [call for call in reversed(run.calls) if call.may_have_made_something]
    items = []
    for made in calls:
        try:
            session = _enter(access, run, made)
        except AwsUnavailable as error:
            items.append(UndoItem(made, UndoAction.UNSEEN, removal(made, ""), f"{error} ({error.hint})"))
            continue
        items.append(_judge(session, made, calls))
    return UndoPlan(run, tuple(items))


def carry_out_undo(plan: UndoPlan, executor: Executor) -> RunResult:
    """Remove what the plan says, as a run of its own. Raises ``JournalFailed`` like ``apply_accounts``."""
    run = plan.run
    run_id = new_run_id(datetime.now(UTC))
    accounts = list(dict.fromkeys(item.call.account_id for item in plan.items))
    executor.journal.write(
        "run_started", run_id, kind="undo", undoes=run.run_id, controls=list(run.controls), accounts=accounts
    )
    results: dict[str, list[StepResult]] = {account: [] for account in accounts}
    callers: dict[str, str] = {}
    errors: dict[str, str] = {}
    interrupted = False
    calls = [item.call for item in plan.items]
    try:
        for item in plan.items:
            account = item.call.account_id
            try:
                session = _enter(executor.access, run, item.call)
            except AwsUnavailable as error:
                if account not in errors:
                    errors[account] = f"{error} ({error.hint})"
                    executor.journal.write("account_failed", run_id, account_id=account, message=str(error))
                continue
            if account not in callers:
                callers[account] = session.identity.arn
                executor.journal.write(
                    "account_started",
                    run_id,
                    account_id=account,
                    connection=run.connections.get(account),
                    caller=session.identity.arn,
                )
            result = _Removal(run_id, item.call, session, executor, calls).go()
            results[account].append(result)
            executor.observe(result)
    except KeyboardInterrupt:
        interrupted = True
    done = tuple(
        AccountResult(account, tuple(results[account]), errors.get(account, ""), callers.get(account, ""))
        for account in accounts
    )
    result_of_run = RunResult(run_id, done, interrupted)
    executor.journal.write("run_finished", run_id, good=result_of_run.good, interrupted=interrupted)
    return result_of_run


class _Removal:
    def __init__(
        self,
        run_id: str,
        call: JournalledCall,
        session: AccountSession,
        executor: Executor,
        calls: list[JournalledCall],
    ) -> None:
        self._run_id = run_id
        self._journalled_call = call
        self._session = session
        self._executor = executor
        self._calls = calls

    def go(self) -> StepResult:
        item = _judge(self._session, self._journalled_call, self._calls)
        match item.action:
            case UndoAction.GONE:
                return self._end(StepResult(item.step, Outcome.ALREADY_GONE, item.why))
            case UndoAction.LEAVE:
                return self._end(StepResult(item.step, Outcome.LEFT, item.why))
            case UndoAction.UNSEEN:
                return self._end(StepResult(item.step, Outcome.FAILED, item.why))
        step = item.step
        self._executor.journal.write(
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
        waits = self._executor.retry.waits()
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
                    gone = self._inspect().presence is Presence.ABSENT
                except CallFailed as error:
                    message = f"{failure}; and whether it took effect could not be seen: {error}"
                    return StepResult(step, Outcome.UNKNOWN, message, failure.action, failure.code)
                if gone:
                    return StepResult(step, Outcome.REMOVED, "the answer was lost, the object is gone")
            wait = next(waits, None)
            if wait is None or not again:
                return StepResult(step, Outcome.FAILED, str(failure), failure.action, failure.code, failure.request_id)
            self._executor.retry.sleep(wait)

    def _inspect(self) -> ObjectState:
        return inspect(self._session, self._step_kind, self._journalled_call.region, self._journalled_call.arguments)

    @property
    def _step_kind(self) -> StepKind:
        return StepKind(self._journalled_call.kind)

    def _end(self, result: StepResult) -> StepResult:
        write_outcome(self._executor.journal, self._run_id, result)
        return result


def _enter(access: AwsAccess, run: Run, call: JournalledCall) -> AccountSession:
    arn = parse_arn(call.resource)
    return access.open(
        call.account_id,
        region=call.region,
        partition=arn.partition if arn else "aws",
        connection=run.connections.get(call.account_id),
    )


def _judge(session: AccountSession, call: JournalledCall, calls: list[JournalledCall]) -> UndoItem:
    """What to do with the object now. ``calls``: all of the run, because they may use each other."""
    step = removal(call, "")
    try:
        seen = inspect(session, StepKind(call.kind), call.region, call.arguments)
        if seen.presence is Presence.ABSENT:
            return UndoItem(call, UndoAction.GONE, step)
        if seen.presence is Presence.OTHER:
            changed = ", ".join(seen.differences)
            return UndoItem(call, UndoAction.LEAVE, step, f"it was changed since ({changed}), so it stays")
        if call.kind == StepKind.SUBSCRIPTION:
            return _judge_subscription(session, call, seen)
        if call.kind == StepKind.TOPIC and (users := _users(session, call, calls)):
            return UndoItem(call, UndoAction.LEAVE, step, f"it is in use by {', '.join(users)}, so it stays")
    except CallFailed as error:
        return UndoItem(call, UndoAction.UNSEEN, step, str(error))
    return UndoItem(call, UndoAction.REMOVE, step)


def _judge_subscription(session: AccountSession, call: JournalledCall, seen: ObjectState) -> UndoItem:
    arn = str(seen.details["subscription_arn"])
    step = removal(call, arn)
    if seen.details["pending"]:
        why = (
            "nobody has confirmed it, and SNS removes a pending subscription itself (with its topic, or after 48 hours)"
        )
        return UndoItem(call, UndoAction.LEAVE, step, why)
    if changed := subscription_changes(session, call.region, arn):
        return UndoItem(call, UndoAction.LEAVE, step, f"it was changed since ({', '.join(changed)}), so it stays")
    return UndoItem(call, UndoAction.REMOVE, step)


def _users(session: AccountSession, call: JournalledCall, calls: list[JournalledCall]) -> list[str]:
    """Who else uses the topic: subscribers that are not the run's or were changed, alarms that it did not make."""
    own = {
        str(other.arguments["EndpointIdentity"])
        for other in calls
        if other.kind == StepKind.SUBSCRIPTION and other.resource == call.resource
    }
    own_alarms = {
        str(other.arguments["AlarmName"])
        for other in calls
        if other.kind == StepKind.ALARM and (other.account_id, other.region) == (call.account_id, call.region)
    }
    found = subscriptions(session, call.region, call.resource)
    kept = {
        identity
        for identity, arn in found.items()
        if identity in own and arn.startswith("arn:") and subscription_changes(session, call.region, arn)
    }
    subscribed = sorted((set(found) - own) | kept)
    alarms = sorted(set(alarms_using(session, call.region, call.resource)) - own_alarms)
    return [f"subscription {identity}" for identity in subscribed] + [f"alarm {name}" for name in alarms]


_Removing = Callable[[JournalledCall, str], tuple[str, str, Mapping[str, Any]]]

_REMOVING: dict[StepKind, _Removing] = {
    StepKind.METRIC_FILTER: lambda call, _: (
        "logs",
        "DeleteMetricFilter",
        {name: call.arguments[name] for name in ("logGroupName", "filterName")},
    ),
    StepKind.TOPIC: lambda call, _: ("sns", "DeleteTopic", {"TopicArn": call.resource}),
    StepKind.SUBSCRIPTION: lambda _, arn: ("sns", "Unsubscribe", {"SubscriptionArn": arn}),
    StepKind.ALARM: lambda call, _: ("cloudwatch", "DeleteAlarms", {"AlarmNames": [call.arguments["AlarmName"]]}),
}


def removal(call: JournalledCall, subscription_arn: str) -> Step:
    """The call that removes what the call made."""
    kind = StepKind(call.kind)
    service, operation, arguments = _REMOVING[kind](call, subscription_arn)
    return Step(
        id=call.step,
        kind=kind,
        account_id=call.account_id,
        region=call.region,
        service=service,
        operation=operation,
        arguments=arguments,
        resource=call.resource,
        why="made by the run that is undone",
        controls=(),
    )
