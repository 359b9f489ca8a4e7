"""The report as Powerpipe prints it with ``--output json``: a tree of groups, controls and results. Pure.

Shape: https://powerpipe.io/docs/run/benchmark; what reads Powerpipe's documents reads this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.findings import Finding, Report, Status
from checker.text.json_text import json_text

_COMPLETE = 4
"""``run_status`` of a control whose query was answered."""


def to_powerpipe(report: Report) -> str:
    """One document on one line."""
    by_control: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_control.setdefault(finding.control, []).append(finding)
    benchmark = {
        "group_id": report.benchmark,
        "title": report.benchmark,
        "description": "",
        "tags": {"type": "Benchmark"},
        "summary": _summary(report.findings),
        "groups": [],
        "controls": [_control(findings) for findings in by_control.values()],
    }
    root = {
        "group_id": "root_result_group",
        "title": "",
        "description": "",
        "tags": {},
        "summary": benchmark["summary"],
        "groups": [benchmark],
        "controls": [],
    }
    return json_text(root, indent=None)


def _summary(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Counts by Powerpipe's statuses. ``info`` is one that this program does not give."""
    statuses = [finding.status for finding in findings]
    counts = {str(status): statuses.count(status) for status in Status}
    return {"status": {**counts, "info": 0}}


def _control(findings: list[Finding]) -> dict[str, Any]:
    first = findings[0]
    return {
        "control_id": first.control_id,
        "title": first.title,
        "description": "",
        "severity": first.severity,
        "tags": {name: ", ".join(ids) for name, ids in first.frameworks.items()},
        "summary": _summary(findings)["status"],
        "results": [_result(finding) for finding in findings],
        "run_status": _COMPLETE,
        "run_error": "",
    }


def _result(finding: Finding) -> dict[str, Any]:
    """A row of the control, with what a query of Powerpipe would give as further columns."""
    dimensions = {
        "account_id": finding.account_id,
        "region": finding.region,
        "connection": finding.connection,
        "account_name": finding.account_name,
        "hop": finding.broken_hop,
        "code": finding.code,
        "finding_id": finding.id,
    }
    return {
        "reason": finding.reason,
        "resource": finding.resource or "",
        "status": str(finding.status),
        "dimensions": [{"key": key, "value": str(value)} for key, value in dimensions.items() if value],
    }
