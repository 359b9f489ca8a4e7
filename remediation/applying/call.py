"""One journalled call, for adding and for removing: the intent on the disk, the call, the outcome on the disk.

Nothing is repeated blindly. ``PutMetricAlarm`` and ``PutMetricFilter`` replace what has the name (CloudWatch and
CloudWatch Logs API references), so whatever kept a call from succeeding, the object is looked at again immediately
before the next attempt: somebody may have made or changed it meanwhile, or an attempt without an answer has worked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from checker.aws.access import AccountSession, AwsAccess
from checker.aws.call import CallFailed, Response, call
from checker.facts import FailureKind
from remediation.applying.journal import Journal
from remediation.applying.outcome import Outcome, StepResult
from remediation.planning.steps import Step

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


class Change(Protocol):
    """An object that is to be added or removed."""

    @property
    def step(self) -> Step:
        """The call."""

    @property
    def intent(self) -> Mapping[str, Any]:
        """What the journal keeps of the call besides: ``arguments`` without secrets, and more."""

    def done(self, response: Response, *, look: bool) -> StepResult:
        """The result of an answer. ``look``: what the answer does not tell may be read."""

    def look_again(self, failure: CallFailed, *, perhaps_done: bool) -> StepResult | None:
        """The result, when the call is not to be repeated; ``None`` when everything is as it was before the call.
        ``perhaps_done``: an attempt may have worked. Raises ``CallFailed`` when it cannot be seen."""

    def is_repeated_after(self, failure: CallFailed) -> bool:
        """The call may work later although AWS refused it."""


def journalled_call(change: Change, session: AccountSession, executor: Executor, run_id: str) -> StepResult:
    """Announce the call, make it, and write down what became of it. Raises ``JournalFailed``."""
    step = change.step
    executor.journal.write(
        "intent",
        run_id,
        step=step.id,
        kind=step.kind,
        account_id=step.account_id,
        region=step.region,
        operation=f"{step.service}:{step.operation}",
        resource=step.resource,
        caller=session.identity.arn,
        **change.intent,
    )
    result = _Attempts(change, session, executor.retry).result()
    write_outcome(executor.journal, run_id, result)
    return result


def write_outcome(journal: Journal, run_id: str, result: StepResult) -> None:
    """Journal what became of a step. Raises ``JournalFailed``."""
    step = result.step
    journal.write(
        "outcome",
        run_id,
        step=step.id,
        account_id=step.account_id,
        region=step.region,
        operation=f"{step.service}:{step.operation}",
        kind=step.kind,
        resource=step.resource,
        outcome=result.outcome,
        message=result.message,
        action=result.action,
        code=result.code,
        request_id=result.request_id,
        details=dict(result.details),
    )


def failed(step: Step, failure: CallFailed, outcome: Outcome = Outcome.FAILED, *, but: str = "") -> StepResult:
    """The result of a call that failed. ``but``: what there is to say besides."""
    message = f"{failure}; {but}" if but else str(failure)
    return StepResult(step, outcome, message, failure.action, failure.code, failure.request_id)


class _Attempts:
    """The attempts at one call, and what is known of their effect."""

    def __init__(self, change: Change, session: AccountSession, retry: RetryPolicy) -> None:
        self._change = change
        self._session = session
        self._retry = retry
        self._waits = retry.waits()
        self._on_its_way = False
        self._answer: Response | None = None
        self._failure: CallFailed | None = None
        self._perhaps_done = False
        self._unanswered = False

    def result(self) -> StepResult:
        """Try until it is done or given up."""
        try:
            while (end := self._attempt()) is None:
                pass
        except KeyboardInterrupt:
            end = replace(self._interrupted(), interrupted=True)
        return end

    def _attempt(self) -> StepResult | None:
        """One attempt, with the wait and the look that follow when it is to be repeated."""
        failure = self._call()
        if failure is None:
            return self._change.done(self._answer or Response({}, None), look=True)
        self._failure = failure
        if failure.kind is FailureKind.AMBIGUOUS:
            self._perhaps_done = True
            # AWS's own errors have a code; what the transport reports has none.
            self._unanswered = self._unanswered or failure.code is None
        if failure.kind in _REPEATED or self._change.is_repeated_after(failure):
            return self._wait_and_look(failure)
        return self._given_up(failure)

    def _call(self) -> CallFailed | None:
        step = self._change.step
        try:
            client = self._session.writer(step.service, step.region)
            self._on_its_way = True
            self._answer = call(client, step.service, step.operation, step.arguments)
        except CallFailed as error:
            self._on_its_way = False
            return error
        return None

    def _wait_and_look(self, failure: CallFailed) -> StepResult | None:
        """``None`` when the call may be repeated."""
        for wait in self._waits:
            self._retry.sleep(wait)
            try:
                return self._change.look_again(failure, perhaps_done=self._perhaps_done)
            except CallFailed as blind:
                if blind.kind not in _REPEATED:
                    break
        return self._given_up(failure)

    def _given_up(self, failure: CallFailed) -> StepResult:
        step = self._change.step
        if not self._perhaps_done:
            return failed(step, failure)
        try:
            found = self._change.look_again(failure, perhaps_done=True)
        except CallFailed as blind:
            return failed(step, failure, Outcome.UNKNOWN, but=f"and whether it took effect could not be seen: {blind}")
        if found is not None:
            return found
        if self._unanswered:
            but = "it had taken no effect when it was looked for, and may still do so"
            return failed(step, failure, Outcome.UNKNOWN, but=but)
        return replace(failed(step, failure), details={"perhaps": True})

    def _interrupted(self) -> StepResult:
        step, failure = self._change.step, self._failure
        if self._answer is not None:
            return self._change.done(self._answer, look=False)
        if failure is None and not self._on_its_way:
            return StepResult(step, Outcome.NOT_REACHED, "interrupted before the call was made")
        if self._on_its_way or self._perhaps_done or failure is None:
            message = "interrupted before the answer came: whether the call took effect is not known"
            return StepResult(step, Outcome.UNKNOWN, message)
        return failed(step, failure, but="interrupted before it was tried again")
