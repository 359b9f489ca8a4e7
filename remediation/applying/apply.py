"""Carries out a plan, one journalled call after the other.

For each step: look whether the object is there; write the intent; call; look again before anything is repeated; write
the outcome. An account stops at its first failed step, the other accounts go on. Nothing here prints: an observer is
told of every result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from checker.aws.access import AccountSession
from checker.aws.call import CallFailed, Response
from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from remediation.applying.call import Executor, failed, journalled_call, write_outcome
from remediation.applying.journal import new_run_id
from remediation.applying.objects import ObjectState, Presence, inspect
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.planning.model import AccountPlan
from remediation.planning.steps import Step, StepKind


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
            if not interrupted:
                run.go()
        except KeyboardInterrupt:
            interrupted = True
        results.append(run.result())
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
        """Enter the account and take its steps. Raises ``KeyboardInterrupt`` after it was journalled."""
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
            result = _Addition(self._run_id, step, session, self._executor).go()
            self._results.append(result)
            self._executor.observe(result)
            if result.interrupted:
                raise KeyboardInterrupt
            if not result.good:
                break
        good = all(result.good for result in self._results)
        journal.write("account_finished", self._run_id, account_id=account.account_id, good=good)


class _Addition:
    """One object that is added, unless it is there."""

    def __init__(self, run_id: str, step: Step, session: AccountSession, executor: Executor) -> None:
        self.step = step
        self._run_id = run_id
        self._session = session
        self._executor = executor

    @property
    def intent(self) -> Mapping[str, Any]:
        """See ``Change``."""
        return {"arguments": self.step.journalled_arguments, "used_by": list(self.step.used_by)}

    def go(self) -> StepResult:
        """Look, and add what is not there. Other runs with this journal wait meanwhile."""
        with self._executor.journal.exclusive():
            try:
                found = self._of_state(self._inspect())
            except CallFailed as error:
                found = failed(self.step, error)
            if found is None:
                return journalled_call(self, self._session, self._executor, self._run_id)
            write_outcome(self._executor.journal, self._run_id, found)
            return found

    def done(self, response: Response, *, look: bool) -> StepResult:
        """See ``Change``. The ARN that ``Subscribe`` returns is no confirmation: only the topic's list tells."""
        if self.step.kind is not StepKind.SUBSCRIPTION:
            return StepResult(self.step, Outcome.APPLIED, request_id=response.request_id)
        details = {"subscription_arn": str(response.data.get("SubscriptionArn") or ""), "pending": True}
        with suppress(CallFailed):
            if look:
                details["pending"] = self._inspect().details.get("pending", True)
        return self._settled(ObjectState(Presence.OURS, details=details), "", response.request_id)

    def look_again(self, failure: CallFailed, *, perhaps_done: bool) -> StepResult | None:
        """See ``Change``."""
        state = self._inspect()
        if not perhaps_done or state.presence is Presence.ABSENT:
            return self._of_state(state)
        if state.presence is Presence.OTHER:
            what = ", ".join(state.differences)
            but = f"something of that name is there now that is not as planned ({what} differ): it stays as it is"
            return failed(self.step, failure, Outcome.UNKNOWN, but=but)
        return self._settled(state, "the answer was lost, the object is there", failure.request_id)

    def is_repeated_after(self, failure: CallFailed) -> bool:
        """See ``Change``. A topic that was made a moment ago may not be known everywhere yet."""
        return failure.kind is FailureKind.NOT_FOUND and bool(self.step.depends_on)

    def _of_state(self, state: ObjectState) -> StepResult | None:
        """The result where nothing may be called: the object is there, or another one of its name."""
        if state.presence is Presence.ABSENT:
            return None
        if state.presence is Presence.OURS:
            message = "it waits for its confirmation" if state.details.get("pending") else ""
            return StepResult(self.step, Outcome.ALREADY_THERE, message, details=state.details)
        what = ", ".join(state.differences)
        message = f"the name is taken by something else ({what} differ): it stays as it is. Make a new plan."
        return StepResult(self.step, Outcome.FAILED, message, action=self.step.iam_action)

    def _settled(self, state: ObjectState, message: str, request_id: str | None) -> StepResult:
        if state.details.get("pending"):
            asks = f"{self.step.shown_arguments.get('Endpoint')} has to confirm the subscription"
            message = f"{message}; {asks}" if message else asks
            return StepResult(self.step, Outcome.WAITING, message, request_id=request_id, details=state.details)
        return StepResult(self.step, Outcome.APPLIED, message, request_id=request_id, details=state.details)

    def _inspect(self) -> ObjectState:
        return inspect(self._session, self.step.kind, self.step.region, self.step.arguments)
