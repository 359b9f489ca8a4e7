"""Files that a report is written to: which format each gets, and what is said about them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.cli import console
from checker.errors import UsageError
from checker.findings import Report, Status
from checker.reports import ENDINGS, Format, View, ending_of, format_of, render
from checker.reports.causes import causes_of
from checker.reports.view import counted
from checker.text.style import FILE_STYLE

_FORMAT_WORDS = frozenset({*map(str, Format), *(ending.lstrip(".") for ending in ENDINGS)})
_WORST_NAMED = 3
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file and what is written into it."""

    path: Path
    format: Format

    def write(self, report: Report, view: View) -> None:
        """Write it whole. Raises ``UsageError`` when that is not possible."""
        console.write_file(self.path, render(report, self.format, FILE_STYLE, view))


def file_for(option: str, path: Path, asked: Format | None = None) -> ReportFile:
    """What goes into a file: the format that was asked for, else what the ending of its name says.

    Raises:
        UsageError: the name is a format's word, its ending says no format and none was asked for, or it says another.
    """
    if path.name.lower() in _FORMAT_WORDS and not path.parent.name and not path.exists():
        word = next((each for each in Format if each == path.name.lower()), None) or format_of(f"x.{path.name}")
        spelled = f"report{ending_of(word)}" if word else "report.json"
        other = f", or --format {word} for stdout" if word and option == "--output" else ""
        raise UsageError(f"{option} {path}: that is a format, not a file", hint=f"write {option} {spelled}{other}")
    said = format_of(path.name)
    if asked is not None:
        if said is not None and said is not asked and _last(said) != _last(asked):
            raise UsageError(
                f"{option} {path}: the ending says {said}, --format says {asked}",
                hint=f"leave --format out, or end the name with {ending_of(asked)}",
            )
        return ReportFile(path, asked)
    if said is None:
        if option == "--output" and console.is_written_through(path):
            return ReportFile(path, Format.TEXT)
        also = ", or say --format" if option == "--output" else ""
        raise UsageError(
            f"{option} {path}: the ending says no format", hint=f"known endings: {', '.join(ENDINGS)}{also}"
        )
    return ReportFile(path, said)


def _last(output_format: Format) -> str:
    """The last ending of its files: a ``.json`` can hold several formats."""
    return Path(f"x{ending_of(output_format)}").suffix


def summary(report: Report) -> Sequence[str]:
    """At most four lines for the log of a job whose report is in a file: the counts, and the worst causes."""
    counts = ", ".join(f"{report.count(status)} {status}" for status in Status)
    coverage = report.coverage
    asked = coverage.accounts_answered + coverage.accounts_failed
    incomplete = "" if coverage.complete else "; incomplete: interrupted"
    causes = causes_of(report.findings)
    accounts = f"{coverage.accounts_answered} of {counted(asked, 'account')} answered"
    lines = [f"{counts}; {accounts}; causes: {len(causes)}{incomplete}"]
    for cause in causes[:_WORST_NAMED]:
        first = cause.first
        line = f"{cause.status} {first.subject[1]} {first.code}: {first.reason}"
        lines.append(line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}...")
    return lines


def add_to_step_summary(report: Report) -> None:
    """Add the report as Markdown to the summary of a job of GitHub Actions; elsewhere say that there is none.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary. Raises
    ``UsageError`` when the file cannot be written to.
    """
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        console.say("note: --github adds nothing here: GITHUB_STEP_SUMMARY is not set")
        return
    console.append_text(Path(place), render(report, Format.MARKDOWN, FILE_STYLE))
