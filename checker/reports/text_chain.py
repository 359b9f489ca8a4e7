"""The chain of one finding as text, hop by hop. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.findings import Finding, Hop, HopStatus, HopVerdict
from checker.reports.paint import Paint, hop_name
from checker.text.json_text import json_line
from checker.text.printable import printable

_COMMAND = re.compile(r"`([^`]*)`")
_WORDS_OF_A_COMMAND = 3


def in_words(remedy: str) -> str:
    """A remedy with its commands shortened to what they are called: they stand below, whole."""
    return _COMMAND.sub(lambda found: " ".join(found[1].split()[:_WORDS_OF_A_COMMAND]), remedy)


def commands_of(remedy: str, indent: str) -> list[str]:
    """The commands of a remedy, each on a line as long as it is: what is broken into lines cannot be typed."""
    return [printable(f"{indent}$ {command}") for command in _COMMAND.findall(remedy)]


class ChainWriter:
    """Writes the hops of findings."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint

    def lines(self, finding: Finding) -> Iterator[str]:
        """Account and control, then every hop, then what the verdict rests on."""
        account = finding.account_id or "account unknown"
        known = ", ".join(filter(None, (finding.connection, finding.account_name)))
        head = f"{account}{f' ({known})' if known else ''}: {finding.control_id} {finding.title}: {finding.status}"
        first, *rest = self._paint.wrapped(head, "", "  ")
        yield self._paint.color(first, "bold")
        yield from rest
        for hop in finding.hops:
            if hop.status is HopStatus.NOT_REACHED:
                continue
            yield from self._hop(hop, broken=hop.hop is finding.broken_hop)
            if hop.hop is Hop.FILTER and finding.witness is not None:
                yield from self.witness(finding, " " * 19)
        if beyond := [hop_name(hop.hop) for hop in finding.hops if hop.status is HopStatus.NOT_REACHED]:
            start = f"    {self._paint.mark(HopStatus.NOT_REACHED)} {'not reached':<13}"
            for line in self._paint.wrapped(", ".join(beyond), start, " " * len(start)):
                yield self._paint.color(line, "dim")
        yield from self.waiver(finding)
        for text in finding.unverified:
            yield from self._paint.wrapped(text, "    unverified     ", " " * 19)
        if finding.accepted_elsewhere:
            text = f"covers a text that counts only with --accept: {'; '.join(finding.accepted_elsewhere)}"
            yield from self._paint.wrapped(text, "    elsewhere      ", " " * 19)

    def waiver(self, finding: Finding) -> Iterator[str]:
        """What was accepted, or what the pattern was decided without."""
        if finding.waiver is not None:
            label = "exclusion" if finding.waiver.exclusion else "waiver"
            yield from self._paint.wrapped(waiver_in_words(finding), f"    {label:<15}", " " * 19)

    def witness(self, finding: Finding, indent: str) -> Iterator[str]:
        """An event that slips through the filter."""
        yield from self._paint.wrapped(f"not matched: {json_line(finding.witness)}", indent, indent)

    def short(self, finding: Finding, indent: str) -> Iterator[str]:
        """All hops on one line, by their marks; nothing where that does not fit."""
        words = [(f"{self._paint.mark(hop.status)} {hop_name(hop.hop)}", hop.status) for hop in finding.hops]
        if words and len(indent) + sum(len(text) + 1 for text, _ in words) <= self._paint.style.width:
            yield indent + " ".join(self._paint.hop(text, status) for text, status in words)

    def _hop(self, hop: HopVerdict, *, broken: bool) -> Iterator[str]:
        """A hop that was reached: mark, sentence, and the commands of its remedy below."""
        arrow = ("▶" if self._paint.style.unicode else ">") if broken else " "
        start = f"  {arrow} {self._paint.mark(hop.status)} {hop_name(hop.hop):<13}"
        indent = " " * len(start)
        first, *rest = self._paint.wrapped(f"{hop.reason} {in_words(hop.remedy)}".rstrip(), start, indent)
        yield self._paint.hop(first[: len(start)], hop.status) + first[len(start) :]
        yield from rest
        yield from commands_of(hop.remedy, indent)


def waiver_in_words(finding: Finding) -> str:
    """What a waiver says, who says it, and until when; nothing without one."""
    waiver = finding.waiver
    if waiver is None:
        return ""
    what = f"except {waiver.exclusion}" if waiver.exclusion else "accepted"
    return f"{what}: {waiver.reason} ({waiver.owner}, until {waiver.expires})"
