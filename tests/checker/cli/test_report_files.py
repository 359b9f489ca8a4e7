"""Files of a report: what the ending says, what contradicts it, several at once, and what a log is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.cli.report_files import file_for, summary
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from checker.findings import Coverage, Hop, Status
from checker.reports import Format, ending_of
from tests.checker.reports.test_text import finding, grid, named, report
from tests.postgres import Postgres
from tests.reports import case, rows_of


@pytest.fixture
def bad(postgres: Postgres) -> list[str]:
    """Arguments that read an account without a subscription."""
    broken = rows_of(case("r074")["state"]) | {"aws_sns_topic_subscription": []}
    return ["--database", postgres.conninfo, "--connection", postgres.schema(broken)]


def invoke(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], env=environment)


@pytest.mark.parametrize(
    ("option", "name", "asked", "expected"),
    [
        ("--output", "report.csv", None, Format.CSV),
        ("--output", "report.md", Format.MARKDOWN, Format.MARKDOWN),
        ("--output", "report.json", Format.OCSF, Format.OCSF),
        ("--output", "report.out", Format.JSON, Format.JSON),
        ("--output", "/dev/stdout", None, Format.TEXT),
        ("--output", "/dev/null", Format.CSV, Format.CSV),
        ("--export", "reports.2026/report.junit.xml", None, Format.JUNIT),
    ],
)
def test_the_ending_says_the_format(option: str, name: str, asked: Format | None, expected: Format) -> None:
    assert file_for(option, Path(name), asked).format is expected


@pytest.mark.parametrize(
    ("option", "name", "asked", "hint"),
    [
        ("--output", "json", None, "write --output report.json, or --format json for stdout"),
        ("--output", "JSON", Format.JSON, "write --output report.json, or --format json for stdout"),
        ("--output", "md", None, "write --output report.md, or --format markdown for stdout"),
        ("--export", "sarif", None, "write --export report.sarif"),
        ("--output", "report.pdf", None, "known endings: "),
        ("--output", "report", None, ", or say --format"),
        ("--export", "report", None, ".markdown, .xml"),
        ("--export", "/dev/stdout", None, "known endings: "),
        ("--output", "report.csv", Format.JSON, "leave --format out, or end the name with .json"),
    ],
)
def test_a_name_that_says_something_else_is_refused_with_the_right_spelling(
    option: str, name: str, asked: Format | None, hint: str
) -> None:
    with pytest.raises(UsageError) as raised:
        file_for(option, Path(name), asked)
    assert hint in raised.value.hint
    assert str(raised.value).startswith(f"{option} {name}: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "json"],
        ["-o", "report.pdf"],
        ["--export", "missing/report.json"],
        ["--format", "json", "--brief"],
        ["-o", "report.csv", "--only", "alarm"],
        ["-o", "report.csv", "--format", "json"],
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_read(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("--database", "nowhere", *arguments)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert len(result.stderr.splitlines()) == 2
    assert list(tmp_path.iterdir()) == []


def test_several_files_from_one_run(bad: list[str], tmp_path: Path) -> None:
    paths = [tmp_path / f"report{ending_of(each)}" for each in Format]
    exports = [part for path in paths for part in ("--export", str(path))]
    result = invoke(*bad, *exports, "--brief")
    assert result.exit_code == ExitCode.ALARM, result.stderr
    assert result.stdout.startswith("alarm\t")
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert all(f"report written to {path}" in result.stderr for path in paths)
    assert json.loads((tmp_path / "report.json").read_text())["summary"]["alarm"] == 1
    assert "SUBSCRIPTION_NONE" in (tmp_path / "report.sarif.json").read_text()


def test_a_report_in_a_file_leaves_a_summary_in_the_log(bad: list[str], tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    result = invoke(*bad, "-o", str(path))
    assert (result.exit_code, result.stdout) == (ExitCode.ALARM, "")
    said = result.stderr.splitlines()
    at = said.index("0 ok, 1 alarm, 0 error, 0 skip; 1 of 1 account answered; causes: 1")
    assert said[at + 1].startswith("alarm 123456789012 SUBSCRIPTION_NONE: topic ")
    assert said[at + 2 :] == [f"report written to {path}"]


def test_a_setting_elsewhere_gives_way_to_the_ending(bad: list[str], tmp_path: Path) -> None:
    path, other = tmp_path / "report.csv", tmp_path / "report.out"
    invoke(*bad, "-o", str(path), ALARMCHAIN_CHECK_FORMAT="json")
    assert path.read_text().startswith("group_id,")
    assert invoke(*bad, "-o", str(other)).exit_code == ExitCode.USAGE
    invoke(*bad, "-o", str(other), ALARMCHAIN_CHECK_FORMAT="json")
    assert json.loads(other.read_text())["findings"]


def test_the_summary_is_four_lines_at_most() -> None:
    many = report(*grid(9, lambda *_: named(Status.ALARM, Hop.TRAIL, reason="word " * 99)), coverage=Coverage(9, 1))
    lines = summary(replace(many, coverage=replace(many.coverage, complete=False)))
    assert len(lines) == 4
    assert lines[0].endswith("9 of 10 accounts answered; causes: 9; incomplete: interrupted")
    assert max(map(len, lines[1:])) == 100
    assert len(summary(report(finding()))) == 1


def test_a_job_of_github_gets_a_summary_below_what_is_there(bad: list[str], tmp_path: Path) -> None:
    place = tmp_path / "summary"
    place.write_text("before\n")
    result = invoke(*bad, "--github", GITHUB_STEP_SUMMARY=str(place))
    assert result.exit_code == ExitCode.ALARM
    assert place.read_text().startswith("before\n# alarmchain: 0 ok, 1 alarm")
    assert "nobody is told" in result.stdout


def test_elsewhere_there_is_no_summary_and_that_is_said(bad: list[str], tmp_path: Path) -> None:
    assert "GITHUB_STEP_SUMMARY is not set" in invoke(*bad, "--github", GITHUB_STEP_SUMMARY="").stderr
    lost = invoke(*bad, "--github", GITHUB_STEP_SUMMARY=str(tmp_path))
    assert lost.exit_code == ExitCode.USAGE
    assert "nobody is told" in lost.stdout
