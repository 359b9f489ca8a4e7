"""Exit codes of the command line, as one table (the README repeats it and a test compares them)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a run says by its exit code."""

    OK = 0
    ALARM = 1
    USAGE = 2
    UNDECIDED = 3
    FAILED = 4
    WAITING = 5
    STEP_FAILED = 6
    NOT_NOTIFIED = 7
    INTERRUPTED = 130


MEANING: dict[ExitCode, str] = {
    ExitCode.OK: "every finding ok or skip",
    ExitCode.ALARM: "at least one alarm",
    ExitCode.USAGE: "usage error (bad option, unknown control, bad configuration file)",
    ExitCode.UNDECIDED: "no alarm, but at least one finding could not be decided",
    ExitCode.FAILED: "no report: the run itself failed (one line on stderr, a hint on the next), "
    "or stdout is closed or full (one line)",
    ExitCode.WAITING: "remediation: everything applied, something still waits for a person "
    "(e.g. a subscription to confirm)",
    ExitCode.STEP_FAILED: "remediation: at least one step failed",
    ExitCode.NOT_NOTIFIED: "the result stands, but a notification could not be delivered "
    "(only when the code would have been 0)",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C): what is known so far was printed, marked incomplete",
}
