"""The report as JUnit XML, which every CI reads: a suite a control, a case an account. Pure.

Elements and attributes: https://github.com/testmoapp/junitxml. An alarm is a failure, what could not be decided is an
error, what is waived is skipped.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from checker.findings import Finding, Report, Status
from checker.reports.text_chain import waiver_in_words
from checker.text.json_text import json_line
from checker.text.printable import printable

_ELEMENTS = {Status.ALARM: "failure", Status.ERROR: "error", Status.SKIP: "skipped"}


def to_junit(report: Report) -> str:
    """One document that ends in a newline."""
    by_control: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_control.setdefault(finding.control, []).append(finding)
    root = ET.Element("testsuites", {"name": "alarmchain", **_counts(report.findings)})
    stamp = report.generated_at.strftime("%Y-%m-%dT%H:%M:%S")
    for findings in by_control.values():
        first = findings[0]
        name = printable(f"{first.control_id} {first.title}")
        suite = ET.SubElement(root, "testsuite", {"name": name, "timestamp": stamp, **_counts(findings)})
        for finding in findings:
            _add_case(suite, finding)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(findings: tuple[Finding, ...] | list[Finding]) -> dict[str, str]:
    statuses = [finding.status for finding in findings]
    return {
        "tests": str(len(statuses)),
        "failures": str(statuses.count(Status.ALARM)),
        "errors": str(statuses.count(Status.ERROR)),
        "skipped": str(statuses.count(Status.SKIP)),
        "time": "0",
    }


def _add_case(suite: ET.Element, finding: Finding) -> None:
    """The case of a finding: its account, and what is wrong."""
    names = dict.fromkeys(name for name in (finding.connection, finding.account_name) if name)
    name = " ".join((finding.account_id or "(unknown)", *names))
    case = ET.SubElement(suite, "testcase", classname=printable(finding.control), name=printable(name), time="0")
    element = _ELEMENTS.get(finding.status)
    if element is None:
        ET.SubElement(case, "system-out").text = printable(finding.reason)
    elif finding.status is Status.SKIP:
        ET.SubElement(case, element, message=printable(waiver_in_words(finding) or finding.reason))
    else:
        problem = ET.SubElement(case, element, message=printable(finding.reason), type=printable(finding.code))
        problem.text = "\n".join(_details(finding))


def _details(finding: Finding) -> list[str]:
    facts = [("hop", finding.broken_hop), ("resource", finding.resource), ("remedy", finding.remedy)]
    lines = [printable(f"{name}: {value}") for name, value in facts if value]
    return [*lines, f"not matched: {json_line(finding.witness)}"] if finding.witness is not None else lines
