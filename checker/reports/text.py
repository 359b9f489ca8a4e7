"""The text report: the answer, causes worst first, what is undecided, accepted and ok, a grid, what it rests on.

Readable at 80 columns, piped, and without colours. However many accounts there are, it stays a few screens long: what
is beyond has a line, then a number, and ``--full`` and ``--brief`` have all of it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.findings import Finding, Hop, Report, Status
from checker.reports.causes import Cause, causes_of
from checker.reports.matrix import matrix
from checker.reports.paint import Paint, hop_name
from checker.reports.text_chain import ChainWriter, commands_of, in_words, waiver_in_words
from checker.reports.view import EVERYTHING, Detail, View, counted, spans_controls
from checker.text.printable import printable
from checker.text.style import Style

_INDENT = " " * 7
_MOST_NAMED = 3
_MOST_NOTES = 12


@dataclass(frozen=True, slots=True)
class _Room:
    """Lines that a part of the report may take: for causes told at length, then for those with a line each."""

    told: int
    listed: int


_ROOM = {Status.ALARM: _Room(told=110, listed=40), Status.ERROR: _Room(told=20, listed=12)}


def to_text(report: Report, style: Style, view: View = EVERYTHING) -> str:
    """The report for a person, ending in a newline."""
    paint = Paint(style)
    match view.detail:
        case Detail.BRIEF:
            lines = _brief(report, view, paint)
        case Detail.FULL:
            lines = _full(report, view, paint)
        case Detail.CAUSES:
            lines = _by_cause(report, view, paint)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _brief(report: Report, view: View, paint: Paint) -> Iterator[str]:
    """A line a finding, with tabs between status, account, control, hop and reason."""
    for finding in report.findings:
        if view.shows(finding.status):
            fields = (finding.subject[1], finding.control_id, str(finding.broken_hop or "-"), finding.reason)
            texts = ("-" if not text else printable(" ".join(text.split())) for text in fields)
            yield "\t".join((paint.color(str(finding.status), str(finding.status)), *texts))


def _full(report: Report, view: View, paint: Paint) -> Iterator[str]:
    writer = ChainWriter(paint)
    yield from _answer(report, paint)
    for finding in report.findings:
        if view.shows(finding.status):
            yield ""
            yield from writer.lines(finding)
    yield from _rest(report, paint)


def _by_cause(report: Report, view: View, paint: Paint) -> Iterator[str]:
    writer = _CauseWriter(paint, spans_controls(report))
    yield from _answer(report, paint)
    causes = causes_of(report.findings)
    for status in (Status.ALARM, Status.ERROR):
        if view.shows(status):
            yield from writer.part([cause for cause in causes if cause.status is status], _ROOM[status])
    if view.shows(Status.SKIP):
        yield from _parted(writer.accepted([item for item in report.findings if item.status is Status.SKIP]))
    if view.shows(Status.OK):
        yield from _parted(writer.ok([item for item in report.findings if item.status is Status.OK]))
    if not view.only:
        yield from _parted(matrix(report, paint))
    yield from _rest(report, paint)


def _parted(lines: Iterator[str]) -> Iterator[str]:
    """The lines below an empty one; nothing for no lines."""
    for at, line in enumerate(lines):
        if at == 0:
            yield ""
        yield line


def _answer(report: Report, paint: Paint) -> Iterator[str]:
    """Counts, coverage, and where it is worst."""
    counts = ", ".join(f"{report.count(status)} {status}" for status in Status)
    coverage = report.coverage
    asked = coverage.accounts_answered + coverage.accounts_failed
    accounts = f"{coverage.accounts_answered} of {counted(asked, 'account')} answered"
    first, *rest = paint.wrapped(f"{counts}; {accounts}; {report.benchmark}.", "", "")
    yield paint.color(first, "bold")
    yield from rest
    causes = causes_of(report.findings)
    if len(causes) > 1:
        worst = causes[0]
        share = f" ({counted(len(worst.findings), 'finding')})" if spans_controls(report) else ""
        where = f"{worst.first.subject[0]} {worst.first.subject[1]}"
        yield from paint.wrapped(f"{len(causes)} causes; the worst, in {where}: {worst.first.code}{share}.", "", "")


def _rest(report: Report, paint: Paint) -> Iterator[str]:
    """What the verdicts rest on, and what was noted."""
    lines: list[str] = []
    if age := report.database.max_row_age_seconds:
        lines += paint.wrapped(f"Rows may be up to {age} s old (--fresh clears the cache first).", "", "")
    if trusted := [finding for finding in report.findings if finding.status is Status.OK and finding.unverified]:
        texts = list(dict.fromkeys(text for finding in trusted for text in finding.unverified))
        more = f" (and {len(texts) - 1} more, see --format json)" if len(texts) > 1 else ""
        lines += paint.wrapped(f"Not verified in {len(trusted)} ok: {texts[0]}{more}.", "", "  ")
    for note in report.notes[:_MOST_NOTES]:
        lines += paint.wrapped(f"Note: {note}", "", "  ")
    if (beyond := len(report.notes) - _MOST_NOTES) > 0:
        lines.append(f"{counted(beyond, 'more note')}: see --format json.")
    if not report.coverage.complete:
        lines.append(paint.color("Incomplete: interrupted before everything was read.", "error"))
    yield from _parted(iter(lines))


class _CauseWriter:
    def __init__(self, paint: Paint, spans: bool) -> None:
        self._paint = paint
        self._chains = ChainWriter(paint)
        self._spans = spans

    def part(self, causes: Sequence[Cause], room: _Room) -> Iterator[str]:
        """The causes of one status: at length while there is room, then a line each, then their number."""
        alike = _alike(causes)
        used = 0
        for at, group in enumerate(alike):
            lines = ["", *self._told(group)]
            used += len(lines)
            if at > 0 and used > room.told:
                yield ""
                yield from self._listed(alike[at:], room.listed)
                return
            yield from lines

    def _told(self, causes: Sequence[Cause]) -> Iterator[str]:
        """Causes of one kind in one account: the first of them at length, and how many are like it."""
        first = causes[0].first
        yield self._head(first)
        reasons = list(dict.fromkeys(reason for cause in causes for reason in cause.reasons))
        more = f" (And {len(reasons) - 1} more like it: see --full.)" if len(reasons) > 1 else ""
        yield from self._paint.wrapped(f"{first.reason}{more}", _INDENT, _INDENT)
        if first.remedy:
            yield from self._paint.wrapped(in_words(first.remedy), _INDENT, _INDENT)
            yield from commands_of(first.remedy, _INDENT)
        if first.witness is not None:
            yield from self._chains.witness(first, _INDENT)
        if first.accepted_elsewhere:
            text = f"It covers a text that counts only with --accept: {'; '.join(first.accepted_elsewhere)}."
            yield from self._paint.wrapped(text, _INDENT, _INDENT)
        yield from self._chains.short(first, _INDENT)
        if self._spans:
            yield from self._paint.wrapped(_controls(causes), _INDENT, _INDENT)

    def _listed(self, alike: Sequence[Sequence[Cause]], most: int) -> Iterator[str]:
        """A line for each group, and the number of those that have none."""
        for group in alike[:most]:
            first = group[0].first
            controls = counted(len({finding.control for cause in group for finding in cause.findings}), "control")
            head = f"{first.status:<5}  {hop_name(first.broken_hop):<12}  {first.subject[1]}  "
            text = f"{head}{f'{controls:<11}  ' if self._spans else ''}{first.reason}"
            yield self._painted(self._paint.cut(text), first.status)
        if beyond := alike[most:]:
            count = sum(len(group) for group in beyond)
            yield f"{_INDENT}{counted(count, 'more cause')}: see --brief, --full or --format json."

    def accepted(self, findings: Sequence[Finding]) -> Iterator[str]:
        """What waivers accept: a line for the first of them."""
        for finding in findings[:_MOST_NAMED]:
            text = f"{Status.SKIP:<5}  {self._named(finding)}: {waiver_in_words(finding)}"
            yield self._painted(self._paint.cut(text), Status.SKIP)
        yield from self._beyond(len(findings), "waived")

    def ok(self, findings: Sequence[Finding]) -> Iterator[str]:
        """What holds: one alone with who hears, several by their accounts; and what was left out of them."""
        if len(findings) == 1:
            yield self._head(findings[0])
            yield from self._paint.wrapped(findings[0].reason, _INDENT, _INDENT)
        elif findings:
            accounts = list(dict.fromkeys(self._account(finding) for finding in findings))
            many = f"{counted(len(findings), 'finding')} in " if self._spans else ""
            text = f"{Status.OK:<5}  {many}{counted(len(accounts), 'account')}: {', '.join(accounts)}"
            yield self._painted(self._paint.cut(text), Status.OK)
        if excluded := [finding for finding in findings if finding.waiver is not None]:
            for finding in excluded[:_MOST_NAMED]:
                account = printable(finding.subject[1])
                yield f"{account}: {finding.control_id} is ok, decided with an exclusion"
                yield from self._chains.waiver(finding)
            yield from self._beyond(len(excluded), "decided with an exclusion")

    def _beyond(self, total: int, what: str) -> Iterator[str]:
        if total > _MOST_NAMED:
            yield f"{_INDENT}{total - _MOST_NAMED} more {what}: see --full --only ok,skip."

    def _head(self, finding: Finding) -> str:
        line = f"{finding.status:<5}  {hop_name(finding.broken_hop):<12}  {self._account(finding)}"
        return self._painted(self._paint.cut(line), finding.status)

    def _account(self, finding: Finding) -> str:
        known = [finding.connection, finding.account_name]
        names = " ".join(dict.fromkeys(name for name in known if name))
        return f"{finding.account_id or '(unknown)':<12} {names}".rstrip()

    def _named(self, finding: Finding) -> str:
        return f"{finding.subject[1]} {finding.control_id}" if self._spans else finding.subject[1]

    def _painted(self, line: str, status: Status) -> str:
        return self._paint.color(line[:5], str(status)) + line[5:]


def _controls(causes: Sequence[Cause]) -> str:
    ids = list(dict.fromkeys(finding.control_id for cause in causes for finding in cause.findings))
    return f"{counted(len(ids), 'control')}: {' '.join(ids)}"


def _alike(causes: Sequence[Cause]) -> list[list[Cause]]:
    """The causes by account, hop and code, in their order: fifteen alarms with one mistake are told together."""
    groups: dict[tuple[tuple[str, str], Hop | None, str], list[Cause]] = {}
    for cause in causes:
        groups.setdefault((cause.first.subject, cause.first.broken_hop, cause.first.code), []).append(cause)
    return list(groups.values())
