"""``alarmchain check``: judge the selected controls in every account, and print the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli import console, options
from checker.cli.progress import attached_progress
from checker.errors import UsageError
from checker.exit_codes import ExitCode, for_report
from checker.reports import Format, render
from checker.text.style import FILE_STYLE

if TYPE_CHECKING:
    from checker.controls.selected import SelectedControl
    from checker.findings import Report
    from checker.run import CheckOptions, DatabaseOptions
    from checker.waivers.reading import WaiverSet

WAIVERS_FILE = "waivers.toml"


def check(
    context: typer.Context,
    controls: options.Controls = None,
    benchmark: options.Benchmark = options.BenchmarkDefault,
    all_controls: options.AllControls = False,
    level: options.Level = None,
    severity: options.Severity = None,
    tag: options.Tags = None,
    controls_dir: options.ControlsDir = None,
    account: options.Accounts = None,
    accept: options.Accept = None,
    waivers: options.Waivers = None,
    database: options.Database = None,
    connection: options.Connections = None,
    profile: options.Profiles = None,
    region: options.Region = None,
    fresh: options.Fresh = False,
    timeout: options.Timeout = options.TimeoutDefault,
    concurrency: options.Concurrency = options.ConcurrencyDefault,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="How to print the report.", rich_help_panel=options.OUTPUT)
    ] = Format.TEXT,
    output: options.Output = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 whatever was found.", rich_help_panel=options.OUTPUT)
    ] = False,
) -> None:
    """Check, for every account, whether the events of a control reach a person, and say which hop is broken and why."""
    from checker.run import CheckOptions, DatabaseOptions

    if output is not None:
        console.check_writable(output)
    selected = selection(controls, benchmark, all_controls, level, severity, tag, controls_dir)
    database_options = DatabaseOptions(
        database=database,
        origin=options.origin_of(context, "database"),
        connections=options.as_tuple(connection),
        profiles=options.as_tuple(profile),
        region=region,
        timeout=timeout,
        concurrency=concurrency,
        fresh=fresh,
    )
    check_options = CheckOptions(
        account_ids=options.as_tuple(account),
        accept=accepted(accept, controls_dir),
        waivers=load_waivers(waivers, controls_dir, benchmark),
    )
    report = _run(database_options, check_options, selected)
    _deliver(report, output_format, output)
    code = for_report(report)
    raise typer.Exit(ExitCode.OK if exit_zero and code in (ExitCode.ALARM, ExitCode.UNDECIDED) else code)


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


def selection(
    controls: list[str] | None,
    benchmark: str,
    all_controls: bool,
    level: int | None,
    severity: str | None,
    tags: list[str] | None,
    controls_dir: Path | None,
) -> tuple[SelectedControl, ...]:
    """The controls that the options select. Raises ``UsageError`` for what is not there."""
    from checker.controls import load_catalogue, select

    return select(
        load_catalogue(controls_dir),
        tuple(controls or ()),
        benchmark=benchmark,
        all_controls=all_controls,
        level=level,
        severity=severity,
        tags=options.as_tuple(tags),
    )


def accepted(sources: list[str] | None, controls_dir: Path | None) -> tuple[str, ...]:
    """The sources of ``--accept``. Raises ``UsageError`` for one that no control knows."""
    from checker.controls import load_catalogue

    known = load_catalogue(controls_dir).accept_sources()
    for source in options.as_tuple(sources):
        if source not in known:
            raise UsageError(f"--accept: unknown source {source}", hint=f"known are: {', '.join(known)}")
    return options.as_tuple(sources)


def load_waivers(path: Path | None, controls_dir: Path | None, benchmark: str) -> WaiverSet | None:
    """The waivers of ``--waivers``, or of ``waivers.toml`` in the working folder when it is there."""
    if path is None and not Path(WAIVERS_FILE).is_file():
        return None
    from datetime import UTC, datetime

    from checker.controls import load_catalogue
    from checker.waivers.reading import load

    today = datetime.now(UTC).date()
    return load(path or Path(WAIVERS_FILE), load_catalogue(controls_dir), today, benchmark=benchmark)
