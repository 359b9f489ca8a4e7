"""Exit codes and errors: each class of error is in the table, and each report has its code."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

import checker.database.interface
import checker.errors
import checker.patterns.language.errors
from checker.cli.exit_code_of import for_report
from checker.errors import AlarmchainError, DataFileError, RunError, UsageError
from checker.exit_codes import ExitCode
from checker.findings import Coverage, Finding, Hop, Status
from tests.checker.reports.test_text import finding, report

OK, ALARM, ERROR, SKIP = (
    finding(),
    finding(Status.ALARM, Hop.TRAIL),
    finding(Status.ERROR, Hop.TRAIL),
    finding(Status.SKIP, Hop.TRAIL),
)


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ((), ExitCode.OK),
        ((OK,), ExitCode.OK),
        ((OK, SKIP), ExitCode.OK),
        ((OK, ERROR), ExitCode.UNDECIDED),
        ((ERROR, ALARM), ExitCode.ALARM),
        ((SKIP, ALARM), ExitCode.ALARM),
    ],
)
def test_a_report_gives_its_code(findings: tuple[Finding, ...], code: ExitCode) -> None:
    given = report(*findings)
    assert for_report(given) is code
    assert for_report(replace(given, coverage=Coverage(1, 0, complete=False))) is ExitCode.INTERRUPTED


def errors() -> list[type[AlarmchainError]]:
    return [
        found
        for _, found in inspect.getmembers(checker.errors, inspect.isclass)
        if issubclass(found, AlarmchainError) and found is not AlarmchainError
    ]


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.__name__)
def test_every_error_is_a_usage_error_or_a_failed_run(error: type[AlarmchainError]) -> None:
    expected = ExitCode.USAGE if issubclass(error, UsageError) else ExitCode.FAILED
    assert issubclass(error, UsageError | RunError)
    assert error.exit_code is expected
    assert error.__name__ in (checker.errors.__doc__ or "")


def test_the_values_of_other_rooms_derive_from_the_root() -> None:
    assert issubclass(checker.database.interface.ReadFailed, AlarmchainError)
    assert issubclass(checker.patterns.language.errors.PatternSyntaxError, AlarmchainError)


@pytest.mark.parametrize(("line", "text"), [(3, "a.toml:3: wrong"), (None, "a.toml: wrong")])
def test_a_wrong_file_says_where(line: int | None, text: str) -> None:
    assert str(DataFileError("wrong", path="a.toml", line=line)) == text
