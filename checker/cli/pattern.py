"""``alarmchain pattern``: decide, explain and try filter patterns, offline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checker.cli import console, pattern_input, pattern_live, pattern_output
from checker.cli.pattern_answer import Answer, Asking
from checker.cli.pattern_batch import run_batch
from checker.controls import DEFAULT_BENCHMARK, DEFAULT_CONTROL
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from checker.patterns import (
    CoverVerdict,
    PatternSyntaxError,
    example_event,
    explain,
    matches,
    matches_everything,
    never_matches,
    parse,
    to_text,
)
from checker.text.json_text import json_line
from checker.text.style import OutputFormat

if TYPE_CHECKING:
    from checker.aws.call import Client

app = typer.Typer(
    name="pattern",
    help="Decide, explain and try filter patterns. Works offline.",
    no_args_is_help=True,
    add_completion=False,
)

EXIT_CODES: dict[CoverVerdict, ExitCode] = {
    CoverVerdict.COVERS: ExitCode.OK,
    CoverVerdict.MISSES: ExitCode.ALARM,
    CoverVerdict.INVALID: ExitCode.USAGE,
    CoverVerdict.UNKNOWN: ExitCode.UNDECIDED,
}


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
    asking = Asking(benchmark, tuple(accept or ()), account)
    if batch:
        if pattern not in (None, pattern_input.STDIN):
            raise UsageError("--batch reads from stdin or --file, not from an argument", hint="leave the argument out")
        raise typer.Exit(run_batch(str(file) if file else pattern_input.STDIN, asking))
    answer = asking.answer(pattern_input.pattern_text(pattern, file), asking.control(control))
    checks = _ask_aws(answer, pattern_live.logs_client(profile, region)) if live else None
    if output is OutputFormat.JSON:
        console.print_json(pattern_output.check_document(answer, checks))
    else:
        console.print_text(pattern_output.check_text(answer, checks))
    agrees = all(check.agrees for check in checks or ())
    raise typer.Exit(EXIT_CODES[answer.decision.verdict] if agrees else ExitCode.UNDECIDED)


def _ask_aws(answer: Answer, client: Client) -> list[pattern_live.LiveAnswer]:
    """AWS on the pattern and on the first reference, each with the witness and the references' example events."""
    references = [reference.effective for reference in answer.control.references]
    events = [event for event in map(example_event, references) if event is not None]
    if answer.decision.witness is not None:
        events.insert(0, answer.decision.witness)
    return [pattern_live.ask_aws(client, asked, events) for asked in dict.fromkeys((answer.pattern, *references[:1]))]


@app.command("explain")
def explain_command(
    pattern: PatternArgument = None, file: FileOption = None, output: FormatOption = OutputFormat.TEXT
) -> None:
    """What does the pattern match? In words, with an example event."""
    text = pattern_input.pattern_text(pattern, file)
    tree = _parsed(text)
    example = example_event(tree)
    facts = {"never_matches": never_matches(tree), "matches_everything": matches_everything(tree)}
    document = {
        "schema": pattern_output.SCHEMA,
        "pattern": text,
        "canonical": to_text(tree),
        "words": explain(tree),
        **facts,
        "example": example,
    }
    if output is OutputFormat.JSON:
        console.print_json(document)
        return
    lines = [explain(tree)]
    if facts["never_matches"]:
        lines.append("No CloudTrail event can match it.")
    if facts["matches_everything"]:
        lines.append("Every CloudTrail event matches it.")
    lines.append(f"Canonical spelling: {to_text(tree) or '(empty)'}")
    if example is not None:
        lines += ["An event that it matches:", json_line(example, indent=2)]
    console.print_text("\n".join(lines) + "\n")


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
    tree = _parsed(pattern)
    results = [(found, matches(tree, found.event)) for name in files for found in pattern_input.read_events(name)]
    matched = sum(hit for _, hit in results)
    if output is OutputFormat.JSON:
        events = [{"event": found.name, "matches": hit} for found, hit in results]
        document = {"schema": pattern_output.SCHEMA, "pattern": pattern, "matched": matched, "events": events}
        console.print_json(document)
    else:
        lines = [f"{'match   ' if hit else 'no match'} {found.name} {_label(found.event)}" for found, hit in results]
        console.print_text("".join(f"{line.rstrip()}\n" for line in lines))
        console.say(f"{matched} of {len(results)} events match")
    raise typer.Exit(ExitCode.OK if matched else ExitCode.ALARM)


def _label(event: dict[str, Any]) -> str:
    names: Sequence[Any] = (event.get("eventName"), event.get("eventID"))
    return " ".join(str(name) for name in names if name)


def _parsed(text: str) -> Any:
    """The tree. The error is shown with a caret before it goes on to the program's one exit."""
    try:
        return parse(text)
    except PatternSyntaxError as error:
        for line in pattern_output.caret(text, error.position)[1:]:
            console.say(line)
        raise
