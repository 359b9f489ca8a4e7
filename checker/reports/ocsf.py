"""The report as OCSF events: Compliance Finding (class 2003) of version 1.6. Pure.

https://schema.ocsf.io/1.6.0/classes/compliance_finding. ``compliance.status_id`` is 1 pass, 2 warning (it could not be
decided) or 3 fail; a waived finding is suppressed (``status_id`` 3). Times are milliseconds since 1970.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from checker.findings import Finding, Report, Status
from checker.reports.text_chain import waiver_in_words
from checker.text.json_text import json_list

VERSION = "1.6.0"

_CLASS, _CATEGORY = 2003, 2
_NEW, _SUPPRESSED = (1, "New"), (3, "Suppressed")
_CREATE = (1, "Create")
_COMPLIANCE = {
    Status.OK: (1, "Pass"),
    Status.ERROR: (2, "Warning"),
    Status.ALARM: (3, "Fail"),
    Status.SKIP: (3, "Fail"),
}
_SEVERITIES = {"low": (2, "Low"), "medium": (3, "Medium"), "high": (4, "High"), "critical": (5, "Critical")}
_INFORMATIONAL, _OTHER = (1, "Informational"), (99, "Other")
_AWS_ACCOUNT = (10, "AWS Account")


def to_ocsf(report: Report) -> str:
    """A list of events, one a finding and a line, that ends in a newline."""
    return json_list(_event(finding, report) for finding in report.findings)


def milliseconds(moment: datetime) -> int:
    """Since 1970, in UTC."""
    return int(moment.timestamp() * 1000)


def _event(finding: Finding, report: Report) -> dict[str, Any]:
    """One finding. Its uid is the same in every run, so that the newest event says how it is."""
    is_ok = finding.status is Status.OK
    activity_id, activity = _CREATE
    severity_id, severity = _INFORMATIONAL if is_ok else _SEVERITIES.get(finding.severity, _OTHER)
    status_id, status = _SUPPRESSED if finding.status is Status.SKIP else _NEW
    event: dict[str, Any] = {
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "type_uid": _CLASS * 100 + activity_id,
        "type_name": f"Compliance Finding: {activity}",
        "time": milliseconds(report.generated_at),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "status_code": finding.code,
        "message": finding.sentence,
        "metadata": {
            "version": VERSION,
            "profiles": ["cloud"],
            "product": {"name": "alarmchain", "vendor_name": "alarmchain", "version": report.version},
        },
        "finding_info": {
            "uid": finding.id,
            "title": f"{finding.control_id} {finding.title}",
            "desc": finding.reason,
            "types": ["Compliance"],
        },
        "compliance": _compliance(finding),
        "cloud": _cloud(finding),
    }
    if finding.resource:
        event["resources"] = [{"uid": finding.resource} | ({"region": finding.region} if finding.region else {})]
    if finding.remedy:
        event["remediation"] = {"desc": finding.remedy}
    if words := waiver_in_words(finding):
        event["comment"] = words
    return event


def _compliance(finding: Finding) -> dict[str, Any]:
    status_id, status = _COMPLIANCE[finding.status]
    return {
        "control": finding.control_id,
        "standards": [finding.benchmark, *finding.frameworks],
        "requirements": [f"{name}: {item}" for name, ids in finding.frameworks.items() for item in ids],
        "status_id": status_id,
        "status": status,
        "status_code": finding.code,
    }


def _cloud(finding: Finding) -> dict[str, Any]:
    """Where it is; a connection that told no account has a name only."""
    cloud: dict[str, Any] = {"provider": "AWS"}
    if finding.account_id:
        type_id, kind = _AWS_ACCOUNT
        name = finding.account_name or finding.connection
        account = {"uid": finding.account_id, "type_id": type_id, "type": kind}
        cloud["account"] = account | ({"name": name} if name else {})
    return cloud | ({"region": finding.region} if finding.region else {})
