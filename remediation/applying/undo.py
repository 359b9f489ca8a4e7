"""Takes a run back, in reverse order: what ``undo_plan`` says, looked at again immediately before each removal.

It may be repeated: what is gone is gone, and what somebody needed may not be needed any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from checker.aws.access import AccountSession
from checker.aws.call import CallFailed, Response
from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from remediation.applying.call import Executor, failed, journalled_call, write_outcome
from remediation.applying.history import JournalledCall, Run, read_history
from remediation.applying.journal import new_run_id
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.applying.undo_plan import UndoAction, UndoItem, UndoPlan, UndoRules, enter, read_now, removal


def carry_out_undo(plan: UndoPlan, executor: Executor) -> RunResult:
    """Remove what the plan says, as a run of its own. Raises ``JournalFailed`` like ``apply_accounts``."""
    undoing = _Undoing(plan, executor)
    interrupted = False
    try:
        undoing.go()
    except KeyboardInterrupt:
        interrupted = True
    return undoing.finish(interrupted=interrupted)


class _Undoing:
    """One undo while it goes on. The result can be asked for at any time."""

    def __init__(self, plan: UndoPlan, executor: Executor) -> None:
        self._plan = plan
        self._executor = executor
        self._run_id = new_run_id(datetime.now(UTC))
        self._accounts = list(dict.fromkeys(item.call.account_id for item in plan.items))
        self._results: dict[str, StepResult] = {}
        self._callers: dict[str, str] = {}
        self._errors: dict[str, str] = {}
        self._rules = UndoRules(plan.run, read_history(executor.journal.path))

    def go(self) -> None:
        run = self._plan.run
        self._executor.journal.write(
            "run_started",
            self._run_id,
            kind="undo",
            undoes=run.run_id,
            controls=list(run.controls),
            accounts=self._accounts,
        )
        for item in self._plan.items:
            session = self._enter(item.call)
            if session is None:
                continue
            result = _Removal(self._run_id, run, item.call, session, self._executor, self._rules).go()
            self._results[item.call.step] = result
            self._executor.observe(result)
            if result.interrupted:
                raise KeyboardInterrupt
            if result.outcome in (Outcome.REMOVED, Outcome.EXPIRES):
                self._rules.goes(item.call)

    def finish(self, *, interrupted: bool) -> RunResult:
        """Journal the end. What was not come to is said to be not reached."""
        accounts = []
        for account in self._accounts:
            items = [item for item in self._plan.items if item.call.account_id == account]
            steps = (self._results.get(item.call.step) or StepResult(item.step, Outcome.NOT_REACHED) for item in items)
            caller, error = self._callers.get(account, ""), self._errors.get(account, "")
            accounts.append(AccountResult(account, tuple(steps), error, caller))
        result = RunResult(self._run_id, tuple(accounts), interrupted)
        self._executor.journal.write("run_finished", self._run_id, good=result.good, interrupted=interrupted)
        return result

    def _enter(self, made: JournalledCall) -> AccountSession | None:
        """A session in the account, once told in the journal; ``None`` when it cannot be entered."""
        account, run, journal = made.account_id, self._plan.run, self._executor.journal
        try:
            session = enter(self._executor.access, run, made)
        except AwsUnavailable as error:
            if account not in self._errors:
                self._errors[account] = f"{error} ({error.hint})"
                journal.write("account_failed", self._run_id, account_id=account, message=str(error))
            return None
        if account not in self._callers:
            self._callers[account] = session.identity.arn
            journal.write(
                "account_started",
                self._run_id,
                account_id=account,
                connection=run.connections.get(account),
                caller=session.identity.arn,
            )
        return session


class _Removal:
    """One object that is removed, unless it is to stay."""

    def __init__(
        self,
        run_id: str,
        run: Run,
        made: JournalledCall,
        session: AccountSession,
        executor: Executor,
        rules: UndoRules,
    ) -> None:
        self.step = removal(made)
        self._run_id = run_id
        self._run = run
        self._made = made
        self._session = session
        self._executor = executor
        self._rules = rules

    @property
    def intent(self) -> Mapping[str, Any]:
        """See ``Change``."""
        return {"arguments": dict(self.step.arguments)}

    def go(self) -> StepResult:
        """Look, and remove what is not to stay. Other runs with this journal wait meanwhile."""
        journal = self._executor.journal
        with journal.exclusive():
            self._rules.history = read_history(journal.path)
            try:
                item = self._judge()
                self.step = item.step
                found = self._of_item(item)
            except CallFailed as error:
                found = failed(self.step, error)
            if found is None:
                return journalled_call(self, self._session, self._executor, self._run_id)
            write_outcome(journal, self._run_id, found)
            return found

    def done(self, response: Response, *, look: bool) -> StepResult:  # noqa: ARG002 - any answer tells all
        """See ``Change``."""
        return StepResult(self.step, Outcome.REMOVED, request_id=response.request_id)

    def look_again(self, failure: CallFailed, *, perhaps_done: bool) -> StepResult | None:
        """See ``Change``."""
        item = self._judge()
        if item.action is UndoAction.GONE and perhaps_done:
            message = "the answer was lost, the object is gone"
            return StepResult(self.step, Outcome.REMOVED, message, request_id=failure.request_id)
        return self._of_item(item)

    def is_repeated_after(self, failure: CallFailed) -> bool:
        """See ``Change``. Somebody else may have removed it: the look tells."""
        return failure.kind is FailureKind.NOT_FOUND

    def _of_item(self, item: UndoItem) -> StepResult | None:
        """The result where nothing may be called."""
        outcome = {
            UndoAction.GONE: Outcome.ALREADY_GONE,
            UndoAction.LEAVE: Outcome.LEFT,
            UndoAction.EXPIRES: Outcome.EXPIRES,
        }.get(item.action)
        # What is another run's was not looked at, and says nothing of the object.
        details = {"absent": True} if item.action is UndoAction.GONE and not item.why else {}
        return StepResult(item.step, outcome, item.why, details=details) if outcome else None

    def _judge(self) -> UndoItem:
        return self._rules.judge(self._session, self._made, partial(read_now, self._run))
