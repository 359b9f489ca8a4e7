"""The report in the AWS Security Finding Format, for Security Hub's ``BatchImportFindings``. Pure.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html, with the lengths that it gives.
The call takes 100 findings at a time. A finding keeps its ``Id``; what is ok is ``ARCHIVED``, which ends an earlier
alarm. A connection that told no account has no finding here, because the format wants an account.
"""

from __future__ import annotations

import re
from typing import Any

from checker.findings import Finding, Report, Status
from checker.reports.text_chain import waiver_in_words
from checker.text.json_text import json_list
from checker.text.printable import printable

_COMPLIANCE = {Status.OK: "PASSED", Status.ALARM: "FAILED", Status.ERROR: "WARNING", Status.SKIP: "FAILED"}
_WORKFLOW = {Status.OK: "RESOLVED", Status.ALARM: "NEW", Status.ERROR: "NEW", Status.SKIP: "SUPPRESSED"}
_LABELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
_TITLE, _DESCRIPTION, _RECOMMENDATION, _REQUIREMENTS, _FIELD = 256, 1024, 512, 32, 1024
_HOME = "us-east-1"
"""Region of a finding about an account as a whole."""
_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):")


def to_asff(report: Report) -> str:
    """A list of findings, one a line, that ends in a newline."""
    return json_list(_finding(finding, report) for finding in report.findings if finding.account_id)


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
    """One finding, as the account itself would import it."""
    is_ok, moment = finding.status is Status.OK, report.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    region, partition = finding.region or _HOME, _partition(finding)
    label = "INFORMATIONAL" if is_ok else finding.severity.upper()
    made: dict[str, Any] = {
        "SchemaVersion": "2018-10-08",
        "Id": f"alarmchain/{finding.id}",
        "ProductArn": f"arn:{partition}:securityhub:{region}:{finding.account_id}:product/{finding.account_id}/default",
        "ProductName": "alarmchain",
        "GeneratorId": f"alarmchain/{finding.benchmark}/{finding.control}",
        "AwsAccountId": finding.account_id,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"],
        "CreatedAt": moment,
        "UpdatedAt": moment,
        "Severity": {"Label": label if is_ok or label in _LABELS else "MEDIUM"},
        "Title": _short(f"{finding.control_id} {finding.title}", _TITLE),
        "Description": _short(finding.reason, _DESCRIPTION),
        "Resources": [_resource(finding, partition, region)],
        "Compliance": _compliance(finding),
        "Workflow": {"Status": _WORKFLOW[finding.status]},
        "RecordState": "ARCHIVED" if is_ok else "ACTIVE",
        "ProductFields": _fields(finding),
    }
    if finding.remedy:
        made["Remediation"] = {"Recommendation": {"Text": _short(finding.remedy, _RECOMMENDATION)}}
    if words := waiver_in_words(finding):
        made["Note"] = {"Text": _short(words, _RECOMMENDATION), "UpdatedBy": "alarmchain", "UpdatedAt": moment}
    return made


def _partition(finding: Finding) -> str:
    """The partition of the first ARN that the chain names, else that of most accounts."""
    arns = (_ARN.match(hop.resource or "") for hop in finding.hops)
    return next((found["partition"] for found in arns if found), "aws")


def _resource(finding: Finding, partition: str, region: str) -> dict[str, Any]:
    about = finding.resource or f"AWS::::Account:{finding.account_id}"
    kind = "Other" if finding.resource else "AwsAccount"
    return {"Type": kind, "Id": about, "Partition": partition, "Region": region}


def _compliance(finding: Finding) -> dict[str, Any]:
    related = [f"{finding.benchmark}/{finding.control_id}"]
    related += [f"{name}/{item}" for name, ids in finding.frameworks.items() for item in ids]
    return {"Status": _COMPLIANCE[finding.status], "RelatedRequirements": related[:_REQUIREMENTS]}


def _fields(finding: Finding) -> dict[str, str]:
    facts = {"code": finding.code, "hop": finding.broken_hop, "connection": finding.connection}
    return {f"alarmchain/{name}": _short(value, _FIELD) for name, value in facts.items() if value}


def _short(text: str, most: int) -> str:
    """The text within a length. Spelled out first: a control character takes six."""
    shown = printable(text).strip() or "-"
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."
