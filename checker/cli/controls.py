"""``alarmchain controls``: which controls there are, and what one asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from checker.cli import console
from checker.controls import DEFAULT_BENCHMARK, ControlCatalogue, SelectedControl, load_catalogue, select
from checker.controls.catalogue import Benchmark, Control
from checker.controls.identifiers import find_benchmark
from checker.errors import UsageError
from checker.text import layout
from checker.text.json_text import json_line
from checker.text.style import OutputFormat, Style

LIST_SCHEMA = "alarmchain.controls/v1"
SHOW_SCHEMA = "alarmchain.control/v1"

app = typer.Typer(
    name="controls", help="List the controls, or show what one asks for.", no_args_is_help=True, add_completion=False
)


BenchmarkOption = Annotated[str, typer.Option("--benchmark", help="Benchmark whose numbers and texts count.")]
FolderOption = Annotated[
    Path | None, typer.Option("--controls", metavar="DIR", help="Folder with controls of your own, added to these.")
]
FormatOption = Annotated[OutputFormat, typer.Option("--format", help="How to print it.")]


@app.command("list")
def list_controls(
    benchmark: BenchmarkOption = DEFAULT_BENCHMARK,
    level: Annotated[int | None, typer.Option(help="Only this level.", min=1, max=2)] = None,
    severity: Annotated[str | None, typer.Option(help="Only this severity.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only with this tag or framework (repeatable: any).")] = None,
    controls: FolderOption = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """List the controls of a benchmark."""
    catalogue = load_catalogue(controls)
    chosen = catalogue.benchmarks[find_benchmark(catalogue, benchmark)]
    selected = select(
        catalogue, benchmark=chosen.id, all_controls=True, level=level, severity=severity, tags=tuple(tag or ())
    )
    if output_format is OutputFormat.JSON:
        console.print_json(_list_document(catalogue, chosen, selected))
    else:
        console.print_text("".join(f"{line}\n" for line in _list_text(catalogue, chosen, selected)))


@app.command()
def show(
    control: Annotated[str, typer.Argument(metavar="ID", help="root_usage, 4.3, cis_v300_4_3, CloudWatch.1, ...")],
    benchmark: BenchmarkOption = DEFAULT_BENCHMARK,
    controls: FolderOption = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show a control: why it matters, its texts, and which patterns pass and which do not, decided now."""
    catalogue = load_catalogue(controls)
    selected = select(catalogue, [control], benchmark=benchmark)
    if len(selected) != 1:
        raise UsageError(f"{control!r} names {len(selected)} controls", hint="show one; alarmchain controls list")
    document = _show_document(catalogue, selected[0])
    if output_format is OutputFormat.JSON:
        console.print_json(document)
    else:
        console.print_text("".join(f"{line}\n" for line in _show_text(document, console.stdout_style())))


def _numbers(catalogue: ControlCatalogue, key: str) -> dict[str, str]:
    return {
        benchmark.id: entry.id
        for benchmark in catalogue.benchmarks.values()
        if (entry := benchmark.entry(key)) is not None
    }


def _list_document(
    catalogue: ControlCatalogue, benchmark: Benchmark, selected: tuple[SelectedControl, ...]
) -> dict[str, Any]:
    """The JSON document of ``controls list``."""
    return {
        "schema": LIST_SCHEMA,
        "benchmark": benchmark.id,
        "title": benchmark.title,
        "controls": [
            {
                "key": control.key,
                "control_id": control.control_id,
                "benchmark": control.benchmark,
                "title": control.title,
                "severity": control.severity,
                "level": control.level,
                "assessment": control.assessment,
                "tags": list(control.tags),
                "numbers": _numbers(catalogue, control.key),
            }
            for control in selected
        ],
        "not_covered": [
            {"key": row.key, "control_id": row.id, "title": row.title, "reason": row.reason}
            for row in benchmark.not_covered
        ],
    }


def _list_text(
    catalogue: ControlCatalogue, benchmark: Benchmark, selected: tuple[SelectedControl, ...]
) -> Iterator[str]:
    """The lines of ``controls list``: the benchmark, a table, what is not covered."""
    yield benchmark.title
    head = ("id", "control", "severity", "level", "assessment", "tags")
    rows = [
        (
            control.control_id,
            control.key,
            control.severity,
            "" if control.level is None else str(control.level),
            control.assessment or "",
            ", ".join(control.tags),
        )
        for control in selected
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for missing in benchmark.not_covered:
        yield f"{missing.id} ({missing.title}) is not covered: {missing.reason}."
    yield f"Benchmarks: {', '.join(catalogue.benchmarks)}"


def _show_document(catalogue: ControlCatalogue, control: SelectedControl) -> dict[str, Any]:
    """The JSON document of ``controls show``, which its text is made of too."""
    whole = catalogue.controls[control.key]
    return {
        "schema": SHOW_SCHEMA,
        "key": control.key,
        "control_id": control.control_id,
        "benchmark": control.benchmark,
        "title": control.title,
        "severity": control.severity,
        "severity_reason": whole.severity_reason,
        "level": control.level,
        "assessment": control.assessment,
        "conflict": _conflict(catalogue, control),
        "rationale": control.rationale,
        "tags": list(control.tags),
        "aliases": list(whole.aliases),
        "numbers": _numbers(catalogue, control.key),
        **_texts_document(control, whole),
        "names": {
            "filter": control.names.filter_name,
            "metric": control.names.metric_name,
            "alarm": control.names.alarm_name,
            "namespace": control.names.metric_namespace,
        },
        "faults": [{"id": fault.id, "affects": fault.affects, "text": fault.text} for fault in whole.faults],
        "frameworks": {name: list(ids) for name, ids in control.frameworks.items()},
        "ratings": dict(whole.source_ratings),
        "examples": _examples(control),
    }


def _conflict(catalogue: ControlCatalogue, control: SelectedControl) -> str | None:
    """What another public source says of level or assessment, if it says otherwise."""
    benchmark = catalogue.benchmarks.get(control.benchmark)
    entry = benchmark.entry(control.key) if benchmark else None
    return (entry.conflict or None) if entry else None


def _texts_document(control: SelectedControl, whole: Control) -> dict[str, Any]:
    """The part of the document that has texts and events."""
    also_sent_by = {listed.event: listed.also_sent_by for listed in whole.events}
    return {
        "references": [
            {
                "pattern": text.pattern,
                "procedures": [procedure.value for procedure in text.procedures],
                "source": text.source,
                "faulty": text.faulty,
                "correction": text.correction,
                "note": text.note,
            }
            for text in control.references
        ],
        "accepted_elsewhere": [
            {"source_id": text.source_id, "source": text.source, "pattern": text.pattern}
            for text in control.accepted_elsewhere
        ],
        "events": [
            {"name": event.name, "source": event.source, "also_sent_by": list(also_sent_by[event])}
            for event in control.events
        ],
    }


def _examples(control: SelectedControl) -> list[dict[str, Any]]:
    """Example patterns with the verdict of the pattern engine."""
    from checker.chain.filter_decision import decide
    from checker.controls.examples import examples

    rows = []
    for example in examples(control):
        decision = decide((example.pattern,), control)
        rows.append(
            {
                "what": example.what,
                "pattern": example.pattern,
                "verdict": decision.verdict.value,
                "reason": decision.reason,
                "remarks": list(decision.remarks),
                "witness": None if decision.witness is None else dict(decision.witness),
            }
        )
    return rows


def _show_text(document: dict[str, Any], style: Style) -> Iterator[str]:
    """The lines of ``controls show``."""

    def wrapped(text: str, indent: str = "") -> str:
        return "\n".join(layout.wrapped(text, style.width, start=indent, indent=indent, whole_words=True))

    level = f", level {document['level']}" if document["level"] else ""
    assessment = f", {document['assessment'].lower()}" if document["assessment"] else ""
    yield f"{document['key']}  {document['benchmark']}/{document['control_id']}"
    yield wrapped(document["title"])
    yield f"severity {document['severity']}{level}{assessment}; tags {', '.join(document['tags']) or 'none'}"
    if document["conflict"]:
        yield wrapped(f"elsewhere: {document['conflict']}")
    yield from ("", "Why", wrapped(document["rationale"], "  "), wrapped(document["severity_reason"], "  "))
    yield from ("", "Texts of the benchmark (covering one of them is enough)")
    for text in document["references"]:
        yield f"  {' and '.join(text['procedures'])}: {text['pattern']}"
        if text["faulty"]:
            yield wrapped(f"faulty: {text['faulty']}", "    ")
        if text["correction"]:
            yield f"    used instead: {text['correction']}"
        if text["note"]:
            yield wrapped(text["note"], "    ")
    for text in document["accepted_elsewhere"]:
        yield f"  only with --accept {text['source_id']}: {text['pattern']}"
    if document["events"]:
        events = ", ".join(f"{event['name']} ({event['source']})" for event in document["events"])
        yield from ("", "Events", wrapped(events, "  "))
    passing = [row for row in document["examples"] if row["verdict"] == "covers"]
    yield from ("", "What passes")
    for row in passing:
        yield f"  {row['what']}: {row['pattern']}"
        yield from (wrapped(remark, "    ") for remark in row["remarks"])
    yield from ("", "What does not")
    yield from _failing([row for row in document["examples"] if row["verdict"] != "covers"])
    if document["faults"]:
        yield from ("", "Gaps of the official texts")
        yield from (wrapped(f"{fault['text']} ({fault['affects']})", "  ") for fault in document["faults"])
    yield from ("", "Elsewhere")
    numbers = ", ".join(f"{name}/{number}" for name, number in document["numbers"].items())
    yield wrapped(f"numbers: {numbers or 'none'}", "  ")
    if document["ratings"]:
        yield wrapped(
            f"rated: {', '.join(f'{rating} by {name}' for name, rating in document['ratings'].items())}", "  "
        )
    for name, ids in document["frameworks"].items():
        yield wrapped(f"{name}: {', '.join(ids)}", "  ")


def _failing(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield f"  {row['what']}: {row['pattern']}"
        yield f"    {row['reason']}"
        if row["witness"] is not None:
            yield f"    for example: {json_line(row['witness'])}"
