"""``alarmchain check``: judge the selected controls in every account, and print the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from checker.cli import console, options
from checker.cli.exit_code_of import for_report
from checker.cli.grouping import grouped
from checker.cli.progress import attached_progress
from checker.cli.report_files import ReportFile, add_to_step_summary, summary
from checker.cli.report_options import Printing
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from checker.reports import Format, render

if TYPE_CHECKING:
    from checker.controls.selected import SelectedControl
    from checker.findings import Report
    from checker.run import CheckOptions, DatabaseOptions


@grouped
def check(context: typer.Context, selecting: options.Selecting, reading: options.Reading, printing: Printing) -> None:
    """Check, for every account, whether the events of a control reach a person, and say which hop is broken and why."""
    printing.view()
    output, exports = printing.files(context)
    selected = selecting.selected()
    report = _run(reading.database_options(context), selecting.check_options(), selected)
    _deliver(report, printing, output, exports)
    code = for_report(report)
    raise typer.Exit(ExitCode.OK if printing.exit_zero and code in (ExitCode.ALARM, ExitCode.UNDECIDED) else code)


def _deliver(report: Report, printing: Printing, output: ReportFile | None, exports: tuple[ReportFile, ...]) -> None:
    """Print the report, or write it. A report that cannot be written is printed, so that it is not lost."""
    try:
        for file in (output, *exports):
            if file is not None:
                file.write(report, printing.view())
        if printing.github:
            add_to_step_summary(report)
    except UsageError:
        _print(report, printing, output.format if output else printing.output_format)
        raise
    if output is None:
        _print(report, printing, printing.output_format)
    else:
        for line in summary(report):
            console.say(line)
    for file in (output, *exports):
        if file is not None:
            console.say(f"report written to {file.path}")


def _print(report: Report, printing: Printing, output_format: Format) -> None:
    """To stdout; a text for a person through the pager."""
    style = console.stdout_style(printing.color)
    text = render(report, output_format, style, printing.view())
    if output_format is not Format.TEXT or printing.no_pager:
        console.print_text(text, colored=output_format is Format.TEXT and style.color)
    else:
        console.print_paged(text, colored=style.color)


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
