"""Carries out a plan, one journalled call after the other.

For each step: look whether the object is there; write the intent; call; when the answer is lost, look again before
repeating; write the outcome. An account stops at its first failed step, the other accounts go on. Nothing here
prints: an observer is told of every result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from checker.aws.access import AccountSession, AwsAccess
from checker.aws.call import CallFailed, Response, call
from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from remediation.applying.journal import Journal, new_run_id
from remediation.applying.objects import ObjectState, Presence, inspect
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.planning.model import AccountPlan
from remediation.planning.steps import Step, StepKind

Observer = Callable[[StepResult], None]

_REPEATED = frozenset({FailureKind.THROTTLED, FailureKind.UNREACHABLE, FailureKind.AMBIGUOUS})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is tried, and how long is waited in between (seconds, doubled each time)."""

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 8.0
    sleep: Callable[[float], None] = time.sleep

    def waits(self) -> Iterator[float]:
        """The wait after each attempt but the last."""
        for attempt in range(self.attempts - 1):
            yield min(self.first_wait * 2**attempt, self.longest_wait)


@dataclass(frozen=True, slots=True)
class Executor:
    """What apply and undo work with."""

    access: AwsAccess
    journal: Journal
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    observe: Observer = lambda _: None


def apply_accounts(
    accounts: Sequence[AccountPlan], executor: Executor, *, controls: Sequence[str] = (), digest: str | None = None
) -> RunResult:
    """Carry out the plans of these accounts as one run. ``digest``: of the approved plan file.

    Raises ``JournalFailed`` when the journal cannot be written: before anything was called, or, should the disk
    fail in the middle, after the call whose intent is journalled.
    """
    run_id = new_run_id(datetime.now(UTC))
    journal = executor.journal
    journal.write(
        "run_started",
        run_id,
        kind="apply",
        undoes=None,
        controls=list(controls),
        accounts=[account.account_id for account in accounts],
        plan_digest=digest,
    )
    results: list[AccountResult] = []
    interrupted = False
    for account in accounts:
        run = _AccountRun(run_id, account, executor)
        try:
            run.go()
        except KeyboardInterrupt:
            interrupted = True
        results.append(run.result())
        if interrupted:
            break
    result = RunResult(run_id, tuple(results), interrupted)
    journal.write("run_finished", run_id, good=result.good, interrupted=interrupted)
    return result


class _AccountRun:
    """One account's steps. The result can be asked for at any time, also after an interrupt."""

    def __init__(self, run_id: str, account: AccountPlan, executor: Executor) -> None:
        self._run_id = run_id
        self._account = account
        self._executor = executor
        self._results: list[StepResult] = []
        self._error = ""
        self._caller = ""

    def result(self) -> AccountResult:
        reached = {result.step.id for result in self._results}
        rest = [StepResult(step, Outcome.NOT_REACHED) for step in self._account.calls if step.id not in reached]
        return AccountResult(self._account.account_id, (*self._results, *rest), self._error, self._caller)

    def go(self) -> None:
        account, journal = self._account, self._executor.journal
        if not account.calls:
            return
        try:
            session = self._executor.access.open(
                account.account_id,
                region=account.calls[0].region,
                partition=account.partition,
                connection=account.connection,
            )
        except AwsUnavailable as error:
            self._error = f"{error} ({error.hint})"
            journal.write("account_failed", self._run_id, account_id=account.account_id, message=str(error))
            return
        self._caller = session.identity.arn
        journal.write(
            "account_started",
            self._run_id,
            account_id=account.account_id,
            connection=account.connection,
            caller=self._caller,
        )
        for step in account.calls:
            result = _StepRun(self._run_id, step, session, self._executor).go()
            self._results.append(result)
            self._executor.observe(result)
            if not result.good:
                break
        good = all(result.good for result in self._results)
        journal.write("account_finished", self._run_id, account_id=account.account_id, good=good)


class _StepRun:
    def __init__(self, run_id: str, step: Step, session: AccountSession, executor: Executor) -> None:
        self._run_id = run_id
        self._step = step
        self._session = session
        self._executor = executor

    def go(self) -> StepResult:
        step = self._step
        try:
            seen = self._inspect()
        except CallFailed as error:
            return self._end(_failed(step, error, Outcome.FAILED))
        if seen.presence is Presence.OURS:
            message = "it waits for its confirmation" if seen.details.get("pending") else ""
            return self._end(StepResult(step, Outcome.ALREADY_THERE, message, details=seen.details))
        if seen.presence is Presence.OTHER:
            what = ", ".join(seen.differences)
            message = f"the name is taken by something else ({what} differ): it stays as it is. Make a new plan."
            return self._end(StepResult(step, Outcome.FAILED, message, action=step.iam_action))
        self._executor.journal.write(
            "intent",
            self._run_id,
            step=step.id,
            kind=step.kind,
            account_id=step.account_id,
            region=step.region,
            operation=f"{step.service}:{step.operation}",
            arguments=step.journalled_arguments,
            resource=step.resource,
            caller=self._session.identity.arn,
        )
        return self._end(self._call())

    def _call(self) -> StepResult:
        step = self._step
        waits = self._executor.retry.waits()
        while True:
            try:
                client = self._session.writer(step.service, step.region)
                return self._applied(call(client, step.service, step.operation, step.arguments))
            except CallFailed as error:
                failure = error
            if failure.kind is FailureKind.AMBIGUOUS and (found := self._after_lost_answer(failure)):
                return found
            wait = next(waits, None)
            if wait is None or not self._worth_repeating(failure):
                return _failed(step, failure, Outcome.FAILED)
            self._executor.retry.sleep(wait)

    def _after_lost_answer(self, failure: CallFailed) -> StepResult | None:
        """The result when the look settles it; ``None`` when the object is not there and the call may be repeated."""
        try:
            seen = self._inspect()
        except CallFailed as error:
            message = f"{failure}; and whether it took effect could not be seen: {error}"
            return StepResult(self._step, Outcome.UNKNOWN, message, failure.action, failure.code, failure.request_id)
        if seen.presence is Presence.ABSENT:
            return None
        if seen.presence is Presence.OTHER:
            return _failed(self._step, failure, Outcome.UNKNOWN)
        return self._settled(seen, "the answer was lost, the object is there", failure.request_id)

    def _worth_repeating(self, failure: CallFailed) -> bool:
        # A topic that was made a moment ago may not be known everywhere yet.
        fresh = failure.kind is FailureKind.NOT_FOUND and bool(self._step.depends_on)
        return failure.kind in _REPEATED or fresh

    def _applied(self, response: Response) -> StepResult:
        step = self._step
        if step.kind is not StepKind.SUBSCRIPTION:
            return StepResult(step, Outcome.APPLIED, request_id=response.request_id)
        returned = str(response.data.get("SubscriptionArn") or "")
        details = {"subscription_arn": returned, "pending": True}
        with suppress(CallFailed):
            # The returned ARN is no confirmation: only the topic's list tells.
            seen = self._inspect()
            details["pending"] = seen.details.get("pending", True)
        seen = ObjectState(Presence.OURS, details=details)
        return self._settled(seen, "", response.request_id)

    def _settled(self, seen: ObjectState, message: str, request_id: str | None) -> StepResult:
        if seen.details.get("pending"):
            asks = f"{self._step.shown_arguments.get('Endpoint')} has to confirm the subscription"
            message = f"{message}; {asks}" if message else asks
            return StepResult(self._step, Outcome.WAITING, message, request_id=request_id, details=seen.details)
        return StepResult(self._step, Outcome.APPLIED, message, request_id=request_id, details=seen.details)

    def _inspect(self) -> ObjectState:
        return inspect(self._session, self._step.kind, self._step.region, self._step.arguments)

    def _end(self, result: StepResult) -> StepResult:
        write_outcome(self._executor.journal, self._run_id, result)
        return result


def write_outcome(journal: Journal, run_id: str, result: StepResult) -> None:
    """Journal what became of a step."""
    step = result.step
    journal.write(
        "outcome",
        run_id,
        step=step.id,
        account_id=step.account_id,
        region=step.region,
        operation=f"{step.service}:{step.operation}",
        resource=step.resource,
        outcome=result.outcome,
        message=result.message,
        action=result.action,
        code=result.code,
        request_id=result.request_id,
        details=dict(result.details),
    )


def _failed(step: Step, failure: CallFailed, outcome: Outcome) -> StepResult:
    return StepResult(step, outcome, str(failure), failure.action, failure.code, failure.request_id)
