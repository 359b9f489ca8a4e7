"""The report as Markdown, for a pull request, a wiki or a job's summary: problems first, details folded. Pure.

GitHub takes a summary of at most 1 MiB a step:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.findings import Report, Status
from checker.reports.causes import Cause, causes_of, summary_of
from checker.reports.paint import hop_name
from checker.reports.text_chain import in_words, waiver_in_words
from checker.reports.view import counted
from checker.text.json_text import json_line
from checker.text.printable import printable

MOST_BYTES = 1_000_000
"""Less than 1 MiB, so that a step can add something of its own."""

_ROOM_FOR_DETAILS = MOST_BYTES - 300_000
_ROOM_FOR_A_TABLE = 100_000
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_COMMAND = re.compile(r"`([^`]*)`")


def to_markdown(report: Report) -> str:
    """The report as CommonMark with tables, at most ``MOST_BYTES`` long."""
    causes = causes_of(report.findings)
    text = "".join(f"{line}\n" for line in _overview(report, causes))
    return text + _cut(_details(causes), _ROOM_FOR_DETAILS - len(text.encode()), "\nThe details of further causes")


def escaped(text: str) -> str:
    """Text of others as nothing but text: no markup, no HTML, no link, no mention, on one line.

    Every ASCII punctuation character can be escaped (https://spec.commonmark.org/0.31.2/#backslash-escapes).
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(printable(text).split()))


def _overview(report: Report, causes: tuple[Cause, ...]) -> Iterator[str]:
    """Counts, then a table of causes, then the controls."""
    coverage = report.coverage
    asked = coverage.accounts_answered + coverage.accounts_failed
    counts = ", ".join(f"{report.count(status)} {status}" for status in Status)
    yield f"# alarmchain: {counts}"
    yield ""
    yield f"{coverage.accounts_answered} of {counted(asked, 'account')} answered; {escaped(report.benchmark)}."
    if not coverage.complete:
        yield ""
        yield "**Incomplete:** interrupted before everything was read."
    if causes:
        yield ""
        yield "## Causes"
        yield ""
        yield "| status | account | hop | what | controls |"
        yield "|---|---|---|---|---|"
        yield _cut((_row(cause) for cause in causes), _ROOM_FOR_A_TABLE, "| | | | Further causes").rstrip("\n")
    yield ""
    yield "## Controls"
    yield ""
    yield "| control | ok | alarm | error | skip |"
    yield "|---|---|---|---|---|"
    titles = {finding.control: f"{finding.control_id} {finding.title}" for finding in report.findings}
    for control, numbers in summary_of(report.findings).by_control.items():
        yield f"| {escaped(titles[control])} | {' | '.join(map(str, numbers.values()))} |"
    waived = [finding for finding in report.findings if finding.waiver is not None]
    if waived:
        yield ""
        yield "## Accepted"
        yield ""
        lines = (
            f"- {escaped(finding.subject[1])} {escaped(finding.control_id)}: {escaped(waiver_in_words(finding))}"
            for finding in waived
        )
        yield _cut(lines, _ROOM_FOR_A_TABLE, "- Further ones").rstrip("\n")
    for note in report.notes:
        yield ""
        yield f"Note: {escaped(note)}"


def _row(cause: Cause) -> str:
    first = cause.first
    account = " ".join(filter(None, (first.account_id or "unknown", first.account_name or first.connection)))
    more = f" (and {len(cause.reasons) - 1} more like it)" if len(cause.reasons) > 1 else ""
    controls = ", ".join(dict.fromkeys(finding.control_id for finding in cause.findings))
    cells = (str(cause.status), account, hop_name(first.broken_hop), first.reason + more, controls)
    return f"| {' | '.join(map(escaped, cells))} |"


def _details(causes: tuple[Cause, ...]) -> Iterator[str]:
    """A folded block for each cause: what to do, what to type, and an event that slips through."""
    for cause in causes:
        first = cause.first
        lines = [
            "",
            "<details>",
            f"<summary>{_html(f'{first.subject[1]} {hop_name(first.broken_hop)}: {first.code}')}</summary>",
            "",
            escaped(first.reason),
        ]
        if first.remedy:
            lines += ["", escaped(in_words(first.remedy))]
        if commands := _COMMAND.findall(first.remedy):
            lines += ["", *_fenced("sh", "\n".join(commands))]
        if first.witness is not None:
            lines += ["", "Not matched:", "", *_fenced("json", json_line(first.witness, indent=2))]
        if first.resource:
            lines += ["", f"Resource: {escaped(first.resource)}"]
        yield "\n".join([*lines, "", "</details>"])


def _fenced(language: str, text: str) -> list[str]:
    """A code block that nothing inside can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", printable(text), fence]


def _html(text: str) -> str:
    """Text between HTML tags, where backslashes escape nothing."""
    return "".join(
        f"&#{ord(char)};" if char in "&<>\"'`*_[]|@\\" else char for char in " ".join(printable(text).split())
    )


def _cut(lines: Iterator[str], room: int, what: str) -> str:
    """The lines that fit so many bytes, and how many do not."""
    kept: list[str] = []
    used = beyond = 0
    for line in lines:
        size = len(line.encode()) + 1
        if beyond or used + size > room:
            beyond += 1
        else:
            kept.append(line)
            used += size
    if beyond:
        kept.append(f"{what}: {beyond}, see the JSON report.{' |' if what.startswith('|') else ''}")
    return "".join(f"{line}\n" for line in kept)
