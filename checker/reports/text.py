"""The text report: one line an account, then the chain of every account that is not ok, then what was covered.

Readable at 80 columns, piped, and without colours: every colour repeats a word.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from checker.findings import Finding, Hop, HopStatus, HopVerdict, Report, Status
from checker.reports.formats import Style

_COLORS = {"ok": "32", "alarm": "31;1", "error": "33;1", "skip": "36", "dim": "2", "bold": "1"}
_HOP_NAMES = {Hop.LOG_GROUP: "log group", Hop.FILTER: "metric filter"}
_MARKS = {HopStatus.OK: "✔", HopStatus.ALARM: "✘", HopStatus.UNKNOWN: "?", HopStatus.NOT_REACHED: "·"}
_PLAIN_MARKS = {HopStatus.OK: "+", HopStatus.ALARM: "x", HopStatus.UNKNOWN: "?", HopStatus.NOT_REACHED: "."}
_HOP_COLORS = {HopStatus.OK: "ok", HopStatus.ALARM: "alarm", HopStatus.UNKNOWN: "error", HopStatus.NOT_REACHED: "dim"}
_CHAIN_STATUSES = (Status.ALARM, Status.ERROR, Status.SKIP)


def to_text(report: Report, style: Style) -> str:
    """The report for a person, ending in a newline."""
    writer = _Writer(style)
    lines = [*writer.accounts(report.findings)]
    for finding in report.findings:
        if finding.status in _CHAIN_STATUSES:
            lines += ["", *writer.chain(finding)]
        elif finding.unverified:
            lines += ["", *writer.unverified(finding)]
    lines += ["", *writer.summary(report)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Writer:
    def __init__(self, style: Style) -> None:
        self._style = style
        self._marks = _MARKS if style.unicode else _PLAIN_MARKS

    def accounts(self, findings: Sequence[Finding]) -> Iterator[str]:
        grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in findings:
            grouped[finding.account_id or "account unknown", finding.connection or ""].append(finding)
        width = max((len(connection) for _, connection in grouped), default=0)
        for (account, connection), of_account in grouped.items():
            lead = f"{account:<15}  {connection:<{width}}"
            if len(of_account) == 1:
                yield from self._account_line(lead, of_account[0])
            else:
                yield from self._account_counts(lead, of_account)

    def _account_line(self, lead: str, finding: Finding) -> Iterator[str]:
        start = f"{finding.status:<5}  {lead}  "
        reason = finding.reason if finding.status is Status.OK else f"{self._where(finding)}{_capital(finding.reason)}"
        indent = " " * (9 if len(start) > self._style.width // 2 else len(start))
        if len(start) > self._style.width // 2:
            yield self._colored(start.rstrip(), str(finding.status))
            yield from self._wrapped(reason, indent, indent)
            return
        first, *rest = self._wrapped(reason, start, indent)
        yield self._paint(f"{finding.status:<5}", str(finding.status)) + first[5:]
        yield from rest

    def _account_counts(self, lead: str, findings: Sequence[Finding]) -> Iterator[str]:
        worst = next(
            s for s in (Status.ALARM, Status.ERROR, Status.SKIP, Status.OK) if any(f.status is s for f in findings)
        )
        counts = Counter(finding.status for finding in findings)
        parts = [
            f"{counts[status]} {status}" + (f" ({self._ids(findings, status)})" if status is not Status.OK else "")
            for status in Status
            if counts[status]
        ]
        start = f"{worst:<5}  {lead}  "
        first, *rest = self._wrapped(", ".join(parts), start, " " * len(start))
        yield self._paint(f"{worst:<5}", str(worst)) + first[5:]
        yield from rest

    def chain(self, finding: Finding) -> Iterator[str]:
        account = finding.account_id or "account unknown"
        connection = f" ({finding.connection})" if finding.connection else ""
        head = f"{account}{connection}: {finding.control_id} {finding.title}"
        first, *rest = self._wrapped(head, "", "  ")
        yield self._paint(first, "bold")
        yield from rest
        for hop in finding.hops:
            yield from self._hop(hop, broken=hop.hop is finding.broken_hop)
            if hop.hop is Hop.FILTER and finding.witness is not None:
                yield from self._witness(finding)
        if finding.waiver is not None:
            waiver = finding.waiver
            what = f"exclusion {waiver.exclusion}" if waiver.exclusion else "waived"
            yield from self._wrapped(
                f"{what}: {waiver.reason} ({waiver.owner}, until {waiver.expires})", "    waiver         ", " " * 19
            )
        for text in finding.unverified:
            yield from self._wrapped(text, "    unverified     ", " " * 19)
        if finding.accepted_elsewhere:
            text = f"the filter covers the text of {', '.join(finding.accepted_elsewhere)} (--accept counts it)"
            yield from self._wrapped(text, "    elsewhere      ", " " * 19)

    def unverified(self, finding: Finding) -> Iterator[str]:
        head = f"{finding.account_id}: {finding.control_id} is ok, but was not verified whole"
        yield self._paint(head, "bold")
        for text in finding.unverified:
            yield from self._wrapped(text, "    unverified     ", " " * 19)
        if finding.waiver is not None and finding.waiver.exclusion:
            yield from self._wrapped(finding.waiver.exclusion, "    exclusion      ", " " * 19)

    def summary(self, report: Report) -> Iterator[str]:
        counts = ", ".join(f"{report.count(status)} {status}" for status in Status)
        coverage = report.coverage
        accounts = (
            f"{coverage.accounts_answered} of {coverage.accounts_answered + coverage.accounts_failed} accounts answered"
        )
        yield from self._wrapped(f"{counts}; {accounts}; {report.benchmark}.", "", "")
        if age := report.database.max_row_age_seconds:
            yield from self._wrapped(f"Rows may be up to {age} s old (--fresh clears the cache first).", "", "")
        for note in report.notes:
            yield from self._wrapped(f"Note: {note}", "", "  ")
        if not coverage.complete:
            yield self._paint("Incomplete: interrupted before everything was read.", "error")

    def _hop(self, hop: HopVerdict, *, broken: bool) -> Iterator[str]:
        name = _HOP_NAMES.get(hop.hop, str(hop.hop))
        arrow = (">" if not self._style.unicode else "▶") if broken else " "
        start = f"  {arrow} {self._marks[hop.status]} {name:<13}"
        first, *rest = self._wrapped(_capital(hop.reason), f"{start}", " " * len(start))
        yield self._paint(first[: len(start)], _HOP_COLORS[hop.status]) + first[len(start) :]
        yield from rest

    def _witness(self, finding: Finding) -> Iterator[str]:
        text = json.dumps(finding.witness, ensure_ascii=False)
        yield from self._wrapped(f"not matched: {text}", " " * 19, " " * 19)

    def _ids(self, findings: Sequence[Finding], status: Status) -> str:
        return " ".join(finding.control_id for finding in findings if finding.status is status)

    def _where(self, finding: Finding) -> str:
        return f"{_HOP_NAMES.get(finding.broken_hop, str(finding.broken_hop))}: " if finding.broken_hop else ""

    def _wrapped(self, text: str, start: str, indent: str) -> list[str]:
        return textwrap.wrap(
            text,
            width=max(40, self._style.width),
            initial_indent=start,
            subsequent_indent=indent,
            break_on_hyphens=False,
        ) or [start]

    def _colored(self, line: str, color: str) -> str:
        return self._paint(line[:5], color) + line[5:]

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if self._style.color else text


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:] if not sentence.startswith(("arn:", "$")) else sentence
