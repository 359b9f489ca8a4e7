"""The exit code of what ``alarmchain check`` found."""

from __future__ import annotations

from checker.exit_codes import ExitCode
from checker.findings import Report, Status


def for_report(report: Report) -> ExitCode:
    """Exit code of a check."""
    if not report.coverage.complete:
        return ExitCode.INTERRUPTED
    if report.count(Status.ALARM):
        return ExitCode.ALARM
    if report.count(Status.ERROR):
        return ExitCode.UNDECIDED
    return ExitCode.OK
