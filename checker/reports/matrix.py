"""Accounts by controls as text: a grid where it fits, else a line a control. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from checker.findings import Finding, Report, Status
from checker.reports.causes import summary_of
from checker.reports.paint import Paint
from checker.text.printable import printable

MOST_ROWS = 30
"""Accounts. More of them are summed: a grid that does not fit the screen shows nothing."""

_LONGEST_NAME = 24


def matrix(report: Report, paint: Paint) -> Iterator[str]:
    """The grid, or its sums; nothing for one account or one control."""
    columns = {finding.control: finding.control_id for finding in report.findings}
    rows: dict[tuple[str, str], dict[str, Finding]] = {}
    for finding in report.findings:
        rows.setdefault(finding.subject, {})[finding.control] = finding
    if len(columns) < 2 or len(rows) < 2:
        return
    heads = {row: _head(cells) for row, cells in rows.items()}
    width = max(map(len, heads.values()))
    cell = max(map(len, columns.values())) + 1
    if len(rows) > MOST_ROWS or width + cell * len(columns) > paint.style.width:
        yield from _summed(report, columns, paint)
        return
    yield " " * width + "".join(f"{printable(number):>{cell}}" for number in columns.values())
    for row, cells in rows.items():
        marks = (
            " " * (cell - 1) + (paint.status_mark(cells[control].status) if control in cells else " ")
            for control in columns
        )
        yield f"{heads[row]:<{width}}{''.join(marks)}"
    yield f"({paint.legend()})"


def _head(cells: dict[str, Finding]) -> str:
    """The account and its name, cut; or the connection that failed."""
    finding = next(iter(cells.values()))
    name = finding.account_name or finding.connection or ""
    return f"{printable(finding.account_id or '(unknown)'):<12}  {printable(name)[:_LONGEST_NAME]}".rstrip()


def _summed(report: Report, columns: dict[str, str], paint: Paint) -> Iterator[str]:
    titles = {finding.control: finding.title for finding in report.findings}
    for control, counts in summary_of(report.findings).by_control.items():
        numbers = " ".join(f"{counts[str(status)]:>6} {status}" for status in Status)
        yield paint.cut(f"{columns[control]:<6}{numbers}  {titles[control]}")
