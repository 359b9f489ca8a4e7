"""The exit code of what ``alarmchain remediate`` did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.exit_codes import ExitCode

if TYPE_CHECKING:
    from remediation.planning.model import Plan
    from remediation.run import Applied, Undone


def of_plan(plan: Plan) -> ExitCode:
    """For a plan that is only shown: is there something to do, to wait for, or to find out?"""
    from remediation.planning.model import Prospect

    if plan.calls or plan.expects(Prospect.MANUAL, Prospect.NOBODY):
        return ExitCode.ALARM
    if plan.expects(Prospect.WAITS):
        return ExitCode.WAITING
    return ExitCode.UNDECIDED if plan.expects(Prospect.UNDECIDED) or plan.unseen else ExitCode.OK


def of_applied(applied: Applied) -> ExitCode:
    """After applying. A failure weighs most, then what was declined, what waits, and what is unknown."""
    from remediation.applying.verification import Standing

    standings = {item.standing for item in applied.verified}
    if applied.run is not None and applied.run.interrupted:
        return ExitCode.INTERRUPTED
    if Standing.BROKEN in standings or (applied.run is not None and not applied.run.good):
        return ExitCode.STEP_FAILED
    if Standing.DECLINED in standings:
        return ExitCode.ALARM
    if Standing.WAITS in standings:
        return ExitCode.WAITING
    return ExitCode.UNDECIDED if Standing.UNDECIDED in standings or applied.plan.unseen else ExitCode.OK


def of_undone(undone: Undone) -> ExitCode:
    """After undoing."""
    from remediation.applying.undo import UndoAction

    if not undone.approved:
        return ExitCode.ALARM
    if undone.run is not None and undone.run.interrupted:
        return ExitCode.INTERRUPTED
    unseen = any(item.action is UndoAction.UNSEEN for item in undone.plan.items)
    return ExitCode.STEP_FAILED if unseen or (undone.run is not None and not undone.run.good) else ExitCode.OK
