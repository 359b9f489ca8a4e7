"""Errors of planning, approving and applying.

::

    UsageError                2
    ├── PlanRefused              the saved plan is not what was approved, or not a plan
    │   └── AccountChanged       something that the plan relied on is different now
    ├── UnknownRun               the journal holds no run of that id
    └── JournalUnusable          the journal cannot be opened or read, so nothing is done
    RunError                  4
    └── JournalFailed            the journal cannot be written any more, so nothing further is done
"""

from __future__ import annotations

from checker.errors import RunError, UsageError


class PlanRefused(UsageError):
    """A plan file that must not be applied: unreadable, edited, masked, or another one than was approved."""


class AccountChanged(PlanRefused):
    """What the plan relied on has changed since it was made. ``differences`` says what, one sentence each."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        self.differences = differences
        super().__init__(
            "the plan no longer fits: " + "; ".join(differences),
            hint="make a new plan (alarmchain remediate --save PLAN.json), review it and apply that one",
        )


class UnknownRun(UsageError):
    """The journal holds no run of that id."""


class JournalUnusable(UsageError):
    """The journal cannot be opened or read. Without it nothing is changed, because nothing could be taken back."""


class JournalFailed(RunError):
    """The journal cannot be written any more (a full disk). What it announces may have been done."""
