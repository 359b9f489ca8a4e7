"""The one error of this room."""

from __future__ import annotations

from checker.errors import AlarmchainError
from checker.exit_codes import ExitCode
from checker.patterns.language.tree import Position


class PatternSyntaxError(AlarmchainError):
    """CloudWatch Logs would not accept this text as a filter pattern.

    ``position`` is where the text stops making sense, ``found`` what stands there, ``expected`` what could stand
    there, and ``hint`` names the mistake and its remedy when it is a known one. ``str()`` is one line.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, position: Position, *, found: str, expected: str, hint: str = "") -> None:
        self.position = position
        self.found = found
        self.expected = expected
        super().__init__(
            f"line {position.line}, column {position.column}: found {found}, expected {expected}", hint=hint
        )
