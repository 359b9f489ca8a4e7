"""The formats by name."""

from __future__ import annotations

from typing import assert_never

from checker.findings import Report
from checker.reports.view import EVERYTHING, View
from checker.text.style import OutputFormat, Style

Format = OutputFormat
"""The formats of a report."""


def render(report: Report, output_format: Format, style: Style, view: View = EVERYTHING) -> str:
    """The report as text that ends in a newline. ``style`` and ``view`` are for people: only text follows them."""
    match output_format:
        case Format.TEXT:
            from checker.reports.text import to_text

            return to_text(report, style, view)
        case Format.JSON:
            from checker.reports.json_document import to_json

            return to_json(report)
        case _:
            assert_never(output_format)
