"""The JSON report, ``alarmchain.report/v1``: mapped by hand from the types, so that the inside can change.

Fields are added, never renamed. ``report_v1.schema.json`` beside this file describes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from checker.facts import ReadFailure
from checker.findings import AppliedWaiver, Finding, HopVerdict, Report, Status
from checker.reports.causes import Cause, causes_of, summary_of
from checker.text.json_text import json_text

SCHEMA = "alarmchain.report/v1"


def to_json(report: Report) -> str:
    """One document, two spaces of indentation, ending in a newline."""
    return json_text(to_document(report))


def to_document(report: Report) -> dict[str, Any]:
    """The report as JSON-ready values."""
    return {
        "schema": SCHEMA,
        "generated_at": report.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tool": {"name": "alarmchain", "version": report.version},
        "database": {
            "kind": report.database.kind,
            "target": report.database.target,
            "why": report.database.why,
            "connections": list(report.database.connections),
            "max_row_age_seconds": report.database.max_row_age_seconds,
        },
        "benchmark": report.benchmark,
        "findings": [finding_document(finding) for finding in report.findings],
        "causes": [cause_document(cause) for cause in causes_of(report.findings)],
        "summary": {str(status): report.count(status) for status in Status},
        "counts": asdict(summary_of(report.findings)),
        "coverage": {
            "accounts_answered": report.coverage.accounts_answered,
            "accounts_failed": report.coverage.accounts_failed,
            "complete": report.coverage.complete,
            "connections_not_covered": list(report.coverage.connections_not_covered),
            "failures": [_failure(failure) for failure in report.coverage.failures],
        },
        "notes": list(report.notes),
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding as JSON-ready values."""
    return {
        "id": finding.id,
        "control": finding.control,
        "control_id": finding.control_id,
        "benchmark": finding.benchmark,
        "title": finding.title,
        "severity": finding.severity,
        "account_id": finding.account_id,
        "account_name": finding.account_name,
        "connection": finding.connection,
        "region": finding.region,
        "resource": finding.resource,
        "status": str(finding.status),
        "broken_hop": str(finding.broken_hop) if finding.broken_hop else None,
        "code": finding.code,
        "reason": finding.sentence,
        "remedy": finding.remedy,
        "frameworks": {name: list(ids) for name, ids in finding.frameworks.items()},
        "reference": finding.reference,
        "hops": [_hop(hop) for hop in finding.hops],
        "witness": _plain(finding.witness),
        "unverified": list(finding.unverified),
        "accepted_elsewhere": list(finding.accepted_elsewhere),
        "waiver": _waiver(finding.waiver),
    }


def cause_document(cause: Cause) -> dict[str, Any]:
    """One cause as JSON-ready values. Its findings are named by their ids."""
    first = cause.first
    return {
        "id": cause.id,
        "account_id": first.account_id,
        "account_name": first.account_name,
        "connection": first.connection,
        "hop": str(first.broken_hop) if first.broken_hop else None,
        "resource": first.resource,
        "region": first.region,
        "code": first.code,
        "status": str(cause.status),
        "severity": cause.severity,
        "reasons": list(cause.reasons),
        "remedy": first.remedy,
        "controls": list(dict.fromkeys(finding.control for finding in cause.findings)),
        "findings": [finding.id for finding in cause.findings],
    }


def _hop(hop: HopVerdict) -> dict[str, Any]:
    return {
        "hop": str(hop.hop),
        "status": str(hop.status),
        "resource": hop.resource,
        "region": hop.region,
        "account_id": hop.account_id,
        "code": hop.code,
        "reason": hop.sentence,
        "remedy": hop.remedy,
        "evidence": _plain(hop.evidence),
    }


def _waiver(waiver: AppliedWaiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    return {
        "control": waiver.control,
        "account": waiver.account,
        "resource": waiver.resource,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires,
        "exclusion": waiver.exclusion,
    }


def _failure(failure: ReadFailure) -> dict[str, Any]:
    return {
        "query": failure.query,
        "connection": failure.connection,
        "account_id": failure.account_id,
        "region": failure.region,
        "action": failure.action,
        "kind": failure.kind,
        "name": failure.name,
        "message": failure.message,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
