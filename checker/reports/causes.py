"""Findings by what causes them: one stopped trail is one cause, however many controls it breaks. Pure.

The key is account, hop, resource and reason code. What is missing has no resource: all controls of an account whose
alarm is missing are one cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from checker.findings import Finding, Hop, Status, stable_id

SEVERITIES = ("critical", "high", "medium", "low")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings that one thing causes; never empty, all ``alarm`` or all ``error``, in the order of the report."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that speaks for all: account, hop, resource, region and code are the same in every one."""
        return self.findings[0]

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same in every run for the same account, hop, resource, code and benchmark."""
        first = self.first
        named = (first.benchmark, *first.subject, first.broken_hop or "", first.resource or "", first.code)
        return stable_id("cause", *named)

    @property
    def status(self) -> Status:
        """``alarm``, or ``error`` where it could not be decided."""
        return self.first.status

    @property
    def severity(self) -> str:
        """The worst of its findings."""
        return min((finding.severity for finding in self.findings), key=severity_order)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is found, each sentence once: several controls can miss things with different names."""
        return tuple(dict.fromkeys(finding.reason for finding in self.findings))


def severity_order(severity: str) -> int:
    """Where a severity stands, worst first; words that no control uses come last."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def causes_of(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """What causes the alarms and errors, worst first: alarms before errors, more severe ones and those with more
    findings first, then in the order of the findings."""
    grouped: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.status in (Status.ALARM, Status.ERROR):
            key = (finding.status, *finding.subject, finding.broken_hop, finding.resource, finding.code)
            grouped[key].append(finding)
    return tuple(sorted((Cause(tuple(group)) for group in grouped.values()), key=_rank))


def _rank(cause: Cause) -> tuple[bool, int, int]:
    return cause.status is not Status.ALARM, severity_order(cause.severity), -len(cause.findings)


Counts = dict[str, dict[str, int]]
"""What is counted -> status -> number of findings."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many findings of each status. ``by_hop`` counts the findings whose chain ends at the hop."""

    by_control: Counts
    by_hop: Counts
    by_account: Counts


def summary_of(findings: Iterable[Finding]) -> Summary:
    """Counts by the control's key, by hop, and by account or connection, each in the order of the findings."""
    listed = tuple(findings)
    broken = _counts([finding for finding in listed if finding.broken_hop], lambda finding: str(finding.broken_hop))
    return Summary(
        by_control=_counts(listed, lambda finding: finding.control),
        by_hop={str(hop): broken.get(str(hop), _none()) for hop in Hop},
        by_account=_counts(listed, lambda finding: finding.subject[1]),
    )


def _counts(findings: Iterable[Finding], key: Callable[[Finding], str]) -> Counts:
    counts: Counts = defaultdict(_none)
    for finding in findings:
        counts[key(finding)][str(finding.status)] += 1
    return dict(counts)


def _none() -> dict[str, int]:
    return {str(status): 0 for status in Status}
