"""The exit code of what ``alarmchain remediate`` did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.exit_codes import ExitCode

if TYPE_CHECKING:
    from remediation.applying.status import Status
    from remediation.planning.model import Plan
    from remediation.run import Applied, Undone


def of_plan(plan: Plan) -> ExitCode:
    """For a plan that is only shown: is there something to do, to wait for, or to find out?"""
    from remediation.planning.model import Prospect

    if plan.calls or plan.expects(Prospect.MANUAL, Prospect.NOBODY):
        return ExitCode.ALARM
    if plan.expects(Prospect.WAITS, Prospect.UNTOLD):
        return ExitCode.WAITING
    return ExitCode.UNDECIDED if plan.expects(Prospect.UNDECIDED) or plan.unseen else ExitCode.OK


def of_applied(applied: Applied) -> ExitCode:
    """After applying. A failure weighs most, then what was declined or does not fit any more, what waits, and what is
    unknown."""
    from remediation.applying.verification import Standing

    standings = {item.standing for item in applied.verified}
    if applied.run is not None and applied.run.interrupted:
        return ExitCode.INTERRUPTED
    if Standing.BROKEN in standings or (applied.run is not None and not applied.run.good):
        return ExitCode.STEP_FAILED
    if applied.changed or applied.denied or Standing.DECLINED in standings:
        return ExitCode.ALARM
    if Standing.WAITS in standings:
        return ExitCode.WAITING
    return ExitCode.UNDECIDED if Standing.UNDECIDED in standings or applied.plan.unseen else ExitCode.OK


def of_undone(undone: Undone) -> ExitCode:
    """After undoing: 0 only when everything that the run made is taken back. A failure weighs most, then what stays
    because somebody changed or needs it; a pending subscription counts unless its topic went."""
    from remediation.applying.outcome import Outcome
    from remediation.applying.undo_plan import UndoAction

    if not undone.approved:
        return ExitCode.ALARM
    if undone.run is not None and undone.run.interrupted:
        return ExitCode.INTERRUPTED
    if undone.plan.has(UndoAction.UNSEEN) or (undone.run is not None and not undone.run.good):
        return ExitCode.STEP_FAILED
    if undone.run is None:
        stays = undone.plan.has(UndoAction.LEAVE) or undone.plan.has(UndoAction.EXPIRES)
        return ExitCode.WAITING if stays else ExitCode.OK
    steps = undone.run.steps
    topics = {end.step.resource for end in steps if end.step.kind == "topic" and end.outcome is Outcome.REMOVED}
    stays = any(
        end.outcome is Outcome.LEFT or (end.outcome is Outcome.EXPIRES and end.step.resource not in topics)
        for end in steps
    )
    return ExitCode.WAITING if stays else ExitCode.OK


def of_status(status: Status) -> ExitCode:
    """What is changed or gone weighs most, then what waits for a confirmation, then what could not be seen."""
    from remediation.applying.status import Condition

    if status.has(Condition.CHANGED, Condition.GONE):
        return ExitCode.ALARM
    if status.has(Condition.PENDING):
        return ExitCode.WAITING
    return ExitCode.UNDECIDED if status.has(Condition.UNSEEN) else ExitCode.OK
