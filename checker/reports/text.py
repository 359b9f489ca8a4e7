"""The text report: one line an account, then the chain of every account that is not ok, then what was covered.

Readable at 80 columns, piped, and without colours: every colour repeats a word.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from checker.findings import Finding, Hop, HopStatus, HopVerdict, Report, Status
from checker.text.json_text import json_line
from checker.text.layout import wrapped
from checker.text.printable import printable
from checker.text.style import Style

_COLORS = {"ok": "32", "alarm": "31;1", "error": "33;1", "skip": "36", "dim": "2", "bold": "1"}
_HOP_NAMES = {Hop.LOG_GROUP: "log group"}
_MARKS = {HopStatus.OK: "✔", HopStatus.ALARM: "✘", HopStatus.UNKNOWN: "?", HopStatus.NOT_REACHED: "·"}
_PLAIN_MARKS = {HopStatus.OK: "+", HopStatus.ALARM: "x", HopStatus.UNKNOWN: "?", HopStatus.NOT_REACHED: "."}
_HOP_COLORS = {HopStatus.OK: "ok", HopStatus.ALARM: "alarm", HopStatus.UNKNOWN: "error", HopStatus.NOT_REACHED: "dim"}
_COMMAND = re.compile(r"`([^`]*)`")
_WORDS_OF_A_COMMAND = 3
_WORST_FIRST = (Status.ALARM, Status.ERROR, Status.SKIP, Status.OK)
_CHAIN_STATUSES = (Status.ALARM, Status.ERROR, Status.SKIP)


def to_text(report: Report, style: Style) -> str:
    """The report for a person, ending in a newline."""
    writer = _Writer(style)
    lines = [*writer.accounts(report.findings)]
    for finding in report.findings:
        if _of_connection(finding):
            continue
        if finding.status in _CHAIN_STATUSES:
            lines += ["", *writer.chain(finding)]
        elif finding.waiver is not None:
            lines += ["", *writer.exclusion(finding)]
    lines += ["", *writer.summary(report)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _of_connection(finding: Finding) -> bool:
    """A connection failed before it told its account: one sentence says all, however many controls were asked."""
    return finding.account_id is None and finding.status is Status.ERROR


class _Writer:
    def __init__(self, style: Style) -> None:
        self._style = style
        self._marks = _MARKS if style.unicode else _PLAIN_MARKS

    def accounts(self, findings: Sequence[Finding]) -> Iterator[str]:
        grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in findings:
            grouped[printable(finding.account_id or "(unknown)"), printable(finding.connection or "")].append(finding)
        width = min(24, max((len(connection) for _, connection in grouped), default=0))
        for (account, connection), of_account in grouped.items():
            lead = f"{account:<12}  {connection:<{width}}"
            if len(of_account) == 1 or _of_connection(of_account[0]):
                finding = of_account[0]
                yield from self._row(finding.status, self._where(finding), lead, finding.reason)
            else:
                worst = next(status for status in _WORST_FIRST if any(f.status is status for f in of_account))
                yield from self._row(worst, "", lead, self._counts(of_account))

    def _row(self, status: Status, hop: str, lead: str, text: str) -> Iterator[str]:
        start = f"{status:<5}  {hop:<12}  {lead}  "
        if len(start) > self._style.width // 2:
            yield self._painted(start, status)
            yield from self._wrapped(text, " " * 7, " " * 7)
            return
        first, *rest = self._wrapped(text, start, " " * len(start))
        yield self._painted(first, status)
        yield from rest

    def _painted(self, line: str, status: Status) -> str:
        return self._paint(line[:5], str(status)) + line[5:]

    def _counts(self, findings: Sequence[Finding]) -> str:
        counts = Counter(finding.status for finding in findings)
        return ", ".join(
            f"{counts[status]} {status}" + (f" ({self._ids(findings, status)})" if status is not Status.OK else "")
            for status in Status
            if counts[status]
        )

    def chain(self, finding: Finding) -> Iterator[str]:
        account = finding.account_id or "account unknown"
        connection = f" ({finding.connection})" if finding.connection else ""
        head = f"{account}{connection}: {finding.control_id} {finding.title}"
        first, *rest = self._wrapped(head, "", "  ")
        yield self._paint(first, "bold")
        yield from rest
        for hop in finding.hops:
            if hop.status is HopStatus.NOT_REACHED:
                continue
            yield from self._hop(hop, broken=hop.hop is finding.broken_hop)
            if hop.hop is Hop.FILTER and finding.witness is not None:
                yield from self._witness(finding)
        if beyond := [self._name(hop.hop) for hop in finding.hops if hop.status is HopStatus.NOT_REACHED]:
            yield self._paint(f"    {self._marks[HopStatus.NOT_REACHED]} {'not reached':<13}{', '.join(beyond)}", "dim")
        yield from self._waiver(finding)
        for text in finding.unverified:
            yield from self._wrapped(text, "    unverified     ", " " * 19)
        if finding.accepted_elsewhere:
            text = f"covers a text that counts only with --accept: {'; '.join(finding.accepted_elsewhere)}"
            yield from self._wrapped(text, "    elsewhere      ", " " * 19)

    def exclusion(self, finding: Finding) -> Iterator[str]:
        """What an ok finding was decided without."""
        account = printable(finding.account_id or "account unknown")
        yield self._paint(f"{account}: {finding.control_id} is ok, decided with an exclusion", "bold")
        yield from self._waiver(finding)

    def _waiver(self, finding: Finding) -> Iterator[str]:
        waiver = finding.waiver
        if waiver is not None:
            what = f"except {waiver.exclusion}" if waiver.exclusion else "accepted"
            text = f"{what}: {waiver.reason} ({waiver.owner}, until {waiver.expires})"
            label = "exclusion" if waiver.exclusion else "waiver"
            yield from self._wrapped(text, f"    {label:<15}", " " * 19)

    def summary(self, report: Report) -> Iterator[str]:
        counts = ", ".join(f"{report.count(status)} {status}" for status in Status)
        coverage = report.coverage
        asked = coverage.accounts_answered + coverage.accounts_failed
        accounts = f"{coverage.accounts_answered} of {asked} account{'' if asked == 1 else 's'} answered"
        yield from self._wrapped(f"{counts}; {accounts}; {report.benchmark}.", "", "")
        if age := report.database.max_row_age_seconds:
            yield from self._wrapped(f"Rows may be up to {age} s old (--fresh clears the cache first).", "", "")
        if trusted := [finding for finding in report.findings if finding.status is Status.OK and finding.unverified]:
            texts = list(dict.fromkeys(text for finding in trusted for text in finding.unverified))
            more = f" (and {len(texts) - 1} more, see --format json)" if len(texts) > 1 else ""
            yield from self._wrapped(f"Not verified in {len(trusted)} ok: {texts[0]}{more}.", "", "  ")
        for note in report.notes:
            yield from self._wrapped(f"Note: {note}", "", "  ")
        if not coverage.complete:
            yield self._paint("Incomplete: interrupted before everything was read.", "error")

    def _hop(self, hop: HopVerdict, *, broken: bool) -> Iterator[str]:
        arrow = (">" if not self._style.unicode else "▶") if broken else " "
        start = f"  {arrow} {self._marks[hop.status]} {self._name(hop.hop):<13}"
        commands = _COMMAND.findall(hop.remedy)
        remedy = _COMMAND.sub(lambda found: " ".join(found[1].split()[:_WORDS_OF_A_COMMAND]), hop.remedy)
        first, *rest = self._wrapped(f"{hop.reason} {remedy}".rstrip(), start, " " * len(start))
        yield self._paint(first[: len(start)], _HOP_COLORS[hop.status]) + first[len(start) :]
        yield from rest
        for command in commands:
            # As long as it is: what is broken into lines cannot be typed.
            yield printable(f"{' ' * len(start)}$ {command}")

    def _witness(self, finding: Finding) -> Iterator[str]:
        text = json_line(finding.witness)
        yield from self._wrapped(f"not matched: {text}", " " * 19, " " * 19)

    def _ids(self, findings: Sequence[Finding], status: Status) -> str:
        return " ".join(finding.control_id for finding in findings if finding.status is status)

    def _where(self, finding: Finding) -> str:
        return self._name(finding.broken_hop) if finding.broken_hop else ""

    def _name(self, hop: Hop) -> str:
        return _HOP_NAMES.get(hop, str(hop))

    def _wrapped(self, text: str, start: str, indent: str) -> list[str]:
        return wrapped(text, self._style.width, start=start, indent=indent)

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if self._style.color else text
