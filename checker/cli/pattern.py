"""``alarmchain pattern``: decide, explain and try filter patterns, offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import typer

from checker.chain.filter_decision import Decision, decide, proposal_for
from checker.cli import console, pattern_input, pattern_live, pattern_output
from checker.controls import DEFAULT_BENCHMARK, DEFAULT_CONTROL, SelectedControl, load_catalogue, select
from checker.errors import DataFileError, UnknownControl, UsageError
from checker.exit_codes import ExitCode
from checker.patterns import (
    CoverVerdict,
    PatternSyntaxError,
    cover,
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
REPAIRABLE = (CoverVerdict.MISSES, CoverVerdict.INVALID)
ACCOUNT_FIELD = "recipientAccountId"


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

    Exit code: 0 covers, 1 misses, 2 invalid, 3 could not be decided. A batch exits with 1 if any line misses or is
    invalid, else 3 if any could not be decided.
    """
    settings = _Settings(benchmark, tuple(accept or ()), {ACCOUNT_FIELD: account} if account else {})
    if batch:
        if pattern not in (None, pattern_input.STDIN):
            raise UsageError("--batch reads from stdin or --file, not from an argument", hint="leave the argument out")
        raise typer.Exit(_run_batch(str(file) if file else pattern_input.STDIN, settings))
    text = pattern_input.pattern_text(pattern, file)
    (selected, *more) = settings.select(control)
    if more:
        raise UsageError(f"{control} names {len(more) + 1} controls", hint="name one")
    decision, repaired = settings.decide(text, selected)
    decision = settings.with_others(text, selected, decision)
    answers = _ask(text, selected, decision, pattern_live.logs_client(profile, region)) if live else None
    if output is OutputFormat.JSON:
        console.print_json(pattern_output.check_document(selected, text, decision, repaired, answers))
    else:
        console.print_text(pattern_output.check_text(selected, text, decision, repaired, answers))
    agrees = all(answer.agrees for answer in answers or ())
    raise typer.Exit(EXIT_CODES[decision.verdict] if agrees else ExitCode.UNDECIDED)


class _Settings:
    """What a decision needs besides pattern and control."""

    def __init__(self, benchmark: str, accept: tuple[str, ...], fixed: dict[str, str]) -> None:
        self.benchmark = benchmark
        self.accept = accept
        self.fixed = fixed
        self.select = lru_cache(maxsize=256)(self._select)

    def _select(self, control: str) -> tuple[SelectedControl, ...]:
        return select(_catalogue(), [control], benchmark=self.benchmark)

    def decide(self, text: str, control: SelectedControl) -> tuple[Decision, str | None]:
        """The decision, and a repaired pattern where there is something to repair."""
        decision = decide(text, control, accept=self.accept, fixed=self.fixed)
        if decision.verdict not in REPAIRABLE:
            return decision, None
        proposal = proposal_for(text, control, fixed=self.fixed)
        return decision, proposal.pattern if proposal else None

    def with_others(self, text: str, control: SelectedControl, decision: Decision) -> Decision:
        """The decision with other people's texts that the pattern covers, also when it covers one that counts."""
        if decision.verdict is not CoverVerdict.COVERS:
            return decision
        others = dict.fromkeys(
            foreign.source
            for foreign in control.accepted_elsewhere
            if foreign is not decision.covered
            and cover(text, foreign.pattern, fixed=self.fixed).verdict is CoverVerdict.COVERS
        )
        return replace(decision, accepted_elsewhere=tuple(others))


@lru_cache(maxsize=1)
def _catalogue() -> Any:
    return load_catalogue()


def _run_batch(name: str, settings: _Settings) -> ExitCode:
    """Answer every line in order. Nothing is printed unless all lines are questions."""
    questions: list[tuple[str, SelectedControl]] = []
    for line in pattern_input.read_batch(name):
        try:
            questions += [(line.pattern, settings.select(line.control)[0])]
        except UnknownControl as error:
            shown = "stdin" if name == pattern_input.STDIN else name
            raise DataFileError(str(error), path=shown, line=line.number, hint=error.hint) from error
    verdicts: list[CoverVerdict] = []
    for text, control in questions:
        decision, repaired = settings.decide(text, control)
        verdicts.append(decision.verdict)
        console.print_json(pattern_output.batch_document(decision, repaired), indent=None)
    if verdicts:
        console.say(pattern_output.summary_line(verdicts))
    if any(verdict in REPAIRABLE for verdict in verdicts):
        return ExitCode.ALARM
    return ExitCode.UNDECIDED if CoverVerdict.UNKNOWN in verdicts else ExitCode.OK


def _ask(
    text: str, control: SelectedControl, decision: Decision, client: pattern_live.LogsClient
) -> list[pattern_live.LiveAnswer]:
    """AWS on the pattern and on the first reference, each with the witness and the references' example events."""
    references = [reference.effective for reference in control.references]
    events = [event for event in map(example_event, references) if event is not None]
    if decision.witness is not None:
        events.insert(0, decision.witness)
    return [pattern_live.ask_aws(client, asked, events) for asked in dict.fromkeys((text, *references[:1]))]


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
