"""The report as SARIF 2.1.0, for code scanning: a result for each finding that is not ok. Pure.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. A result stands at the configuration file, because an
account has no source; the ARN is its logical location. What could not be decided is of kind ``open``, for which the
standard wants the level ``none``; what is waived is suppressed. GitHub tells results apart by ``partialFingerprints``:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
"""

from __future__ import annotations

from typing import Any

from checker.findings import Finding, Report, Status
from checker.reports.text_chain import waiver_in_words
from checker.text.json_text import json_text

CONFIGURATION_FILE = "alarmchain.toml"

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""``security-severity``: a score within the bounds that GitHub has for each word."""


def to_sarif(report: Report) -> str:
    """One document on one line."""
    shown = [finding for finding in report.findings if finding.status is not Status.OK]
    rules = list({finding.control: finding for finding in report.findings}.values())
    indexes = {rule.control: index for index, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "alarmchain", "version": report.version, "rules": [_rule(rule) for rule in rules]}},
        "automationDetails": {"id": f"alarmchain/{report.benchmark}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": report.coverage.complete,
                "endTimeUtc": report.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ],
        "results": [_result(finding, indexes[finding.control]) for finding in shown],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=None)


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.control,
        "name": finding.control,
        "shortDescription": {"text": f"{finding.control_id} {finding.title}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["security", *(f"{name}: {item}" for name, ids in finding.frameworks.items() for item in ids)],
            "security-severity": _SCORES.get(finding.severity, _SCORES["medium"]),
        },
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    """A finding that is not ok, as a result of its control's rule."""
    undecided = finding.status is Status.ERROR
    account = finding.account_id or finding.connection or "an unknown account"
    logical = {"fullyQualifiedName": finding.resource or f"{finding.subject[0]}/{account}", "kind": "resource"}
    result: dict[str, Any] = {
        "ruleId": finding.control,
        "ruleIndex": rule,
        "kind": "open" if undecided else "fail",
        "level": "none" if undecided else "error",
        "message": {"text": f"{account}: {finding.sentence}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": CONFIGURATION_FILE},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [logical],
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": finding.id, "alarmchainFinding/v1": finding.id},
        "properties": {
            "account_id": finding.account_id,
            "region": finding.region,
            "hop": finding.broken_hop,
            "code": finding.code,
        },
    }
    if finding.status is Status.SKIP:
        words = waiver_in_words(finding)
        suppression = {"kind": "external", "status": "accepted"} | ({"justification": words} if words else {})
        result["suppressions"] = [suppression]
    return result
