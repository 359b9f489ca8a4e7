"""What became of a step, and of a run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from remediation.planning.steps import Step


class Outcome(StrEnum):
    """The closed family of ends that a step can have."""

    APPLIED = "applied"
    ALREADY_THERE = "already there"
    """The object exists exactly as planned; nothing was called."""
    WAITING = "waiting"
    """Applied; somebody has to confirm."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The call got no answer or was interrupted, and whether it took effect could not be found out."""
    NOT_REACHED = "not reached"
    """An earlier step of the account failed, or the run was interrupted before it."""
    REMOVED = "removed"
    ALREADY_GONE = "already gone"
    LEFT = "left"
    """Undo leaves it: it was changed or is in use. The message says why."""
    EXPIRES = "expires"
    """Undo leaves a subscription that nobody has confirmed: SNS removes it itself."""


GOOD = frozenset(
    {
        Outcome.APPLIED,
        Outcome.ALREADY_THERE,
        Outcome.WAITING,
        Outcome.REMOVED,
        Outcome.ALREADY_GONE,
        Outcome.LEFT,
        Outcome.EXPIRES,
    }
)


@dataclass(frozen=True, slots=True)
class StepResult:
    """The end of one step. ``action`` is the IAM action, ``code`` AWS's error code, where there is one.

    ``interrupted``: Ctrl-C came before it was over; nothing further is begun then.
    """

    step: Step
    outcome: Outcome
    message: str = ""
    action: str | None = None
    code: str | None = None
    request_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def good(self) -> bool:
        """The step needs nothing more from the program."""
        return self.outcome in GOOD


@dataclass(frozen=True, slots=True)
class AccountResult:
    """All steps of one account, and the error that kept the account from being touched at all."""

    account_id: str
    steps: tuple[StepResult, ...]
    error: str = ""
    caller: str = ""

    @property
    def good(self) -> bool:
        """Every step is done."""
        return not self.error and all(result.good for result in self.steps)


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run of apply or undo. ``interrupted``: it was stopped by hand; the journal holds what was done."""

    run_id: str
    accounts: tuple[AccountResult, ...]
    interrupted: bool = False

    @property
    def good(self) -> bool:
        """Nothing failed."""
        return not self.interrupted and all(account.good for account in self.accounts)

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """The results of all accounts in order."""
        return tuple(result for account in self.accounts for result in account.steps)
