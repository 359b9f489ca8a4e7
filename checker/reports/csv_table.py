"""The CSV report: Powerpipe's columns in its order, then its dimensions, then ours. A row a finding. Pure.

Columns: https://powerpipe.io/docs/run/benchmark (``--output csv``).
"""

from __future__ import annotations

import csv
import io

from checker.findings import Finding, Report
from checker.reports.text_chain import waiver_in_words
from checker.text.printable import printable

COLUMNS = (
    "group_id",
    "title",
    "description",
    "control_id",
    "control_title",
    "control_description",
    "reason",
    "resource",
    "status",
    "severity",
    "account_id",
    "region",
    "finding_id",
    "account_name",
    "connection",
    "control",
    "benchmark",
    "hop",
    "code",
    "remedy",
    "unverified",
    "waiver",
    "generated_at",
)

_FORMULA = ("=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters that make a spreadsheet calculate: https://owasp.org/www-community/attacks/CSV_Injection."""


def to_csv(report: Report) -> str:
    """A header and a row a finding, lines ending in a line feed."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in report.findings:
        writer.writerow([guarded(cell) for cell in _cells(finding, report)])
    return sheet.getvalue()


def guarded(cell: str) -> str:
    """The cell, behind an apostrophe where a spreadsheet would take it for a formula."""
    shown = printable(cell)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _cells(finding: Finding, report: Report) -> tuple[str, ...]:
    """The cells of a row, in the order of ``COLUMNS``. Empty: not known, or there is none."""
    return (
        report.benchmark,
        report.benchmark,
        "",
        finding.control_id,
        finding.title,
        "",
        finding.reason,
        finding.resource or "",
        str(finding.status),
        finding.severity,
        finding.account_id or "",
        finding.region or "",
        finding.id,
        finding.account_name or "",
        finding.connection or "",
        finding.control,
        finding.benchmark,
        str(finding.broken_hop or ""),
        finding.code,
        finding.remedy,
        "; ".join(finding.unverified),
        waiver_in_words(finding),
        report.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
