"""``alarmchain check``: judge the selected controls in every account, and print the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli import console, options
from checker.cli.exit_code_of import for_report
from checker.cli.grouping import grouped
from checker.cli.progress import attached_progress
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from checker.reports import Format, render
from checker.text.style import FILE_STYLE

if TYPE_CHECKING:
    from checker.controls.selected import SelectedControl
    from checker.findings import Report
    from checker.run import CheckOptions, DatabaseOptions


@dataclass(frozen=True)
class Printing:
    """How the report is printed, and what the exit code says."""

    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="How to print the report.", rich_help_panel=options.OUTPUT)
    ] = Format.TEXT
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the report to a file instead of stdout.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 whatever was found.", rich_help_panel=options.OUTPUT)
    ] = False


@grouped
def check(context: typer.Context, selecting: options.Selecting, reading: options.Reading, printing: Printing) -> None:
    """Check, for every account, whether the events of a control reach a person, and say which hop is broken and why."""
    if printing.output is not None:
        console.check_writable(printing.output)
    selected = selecting.selected()
    report = _run(reading.database_options(context), selecting.check_options(), selected)
    _deliver(report, printing.output_format, printing.output)
    code = for_report(report)
    raise typer.Exit(ExitCode.OK if printing.exit_zero and code in (ExitCode.ALARM, ExitCode.UNDECIDED) else code)


def _deliver(report: Report, output_format: Format, output: Path | None) -> None:
    """Print the report, or write it. A report that cannot be written is printed, so that it is not lost."""
    if output is None:
        console.print_text(render(report, output_format, console.stdout_style()))
        return
    try:
        console.write_file(output, render(report, output_format, FILE_STYLE))
    except UsageError:
        console.print_text(render(report, output_format, console.stdout_style()))
        raise
    console.say(f"report written to {output}")


def _run(
    database_options: DatabaseOptions, check_options: CheckOptions, selected: tuple[SelectedControl, ...]
) -> Report:
    from checker.gather import Reader
    from checker.run import check_accounts, open_databases

    with open_databases(database_options) as opened, attached_progress() as progress:
        announce(opened.info.kind, opened.info.target, opened.info.why, opened.info.connections)
        reader = Reader(concurrency=database_options.concurrency, progress=progress)
        result = check_accounts(opened, selected, check_options, reader, benchmark=selected[0].benchmark)
    for note in result.report.notes:
        console.say(f"note: {note}")
    return result.report


def announce(kind: str, target: str, why: str, connections: tuple[str, ...]) -> None:
    """Say which database is asked and why, and which connections answer."""
    named = f"; connections: {', '.join(connections)}" if connections else ""
    console.say(f"database: {kind} {target} ({why}){named}")
