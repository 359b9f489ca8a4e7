"""``alarmchain pattern``: decide, explain and try filter patterns, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.cli import pattern_input
from checker.controls import DEFAULT_BENCHMARK, DEFAULT_CONTROL
from checker.errors import UsageError
from checker.text.style import OutputFormat

app = typer.Typer(
    name="pattern",
    help="Decide, explain and try filter patterns. Works offline.",
    no_args_is_help=True,
    add_completion=False,
)

PatternArgument = Annotated[
    str | None, typer.Argument(metavar="[PATTERN]", help="The filter pattern, or - to read it from stdin.")
]
FileOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="Read the pattern (or the batch) from this file.")
]
FormatOption = Annotated[OutputFormat, typer.Option("--format", help="How to print the answer.")]


@app.command("check")
def check(
    pattern: PatternArgument = None,
    control: Annotated[
        str, typer.Option("--control", "-c", metavar="ID", help="The control, in any spelling: 4.3, root_usage.")
    ] = DEFAULT_CONTROL,
    benchmark: Annotated[
        str, typer.Option("--benchmark", "-b", metavar="ID", help="Benchmark version.")
    ] = DEFAULT_BENCHMARK,
    file: FileOption = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="SOURCE", help="Count this source's texts too (repeatable).")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="Decide for events of this account only.")
    ] = None,
    batch: Annotated[
        bool,
        typer.Option("--batch", help='Read JSON lines {"control": ..., "pattern": ...}, write one JSON line each.'),
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="Ask AWS too (logs:TestMetricFilter).")] = False,
    profile: Annotated[str | None, typer.Option("--profile", metavar="NAME", help="AWS profile for --live.")] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="REGION", help="AWS region for --live.")] = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Does the pattern match every event that the control is about?

    Exit code: 0 covers, 1 misses, 2 invalid, 3 could not be decided. A batch exits with 2 if any line asks nothing
    that can be answered, else 1 if any misses or is invalid, else 3 if any could not be decided.
    """
    from checker.cli import pattern_live, pattern_run
    from checker.cli.pattern_answer import Asking
    from checker.cli.pattern_batch import run_batch

    asking = Asking(benchmark, tuple(accept or ()), account)
    if batch:
        if pattern not in (None, pattern_input.STDIN):
            raise UsageError("--batch reads from stdin or --file, not from an argument", hint="leave the argument out")
        raise typer.Exit(run_batch(str(file) if file else pattern_input.STDIN, asking))
    answer = asking.answer(pattern_input.pattern_text(pattern, file), asking.control(control))
    client = pattern_live.logs_client(profile, region) if live else None
    raise typer.Exit(pattern_run.decide(answer, client, as_json=output is OutputFormat.JSON))


@app.command("explain")
def explain_command(
    pattern: PatternArgument = None, file: FileOption = None, output: FormatOption = OutputFormat.TEXT
) -> None:
    """What does the pattern match? In words, with an example event."""
    from checker.cli import pattern_run

    pattern_run.explain(pattern_input.pattern_text(pattern, file), as_json=output is OutputFormat.JSON)


@app.command("match")
def match_command(
    pattern: Annotated[str, typer.Argument(metavar="PATTERN", help="The filter pattern.")],
    files: Annotated[
        list[str], typer.Argument(metavar="EVENT.json...", help="JSON, JSON lines, CloudTrail log files, .gz, or -.")
    ],
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Which events does the pattern match?

    Exit code: 0 if it matches at least one, 1 if none.
    """
    from checker.cli import pattern_run

    raise typer.Exit(pattern_run.match(pattern, files, as_json=output is OutputFormat.JSON))
