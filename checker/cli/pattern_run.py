"""What the pattern commands do, once their options are read. Loaded when one is used: the engine takes its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from checker.cli import console, pattern_input, pattern_live, pattern_output
from checker.cli.pattern_answer import Answer
from checker.exit_codes import ExitCode
from checker.patterns import (
    CoverVerdict,
    PatternSyntaxError,
    example_event,
    matches,
    matches_everything,
    never_matches,
    parse,
    to_text,
)
from checker.patterns import explain as in_words
from checker.text.json_text import json_line

if TYPE_CHECKING:
    from checker.aws.call import Client

EXIT_CODES: dict[CoverVerdict, ExitCode] = {
    CoverVerdict.COVERS: ExitCode.OK,
    CoverVerdict.MISSES: ExitCode.ALARM,
    CoverVerdict.INVALID: ExitCode.USAGE,
    CoverVerdict.UNKNOWN: ExitCode.UNDECIDED,
}


def decide(answer: Answer, client: Client | None, *, as_json: bool) -> ExitCode:
    """Print the answer, compared with that of AWS where there is a client. Returns the exit code."""
    checks = None if client is None else _ask_aws(answer, client)
    if as_json:
        console.print_json(pattern_output.check_document(answer, checks))
    else:
        console.print_text(pattern_output.check_text(answer, checks))
    agrees = all(check.agrees for check in checks or ())
    return EXIT_CODES[answer.decision.verdict] if agrees else ExitCode.UNDECIDED


def _ask_aws(answer: Answer, client: Client) -> list[pattern_live.LiveAnswer]:
    """AWS on the pattern and on the first reference, each with the witness and the references' example events."""
    references = [reference.effective for reference in answer.control.references]
    events = [event for event in map(example_event, references) if event is not None]
    if answer.decision.witness is not None:
        events.insert(0, answer.decision.witness)
    return [pattern_live.ask_aws(client, asked, events) for asked in dict.fromkeys((answer.pattern, *references[:1]))]


def explain(text: str, *, as_json: bool) -> None:
    """Print in words what the pattern matches. Raises ``PatternSyntaxError``."""
    tree = _parsed(text)
    example = example_event(tree)
    facts = {"never_matches": never_matches(tree), "matches_everything": matches_everything(tree)}
    document = {
        "schema": pattern_output.SCHEMA,
        "pattern": text,
        "canonical": to_text(tree),
        "words": in_words(tree),
        **facts,
        "example": example,
    }
    if as_json:
        console.print_json(document)
        return
    lines = [in_words(tree)]
    if facts["never_matches"]:
        lines.append("No CloudTrail event can match it.")
    if facts["matches_everything"]:
        lines.append("Every CloudTrail event matches it.")
    lines.append(f"Canonical spelling: {to_text(tree) or '(empty)'}")
    if example is not None:
        lines += ["An event that it matches:", json_line(example, indent=2)]
    console.print_text("\n".join(lines) + "\n")


def match(pattern: str, files: Sequence[str], *, as_json: bool) -> ExitCode:
    """Print which events the pattern matches. Raises ``PatternSyntaxError``; returns the exit code."""
    tree = _parsed(pattern)
    results = [(found, matches(tree, found.event)) for name in files for found in pattern_input.read_events(name)]
    matched = sum(hit for _, hit in results)
    if as_json:
        events = [{"event": found.name, "matches": hit} for found, hit in results]
        document = {"schema": pattern_output.SCHEMA, "pattern": pattern, "matched": matched, "events": events}
        console.print_json(document)
    else:
        lines = [f"{'match   ' if hit else 'no match'} {found.name} {_label(found.event)}" for found, hit in results]
        console.print_text("".join(f"{line.rstrip()}\n" for line in lines))
        console.say(f"{matched} of {len(results)} events match")
    return ExitCode.OK if matched else ExitCode.ALARM


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
