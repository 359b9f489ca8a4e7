"""How ``alarmchain remediate`` tells what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.cli import console

if TYPE_CHECKING:
    from remediation.applying.outcome import StepResult

SCHEMA = "alarmchain.remediation/v1"


def report(result: StepResult) -> None:
    """Tell the person what became of a step."""
    from remediation.showing.text import result_line

    console.say(result_line(result))
